"""What django-allauth asks this site."""

import time

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from osaka_site.desk import log_ins

from . import encryption
from .addresses import client_address


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _(
            "There were too many attempts. Please wait five minutes, then try again."
        ),
        "rate_limited": _(
            "There were too many attempts. Please wait five minutes, then try again."
        ),
        "incorrect_password": _("This is not your password."),
    }

    def is_open_for_signup(self, request):
        return False

    def get_client_ip(self, request):
        return client_address(request) or "unknown"

    def pre_authenticate(self, request, **credentials):
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            log_ins.note_throttled(request, credentials["username"])
            raise

    def is_reauthentication_required(self, *, app, **kwargs):
        """Who has logged in a moment ago is not asked for the same again."""
        since = time.time() - REAUTHENTICATION_TIMEOUT
        records = get_authentication_records(self.request, self.request.user)
        return not any(record["at"] > since for record in records)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets lie in the database in a form that is of no use without SECRET_KEY."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right, or has been used already."),
        "incorrect_key": _("This key was not accepted. Try again, or use another one."),
    }

    def get_totp_label(self, user):
        return user.get_username()

    def generate_authenticator_name(self, user, type):
        return gettext("Security key")

    def get_public_key_credential_rp_entity(self):
        of_site = super().get_public_key_credential_rp_entity()
        return {**of_site, "name": settings.MFA_TOTP_ISSUER}

    def get_public_key_credential_user_entity(self, user):
        of_user = super().get_public_key_credential_user_entity(user)
        name = user.get_username()
        return {**of_user, "name": name, "display_name": user.get_full_name() or name}

    def encrypt(self, text):
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text):
        """With another SECRET_KEY no code is right: all have to be set up again."""
        try:
            return encryption.decrypt(encrypted_text)
        except InvalidToken:
            return generate_totp_secret()
