"""Writes the log of log-ins, as Django and django-allauth tell of them."""

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals as second_factor
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model, signals
from django.core.cache import cache

from osaka_site.log_in.addresses import client_address

from .models import LogInEntry

Event = LogInEntry.Event


def note(request, event, user, by=None):
    """``user`` is None where nobody has the name that was typed."""
    meta = request.META if request else {}
    LogInEntry.objects.create(
        event=event,
        user=user,
        name=user.get_username() if user else "",
        by_name=by.get_username() if by else "",
        address=(request and client_address(request)) or None,
        browser=meta.get("HTTP_USER_AGENT", "").replace("\0", "")[:200],
    )


def note_throttled(request, name):
    """Once a minute: who goes on knocking shall not fill the disk."""
    if cache.add(f"throttled:{client_address(request)}", True, 60):
        note(request, Event.THROTTLED, _user_named(name))


def _user_named(name):
    return get_user_model().objects.filter(username=name).first()


def connect():
    signals.user_logged_in.connect(_logged_in)
    signals.user_logged_out.connect(_logged_out)
    signals.user_login_failed.connect(_failed)
    second_factor.authentication_failed.connect(_code_failed)
    second_factor.authenticator_used.connect(_used)
    second_factor.authenticator_added.connect(_added)
    second_factor.authenticator_removed.connect(_removed)
    second_factor.authenticator_reset.connect(_reset)


def _logged_in(request, user, **kwargs):
    note(request, Event.LOGGED_IN, user)


def _logged_out(request, user, **kwargs):
    if user:
        note(request, Event.LOGGED_OUT, user)


def _failed(credentials, request=None, **kwargs):
    note(request, Event.FAILED, _user_named(credentials.get("username", "")))


def _code_failed(request, user, **kwargs):
    note(request, Event.CODE_FAILED, user)


def _used(request, user, authenticator, **kwargs):
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        note(request, Event.RECOVERY_CODE_USED, user)


def _added(request, user, authenticator, **kwargs):
    """Setting it up took a code or the key, so it counts as shown."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        note(request, Event.SECOND_FACTOR_ADDED, user)
        record_authentication(
            request, user, "mfa", id=authenticator.pk, type=authenticator.type
        )


def _removed(request, user, authenticator, **kwargs):
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        note(request, Event.SECOND_FACTOR_REMOVED, user)


def _reset(request, user, **kwargs):
    note(request, Event.NEW_RECOVERY_CODES, user)
