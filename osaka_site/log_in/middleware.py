from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from .urls import urlpatterns

ALWAYS_OPEN = {
    "admin:login",
    "admin:logout",
    "admin:jsi18n",
    "account_login",
    "account_reauthenticate",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
}
SET_UP = ["mfa_activate_totp", "mfa_add_webauthn"]
OF_ACCOUNT = {pattern.name for pattern in urlpatterns}


class SecondFactorMiddleware:
    """Those who need a second factor get nowhere in the admin without one, and count
    as visitors everywhere else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        name = request.resolver_match.view_name
        if not settings.SECOND_FACTOR or name in ALWAYS_OPEN:
            return None
        if not name.startswith("admin:") and name not in OF_ACCOUNT:
            user = request.user
            request.user = SimpleLazyObject(
                lambda: AnonymousUser() if missing_step(request, user) else user
            )
        elif step := missing_step(request, request.user):
            if step in SET_UP and name in SET_UP:
                return None
            address = request.get_full_path()
            if request.method == "POST" and name not in OF_ACCOUNT:
                admin.site.keep_words(request)
                address = reverse("admin:desk_kept_words")
            return redirect_to_login(address, reverse(step))
        return None


def missing_step(request, user):
    """The page that the person has to go through first, or None."""
    if not user.is_authenticated:
        return None
    set_up = dict(Authenticator.objects.filter(user=user).values_list("pk", "type"))
    if not set_up:
        return "mfa_activate_totp" if needs_second_factor(user) else None
    shown = {
        record["id"]
        for record in get_authentication_records(request, user)
        if record["method"] == "mfa"
    }
    if shown & set_up.keys():
        return None
    has_phone = Authenticator.Type.TOTP in set_up.values()
    return "mfa_reauthenticate" if has_phone else "mfa_reauthenticate_webauthn"


def needs_second_factor(user):
    """Whoever decides what is public, or who may."""
    return any(
        permission == "auth.change_user" or ".publish_" in permission
        for permission in user.get_all_permissions()
    )
