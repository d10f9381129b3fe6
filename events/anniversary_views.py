from collections import defaultdict
from itertools import groupby

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from network import anniversaries
from network.models import Affiliation
from osaka_site import clock

from .anniversary_feed import calendar_of
from .models import Exchange

YEARS_IN_FULL = 5
YEARS_SOON = 2
YEARS_IN_TABLE = YEARS_IN_CALENDAR = 10


@require_safe
def anniversary_list(request):
    today = clock.today()
    ties = list(_ties())
    celebrations = _celebrations()
    following = anniversaries.soonest(filter(None, (t.next_anniversary for t in ties)))
    next_ones = [found for found in following if found.date == following[0].date]
    in_calendar = anniversaries.coming(ties, today, YEARS_IN_CALENDAR)
    table_years = range(today.year, today.year + YEARS_IN_TABLE + 1)
    feed = settings.SITE_URL + reverse("events:anniversary_calendar")
    return render(
        request,
        "events/anniversary_list.html",
        {
            "next_ones": next_ones,
            "days_to_go": _days_to_go(next_ones, today),
            "soon": [
                (found, celebrations.get(found, []))
                for found in anniversaries.coming(ties, today, YEARS_SOON)
            ],
            "years": _years(ties, today),
            "table_years": table_years,
            "rows": [
                (tie, [anniversaries.in_year(tie, year) for year in table_years])
                for tie in ties
            ],
            "past": _past(celebrations, today),
            "webcal": "webcal:" + feed.partition(":")[2],
            "left_out": sum(not found.date.day for found in in_calendar),
        },
    )


@require_safe
def anniversary_calendar(request):
    coming = anniversaries.coming(_ties(), clock.today(), YEARS_IN_CALENDAR)
    return HttpResponse(
        calendar_of(found for found in coming if found.date.day),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'inline; filename="osaka-anniversaries.ics"'},
    )


def _ties():
    return Affiliation.objects.published().celebrating().for_list().in_time()


def _celebrations():
    """Anniversaries that exchanges celebrate, with these, the latest first."""
    celebrations = defaultdict(list)
    for exchange in Exchange.objects.published().celebrating().newest_first():
        if anniversary := exchange.anniversary:
            celebrations[anniversary].append(exchange)
    return celebrations


def _days_to_go(next_ones, today):
    """``None`` where the day is not known."""
    if not next_ones or not next_ones[0].date.day:
        return None
    return (next_ones[0].date.first_day - today).days


def _years(ties, today):
    """The coming years, and this one while it has anniversaries to come."""
    this_year, *coming = anniversaries.by_year(ties, today, YEARS_IN_FULL + 1)
    return [this_year, *coming] if this_year[1] else coming


def _past(celebrations, today):
    """``[(year, [(anniversary, exchanges), …]), …]``, the latest first."""
    past = sorted(
        (item for item in celebrations.items() if item[0].date.last_day < today),
        key=lambda item: item[0].date.last_day,
        reverse=True,
    )
    return [
        (year, list(items)) for year, items in groupby(past, lambda item: item[0].year)
    ]
