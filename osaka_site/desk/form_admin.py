"""The form of a record: what is written in it, and what becomes of that."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from osaka_site.publishing import Status

from . import copies, snapshots, workflow
from .doors import TEMPLATES
from .forms import MergeForm
from .models import Presence, Revision, UnmergedEdit, name_of

Action = Revision.Action
AT_ONCE = ("owner", "staff_note")  # never public, so they wait for nobody
IS_HERE = timedelta(minutes=2)  # a form open since then says so every minute


class FormMixin:
    """A save changes a draft, or the working copy of what is public; never what
    visitors see."""

    change_form_template = f"{TEMPLATES}/change_form.html"

    def pages(self):
        return [
            *super().pages(),
            ("presence", "presence", self.presence_view),
            ("merge", "merge/<int:number>", self.merge_view),
        ]

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        record = object_id and self.get_object(request, unquote(object_id))
        if not record:
            return super().changeform_view(request, object_id, form_url, extra_context)
        show = super().changeform_view
        if request.method == "POST":
            return self._save(request, record, object_id, form_url, show)
        data = copies.shown(record)
        context = {
            **(extra_context or {}),
            **self._desk_context(request, record),
            "base": signing.dumps(data, salt=snapshots.label_of(record), compress=True),
        }
        with copies.holding(record, data):
            return _rendered(show(request, object_id, form_url, context))

    @transaction.atomic
    def _save(self, request, record, object_id, form_url, save):
        """The form is saved upon what its writer saw, on trial; what that changed is
        then merged with what others changed in the meantime, and kept."""
        record = workflow.lock(record)
        theirs = copies.shown(record)
        base = self._base(request, record, theirs)
        context = {
            **self._desk_context(request, record),
            "base": request.POST.get("base", ""),
        }
        request.saved_form = None
        with copies.undone():
            public = snapshots.take(record)
            snapshots.put(public, {**public, **base}, keep_numbers=True)
            response = _rendered(save(request, object_id, form_url, context))
            ours = snapshots.take(record)
        if request.saved_form is None:
            return response
        self._save_at_once(request.saved_form, record)
        others = public.keys() - base.keys()
        ours = {label: row for label, row in ours.items() if label not in others}
        ours = snapshots.renumbered(ours, base)
        merged = snapshots.merge(base, ours, theirs)
        if merged.conflicts:
            return self._set_aside(request, record, base, ours)
        if not self._keep(request, record, merged.data, theirs):
            return self._set_aside(request, record, base, ours)
        if theirs != base:
            self._tell_of_others(request, record)
        self._take_steps(request, record)
        return response

    def _base(self, request, record, theirs):
        """The record as its form showed it when it was opened."""
        try:
            salt = snapshots.label_of(record)
            return signing.loads(request.POST.get("base", ""), salt=salt)
        except signing.BadSignature:  # a form that was not ours
            return theirs

    def _keep(self, request, record, data, before, action=Action.EDITED):
        """Whether what was written could be kept."""
        if data == before:
            messages.info(request, _("Nothing was changed."))
            return True
        try:
            with transaction.atomic():
                if not Revision.objects.of(record).exclude(data=None).exists():
                    found = workflow.record_step(record, Action.FOUND, None)
                    found.data, found.at = before, record.updated_at
                    found.save()
                kept = copies.keep(record, data, request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return False
        is_public = record.status == Status.PUBLISHED
        workflow.record_step(
            record, action, request.user, data=kept, is_of_working_copy=is_public
        )
        messages.success(
            request,
            _(
                "Saved as a working copy of “%(record)s”. Visitors see the page as it "
                "was until a publisher approves the change."
            )
            % {"record": record}
            if is_public
            else _("“%(record)s” is saved. Visitors do not see it yet.")
            % {"record": record},
        )
        self._tell_findings(request, record, kept)
        return True

    def _tell_findings(self, request, record, data):
        """Beside the thanks for saving: how much the checks found to look at."""
        with copies.holding(record, data):
            count = len(copies.findings(record))
        if count:
            sentence = ngettext(
                "The checks found %(count)d thing to look at: open the record again.",
                "The checks found %(count)d things to look at: open the record again.",
                count,
            )
            messages.warning(request, sentence % {"count": count})

    @staticmethod
    def _save_at_once(form, record):
        changed = {
            name: form.cleaned_data[name]
            for name in AT_ONCE
            if name in form.changed_data and name in form.cleaned_data
        }
        if changed:
            type(record)._base_manager.filter(pk=record.pk).update(**changed)

    def _set_aside(self, request, record, base, ours):
        edit = UnmergedEdit.objects.create(
            record=record, user=request.user, base=base, data=ours
        )
        return redirect(self.address("merge", record, edit.pk))

    @staticmethod
    def _tell_of_others(request, record):
        last = (
            Revision.objects.of(record)
            .exclude(by=request.user)
            .exclude(data=None)
            .exclude(action=Action.FOUND)
            .first()
        )
        if last:
            messages.info(
                request,
                _(
                    "%(name)s had changed this record while you were writing. Nothing "
                    "overlaps: both changes are kept."
                )
                % {"name": last.by_name},
            )

    def _take_steps(self, request, record):
        """The buttons beside "Save" go on to review or to publishing."""
        for button, step in (("_send", "send"), ("_publish", "approve")):
            if button in request.POST:
                self._step(request, record, step)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        request.saved_form = form
        if not change:
            record = form.instance
            workflow.record_step(
                record, Action.CREATED, request.user, data=snapshots.take(record)
            )

    def save_model(self, request, obj, form, change):
        if not change and obj.owner_id is None:
            obj.owner_id = workflow.division_of(request.user)
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        self._take_steps(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        """As Django's, without its message: ours says what became of the words."""
        if IS_POPUP_VAR in request.POST:
            return super().response_change(request, obj)
        opts = self.opts
        names = f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}"
        if "_continue" in request.POST:
            return HttpResponseRedirect(request.get_full_path())
        if "_addanother" in request.POST:
            return redirect(f"{names}_add")
        return self.response_post_save_change(request, obj)

    def _desk_context(self, request, record):
        """What the form shows beside its fields."""
        case = self._case(request, record)
        if request.method == "GET" and case.may_edit():
            _note_presence(request, record)
        return {
            "case": case,
            "addresses": self.addresses(record),
            # Called when the page is drawn, while the database holds what it shows.
            "findings": lambda: copies.findings(record),
            "others_here": _others_here(request, record),
            "unmerged_edit": UnmergedEdit.objects.of(record)
            .filter(user=request.user)
            .first(),
            "last_revision": Revision.objects.of(record).first(),
        }

    def presence_view(self, request, object_id):
        """The form says every minute that it is open, and hears who else is here."""
        record = self._record(request, object_id)
        if request.method != "POST" or not self.has_change_permission(request, record):
            raise PermissionDenied
        _note_presence(request, record)
        return JsonResponse({"others": _others_here(request, record)})

    @transaction.atomic
    def merge_view(self, request, object_id, number):
        """Two people changed the same words: both versions, and what shall stand."""
        record = self._record(request, object_id)
        edits = UnmergedEdit.objects.of(record).filter(user=request.user, pk=number)
        edit = edits.first()
        if edit is None or not self.has_change_permission(request, record):
            raise Http404
        if request.method == "POST":
            record = workflow.lock(record)
            if "discard" in request.POST:
                edit.delete()
                messages.info(request, _("Your version is discarded."))
                return redirect(self.address("change", record))
        theirs = copies.shown(record)
        form = MergeForm(edit, theirs, request.POST or None)
        if form.is_valid() and self._keep(request, record, form.merged(), theirs):
            edit.delete()
            return redirect(self.address("change", record))
        last = Revision.objects.of(record).exclude(data=None)
        return self._page(
            request,
            "merge",
            record,
            title=_("Merge two versions of %(record)s") % {"record": record},
            form=form,
            edit=edit,
            other=last.exclude(by=request.user).first(),
        )


def _rendered(response):
    """While the database still holds what the page shows."""
    if hasattr(response, "render"):
        response.render()
    return response


def _note_presence(request, record):
    Presence.objects.update_or_create(
        content_type=ContentType.objects.get_for_model(record),
        object_id=record.pk,
        user=request.user,
        defaults={"seen_at": timezone.now()},
    )


def _others_here(request, record):
    """The names of those who have the form open, apart from the one who asks."""
    here = Presence.objects.of(record).filter(seen_at__gt=timezone.now() - IS_HERE)
    others = here.exclude(user=request.user).select_related("user")
    return [name_of(presence.user) for presence in others]
