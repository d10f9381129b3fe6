import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from events.models import Exchange
from events.urls import urlpatterns as events_urls
from network.models import Facility, Partner
from network.urls import urlpatterns as network_urls
from osaka_site.publishing import Status

from .factories import (
    make_affiliation,
    make_category,
    make_exchange,
    make_facility,
    make_office,
    make_partner,
    make_picture,
    make_programme,
    make_source,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 30, 15, 30, tzinfo=UTC)
BEFORE = NOW - timedelta(microseconds=1)
AFTER = NOW + timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to(NOW, tick=False)


# ---- who is seen --------------------------------------------------------------


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize(
    ("publish_at", "unpublish_at", "is_open"),
    [
        (None, None, True),
        (BEFORE, None, True),
        (NOW, None, True),
        (AFTER, None, False),
        (None, AFTER, True),
        (None, NOW, False),
        (None, BEFORE, False),
        (BEFORE, AFTER, True),
        (NOW, AFTER, True),
        (BEFORE, NOW, False),
        (BEFORE - timedelta(days=1), BEFORE, False),
        (AFTER, AFTER + timedelta(days=1), False),
    ],
)
def test_record_is_seen_while_published_and_between_its_times(
    status, publish_at, unpublish_at, is_open
):
    partner = make_partner(
        status=status, publish_at=publish_at, unpublish_at=unpublish_at
    )
    is_seen = is_open and status == Status.PUBLISHED

    assert list(Partner.objects.published()) == [partner] * is_seen
    assert partner.is_published is is_seen


WHOLES_AND_PARTS = {
    "tie of a partner": (make_partner, lambda whole: make_affiliation(partner=whole)),
    "tie of a category": (
        make_category,
        lambda whole: make_affiliation(category=whole),
    ),
    "tie of a part of a category": (
        make_category,
        lambda whole: make_affiliation(category=make_category(parent=whole)),
    ),
    "part of a category": (make_category, lambda whole: make_category(parent=whole)),
    "place in a facility": (make_facility, lambda whole: make_facility(parent=whole)),
    "programme of a facility": (
        make_facility,
        lambda whole: make_programme(facility=whole),
    ),
    "programme of a place in a facility": (
        make_facility,
        lambda whole: make_programme(facility=make_facility(parent=whole)),
    ),
    "office in a city": (make_partner, lambda whole: make_office(city=whole)),
    "part of an office": (make_office, lambda whole: make_office(parent=whole)),
    "part of an office in a city": (
        make_partner,
        lambda whole: make_office(parent=make_office(city=whole)),
    ),
}


@pytest.mark.parametrize(
    "hidden",
    [
        {"status": Status.DRAFT},
        {"status": Status.ARCHIVED},
        {"publish_at": AFTER},
        {"unpublish_at": NOW},
    ],
    ids=["draft", "archived", "not yet", "no longer"],
)
@pytest.mark.parametrize(
    ("make_whole", "make_part"), WHOLES_AND_PARTS.values(), ids=WHOLES_AND_PARTS
)
def test_part_is_seen_only_while_its_whole_is(make_whole, make_part, hidden):
    whole = make_whole()
    part = make_part(whole)
    parts = type(part).objects.filter(pk=part.pk)
    assert [found.is_published for found in parts.published()] == [True]

    type(whole).objects.filter(pk=whole.pk).update(**hidden)

    assert list(parts.published()) == []
    assert parts.get().is_published is False


@pytest.mark.parametrize(
    ("make_whole", "make_part"), WHOLES_AND_PARTS.values(), ids=WHOLES_AND_PARTS
)
def test_whole_is_seen_without_its_part(make_whole, make_part):
    whole = make_whole()
    part = make_part(whole)

    type(part).objects.filter(pk=part.pk).update(status=Status.DRAFT)

    assert list(type(whole).objects.filter(pk=whole.pk).published()) == [whole]


# ---- times --------------------------------------------------------------------


@pytest.mark.parametrize("unpublish_at", [NOW, BEFORE])
def test_publish_until_must_be_later_than_publish_from(unpublish_at):
    partner = Partner(name_en="Springfield", country="US")
    partner.publish_at, partner.unpublish_at = NOW, unpublish_at

    with pytest.raises(ValidationError) as error:
        partner.full_clean()
    with pytest.raises(IntegrityError, match="network_partner_publish_before_unpub"):
        partner.save()

    assert error.value.messages == [
        "“Publish until” must be later than “publish from”."
    ]


# ---- moving many at once ------------------------------------------------------


