"""Who came in and when, and who tried."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

KEPT = timedelta(days=365)


class LogInEntryQuerySet(models.QuerySet):
    def outdated(self):
        return self.filter(at__lt=timezone.now() - KEPT)


class LogInEntry(models.Model):
    """What happened to an account at the door.

    A name that nobody has is not written down: it may be a password, typed into the
    wrong box.
    """

    class Event(models.TextChoices):
        LOGGED_IN = "logged_in", _("logged in")
        FAILED = "failed", _("wrong name or password")
        CODE_FAILED = "code_failed", _("wrong code")
        THROTTLED = "throttled", _("too many attempts")
        LOGGED_OUT = "logged_out", _("logged out")
        SECOND_FACTOR_ADDED = "added", _("second factor set up")
        SECOND_FACTOR_REMOVED = "removed", _("second factor removed")
        RECOVERY_CODE_USED = "recovery", _("recovery code used")
        NEW_RECOVERY_CODES = "new_codes", _("new recovery codes made")

    at = models.DateTimeField(
        pgettext_lazy("of an entry", "when"), default=timezone.now, db_index=True
    )
    event = models.CharField(_("what"), max_length=20, choices=Event)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="log_in_entries",
        verbose_name=_("user"),
    )
    name = models.CharField(
        _("name"),
        max_length=150,
        blank=True,
        help_text=_("That of the account at the time; empty if nobody has it."),
    )
    by_name = models.CharField(
        _("done by"),
        max_length=150,
        blank=True,
        help_text=_("If a colleague did it."),
    )
    address = models.GenericIPAddressField(_("IP address"), null=True)
    browser = models.CharField(_("browser"), max_length=200, blank=True)

    objects = LogInEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("log-in")
        verbose_name_plural = _("log of log-ins")
        default_permissions = ("view",)

    def __str__(self):
        return f"{self.name}, {self.get_event_display()}"
