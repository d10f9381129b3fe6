"""The desk's pages that belong to no single record."""

from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _

from osaka_site.publishing import Publishable

from . import snapshots, workflow
from .models import Revision
from .urls import pages_of

KEPT_WORDS = "kept_words"  # in the session of somebody whose log-in ran out
MOST_KEPT = 500_000  # characters


class DeskSiteMixin:
    def get_urls(self):
        return [
            path("desk/trash/", self.admin_view(self.trash_view), name="desk_trash"),
            path(
                "desk/kept-words/",
                self.admin_view(self.kept_words_view),
                name="desk_kept_words",
            ),
            *pages_of(self),
            *super().get_urls(),
        ]

    def trash_view(self, request):
        """Everything in the trash that the person may see; POST brings one back."""
        if request.method == "POST":
            return self._restore(request)
        records = [
            (record, workflow.Case(record, request.user).may_restore())
            for admin in self._record_admins(request)
            for record in admin.model._base_manager.exclude(trashed_at=None)
        ]
        records.sort(key=lambda row: row[0].trashed_at, reverse=True)
        return TemplateResponse(
            request,
            "admin/desk/trash.html",
            {
                **self.each_context(request),
                "title": _("Trash"),
                "rows": _with_steps(records),
                "days": workflow.TRASH_KEEPS.days,
            },
        )

    def _restore(self, request):
        label, _colon, pk = request.POST.get("record", "").rpartition(":")
        for admin in self._record_admins(request):
            if admin.opts.label_lower == label and pk.isascii() and pk.isdigit():
                record = admin.model._base_manager.filter(pk=int(pk[:18])).first()
                if record is not None:
                    return self._bring_back(request, record)
        raise Http404

    @staticmethod
    def _bring_back(request, record):
        try:
            workflow.restore(record, request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(
                request, _("“%(record)s” is back, as it was.") % {"record": record}
            )
        return redirect("admin:desk_trash")

    def _record_admins(self, request):
        return [
            admin
            for model, admin in self._registry.items()
            if issubclass(model, Publishable) and admin.has_view_permission(request)
        ]

    def keep_words(self, request):
        """Put by what was sent after the log-in ran out, until there is one again."""
        if not request.path.endswith(("/add/", "/change/", "/review/", "/share/")):
            return
        words = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if name != "csrfmiddlewaretoken"
        ]
        if sum(len(name) + len(value) for name, value in words) <= MOST_KEPT:
            request.session[KEPT_WORDS] = {"path": request.path, "words": words}

    def forget_words(self, request):
        """They are sent again."""
        kept = request.session.get(KEPT_WORDS)
        if kept and kept["path"] == request.path:
            del request.session[KEPT_WORDS]

    def kept_words_view(self, request):
        """What somebody wrote before logging in again, ready to be sent."""
        kept = request.session.get(KEPT_WORDS)
        if kept is None:
            return redirect("admin:index")
        return TemplateResponse(
            request,
            "admin/desk/kept_words.html",
            {
                **self.each_context(request),
                "title": _("What you wrote is still here"),
                **kept,
            },
        )


def _with_steps(records):
    """Each record with the revision that put it in the trash, in one query a kind."""
    trashed = {}
    kinds = {type(record) for record, _may_restore in records}
    for model in kinds:
        content_type = ContentType.objects.get_for_model(model)
        for revision in Revision.objects.filter(
            content_type=content_type,
            action=Revision.Action.TRASHED,
            object_id__in=[r.pk for r, _may in records if type(r) is model],
        ).defer("data"):
            trashed.setdefault((model, revision.object_id), revision)
    return [
        {
            "record": record,
            "label": snapshots.label_of(record),
            "kind": record._meta.verbose_name,
            "revision": trashed.get((type(record), record.pk)),
            "may_restore": may_restore,
        }
        for record, may_restore in records
    ]
