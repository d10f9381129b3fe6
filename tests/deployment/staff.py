"""People of the staff, made within the deployment."""

import json

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

SECRET = "OSAKAOSAKAOSAKAOSAKAOSAKAOSAKAOS"


def log_in(name, group):
    """The key of a session of somebody of the group, whose second factor counts as
    shown; the account is made where there is none."""
    user, is_new = get_user_model().objects.get_or_create(username=name, is_staff=True)
    if is_new:
        user.set_password(name)
        user.save()
        user.groups.add(Group.objects.get(name=group))
        Authenticator.objects.create(
            user=user,
            type=Authenticator.Type.TOTP,
            data={"secret": get_adapter().encrypt(SECRET)},
        )
    factor = Authenticator.objects.get(user=user)
    request = RequestFactory().post("/admin/login/")
    request.session = SessionStore()
    login(request, user, settings.AUTHENTICATION_BACKENDS[0])
    record_authentication(request, user, "mfa", id=factor.pk, type=factor.type)
    request.session.save()
    return request.session.session_key


def desk(slugs):
    """As JSON: the sessions of an editor and a publisher, and the primary keys of
    some records, by slug. ``slugs`` are those of each model, or how many of them."""
    records = {}
    for model, wanted in slugs.items():
        rows = apps.get_model(model).objects.order_by("pk")
        rows = (
            rows[:wanted] if isinstance(wanted, int) else rows.filter(slug__in=wanted)
        )
        records[model] = dict(rows.values_list("slug", "pk"))
    sessions = log_in("editor", "Editors"), log_in("publisher", "Publishers")
    return json.dumps([*sessions, records])
