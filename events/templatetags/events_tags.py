"""Exchanges on pages of the network: fragments that fetch their own data."""

from collections import defaultdict

from django import template
from django.conf import settings
from django.db.models import Count, Window
from django.urls import reverse

register = template.Library()

RECENT = 50
UPCOMING_AT_HOUSE = 5


@register.inclusion_tag("events/includes/partner_history.html")
def partner_history(partner):
    """The latest exchanges with a partner by year, and how many there are in all."""
    exchanges = partner.exchanges.published().for_list().newest_first()
    recent = list(exchanges.annotate(total=Window(Count("pk")))[:RECENT])
    by_year = defaultdict(list)
    for exchange in recent:
        for year in exchange.years:
            by_year[year].append(exchange)
    return {
        "partner": partner,
        "years": sorted(by_year.items(), reverse=True),
        "count": recent[0].total if recent else 0,
        "shown": len(recent),
    }


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
