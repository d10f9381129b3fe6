"""The steps from draft to public: on a page of their own, and for many at once."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from osaka_site.publishing import Status, dependents_of

from . import copies, snapshots, workflow
from .differences import differences
from .forms import StepForm
from .models import Revision
from .preview_admin import chosen_language

STEPS = {
    "send": workflow.send,
    "withdraw": workflow.withdraw,
    "send_back": workflow.send_back,
    "comment": workflow.comment,
    "approve": workflow.approve,
    "schedule": workflow.schedule,
    "archive": workflow.archive,
    "discard": workflow.discard,
    "hand_over": workflow.hand_over,
    "confirm": workflow.confirm,
}
DONE = {
    "send": gettext_lazy("“%(record)s” is sent for review."),
    "withdraw": gettext_lazy("“%(record)s” is withdrawn from review."),
    "send_back": gettext_lazy("“%(record)s” is sent back."),
    "comment": gettext_lazy("Your comment is kept with “%(record)s”."),
    "approve": gettext_lazy("“%(record)s” is approved."),
    "schedule": gettext_lazy("“%(record)s”: the day it comes down is kept."),
    "archive": gettext_lazy("“%(record)s” is archived: visitors no longer see it."),
    "discard": gettext_lazy("The working copy of “%(record)s” is discarded."),
}


class ReviewMixin:
    def pages(self):
        return [*super().pages(), ("review", "review", self.review_view)]

    def review_view(self, request, object_id):
        """Before and after, what was said about it, and the next step."""
        record = self._record(request, object_id)
        form = StepForm(request.POST or None)
        step = request.POST.get("step")
        if step in DONE and form.is_valid():
            words = form.cleaned_data
            times = {
                "approve": {"at": words["at"], "until": words["until"]},
                "schedule": {"until": words["until"]},
                "archive": {"knowing": True},  # the page says what points at it
            }
            is_done = self._step(
                request, record, step, words["comment"], **times.get(step, {})
            )
            if is_done:
                return redirect(self.address("review", record))
        case = self._case(request, record)
        data = copies.shown(record)
        before = snapshots.take(record) if record.status == Status.PUBLISHED else {}
        with copies.holding(record, data):
            findings = copies.findings(record)
        return self._page(
            request,
            "review",
            record,
            title=_("Review: %(record)s") % {"record": record},
            form=form,
            case=case,
            dependents=dependents_of(record) if case.may_archive() else [],
            objection=case.objection(),
            public_status=self.public_status(record),
            differences=differences(before, data),
            findings=findings,
            language=chosen_language(request),
            revisions=Revision.objects.of(record)[:10],
        )

    def _step(self, request, record, step, *args, **kwargs):
        """Whether the step was taken; otherwise the reason is told."""
        try:
            STEPS[step](record, request.user, *args, **kwargs)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return False
        messages.success(request, DONE[step] % {"record": record})
        return True

    def step_for_each(self, request, queryset, step, *args):
        """Those that refuse are told with their reason."""
        count = 0
        for record in queryset:
            try:
                STEPS[step](record, request.user, *args)
            except ValidationError as error:
                reason = " ".join(error.messages)
                messages.warning(request, f"{record}: {reason}")
            else:
                count += 1
        if count:
            sentence = ngettext(
                "Done for %(count)d record.", "Done for %(count)d records.", count
            )
            messages.success(request, sentence % {"count": count})
