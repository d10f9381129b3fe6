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
    *(pattern.name for pattern in urlpatterns),
}


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
        if not name.startswith("admin:"):
            user = request.user
            request.user = SimpleLazyObject(
                lambda: AnonymousUser() if missing_step(request, user) else user
            )
        elif step := missing_step(request, request.user):
            address = request.get_full_path()
            if request.method == "POST":
                admin.site.keep_words(request)
                address = reverse("admin:desk_kept_words")
            return redirect_to_login(address, reverse(step))
        return None


def missing_step(request, user):
    """The page that the person has to go through first, or None."""
    if not user.is_authenticated:
        return None
    set_up = set(Authenticator.objects.filter(user=user).values_list("pk", flat=True))
    if not set_up:
        return "mfa_activate_totp" if needs_second_factor(user) else None
    shown = {
        record["id"]
        for record in get_authentication_records(request, user)
        if record["method"] == "mfa"
    }
    return None if set_up & shown else "mfa_reauthenticate"


def needs_second_factor(user):
    """Whoever decides what is public, or who may."""
    return any(
        permission == "auth.change_user" or ".publish_" in permission
        for permission in user.get_all_permissions()
    )
