"""Which public pages search engines see, and when each changed last.

Their addresses are those that people know the site by (``SITE_URL``), whatever name
this server goes by.
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap, views
from django.db.models import Max
from django.urls import reverse
from django.views.decorators.http import require_safe

from events.models import Exchange, Field
from network.models import (
    Affiliation,
    Category,
    ExternalLink,
    Facility,
    OverseasOffice,
    PageText,
    Partner,
    Programme,
    Source,
)

from .translation import language_tag

NETWORK = [Affiliation, Category, Partner]
EXCHANGES = [Exchange, Field, Partner]
# The records and the texts that each page shows.
SHOWN = {
    "home": (
        [*NETWORK, *EXCHANGES, OverseasOffice, Facility],
        ["home", "home-introduction"],
    ),
    "network:network": ([*NETWORK, OverseasOffice], ["network", "offices"]),
    "network:partner_list": (NETWORK, []),
    "network:office_list": ([OverseasOffice, Partner], ["offices"]),
    "network:house": ([Facility, Programme, *EXCHANGES], ["residents"]),
    "network:link_list": ([ExternalLink], ["links"]),
    "events:exchange_list": (EXCHANGES, ["exchanges"]),
    "events:exchange_month": (EXCHANGES, []),
    "events:exchange_years": ([Exchange, Field], []),
    "events:anniversary_list": ([*NETWORK, Exchange], []),
    "about_data": ([Source], ["about-data"]),
}


@dataclass(frozen=True)
class Page:
    view: str
    slug: str
    changed_at: datetime | None


class PublicPages(Sitemap):
    """Pages in every language; each names its twins as the page itself does."""

    i18n = alternates = x_default = True
    # With its twins, an address takes up to a thousand bytes; a file may have fifty
    # million, and nobody wants to wait for one of that size.
    limit = 10_000
    protocol = urlsplit(settings.SITE_URL).scheme

    def location(self, page):
        return reverse(page.view, args=[page.slug] if page.slug else None)

    def lastmod(self, page):
        return page.changed_at

    def get_domain(self, site=None):
        return urlsplit(settings.SITE_URL).netloc

    def get_urls(self, page=1, site=None, protocol=None):
        urls = super().get_urls(page, site, protocol)
        for url in urls:
            *twins, default = url["alternates"]
            default["location"] = twins[0]["location"]
            for twin in twins:
                twin["lang_code"] = language_tag(twin["lang_code"])
        return urls


class Lists(PublicPages):
    def items(self):
        changed_at = {}
        for model in {model for models, _texts in SHOWN.values() for model in models}:
            records = model.objects.published()
            if model is ExternalLink:
                records = records.filter(is_listed=True)
            last = records.aggregate(Max("updated_at"), Max("publish_at"))
            changed_at[model] = _latest(*last.values())
        texts = PageText.objects.published()
        for slug, *moments in texts.values_list("slug", "updated_at", "publish_at"):
            changed_at[slug] = _latest(*moments)
        return [
            Page(view, "", _latest(*(changed_at.get(part) for part in models + texts)))
            for view, (models, texts) in SHOWN.items()
        ]


class Categories(PublicPages):
    """A page of ties: it changes with each of them."""

    def items(self):
        ties = Affiliation.objects.published().values_list(
            "category", "category__parent", "updated_at", "publish_at"
        )
        return [
            Page(
                "network:category_detail",
                category.slug,
                _latest(
                    category.updated_at,
                    category.publish_at,
                    *(
                        moment
                        for own, whole, *moments in ties
                        if category.pk in (own, whole)
                        for moment in moments
                    ),
                ),
            )
            for category in Category.objects.published()
        ]


class Partners(PublicPages):
    def items(self):
        return _pages_of(Partner, "network:partner_detail")


class Exchanges(PublicPages):
    def items(self):
        return _pages_of(Exchange, "events:exchange_detail")


SECTIONS = {
    "lists": Lists,
    "categories": Categories,
    "partners": Partners,
    "exchanges": Exchanges,
}


@require_safe
def index(request):
    """The list of the sitemaps; the framework would name the server it was asked by."""
    response = views.index(request, SECTIONS, sitemap_url_name="sitemap_section")
    for part in response.context_data["sitemaps"]:
        address = urlsplit(part.location)
        part.location = f"{settings.SITE_URL}{address.path}" + (
            f"?{address.query}" if address.query else ""
        )
    return response


@require_safe
def section(request, section):
    return views.sitemap(request, SECTIONS, section)


def _pages_of(model, view):
    records = model.objects.published().values_list("slug", "updated_at", "publish_at")
    return [Page(view, slug, _latest(*moments)) for slug, *moments in records]


def _latest(*moments):
    """A record that was scheduled changed the site when its time came."""
    return max(filter(None, moments), default=None)
