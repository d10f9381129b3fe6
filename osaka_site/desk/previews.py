"""Public pages as they will be: with a draft or a working copy in, on another day.

A preview is what a visitor would get: the public view answers a plain request that
nobody's session or permission is part of, in a transaction that is then undone.
"""

import re
from io import BytesIO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import IntegrityError
from django.http import Http404
from django.templatetags.static import static
from django.urls import resolve, reverse
from django.utils.html import format_html
from django.utils.translation import get_language, override
from django.views.defaults import page_not_found

from events import finding
from events.models import Field
from network.models import ExternalLink, PageText, Picture, Source
from osaka_site import clock
from osaka_site.searched import PAGES
from osaka_site.translation import language_tag

from .copies import as_it_will_be
from .page_differences import mark_differences

_LANGUAGE = "|".join(code for code, _name in settings.LANGUAGES)
PUBLIC = re.compile(rf"/({_LANGUAGE})/")
_LINK = re.compile(r'(<a\b(?:[^>"]|"[^"]*")*?\shref=")([^"]*)"')
_FORM = re.compile(r'(<form\b(?:[^>"]|"[^"]*")*?\saction=")([^"]+)"')


def page(record, language, moment=None, path=None):
    """The record's page as it will be, or the public page at ``path``, as visitors
    get it at ``moment``: an answer of status 404 if they would not."""
    try:
        with (
            override(language),
            as_it_will_be(record),
            finding.apart(),
            clock.showing(moment),
        ):
            return _visit(path or address_of(fresh(record)))
    except IntegrityError:  # another record has by now what this one shall have
        with override(language):
            return _visit("")


def public_page(record, language):
    """The record's page as it is public now."""
    with override(language):
        return _visit(address_of(fresh(record)))


def compare(record, language):
    """The page as it is and as it will be, each with what differs marked. The first
    is empty where nothing is public yet."""
    before, after = public_page(record, language), page(record, language)
    if before.status_code != 200 or after.status_code != 200:
        return _html_of(before), _html_of(after)
    return mark_differences(before.text, after.text)


def _html_of(answer):
    return answer.text if answer.status_code == 200 else ""


def fresh(record):
    return type(record)._base_manager.get(pk=record.pk)


def future_address(record, language):
    """Where visitors will find it, with what is after the ``#``."""
    with override(language), as_it_will_be(record):
        return address_of(fresh(record))


def address_of(record):
    """Where visitors find the record: its own page, or one that shows it, or ""."""
    match record:
        case PageText():
            return reverse(PAGES[record.slug]) if record.slug in PAGES else ""
        case Field():
            return f"{reverse('events:exchange_list')}?field={record.slug}"
        case Source():
            return reverse("about_data")
        case ExternalLink(is_listed=True):
            return reverse("network:link_list")
        case ExternalLink() | Picture():
            return next((user.get_absolute_url() for user in _public_users(record)), "")
    return record.get_absolute_url()


def _public_users(record):
    """The first public record of each kind that shows a picture or a link."""
    for relation in record._meta.related_objects:
        if relation.many_to_many:
            users = getattr(record, relation.get_accessor_name())
            yield from users.published()[:1]


def _visit(address):
    """The whole answer of a public view to a visitor who asks for ``address``."""
    path, _mark, query = address.partition("#")[0].partition("?")
    request = _request(path, query)
    try:
        if not PUBLIC.match(path):
            raise Http404
        request.resolver_match = match = resolve(path)
        answer = match.func(request, *match.args, **match.kwargs)
        if hasattr(answer, "render"):
            answer.render()
    except Http404 as error:
        answer = page_not_found(request, error)
    answer["Content-Language"] = language_tag(get_language())
    return answer


def _request(path, query):
    """What a visitor without a session sends, who comes by the site's own name."""
    site = urlsplit(settings.SITE_URL)
    return WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path.encode().decode("latin-1"),  # as servers give it
            "QUERY_STRING": query,
            "SERVER_NAME": site.hostname,
            "SERVER_PORT": str(site.port or 443),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": site.scheme,
            "wsgi.input": BytesIO(),
        }
    )


# ---- the page in a frame ---------------------------------------------------------


def keep_inside(html, base):
    """Links to the public site lead to the same page behind ``base``; others open in
    a window of their own, as a frame shows this site only."""

    def follow(found):
        start, address = found.groups()
        if PUBLIC.match(address):
            return f'{start}{base}{address}"'
        if address.startswith(("/", "http:", "https:")):
            return f'{start}{address}" target="_blank"'
        return found[0]

    return _FORM.sub(follow, _LINK.sub(follow, html))


def with_head(html, *, first="", last=""):
    """The page with more in its head."""
    html = html.replace("<head>", f"<head>{first}", 1)
    return html.replace("</head>", f"{last}</head>", 1)


def style_sheet(name):
    return format_html('<link rel="stylesheet" href="{}">', static(f"css/{name}.css"))


def script(name):
    return format_html('<script src="{}" defer></script>', static(f"js/{name}.js"))
