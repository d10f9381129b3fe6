"""The list of exchanges in its other forms: iCalendar, Atom, JSON and CSV.

They take the parameters of the page and hold the records of the page. One that is
wrong is refused with the name of the parameter: never all records instead.

It costs a query for the filter and one for the exchanges, which are read one after
the other; what they name stands in the index. An answer is whole before it is sent,
so that an error is an error and not half a file.
"""

import hashlib
import json
from functools import partial

from django.conf import settings
from django.core.validators import slug_re
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from osaka_site.characters import in_one_line
from osaka_site.desk.former_slugs import redirect_to_current
from osaka_site.translation import language_tag

from .atom import atom_of
from .calendars import calendar_of
from .facets import query_of
from .filters import ExchangeFilter
from .finding import current_index
from .models import Exchange
from .open_data import csv_of, json_of

CHUNK = 1000
OF_THE_VIEW = {"page", "sort"}  # how the page shows the records, not which
CALENDAR = "text/calendar; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"


@require_safe
def exchange_calendar(request):
    """What is known to the day; ``left_out_of_calendar()`` counts the others."""

    def write(found):
        return calendar_of(
            _read(found, found.qs.known_to_the_day()),
            name=_name(found),
            link=_link(found),
        )

    headers = _filename("osaka-exchanges.ics", "inline")
    return _answer(request, write, CALENDAR, headers=headers)


@require_safe
def exchange_feed(request):
    """Those that changed last, and how many there are in all."""

    def write(found):
        return atom_of(
            found.qs,
            read=partial(_read, found),
            name=_name(found),
            link=_link(found),
            address=settings.SITE_URL + request.path + _query(found),
        )

    return _answer(request, write, "application/atom+xml; charset=utf-8")


@require_safe
def exchange_json(request):
    def write(found):
        return json_of(
            _read(found, found.qs),
            title=in_one_line(_name(found)),
            language=language_tag(get_language()),
            link=_link(found),
        )

    return _answer(
        request, write, "application/json; charset=utf-8", refuse=_refuse_as_problem
    )


@require_safe
def exchange_csv(request):
    def write(found):
        return csv_of(_read(found, found.qs))

    headers = _filename("osaka-exchanges.csv", "attachment")
    return _answer(request, write, "text/csv; charset=utf-8", headers=headers)


@require_safe
def exchange_event(request, slug):
    """One exchange for one's calendar, if there is a day to enter it at."""
    exchanges = Exchange.objects.published().known_to_the_day()
    found = exchanges.filter(slug=slug) if slug_re.fullmatch(slug) else []
    if not found:
        if response := redirect_to_current(request, Exchange, slug):
            return response
        return HttpResponse(
            _("There is no such calendar entry.") + "\n",
            status=404,
            content_type=PLAIN,
        )
    return HttpResponse(
        calendar_of(map(current_index().equip, found)),
        content_type=CALENDAR,
        headers=_filename(f"{slug}.ics", "attachment"),
    )


def _answer(request, write, content_type, *, refuse=None, headers=None):
    found = _find(request)
    if errors := _errors(request, found):
        return (refuse or _refuse_in_words)(errors)
    etag = _etag(request, found)
    return get_conditional_response(request, etag=etag) or HttpResponse(
        write(found),
        content_type=content_type,
        headers={"ETag": etag, **(headers or {})},
    )


def _find(request):
    sent = QueryDict(mutable=True)
    for name, values in request.GET.lists():
        if name not in OF_THE_VIEW and any(values):
            sent.setlist(name, [value for value in values if value])
    exchanges = Exchange.objects.published()
    return ExchangeFilter(sent, queryset=exchanges, request=request)


def _errors(request, found):
    """``{parameter: [sentence]}``. A misspelt name is an error too: to overlook it
    would be to send everything."""
    known = {*found.form.fields, *OF_THE_VIEW}
    unknown = {
        in_one_line(name)[:40]: [_("There is no such parameter.")]
        for name, values in request.GET.lists()
        if name not in known and any(values)
    }
    return {**{name: list(said) for name, said in found.errors.items()}, **unknown}


def _refuse_as_problem(errors):
    """RFC 9457; ``about:blank`` says that the status tells the type."""
    problem = {
        "type": "about:blank",
        "title": _("Bad request"),
        "status": 400,
        "detail": " ".join(_sentences(errors)),
        "errors": errors,
    }
    return HttpResponse(
        json.dumps(problem, ensure_ascii=False),
        status=400,
        content_type="application/problem+json",
    )


def _refuse_in_words(errors):
    text = "".join(f"{sentence}\n" for sentence in _sentences(errors))
    return HttpResponse(text, status=400, content_type=PLAIN)


def _sentences(errors):
    return [
        _("The parameter “%(name)s” cannot be used: %(reason)s")
        % {"name": name, "reason": reason}
        for name, reasons in errors.items()
        for reason in reasons
    ]


def _etag(request, found):
    """Programs that subscribe ask often and mostly learn that nothing is new, which
    costs one query.

    The index tells what is public: it ends with the next change of a record, with
    the next scheduled moment, and at midnight.
    """
    state = (found.index.token, found.index.valid_until, settings.SITE_URL)
    told = f"{request.path} {_query(found)} {state}"
    return quote_etag(hashlib.sha256(told.encode()).hexdigest()[:32])


def _read(found, exchanges):
    return map(found.index.equip, exchanges.iterator(chunk_size=CHUNK))


def _name(found):
    """ "Exchanges and visits of Osaka City: Melbourne, 2018": what a calendar or a
    reader shows in its list, so two filtered ones can be told apart."""
    name = _("Exchanges and visits of Osaka City")
    words = [str(word) for _parameter, _value, word in found.words]
    if not words:
        return name
    colon = pgettext("after a label", ": ")
    comma = pgettext("between the words of a list", ", ")
    return f"{name}{colon}{comma.join(words)}"


def _query(found):
    return query_of(found.pairs)


def _link(found):
    return settings.SITE_URL + reverse("events:exchange_list") + _query(found)


def _filename(name, how):
    return {"Content-Disposition": f'{how}; filename="{name}"'}
