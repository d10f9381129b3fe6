"""The keys in phones and the seeds of recovery codes, as they lie in the database: of
no use without SECRET_KEY, or one of the former keys while these are known."""

import base64

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

SECRETS = ("secret", "seed")  # of a phone, of recovery codes


def encrypt(text):
    return _lock(settings.SECRET_KEY).encrypt(text.encode()).decode()


def decrypt(token):
    """Raises ``InvalidToken`` where none of the keys fits."""
    locks = map(_lock, [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])
    return MultiFernet(locks).decrypt(token.encode()).decode()


def outdated():
    """The authenticators that a former key opens, and those that none does."""
    former, lost = [], []
    for authenticator in Authenticator.objects.order_by("pk"):
        tokens = [authenticator.data[name] for name in _secrets_of(authenticator)]
        if not all(map(_is_up_to_date, tokens)):
            (former if all(map(_can_be_read, tokens)) else lost).append(authenticator)
    return former, lost


@transaction.atomic
def renew(authenticator):
    """Encrypt with the present key what a former one did."""
    current = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    for name in _secrets_of(current):
        current.data[name] = encrypt(decrypt(current.data[name]))
    current.save(update_fields=["data"])


def _secrets_of(authenticator):
    return [name for name in SECRETS if name in authenticator.data]


def _is_up_to_date(token):
    try:
        _lock(settings.SECRET_KEY).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def _can_be_read(token):
    try:
        decrypt(token)
    except InvalidToken:
        return False
    return True


def _lock(key):
    digest = salted_hmac(
        "osaka_site.log_in", "second factor", secret=key, algorithm="sha256"
    ).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
