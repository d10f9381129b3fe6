"""The exchanges of a month as a calendar, and how many there are by year and field."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from datetime import time

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from osaka_site import clock
from osaka_site.characters import in_one_line
from osaka_site.dates import PartialDate
from osaka_site.months import (
    FIRST_YEAR,
    LAST_YEAR,
    MonthForm,
    months_later,
    precision_of,
    weekdays,
    weeks_of,
)

from .facets import query_of
from .filters import ExchangeFilter, Matches
from .finding import current_index
from .models import Exchange


@require_safe
def exchange_month(request):
    """A month of the exchanges of a filtered list, by default the present month."""
    form = MonthForm(request.GET)
    exchanges = Exchange.objects.published()
    found = ExchangeFilter(request.GET, queryset=exchanges, request=request)
    pairs = [(name, value) for name, value in found.pairs if name != "sort"]
    if form.is_valid() and found.is_valid():
        short = _with_month(pairs, form.cleaned_data["month"])
        if short != _sent(request):
            return HttpResponseRedirect(request.path + query_of(short))
    today = clock.today()
    this_month = PartialDate(today.year, today.month)
    month = form.is_valid() and (form.cleaned_data["month"] or this_month)
    return render(
        request,
        "events/exchange_month.html",
        {
            "month_field": form["month"],
            "month_sent": in_one_line(request.GET.get("month", ""))[:40],
            "filter": found,
            "pairs": pairs,
            "query": query_of(pairs),
            "chips": [
                (found.form[name].label, word, _without(name, value, pairs, month))
                for name, value, word in found.words
            ],
            "this_month": query_of(pairs) if month != this_month else None,
            "month": month,
            **(_month(found, pairs, month, today) if month else {}),
        },
    )


def _sent(request):
    return [(name, value) for name, values in request.GET.lists() for value in values]


def _with_month(pairs, month):
    return [*pairs, ("month", str(month))] if month else pairs


def _without(name, value, pairs, month):
    others = [pair for pair in pairs if pair != (name, value)]
    return query_of(_with_month(others, month))


def _month(found, pairs, month, today):
    index = found.index
    bits = found.matches.bits & index.between(month.first_day, month.last_day)
    touching = Matches(index, bits, "oldest")
    known_to_the = defaultdict(list)
    for exchange in touching[: len(touching)]:
        precision = precision_of(exchange.starts_on, exchange.ends_on)
        known_to_the[precision].append(exchange)
    return {
        "weekdays": weekdays(month),
        "weeks": weeks_of(_in_order(known_to_the["day"]), month, today),
        "exchange_list": known_to_the["day"],
        "of_month": known_to_the["month"],
        "of_year_count": len(known_to_the["year"]),
        "year_query": _year_query(found, pairs, month.year),
        "neighbours": _linked(_neighbours(index, month, today), pairs),
        "nearest": _linked(_nearest(found, month), pairs),
    }


def _linked(months, pairs):
    return [(rel, month, query_of(_with_month(pairs, month))) for rel, month in months]


def _in_order(exchanges):
    """The longer ones above, so that their bars lie on one line."""
    return sorted(
        exchanges,
        key=lambda exchange: (
            exchange.first_day == exchange.last_day,
            exchange.first_day,
            exchange.starts_at or time.min,
            exchange.slug,
        ),
    )


def _neighbours(index, month, today):
    """The months before and after, as far as the years of exchanges and the next
    year go: nobody, and no search engine, should turn empty pages for ever."""
    years = [int(year) for year in index.choices["year"]]
    first, last = min([*years, today.year]), max([*years, today.year + 1])
    if PartialDate(max(first, FIRST_YEAR), 1) < month:
        yield "prev", months_later(month, -1)
    if month < PartialDate(min(last, LAST_YEAR), 12):
        yield "next", months_later(month, 1)


def _nearest(found, month):
    """The months of the last exchange that began before, and the first after."""
    index = found.index
    dated = found.matches.bits & index.choices["known"].get("to the day", 0)
    before = (1 << bisect_left(index.first_days, month.first_day)) - 1
    begun = (1 << bisect_right(index.first_days, month.last_day)) - 1
    if earlier := dated & before:
        yield "prev", _month_of(index, earlier.bit_length() - 1)
    if later := dated & ~begun:
        yield "next", _month_of(index, (later & -later).bit_length() - 1)


def _month_of(index, place):
    day = index.first_days[place]
    return PartialDate(day.year, day.month)


def _year_query(found, pairs, year):
    """The address of the list of a year, its parameters in their order."""
    names = list(found.form.fields)
    others = [pair for pair in pairs if pair[0] != "year"]
    return query_of(
        sorted([*others, ("year", str(year))], key=lambda pair: names.index(pair[0]))
    )


@require_safe
def exchange_years(request):
    """How many exchanges each year and each field has; every number leads to them."""
    index = current_index()
    fields, years = index.by_year_and_field(index.everything)
    sums = index.choices["field"]
    return render(
        request,
        "events/exchange_years.html",
        {
            "fields": fields,
            "rows": [
                (year, _cells(fields, [total, *counts], year=year))
                for year, total, counts in years
            ],
            "totals": _cells(
                fields,
                [len(index.pks), *(sums[field.slug].bit_count() for field in fields)],
            ),
        },
    )


def _cells(fields, counts, **year):
    """``[(number, query), …]``: of all exchanges, then of those of each field."""
    choices = [{}, *({"field": field.slug} for field in fields)]
    return [
        (count, query_of({**choice, **year}.items()))
        for choice, count in zip(choices, counts, strict=True)
    ]
