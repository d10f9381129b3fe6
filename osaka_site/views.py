"""Pages that draw on both apps, and the few that belong to neither."""

import logging
import mimetypes
from functools import cache

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date
from django.views.decorators.http import require_safe

from events.filters import Matches
from events.finding import current_index
from network import anniversaries
from network.models import (
    Affiliation,
    AgreementDocument,
    Category,
    Facility,
    OverseasOffice,
    PageText,
    Picture,
    Source,
)
from network.presentation import chart_of, sections_of
from network.renditions import master_of

from . import clock
from .media import StorageAway

logger = logging.getLogger(__name__)

ANNIVERSARY_YEARS = 5
EXCHANGES_SHOWN = 3
SHOWN_IN_BROWSERS = {"image/jpeg", "image/png", "image/webp"}


@require_safe
def home(request):
    contents = {"contents": cache(_contents_of_home), "exchanges": _exchanges_of_home}
    return render(request, "home.html", contents)


def _contents_of_home():
    texts = PageText.objects.by_slug("home", "home-introduction")
    categories = list(Category.objects.published().with_ties())
    ties = [tie for category in categories for tie in category.current_ties]
    return {
        "text": texts.get("home"),
        "introduction": texts.get("home-introduction"),
        "sections": sections_of(categories),
        "offices": OverseasOffice.objects.published().whole(),
        "chart": chart_of(ties),
        "anniversary_years": anniversaries.by_year(
            ties, clock.today(), ANNIVERSARY_YEARS
        ),
        "house": Facility.objects.published()
        .filter(parent=None)
        .with_pictures()
        .first(),
    }


def _exchanges_of_home():
    index = current_index()
    when = index.choices["when"]
    upcoming = Matches(index, when.get("upcoming", 0), "")
    return {
        "upcoming": upcoming[:EXCHANGES_SHOWN],
        "upcoming_count": len(upcoming),
        "latest": Matches(index, when.get("past", 0), "newest")[:EXCHANGES_SHOWN],
    }


@require_safe
def about_data(request):
    return render(
        request,
        "about_data.html",
        {
            "sources": Source.objects.published(),
            "text": PageText.objects.by_slug("about-data").get("about-data"),
        },
    )


@require_safe
def media(request, name):
    """A file of a published record; of any other, only to staff who may view it.

    An unpublished picture answers as a file that does not exist. A smaller copy is
    shown to those who may see the picture; one that is missing is the picture itself.
    """
    master = master_of(name)
    is_public = _is_public(master)
    if not is_public and not _may_see(request.user, master):
        raise Http404
    response = file_answer(name)
    if response.status_code == 503:
        return response
    if is_public:
        response["Cache-Control"] = "max-age=3600"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
    else:
        response["Cache-Control"] = "private, no-cache"
    answer = get_conditional_response(
        request,
        response["ETag"],
        parse_http_date(response["Last-Modified"]),
        response,
    )
    if answer is not response:
        response.file_to_stream.close()
    return answer


def file_answer(name):
    """An uploaded file, for whoever may have it, or the picture where a smaller copy
    of it is missing. Raises ``Http404`` for none.

    It may come from anywhere, so nothing in it is run; only pictures are shown in the
    browser, anything else is kept as a file.
    """
    try:
        file = _open(name) or _open(name := master_of(name))
        if file is None:
            raise Http404
        changed = default_storage.get_modified_time(name).timestamp()
    except StorageAway as error:
        logger.error("The storage of the media does not answer: %s", error)
        return HttpResponse(status=503, headers={"Retry-After": "30"})
    content_type, _encoding = mimetypes.guess_type(file.name, strict=False)  # WebP
    response = FileResponse(
        file,
        content_type=content_type,
        as_attachment=content_type not in SHOWN_IN_BROWSERS,
    )
    response["Last-Modified"] = http_date(changed)
    response["ETag"] = f'"{changed:.6f}-{file.size}"'
    response["Content-Security-Policy"] = (
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    )
    return response


def _open(name):
    try:
        return default_storage.open(name)
    except StorageAway:
        raise
    except (OSError, ValueError, SuspiciousFileOperation):
        return None


def _is_public(name):
    ties = Affiliation.objects.published()
    return "\0" not in name and (
        Picture.objects.published().filter(file=name).exists()
        or AgreementDocument.objects.filter(file=name, affiliation__in=ties).exists()
    )


def _may_see(user, name):
    folder = name.partition("/")[0]
    return (folder == "pictures" and user.has_perm("network.view_picture")) or (
        folder == "agreements" and user.has_perm("network.view_affiliation")
    )
