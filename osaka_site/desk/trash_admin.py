"""Deleting a record: it goes to the trash, whole."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from . import workflow
from .doors import TEMPLATES


class TrashMixin:
    delete_confirmation_template = f"{TEMPLATES}/trash_confirmation.html"

    def get_deleted_objects(self, objs, request):
        """What goes to the trash, and what needs it."""
        along = [row for record in objs for row in record.goes_with()]
        counts = {}
        for row in [*objs, *along]:
            name = row._meta.verbose_name_plural
            counts[name] = counts.get(name, 0) + 1
        refused = {
            record._meta.verbose_name
            for record in objs
            if not self._case(request, record).may_trash()
        }
        needed_by = [str(other) for record in objs for other in record.needed_by()]
        return [str(row) for row in [*objs, *along]], counts, refused, needed_by

    def delete_model(self, request, obj):
        workflow.trash(obj, request.user)

    def delete_queryset(self, request, queryset):
        for record in queryset:
            workflow.trash(record, request.user)

    def log_deletions(self, request, queryset):
        """The revisions say it."""

    def response_delete(self, request, obj_display, obj_id):
        messages.success(
            request,
            _("“%(record)s” is in the trash. It can be brought back for %(days)d days.")
            % {"record": obj_display, "days": workflow.TRASH_KEEPS.days},
        )
        return redirect(
            f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}"
            "_changelist"
        )
