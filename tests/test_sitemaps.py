"""What search engines are told to read, and what not."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from events.models import Exchange
from network.models import Affiliation, Category, Partner
from osaka_site import sitemaps

from .factories import (
    make_affiliation,
    make_category,
    make_exchange,
    make_link,
    make_page_text,
    make_partner,
)
from .pages import LANGUAGES, public_pages
from .test_leaks import HIDDEN, plant, public  # noqa: F401 (a fixture)

SITE = "http://127.0.0.1:8000"
NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "x": "http://www.w3.org/1999/xhtml",
}
FIRST, THEN = (datetime(year, 5, 4, 12, tzinfo=UTC) for year in (2020, 2021))


def read(client, address):
    """``{address: (lastmod, {hreflang: address})}``"""
    response = client.get(address)
    assert response["Content-Type"] == "application/xml"
    return {
        url.findtext("s:loc", namespaces=NAMES): (
            url.findtext("s:lastmod", namespaces=NAMES),
            {
                twin.get("hreflang"): twin.get("href")
                for twin in url.findall("x:link", NAMES)
            },
        )
        for url in ElementTree.fromstring(response.content)
    }


def read_all(client):
    return {
        address: found
        for part in read(client, "/sitemap.xml")
        for address, found in read(client, part.removeprefix(SITE)).items()
    }


def changed(record, moment):
    type(record).objects.filter(pk=record.pk).update(updated_at=moment)


@pytest.mark.django_db
def test_sitemaps_name_every_public_page_in_every_language(client):
    records = make_partner(), make_category(), make_exchange()

    assert set(read_all(client)) == {
        SITE + page.replace("/en/", f"/{language}/", 1)
        for page in public_pages(*records)
        if page != "/en/search/"
        for language in LANGUAGES
    }


@pytest.mark.django_db
def test_address_has_its_twins_and_its_last_change(client):
    exchange = make_exchange(slug="choir")
    changed(exchange, FIRST)

    twins = {
        "en": f"{SITE}/en/exchanges/choir/",
        "ja": f"{SITE}/ja/exchanges/choir/",
        "zh-Hans": f"{SITE}/zh-hans/exchanges/choir/",
        "ko": f"{SITE}/ko/exchanges/choir/",
    }
    found = ("2020-05-04", {**twins, "x-default": twins["en"]})
    assert read(client, "/sitemap-exchanges.xml") == dict.fromkeys(
        twins.values(), found
    )


@pytest.mark.django_db
def test_twins_are_those_of_the_page_itself(client):
    exchange = make_exchange(slug="choir")
    html = client.get(exchange.get_absolute_url()).content.decode()

    _lastmod, twins = read(client, "/sitemap-exchanges.xml")[
        f"{SITE}/en/exchanges/choir/"
    ]

    assert html.count('rel="alternate" hreflang') == len(twins) == 5
    for language, address in twins.items():
        assert f'rel="alternate" hreflang="{language}" href="{address}"' in html


@pytest.mark.django_db
def test_list_changed_with_the_latest_of_what_it_shows(client):
    partner, text = make_partner(), make_page_text(slug="links")
    tie = make_affiliation(partner=partner, category=make_category(slug="sister"))
    listed, unlisted = make_link(is_listed=True), make_link()
    for record in (partner, text, tie, tie.category, unlisted, listed):
        changed(record, FIRST)
    changed(tie, THEN)
    changed(unlisted, THEN)

    found = {
        page: lastmod
        for page, (lastmod, _twins) in read_all(client).items()
        if page.startswith(f"{SITE}/ja/") and lastmod
    }

    assert found == {
        f"{SITE}/ja/": "2021-05-04",
        f"{SITE}/ja/network/": "2021-05-04",
        f"{SITE}/ja/network/sister/": "2021-05-04",
        f"{SITE}/ja/partners/": "2021-05-04",
        f"{SITE}/ja/partners/{partner.slug}/": "2020-05-04",
        f"{SITE}/ja/anniversaries/": "2021-05-04",
        f"{SITE}/ja/offices/": "2020-05-04",
        f"{SITE}/ja/house/": "2020-05-04",
        f"{SITE}/ja/links/": "2020-05-04",
        f"{SITE}/ja/exchanges/": "2020-05-04",
        f"{SITE}/ja/exchanges/calendar/": "2020-05-04",
    }


@pytest.mark.django_db
def test_scheduled_page_appears_with_its_time(client):
    now = timezone.now()
    exchange = make_exchange(publish_at=now + timedelta(hours=1))
    changed(exchange, FIRST)
    before = read(client, "/sitemap-exchanges.xml")

    Exchange.objects.update(publish_at=now - timedelta(minutes=1))

    assert before == {}
    assert {
        lastmod for lastmod, _twins in read(client, "/sitemap-exchanges.xml").values()
    } == {f"{timezone.localdate(now - timedelta(minutes=1))}"}


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.django_db
def test_hidden_records_change_no_sitemap(client, public, hidden):  # noqa: F811
    for model in (Exchange, Partner, Category, Affiliation):
        model.objects.update(updated_at=FIRST)
    before = read_all(client)

    plant(public, **hidden())
    # These are public themselves; what they celebrate is not.
    Exchange.objects.filter(starts_on="2020").delete()

    assert read_all(client) == before


@pytest.mark.django_db
def test_long_sitemap_is_split(client, monkeypatch):
    monkeypatch.setattr(sitemaps.PublicPages, "limit", 5)
    make_exchange()
    make_exchange()

    parts = read(client, "/sitemap.xml")

    exchanges = f"{SITE}/sitemap-exchanges.xml"
    assert [part for part in parts if part.startswith(exchanges)] == [
        exchanges,
        f"{exchanges}?p=2",
    ]
    assert [
        len(read(client, address))
        for address in ("/sitemap-exchanges.xml", "/sitemap-exchanges.xml?p=2")
    ] == [5, 3]


@pytest.mark.parametrize(
    "address",
    [
        "/sitemap-nope.xml",
        "/sitemap-exchanges.xml?p=9",
        "/sitemap-exchanges.xml?p=x",
    ],
)
@pytest.mark.django_db
def test_sitemap_that_does_not_exist_is_not_found(client, address):
    assert client.get(address).status_code == 404


@pytest.mark.django_db
def test_sitemap_costs_a_fixed_number_of_queries(client, django_assert_num_queries):
    for _number in range(3):
        make_exchange()
        make_affiliation()

    for address, cost in {
        "/sitemap-exchanges.xml": 2,
        "/sitemap-partners.xml": 2,
        "/sitemap-categories.xml": 3,
    }.items():
        with django_assert_num_queries(cost, info=address):
            client.get(address)


@pytest.mark.django_db
def test_robots_may_read_all_but_the_admin_and_search_results(client, settings):
    settings.SITE_URL = "https://network.example"

    response = client.get("/robots.txt")

    assert response["Content-Type"] == "text/plain"
    assert response.content.decode() == (
        "User-agent: *\n"
        "Allow: /\n"
        "Disallow: /admin/\n"
        "Disallow: /shared/\n"
        "Disallow: /en/search/\n"
        "Disallow: /ja/search/\n"
        "Disallow: /zh-hans/search/\n"
        "Disallow: /ko/search/\n"
        "\n"
        "Sitemap: https://network.example/sitemap.xml\n"
    )