def test_saving_notes_the_time(time_machine):
    partner = make_partner()
    later = NOW + timedelta(hours=1)
    time_machine.move_to(later)

    partner.save()

    assert Partner.objects.get().updated_at == later


def test_saving_single_fields_notes_the_time_too(time_machine):
    partner = make_partner(name_en="Springfield", website="")
    partner.name_en, partner.website = "Shelbyville", "https://example.com/"
    later = NOW + timedelta(hours=1)
    time_machine.move_to(later)

    partner.save(update_fields=["name_en"])

    assert list(Partner.objects.values_list("name_en", "website", "updated_at")) == [
        ("Shelbyville", "", later)
    ]


# ---- address names ------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "slug"),
    [
        (lambda: make_partner(name_en="São Paulo", slug=""), "sao-paulo"),
        (lambda: make_partner(name_en="", name_ja="大阪", slug=""), "partner"),
        (lambda: make_partner(name_en="大阪", slug=""), "partner"),
        (lambda: make_partner(name_en="São Paulo", slug="sp"), "sp"),
        (lambda: make_partner(name_en="A" * 120, slug=""), "a" * 90),
        (lambda: make_partner(name_en="A" * 89 + " city", slug=""), "a" * 89),
        (lambda: make_programme(title_en="If you moved", slug=""), "if-you-moved"),
        (lambda: make_picture(alt_en="A pier", slug=""), "a-pier"),
        (
            lambda: make_source(publisher="City of Osaka", title="Sisters", slug=""),
            "city-of-osaka-sisters",
        ),
        (
            lambda: make_affiliation(
                partner=make_partner(slug="milan"),
                category=make_category(slug="sister-cities"),
                slug="",
            ),
            "sister-cities-milan",
        ),
    ],
)
def test_slug_is_made_where_none_is_given(make, slug):
    assert make().slug == slug


@pytest.mark.parametrize(
    ("name", "slugs"),
    [
        ("Milan", ["milan", "milan-2", "milan-3"]),
        ("", ["partner", "partner-2", "partner-3"]),
        ("A" * 120, ["a" * 90, "a" * 90 + "-2", "a" * 90 + "-3"]),
    ],
)
def test_slug_that_is_taken_is_numbered(name, slugs):
    partners = [make_partner(name_en=name, name_ja="名", slug="") for _ in slugs]

    assert [partner.slug for partner in partners] == slugs


def test_slug_takes_the_first_free_number():
    for slug in ("milan", "milan-3", "milan-2b"):
        make_partner(slug=slug)

    assert make_partner(name_en="Milan", slug="").slug == "milan-2"


@pytest.mark.parametrize(
    ("make", "slug"),
    [
        (lambda **slug: make_exchange(title_en="Calendar", **slug), "calendar"),
        (lambda **slug: make_exchange(title_en="Years", **slug), "years"),
        (lambda **slug: make_category(name_en="Offices", **slug), "offices"),
        (lambda **slug: make_facility(name_en="Events", **slug), "events"),
        (lambda **slug: make_partner(name_en="Main", **slug), "main"),
    ],
)
def test_slug_that_the_site_uses_is_neither_made_nor_taken(make, slug):
    record = make(slug="")
    assert record.slug == f"{slug}-2"
    record.full_clean()

    record.slug = slug
    with pytest.raises(ValidationError) as refused:
        record.full_clean()

    assert refused.value.message_dict == {
        "slug": ["The site itself uses this name. Choose another one."]
    }


def test_no_address_of_the_site_hides_a_record():
    routes = [str(found.pattern) for found in [*events_urls, *network_urls]]
    records = "<slug:slug>/"
    hiding = {
        prefix: {
            word.rstrip("/")
            for route in routes
            if re.fullmatch(r"[\w-]+/", word := route.removeprefix(prefix))
            and route.startswith(prefix)
        }
        for prefix in (r.removesuffix(records) for r in routes if r.endswith(records))
    }

    assert hiding == {
        "exchanges/": {"calendar", "years"},
        "network/": set(),
        "partners/": set(),
    }
    assert hiding["exchanges/"] <= Exchange.reserved_slugs


def test_slug_may_be_that_of_another_model():
    make_partner(slug="milan")

    assert make_facility(name_en="Milan", slug="").slug == "milan"


def test_slug_stays_when_the_name_changes():
    partner = make_partner(name_en="Leningrad", slug="")

    partner.name_en = "Saint Petersburg"
    partner.save()

    assert Partner.objects.get().slug == "leningrad"


def test_record_is_found_by_its_natural_key():
    house = make_facility(slug="house")
    make_facility()

    assert Facility.objects.get_by_natural_key(*house.natural_key()) == house
