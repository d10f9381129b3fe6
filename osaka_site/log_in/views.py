import logging
from functools import wraps

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.core.exceptions import NON_FIELD_ERRORS
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from redis.exceptions import RedisError

from .forms import TOO_MANY, LogInForm

logger = logging.getLogger(__name__)


def counting(view):
    """Where attempts cannot be counted, nobody comes in; who is in stays."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except (OSError, RedisError):
            logger.exception("The cache does not answer.")
            messages.error(
                request,
                _(
                    "Nobody can log in at the moment. Please try again later, or tell"
                    " whoever looks after the server."
                ),
            )
            return redirect(request.get_full_path())

    return guarded


class LogIn(LoginView):
    """Nobody counts as logged in before the second factor, if there is one."""

    authentication_form = LogInForm
    template_name = "admin/login.html"

    def form_valid(self, form):
        if self.request.user.is_authenticated:
            logout(self.request)
        user = form.get_user()
        return perform_password_login(
            self.request,
            {"username": user.get_username()},
            Login(user=user, redirect_url=self.get_success_url()),
        )

    def form_invalid(self, form):
        response = super().form_invalid(form)
        if form.has_error(NON_FIELD_ERRORS, TOO_MANY):
            response.status_code = 429
        return response


class LogInSiteMixin:
    @method_decorator([never_cache, counting])
    @login_not_required
    def login(self, request, extra_context=None):
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        context = {
            **self.each_context(request),
            "title": _("Log in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
        }
        if not {*request.GET, *request.POST} & {REDIRECT_FIELD_NAME}:
            context[REDIRECT_FIELD_NAME] = reverse("admin:index")
        request.current_app = self.name
        return LogIn.as_view(extra_context={**context, **(extra_context or {})})(
            request
        )


def of_admin(view, title):
    """A page of django-allauth's, shown as one of the admin and kept by nobody: some
    hold keys and codes."""

    @never_cache
    @counting
    @wraps(view)
    def shown(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if getattr(response, "context_data", None) is not None:
            response.context_data = {
                **admin.site.each_context(request),
                "title": title,
                "is_nav_sidebar_enabled": False,
                **response.context_data,
            }
        return response

    return shown


def with_answer(view):
    """What is sent with neither a code nor a key's answer is sent back."""

    @wraps(view)
    def guarded(request):
        if request.method == "POST" and not {"code", "credential"} & set(request.POST):
            return redirect("mfa_authenticate")
        return view(request)

    return guarded
