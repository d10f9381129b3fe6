import unicodedata

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter as get_second_factor_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from osaka_site.desk import log_ins

TOO_MANY = "too_many_login_attempts"
LONGEST_LIFE = 120  # seconds; no code of a phone is taken for longer than 90


class LogInForm(AdminAuthenticationForm):
    """As the admin's own, but counts attempts. A wrong password, a name that nobody
    has and an account that is shut are answered with the same sentence."""

    def clean(self):
        name = self.cleaned_data.get("username")
        password = self.cleaned_data.get("password")
        if name and password:
            self.user_cache = get_adapter(self.request).authenticate(
                self.request, username=name, password=password
            )
            if self.user_cache is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data

    def confirm_login_allowed(self, user):
        try:
            super().confirm_login_allowed(user)
        except ValidationError:
            log_ins.note(self.request, log_ins.Event.FAILED, user)
            raise


class _Code(forms.CharField):
    def __init__(self, label):
        super().__init__(
            label=label,
            max_length=20,
            widget=forms.TextInput({"autocomplete": "one-time-code", "size": 12}),
        )

    def to_python(self, value):
        """Japanese keyboards may give full-width digits."""
        return unicodedata.normalize("NFKC", super().to_python(value))


class _UsedOnceMixin:
    """A code of the phone is good for more than one of its half minutes, as clocks
    differ, but never for two log-ins."""

    def clean_code(self):
        try:
            code = super().clean_code()
        except ValidationError as error:
            if error.code == TOO_MANY:
                log_ins.note_throttled(context.request, self.user.get_username())
            raise
        key = f"code-used:{self.user.pk}:{normalize_user_code(code)}"
        if not cache.add(key, True, LONGEST_LIFE):
            raise get_second_factor_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_UsedOnceMixin, AuthenticateForm):
    code = _Code(_("Code from your phone, or a recovery code"))


class CodeAgainForm(_UsedOnceMixin, ReauthenticateForm):
    code = _Code(_("Code from your phone, or a recovery code"))


class ActivateForm(ActivateTOTPForm):
    code = _Code(_("Code from your phone"))


class _Answer(forms.JSONField):
    def __init__(self):
        refused = get_second_factor_adapter().error_messages["incorrect_key"]
        super().__init__(
            widget=forms.HiddenInput,
            error_messages={"required": refused, "invalid": refused},
        )

    def to_python(self, value):
        try:
            return super().to_python(value)
        except RecursionError:
            raise ValidationError(self.error_messages["invalid"]) from None

    def bound_data(self, data, initial):
        """Each answer is good once, so none is shown again."""
        return initial


class _AnswerMixin:
    """What is sent as a key's answer may be anything, and the library that reads it
    raises as much."""

    def read(self, reading):
        try:
            return reading()
        except ValidationError as error:
            if error.code == TOO_MANY:
                log_ins.note_throttled(context.request, self.user.get_username())
                raise
        except Exception:  # noqa: BLE001, S110
            pass
        log_ins.note(context.request, log_ins.Event.CODE_FAILED, self.user)
        raise get_second_factor_adapter().validation_error("incorrect_key")


class _KeyMixin(_AnswerMixin):
    def clean_credential(self):
        return self.read(super().clean_credential)


class KeyForm(_KeyMixin, AuthenticateWebAuthnForm):
    credential = _Answer()


class KeyAgainForm(_KeyMixin, ReauthenticateWebAuthnForm):
    credential = _Answer()


class _KeyName(forms.CharField):
    def __init__(self, **kwargs):
        super().__init__(
            label=_("Name of the key"),
            help_text=_("To tell your keys apart: “key ring”, “office computer”."),
            max_length=60,
            **kwargs,
        )


class AddKeyForm(_AnswerMixin, AddWebAuthnForm):
    name = _KeyName(required=False)
    credential = _Answer()

    def clean(self):
        return self.read(super().clean)


class RenameKeyForm(EditWebAuthnForm):
    name = _KeyName()
