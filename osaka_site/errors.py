"""What is answered where there is no answer.

Programs are told so in a form they read, and not sent on to a page, nor to a language
that they did not ask for. None of the pages reads what was sent: it may be what the
error is about.
"""

import errno
import sys
from inspect import unwrap
from pathlib import PurePosixPath

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpResponseNotFound, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _
from django.views import defaults

FOR_PROGRAMS = {".atom", ".csv", ".ics", ".json", ".xml"}

# Django's own, but for the token of a form, which they would look for in what was sent.
bad_request = unwrap(defaults.bad_request)
permission_denied = unwrap(defaults.permission_denied)
page_not_found = unwrap(defaults.page_not_found)


def not_found(request, exception):
    ending = _ending_of(request)
    if ending not in FOR_PROGRAMS:
        return page_not_found(request, exception)
    sentence = _("There is nothing at this address.")
    if ending == ".json":
        return JsonResponse({"error": sentence}, status=404)
    return HttpResponseNotFound(
        f"{sentence}\n", content_type="text/plain; charset=utf-8"
    )


def server_error(request):
    """Staff are told what is wrong where somebody can mend it, and get back what they
    sent; everybody else has nothing to lose."""
    reason = _reason_of(sys.exception())
    if not reason or not request.path_info.startswith(reverse("admin:index")):
        return defaults.server_error(request)
    with override(get_language_from_request(request)):
        response = render(
            request,
            "admin/not_now.html",
            {"reason": reason, "path": request.path, "words": _words_of(request)},
            status=503,
        )
    response["Retry-After"] = "60"
    response["Cache-Control"] = "private, no-store"
    return response


def _reason_of(error):
    if _says_that_the_disk_is_full(error):
        return "disk"
    return "database" if isinstance(error, (OperationalError, InterfaceError)) else ""


def _says_that_the_disk_is_full(error):
    if isinstance(error, OperationalError):
        cause = error.__cause__  # of PostgreSQL, or of SQLite
        is_of_postgresql = getattr(cause, "sqlstate", "") == "53100"
        return is_of_postgresql or "disk is full" in str(error)
    full = (errno.ENOSPC, errno.EDQUOT)
    return isinstance(error, OSError) and error.errno in full


def _words_of(request):
    """What was sent by the form of a record; passwords are not sent back."""
    if request.method != "POST" or not request.path.endswith(("/add/", "/change/")):
        return []
    try:
        sent = request.POST.lists()
    except (OSError, SuspiciousOperation, MultiPartParserError):
        return []
    words = [(name, value) for name, values in sent for value in values]
    return [] if any("password" in name for name, _value in words) else words


class LanguageMiddleware(LocaleMiddleware):
    def process_response(self, request, response):
        if response.status_code == 404 and _ending_of(request) in FOR_PROGRAMS:
            return response
        return super().process_response(request, response)


def _ending_of(request):
    return PurePosixPath(request.path_info).suffix
