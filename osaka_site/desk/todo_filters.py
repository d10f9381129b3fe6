"""The to-do items in the lists of the admin, and the one thing done from there."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from . import todo


class ToDoFilter(admin.SimpleListFilter):
    """The items that concern the records of the list, as the start page counts them."""

    title = _("to do")
    parameter_name = "to_do"

    def lookups(self, request, model_admin):
        self.items = {
            item.name: item for item in todo.ITEMS if item.is_for(request, model_admin)
        }
        return [(item.name, item.title) for item in self.items.values()]

    def queryset(self, request, queryset):
        item = self.items.get(self.value())
        return item.among(queryset, request.user) if item else queryset


class ToDoMixin:
    """For the admin of a record."""

    def get_list_filter(self, request):
        return [ToDoFilter, *super().get_list_filter(request)]

    @admin.action(description=_("Confirm as still right"), permissions=["change"])
    def confirm(self, request, queryset):
        self.step_for_each(request, queryset, "confirm")
