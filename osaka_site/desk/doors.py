"""Who comes in where: the permissions and addresses of a record's pages."""

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path, reverse

from osaka_site.publishing import Publishable

from . import workflow

TEMPLATES = "admin/desk"


class DoorsMixin:
    def get_queryset(self, request):
        return super().get_queryset(request).filter(trashed_at=None)

    def has_add_permission(self, request):
        """Who keeps to one division has to be in one."""
        may_add = super().has_add_permission(request)
        return may_add and workflow.has_division(request.user)

    def has_change_permission(self, request, obj=None):
        may_change = super().has_change_permission(request, obj)
        return may_change and (obj is None or self._case(request, obj).may_edit())

    def has_delete_permission(self, request, obj=None):
        may_delete = super().has_delete_permission(request, obj)
        return may_delete and (obj is None or self._case(request, obj).may_trash())

    def has_publish_permission(self, request):
        opts = self.model._meta
        return request.user.has_perm(f"{opts.app_label}.publish_{opts.model_name}")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """What is in the trash cannot be chosen."""
        related = db_field.related_model
        if issubclass(related, Publishable):
            kwargs.setdefault("queryset", related._default_manager.kept())
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @staticmethod
    def _case(request, record):
        return workflow.Case(record, request.user)

    def _record(self, request, object_id):
        """The record, for those who may view it."""
        record = self.get_object(request, unquote(str(object_id)))
        if record is None:
            raise Http404
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        return record

    def pages(self):
        """The pages that a record has beside its form: name, route and view."""
        return []

    def get_urls(self):
        opts = self.opts
        return [
            path(
                f"<path:object_id>/{route}/",
                self.admin_site.admin_view(view),
                name=f"{opts.app_label}_{opts.model_name}_{name}",
            )
            for name, route, view in self.pages()
        ] + super().get_urls()

    def addresses(self, record):
        """Where the pages of the record are: ``{"review": "/admin/…", …}``."""
        names = ["change", "review", "history", "delete", "presence"]
        return {name: self.address(name, record) for name in names}

    def address(self, name, record, *args):
        opts = self.opts
        return reverse(
            f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_{name}",
            args=[record.pk, *args],
        )

    def _page(self, request, name, record, **context):
        return TemplateResponse(
            request,
            f"{TEMPLATES}/{name}.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "original": record,
                "record": record,
                "media": self.media,
                "has_view_permission": True,
                "addresses": self.addresses(record),
                **context,
            },
        )
