"""What was done to a record, compared and brought back."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from osaka_site.publishing import Publishable

from . import copies, snapshots, workflow
from .differences import column_names, differences
from .models import Revision

Action = Revision.Action


class HistoryMixin:
    def pages(self):
        return [
            *super().pages(),
            ("version", "history/<int:number>", self.version_view),
        ]

    def history_view(self, request, object_id, extra_context=None):
        record = self._record(request, object_id)
        page = self.get_paginator(request, Revision.objects.of(record), 20)
        page = page.get_page(request.GET.get("page"))
        return self._page(
            request,
            "history",
            record,
            title=_("History: %(record)s") % {"record": record},
            page_obj=page,
            versions=_with_columns(list(page)),
        )

    def version_view(self, request, object_id, number):
        """What one revision changed, or what lies between any two; and back to it."""
        record = self._record(request, object_id)
        revisions = Revision.objects.of(record).exclude(data=None)
        version = revisions.filter(pk=number).first()
        if version is None:
            raise Http404
        if request.method == "POST":
            return self._revert(request, record, version)
        other = request.GET.get("since", "")
        if other.isascii() and other.isdigit():
            since = revisions.filter(pk=int(other[:18])).first()
        else:
            since = revisions.filter(pk__lt=number).first()
        return self._page(
            request,
            "version",
            record,
            title=_("Version of %(record)s") % {"record": record},
            version=version,
            since=since,
            others=revisions.exclude(pk=number).defer("data"),
            differences=differences(since.data if since else {}, version.data),
            may_revert=self.has_change_permission(request, record),
        )

    @transaction.atomic
    def _revert(self, request, record, version):
        if not self.has_change_permission(request, record):
            raise PermissionDenied
        record = workflow.lock(record)
        now = copies.shown(record)
        own = {
            label: row
            for label, row in now.items()
            if label not in version.data and _is_record(label)
        }
        self._keep(request, record, {**version.data, **own}, now, Action.REVERTED)
        return redirect(self.address("change", record))


def _with_columns(revisions):
    """Each revision with the names of the columns it changed."""
    versions = []
    for number, revision in enumerate(revisions):
        older = next((r for r in revisions[number + 1 :] if r.data is not None), None)
        columns = []
        if revision.data is not None and older:
            for change in snapshots.changes(older.data, revision.data):
                columns += column_names(change)
        versions.append((revision, list(dict.fromkeys(columns))))
    return versions


def _is_record(label):
    model, _pk = snapshots.model_and_pk(label)
    return issubclass(model, Publishable)
