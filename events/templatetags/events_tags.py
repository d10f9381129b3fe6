"""Exchanges on pages of the network: fragments that fetch their own data."""

from collections import defaultdict
from datetime import timedelta

from django import template
from django.conf import settings
from django.urls import reverse

from osaka_site.structured_data import script_of

from ..facets import query_of
from ..filters import Matches
from ..finding import current_index
from ..models import Exchange
from ..structured_data import event_of

register = template.Library()

RECENT = 50
UPCOMING_AT_HOUSE = 5
RELATED = 3
NEAR = timedelta(days=2 * 365)


@register.inclusion_tag("events/includes/partner_history.html")
def partner_history(partner):
    """The latest exchanges with a partner by year, and how many there are in all."""
    index = current_index()
    bits = index.any_of("partner", [partner.slug])
    exchanges = Matches(index, bits, "newest", Exchange.objects.published())
    recent = exchanges[:RECENT]
    by_year = defaultdict(list)
    for exchange in recent:
        for year in exchange.years:
            by_year[year].append(exchange)
    return {
        "partner": partner,
        "years": sorted(by_year.items(), reverse=True),
        "count": len(exchanges),
        "shown": len(recent),
        **_table(index, bits, partner),
    }


def _table(index, bits, partner):
    """A row for each year: how many there are in all and of each field, with the
    query of the list that shows them; nothing where no exchange has a field."""
    fields, years = index.by_year_and_field(bits)
    columns = ["", *(field.slug for field in fields)]
    return {
        "fields": fields,
        "rows": [
            (
                year,
                [
                    (count, _query(field=slug, partner=partner.slug, year=year))
                    for slug, count in zip(columns, [total, *counts], strict=True)
                ],
            )
            for year, total, counts in years
        ],
    }


def _query(**choices):
    return query_of((name, value) for name, value in choices.items() if value)


@register.inclusion_tag("events/includes/related_exchanges.html")
def related_exchanges(exchange):
    """The nearest in time with its partners; then those of its fields, if they are
    near."""
    index = current_index()
    partners, fields = exchange.partners.all(), exchange.fields.all()
    together = index.near(
        exchange, index.any_of("partner", [found.slug for found in partners]), RELATED
    )
    alike = index.near(
        exchange,
        index.any_of("field", [found.slug for found in fields]),
        RELATED,
        within=NEAR,
        but=together,
    )
    found = Exchange.objects.published().in_bulk([*together, *alike])
    index.equip(found.values())
    return {
        "partners": partners,
        "together": [found[pk] for pk in together if pk in found],
        "alike": [found[pk] for pk in alike if pk in found],
    }


@register.simple_tag
def event_data(exchange):
    return script_of(event_of(exchange))


@register.inclusion_tag("events/includes/house_events.html")
def house_events(house):
    """What takes place at the House next."""
    upcoming = house.exchanges.published().upcoming().for_list()
    return {"exchanges": upcoming[:UPCOMING_AT_HOUSE]}


@register.simple_tag
def webcal(query=""):
    """The calendar of a list, as an address that opens in a calendar program."""
    address = settings.SITE_URL + reverse("events:exchange_calendar") + query
    return "webcal:" + address.partition(":")[2]
