"""What the pages tell search engines, in the vocabulary of schema.org."""

import json
import re
from datetime import time

import pytest
from django.template.loader import render_to_string

from events.models import Exchange
from network.models import Partner
from osaka_site.publishing import Status
from osaka_site.structured_data import script_of

from .factories import (
    make_affiliation,
    make_category,
    make_exchange,
    make_facility,
    make_partner,
    make_picture,
)
from .pages import public_pages
from .test_leaks import HIDDEN

SITE = "http://127.0.0.1:8000"


def data_of(client, record, kind):
    """The data block of ``kind`` on the page of a record."""
    response = client.get(record.get_absolute_url().partition("#")[0])
    blocks = read(response.content.decode())
    assert all(block.pop("@context") == "https://schema.org" for block in blocks)
    (block,) = (block for block in blocks if block["@type"] == kind)
    return block


def read(html):
    return [
        json.loads(text)
        for text in re.findall(
            r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL
        )
    ]


@pytest.mark.django_db
def test_exchange_is_an_event(client):
    house = make_facility(
        slug="house", name_en="The House", address_en="8-2-6 Uehommachi", phone="06-1"
    )
    exchange = make_exchange(
        slug="choir",
        title_en="A choir comes",
        summary_en="It sings.",
        starts_on="2027-05-04",
        ends_on="2027-05-06",
        starts_at=time(10, 30),
        ends_at=time(9),
        venue=make_facility(slug="hall", name_en="The hall", parent=house),
        place_en="Osaka",
        host_en="The choir",
        pictures=[make_picture(file="pictures/choir.png")],
    )

    assert data_of(client, exchange, "Event") == {
        "@type": "Event",
        "name": "A choir comes",
        "description": "It sings.",
        "url": f"{SITE}/en/exchanges/choir/",
        "inLanguage": "en",
        "startDate": "2027-05-04T10:30+09:00",
        "endDate": "2027-05-06T09:00+09:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "location": {
            "@type": "Place",
            "name": "The hall",
            "url": f"{SITE}/en/house/#hall",
            "address": "8-2-6 Uehommachi",
            "containedInPlace": {"@type": "Place", "name": "The House"},
        },
        "organizer": {"@type": "Organization", "name": "The choir"},
        "image": f"{SITE}/media/pictures/choir.png",
    }


@pytest.mark.django_db
def test_event_says_no_more_than_is_known(client):
    exchange = make_exchange(
        slug="choir", title_en="", title_ja="合唱", starts_on="2010"
    )

    assert data_of(client, exchange, "Event") == {
        "@type": "Event",
        "name": "合唱",
        "url": f"{SITE}/en/exchanges/choir/",
        "inLanguage": "ja",
        "startDate": "2010",
        "eventStatus": "https://schema.org/EventScheduled",
    }


@pytest.mark.parametrize(
    ("facts", "dates"),
    [
        ({"starts_on": "2010-07"}, ["2010-07", None]),
        ({"starts_on": "2010", "ends_on": "2011"}, ["2010", "2011"]),
        (
            {"starts_on": "2010-07-15", "ends_on": "2010-08"},
            ["2010-07-15", "2010-08"],
        ),
        (
            {"starts_on": "2010-07-15", "starts_at": time(10), "ends_at": time(12, 5)},
            ["2010-07-15T10:00+09:00", "2010-07-15T12:05+09:00"],
        ),
        (
            {"starts_on": "2010-07-15", "starts_at": time(10), "ends_on": "2010-08"},
            ["2010-07-15T10:00+09:00", "2010-08"],
        ),
    ],
)
@pytest.mark.django_db
def test_event_dates_are_as_exact_as_they_are_known(client, facts, dates):
    event = data_of(client, make_exchange(**facts), "Event")

    assert [event["startDate"], event.get("endDate")] == dates


