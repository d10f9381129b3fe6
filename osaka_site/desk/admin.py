from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.db import models
from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from osaka_site.admin import TranslatedAdminMixin, columns

from . import link_admin, log_in_admin, log_ins  # noqa: F401
from .models import Division, OutgoingMail, StaffMember
from .todo_filters import ToDoFilter


@admin.register(Division)
class DivisionAdmin(TranslatedAdminMixin, admin.ModelAdmin):
    change_form_template = "admin/change_form.html"  # that of the desk is for records
    list_display = ["label", "member_count", "is_active"]
    list_filter = ["is_active"]
    search_fields = columns("name")
    fieldsets = [(None, {"fields": ["name", "is_active"]})]

    def get_queryset(self, request):
        divisions = super().get_queryset(request)
        return divisions.annotate(member_count=Count("members")).order_by("pk")

    @admin.display(description=_("name"))
    def label(self, division):
        return str(division)

    @admin.display(description=_("members"), ordering="member_count")
    def member_count(self, division):
        return division.member_count


class StaffMemberInline(admin.StackedInline):
    model = StaffMember
    can_delete = False


admin.site.unregister(get_user_model())


@admin.register(get_user_model())
class StaffAdmin(UserAdmin):
    """The account of a person with what the desk knows of them."""

    list_display = [*UserAdmin.list_display, "division", "has_second_factor"]
    actions = ["remove_second_factor"]
    list_select_related = ["staff_member__division"]
    filter_horizontal = []
    formfield_overrides = {
        models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}
    }
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (
            _("Personal info"),
            {"fields": [("last_name", "first_name"), "email"]},
        ),
        (
            _("Permissions"),
            {"fields": ["is_active", "is_staff", "is_superuser", "groups"]},
        ),
        (_("Important dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    inlines = [StaffMemberInline]

    def get_queryset(self, request):
        set_up = Authenticator.objects.filter(user=OuterRef("pk"))
        return super().get_queryset(request).annotate(has_factor=Exists(set_up))

    def get_readonly_fields(self, request, obj=None):
        """Nobody makes superusers who is none, or gives themselves a role."""
        readonly = super().get_readonly_fields(request, obj)
        if request.user.is_superuser:
            return readonly
        own = ["groups"] if obj == request.user else []
        return [*readonly, "is_superuser", *own]

    def has_change_permission(self, request, obj=None):
        """Nor takes over the account of a superuser."""
        may_change = super().has_change_permission(request, obj)
        is_above = obj is not None and obj.is_superuser
        return may_change and (request.user.is_superuser or not is_above)

    @admin.display(description=_("division"), ordering="staff_member__division")
    def division(self, user):
        member = getattr(user, "staff_member", None)
        return member and member.division

    @admin.display(description=_("second factor"), ordering="has_factor", boolean=True)
    def has_second_factor(self, user):
        return user.has_factor

    @admin.action(
        description=_("Remove the second factor (lost phone)"), permissions=["change"]
    )
    def remove_second_factor(self, request, queryset):
        """Not one's own, for which the page of the second factor asks who one is."""
        users = [
            user
            for user in queryset.filter(has_factor=True).exclude(pk=request.user.pk)
            if self.has_change_permission(request, user)
        ]
        for user in users:
            Authenticator.objects.filter(user=user).delete()
            event = log_ins.Event.SECOND_FACTOR_REMOVED
            log_ins.note(request, event, user, by=request.user)
            self.log_change(request, user, _("Second factor removed."))
        self.message_user(
            request,
            ngettext(
                "The second factor of %(count)d account was removed.",
                "The second factors of %(count)d accounts were removed.",
                len(users),
            )
            % {"count": len(users)},
            messages.SUCCESS if users else messages.WARNING,
        )

    def get_inlines(self, request, obj):
        """A new account is its name and its password; the rest comes after."""
        return super().get_inlines(request, obj) if obj else []


@admin.register(OutgoingMail)
class OutgoingMailAdmin(admin.ModelAdmin):
    """To see what was not sent, and why; nothing is written here."""

    list_display = ["subject", "to", "made_at", "sent_at", "attempts", "last_error"]
    list_filter = [ToDoFilter]
    search_fields = ["to", "subject"]
    date_hierarchy = "made_at"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
