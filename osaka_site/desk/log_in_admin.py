from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from .models import LogInEntry

# Not for staff: the one is not used here, the other holds secrets.
admin.site.unregister([EmailAddress, Authenticator])


@admin.register(LogInEntry)
class LogInEntryAdmin(admin.ModelAdmin):
    """To see who came in, and who tried; nothing is written here."""

    list_display = ["at", "event", "who", "by_name", "address", "browser"]
    list_filter = ["event", "user"]
    search_fields = ["name", "address"]
    date_hierarchy = "at"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=_("name"), ordering="name")
    def who(self, entry):
        return entry.name or _("unknown name")