@pytest.mark.parametrize(
    ("state", "status"),
    [("postponed", "EventPostponed"), ("cancelled", "EventCancelled")],
)
@pytest.mark.django_db
def test_event_says_whether_it_takes_place(client, state, status):
    event = data_of(client, make_exchange(state=state), "Event")

    assert event["eventStatus"] == f"https://schema.org/{status}"


@pytest.mark.django_db
def test_online_event_is_at_no_place_but_online(client):
    event = data_of(client, make_exchange(kind=Exchange.Kind.ONLINE), "Event")

    assert event["eventAttendanceMode"] == (
        "https://schema.org/OnlineEventAttendanceMode"
    )
    assert "location" not in event


@pytest.mark.django_db
def test_event_elsewhere_has_the_name_of_its_place(client):
    event = data_of(client, make_exchange(place_en="Kobe"), "Event")

    assert event["location"] == {"@type": "Place", "name": "Kobe"}


@pytest.mark.django_db
def test_city_is_a_place_known_elsewhere_too(client):
    partner = make_partner(
        slug="springfield",
        name_en="Springfield",
        formal_name_en="City of Springfield",
        introduction_en="A city.",
        latitude=0,
        longitude="-89.5",
        parent=make_partner(slug="state", name_en="The state", kind="region"),
        website="https://springfield.example/",
        wikidata_id="Q1",
        geonames_id=2,
        pictures=[make_picture(file="pictures/city.png")],
    )

    assert data_of(client, partner, "City") == {
        "@type": "City",
        "name": "Springfield",
        "alternateName": ["City of Springfield"],
        "description": "A city.",
        "url": f"{SITE}/en/partners/springfield/",
        "address": {"@type": "PostalAddress", "addressCountry": "US"},
        "geo": {"@type": "GeoCoordinates", "latitude": 0.0, "longitude": -89.5},
        "containedInPlace": {
            "@type": "AdministrativeArea",
            "name": "The state",
            "url": f"{SITE}/en/partners/state/",
        },
        "sameAs": [
            "https://springfield.example/",
            "https://www.wikidata.org/entity/Q1",
            "https://sws.geonames.org/2/",
        ],
        "image": f"{SITE}/media/pictures/city.png",
    }


@pytest.mark.django_db
def test_institution_is_an_organization_at_a_place(client):
    partner = make_partner(
        slug="institute",
        kind=Partner.Kind.INSTITUTION,
        name_en="Institute",
        latitude=1,
        longitude=2,
        parent=make_partner(),
    )

    assert data_of(client, partner, "Organization") == {
        "@type": "Organization",
        "name": "Institute",
        "url": f"{SITE}/en/partners/institute/",
        "address": {"@type": "PostalAddress", "addressCountry": "US"},
        "location": {
            "@type": "Place",
            "geo": {"@type": "GeoCoordinates", "latitude": 1.0, "longitude": 2.0},
        },
    }


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("region", "AdministrativeArea"), ("port", "Place"), ("embassy", "Embassy")],
)
@pytest.mark.django_db
def test_partner_is_of_its_kind(client, kind, expected):
    partner = make_partner(kind=kind)

    assert data_of(client, partner, expected)["name"] == "Springfield"


@pytest.mark.django_db
def test_house_is_a_civic_structure(client):
    house = make_facility(
        slug="house",
        name_en="The House",
        introduction_en="A house.",
        address_en="8-2-6 Uehommachi",
        phone="06-6772-5931",
        website="https://house.example/",
        latitude="34.66",
        longitude="135.52",
        pictures=[make_picture(file="pictures/house.png")],
    )

    assert data_of(client, house, "CivicStructure") == {
        "@type": "CivicStructure",
        "name": "The House",
        "description": "A house.",
        "url": f"{SITE}/en/house/#house",
        "address": "8-2-6 Uehommachi",
        "telephone": "06-6772-5931",
        "geo": {"@type": "GeoCoordinates", "latitude": 34.66, "longitude": 135.52},
        "sameAs": ["https://house.example/"],
        "image": f"{SITE}/media/pictures/house.png",
    }


