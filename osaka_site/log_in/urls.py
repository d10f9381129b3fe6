"""The pages of django-allauth that are used here, under its own names."""

from allauth.account.views import reauthenticate as password_again
from allauth.mfa.base.views import authenticate, index, reauthenticate
from allauth.mfa.recovery_codes.views import (
    download_recovery_codes,
    generate_recovery_codes,
    view_recovery_codes,
)
from allauth.mfa.totp.views import activate_totp, deactivate_totp
from allauth.mfa.webauthn.views import (
    add_webauthn,
    edit_webauthn,
    reauthenticate_webauthn,
    remove_webauthn,
)
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from .views import of_admin, with_answer

urlpatterns = [
    path(
        "log-in/",
        RedirectView.as_view(pattern_name="admin:login", query_string=True),
        name="account_login",
    ),
    path(
        "password/",
        of_admin(password_again, _("Please confirm that it is you")),
        name="account_reauthenticate",
    ),
    path("", of_admin(index, _("Second factor")), name="mfa_index"),
    path(
        "code/",
        of_admin(with_answer(authenticate), _("Log in: second step")),
        name="mfa_authenticate",
    ),
    path(
        "code-again/",
        of_admin(reauthenticate, _("Please confirm that it is you")),
        name="mfa_reauthenticate",
    ),
    path(
        "phone/",
        of_admin(activate_totp, _("Set up the second factor")),
        name="mfa_activate_totp",
    ),
    path(
        "phone/remove/",
        of_admin(deactivate_totp, _("Remove the second factor")),
        name="mfa_deactivate_totp",
    ),
    path(
        "keys/",
        RedirectView.as_view(pattern_name="mfa_index"),
        name="mfa_list_webauthn",
    ),
    path(
        "keys/add/",
        of_admin(add_webauthn, _("Add a security key")),
        name="mfa_add_webauthn",
    ),
    path(
        "keys/<int:pk>/",
        of_admin(edit_webauthn, _("Rename the security key")),
        name="mfa_edit_webauthn",
    ),
    path(
        "keys/<int:pk>/remove/",
        of_admin(remove_webauthn, _("Remove the security key")),
        name="mfa_remove_webauthn",
    ),
    path(
        "key-again/",
        of_admin(reauthenticate_webauthn, _("Please confirm that it is you")),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "recovery-codes/",
        of_admin(view_recovery_codes, _("Recovery codes")),
        name="mfa_view_recovery_codes",
    ),
    path(
        "recovery-codes/new/",
        of_admin(generate_recovery_codes, _("New recovery codes")),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "recovery-codes/file/",
        download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
]
