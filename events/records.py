"""What the feeds, the calendar and the data say of an exchange in the same words."""

from datetime import UTC
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language


def host():
    return urlsplit(settings.SITE_URL).hostname


def address_of(exchange):
    return settings.SITE_URL + _pattern(get_language()).format(exchange.slug)


@cache
def _pattern(language):
    """Feeds name thousands of addresses, which differ only in the slug."""
    return reverse("events:exchange_detail", args=["slug"]).replace("/slug/", "/{}/")


def id_of(exchange):
    """A tag URI (RFC 4151): the same in every language and in every form."""
    return f"tag:{host()},2026:exchange/{exchange.slug}"


def place_of(exchange):
    """Where it is, or the part of the House that it is in; empty if neither is
    known."""
    venue = exchange.venue
    return exchange.place or (venue.name if venue and venue.is_published else "")


def moment(time):
    """RFC 3339, to the second: 2027-01-22T01:30:00Z."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