@pytest.mark.django_db
def test_breadcrumbs_are_those_that_people_see(client):
    category = make_category(slug="sister", name_en="Sister cities", name_ja="")
    partner = make_partner(name_ja="街")
    make_affiliation(partner=partner, category=category)

    html = client.get(f"/ja/partners/{partner.slug}/").content.decode()
    (trail,) = (block for block in read(html) if block["@type"] == "BreadcrumbList")
    shown = re.findall(
        r"<li>(?:<a href=\"([^\"]+)\">|<span aria-current=\"page\">)(.*?)</(?:a|span)>",
        html[html.index('<nav class="crumbs"') :].partition("</nav>")[0],
    )

    found = [
        (item.get("item", "").removeprefix(SITE), item["name"])
        for item in trail["itemListElement"]
    ]
    assert found == [(path, re.sub("<.*?>", "", name)) for path, name in shown]
    assert found[2:] == [("/ja/network/sister/", "Sister cities"), ("", "街")]
    assert [item["position"] for item in trail["itemListElement"]] == [1, 2, 3, 4]


@pytest.mark.django_db
def test_every_page_with_crumbs_has_them_as_data(client):
    pages = public_pages(make_partner(), make_exchange(), make_category())
    for address in pages:
        html = client.get(address).content.decode()
        trails = [block for block in read(html) if block["@type"] == "BreadcrumbList"]

        assert len(trails) == html.count('class="crumbs"'), address


@pytest.mark.django_db
def test_text_cannot_end_the_data(client):
    title = '</script><b>"R&D" <!-- \'\u2028\x9d'

    exchange = make_exchange(slug="choir", title_en=title)
    html = client.get(exchange.get_absolute_url()).content.decode()
    event = data_of(client, exchange, "Event")

    assert "<b>" not in html
    assert event["name"] == '</script><b>"R&D" <!-- \'\n'


@pytest.mark.django_db
def test_description_holds_no_sign_of_markdown(client):
    partner = make_partner(introduction_en="## A *port*\n\n[Open](https://sea.example)")
    house = make_facility(introduction_en="- A **house**")

    assert data_of(client, partner, "City")["description"] == "A port\n\nOpen"
    assert data_of(client, house, "CivicStructure")["description"] == "A house"


def test_data_holds_no_sign_of_mark_up():
    assert script_of({"name": "<&>"}) == (
        '<script type="application/ld+json">'
        '{"@context": "https://schema.org", "name": "\\u003C\\u0026\\u003E"}</script>'
    )


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.django_db
def test_data_leaves_out_what_is_hidden(client, hidden):
    picture = make_picture(**hidden())
    house = make_facility(slug="house")
    attic = make_facility(parent=house, **hidden())
    exchange = make_exchange(slug="choir", venue=attic, pictures=[picture])
    partner = make_partner(parent=make_partner(**hidden()), pictures=[picture])
    house.pictures.add(picture)

    event = data_of(client, exchange, "Event")
    city = data_of(client, partner, "City")
    building = data_of(client, house, "CivicStructure")

    assert {"location", "image"} & event.keys() == set()
    assert {"containedInPlace", "image"} & city.keys() == set()
    assert "image" not in building


@pytest.mark.django_db
def test_event_in_a_hidden_house_has_no_location(client):
    house = make_facility(status=Status.ARCHIVED)
    exchange = make_exchange(venue=make_facility(parent=house))

    assert "location" not in data_of(client, exchange, "Event")


def test_page_without_a_parent_record_has_a_short_trail():
    html = render_to_string("includes/crumbs.html", {"here": "Here"})

    assert read(html) == [
        {
            "@context": "https://schema.org",
            "@type": "BreadcrumbList",
            "itemListElement": [
                {
                    "@type": "ListItem",
                    "position": 1,
                    "name": "Home",
                    "item": f"{SITE}/en/",
                },
                {"@type": "ListItem", "position": 2, "name": "Here"},
            ],
        }
    ]
