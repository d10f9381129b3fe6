"""What is answered where there is no answer.

Programs are told so in a form they read, and not sent on to a page, nor to a language
that they did not ask for. None of the pages reads what was sent: it may be what the
error is about.
"""

from inspect import unwrap
from pathlib import PurePosixPath

from django.http import HttpResponseNotFound, JsonResponse
from django.middleware.locale import LocaleMiddleware
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


class LanguageMiddleware(LocaleMiddleware):
    def process_response(self, request, response):
        if response.status_code == 404 and _ending_of(request) in FOR_PROGRAMS:
            return response
        return super().process_response(request, response)


def _ending_of(request):
    return PurePosixPath(request.path_info).suffix
