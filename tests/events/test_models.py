from datetime import UTC, date, datetime, time

import pytest
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError

from events.models import Exchange, Field
from osaka_site.dates import PartialDate
from tests.factories import (
    make_affiliation,
    make_category,
    make_exchange,
    make_field,
    make_partner,
)

pytestmark = pytest.mark.django_db

# Japan is nine hours ahead: this is half past midnight on 1 December there.
NIGHT = "2026-11-30T15:30:00Z"


def known(text):
    return PartialDate.parse(text) if text else None


def exchange_on(starts_on, ends_on=None, **fields):
    return Exchange(
        kind=Exchange.Kind.SEMINAR,
        title_en="A seminar",
        starts_on=known(starts_on),
        ends_on=known(ends_on),
        **fields,
    )


# ---- days and years -----------------------------------------------------------


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "first_day", "last_day", "years"),
    [
        ("2019-05-04", None, "2019-05-04", "2019-05-04", [2019]),
        ("2019-05-04", "2019-05-06", "2019-05-04", "2019-05-06", [2019]),
        ("2024-12-31", "2025-01-02", "2024-12-31", "2025-01-02", [2025, 2024]),
        ("2024-02", None, "2024-02-01", "2024-02-29", [2024]),
        ("2024-12", "2025-01", "2024-12-01", "2025-01-31", [2025, 2024]),
        ("2019", None, "2019-01-01", "2019-12-31", [2019]),
        ("2019", "2021", "2019-01-01", "2021-12-31", [2021, 2020, 2019]),
        ("2019-05-04", "2019", "2019-05-04", "2019-12-31", [2019]),
        ("2019", "2019-05-04", "2019-01-01", "2019-05-04", [2019]),
    ],
)
def test_exchange_knows_the_days_and_years_it_may_touch(
    starts_on, ends_on, first_day, last_day, years
):
    exchange = make_exchange(starts_on=starts_on, ends_on=ends_on)

    exchange.refresh_from_db()

    assert (str(exchange.first_day), str(exchange.last_day), list(exchange.years)) == (
        first_day,
        last_day,
        years,
    )


@pytest.mark.parametrize("ends_on", ["2025", None])
def test_days_follow_the_dates_when_single_fields_are_saved(ends_on):
    exchange = make_exchange(starts_on="2019-05", ends_on="2019-06")

    exchange.starts_on, exchange.ends_on = known("2018"), known(ends_on)
    exchange.save(update_fields=["starts_on", "ends_on"])

    exchange.refresh_from_db()
    assert (exchange.first_day, exchange.last_day) == (
        date(2018, 1, 1),
        known(ends_on or "2018").last_day,
    )


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "years"),
    [
        ("2024-12-31", "2025-01-02", [2024, 2025]),
        ("2024-12-31", None, [2024]),
        ("2025-01-01", None, [2025]),
        ("2024-12", None, [2024]),
        ("2024-12", "2025-01", [2024, 2025]),
        ("2024", None, [2024]),
        ("2023", "2025", [2023, 2024, 2025]),
        ("2023-12-31", "2026-01-01", [2023, 2024, 2025, 2026]),
    ],
)
def test_exchange_is_found_in_every_year_it_touches(starts_on, ends_on, years):
    exchange = make_exchange(starts_on=starts_on, ends_on=ends_on)

    found = {year: list(Exchange.objects.in_year(year)) for year in range(2022, 2028)}

    assert found == {
        year: [exchange] if year in years else [] for year in range(2022, 2028)
    }


@pytest.mark.parametrize("year", [1, 999, 9999])
def test_any_year_may_be_asked_for(year):
    make_exchange()

    assert list(Exchange.objects.in_year(year)) == []


# ---- upcoming and past --------------------------------------------------------


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "is_upcoming"),
    [
        ("2026-11-30", None, False),
        ("2026-12-01", None, True),
        ("2026-11-29", "2026-11-30", False),
        ("2026-11-29", "2026-12-01", True),
        ("2026-11", None, False),
        ("2026-12", None, True),
        ("2025", None, False),
        ("2026", None, True),
        ("2026-01-01", "2026", True),
    ],
)
@pytest.mark.time_machine(NIGHT, tick=False)
def test_exchange_is_upcoming_until_it_is_certainly_over_in_japan(
    starts_on, ends_on, is_upcoming
):
    exchange = make_exchange(starts_on=starts_on, ends_on=ends_on)

    assert exchange.is_upcoming is is_upcoming
    assert list(Exchange.objects.upcoming()) == [exchange] * is_upcoming
    assert list(Exchange.objects.past()) == [exchange] * (not is_upcoming)


@pytest.mark.parametrize(
    ("now", "is_upcoming"),
    [("2026-11-30T14:59:59Z", True), ("2026-11-30T15:00:00Z", False)],
)
def test_exchange_is_past_from_midnight_in_japan(time_machine, now, is_upcoming):
    time_machine.move_to(now, tick=False)
    exchange = make_exchange(starts_on="2026-11-30")

    assert exchange.is_upcoming is is_upcoming
    assert list(Exchange.objects.upcoming()) == [exchange] * is_upcoming


def make_mixture():
    """Exchanges of all kinds of date, saved in no order; slugs are their dates."""
    dates = [
        *("2025", "2027-01-05", "2026-11-30", "2025-06-01", "2026-12", "2024"),
        *("2026-12-24", "2025-06", "2026", "2025-12-31", "2026-12-01", "2030"),
    ]
    for text in dates:
        make_exchange(slug=text, starts_on=text)
    make_exchange(slug="2026-11-29b", starts_on="2026-11-29", ends_on="2026-12-02")
    make_exchange(slug="2026-11-29a", starts_on="2026-11-29", ends_on="2026-12-02")


UPCOMING = [
    "2026",
    "2026-11-29a",
    "2026-11-29b",
    "2026-12-01",
    "2026-12",
    "2026-12-24",
    "2027-01-05",
    "2030",
]
PAST = ["2026-11-30", "2025-12-31", "2025-06-01", "2025-06", "2025", "2024"]


def slugs(exchanges):
    return [exchange.slug for exchange in exchanges]


@pytest.mark.time_machine(NIGHT, tick=False)
def test_upcoming_exchanges_are_in_order_and_past_ones_the_latest_first():
    make_mixture()

    assert slugs(Exchange.objects.upcoming()) == UPCOMING
    assert slugs(Exchange.objects.past()) == PAST


@pytest.mark.time_machine(NIGHT, tick=False)
def test_list_goes_from_the_next_exchange_on_and_then_back_across_its_pages():
    make_mixture()

    pages = Paginator(Exchange.objects.upcoming_first(), 5)

    assert [slugs(page) for page in pages] == [
        UPCOMING[:5],
        [*UPCOMING[5:], *PAST[:2]],
        PAST[2:],
    ]


def test_exchange_known_to_the_year_stands_after_the_dated_ones_of_that_year():
    for text in ["2025", "2024-12-31", "2025-01-01", "2025-01", "2026", "2025-12"]:
        make_exchange(slug=text, starts_on=text)
    make_exchange(slug="2025-01-01b", starts_on="2025-01-01")

    assert slugs(Exchange.objects.newest_first()) == [
        "2026",
        "2025-12",
        "2025-01-01",
        "2025-01-01b",
        "2025-01",
        "2025",
        "2024-12-31",
    ]


# ---- fields -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (["culture"], ["both", "culture"]),
        (["culture", "water"], ["both", "culture", "water"]),
        (["sports"], []),
        (["sports", "water"], ["both", "water"]),
        ([], []),
    ],
)
def test_exchanges_in_any_of_the_fields_are_found_once(chosen, found):
    culture, water = make_field(slug="culture"), make_field(slug="water")
    make_exchange(slug="culture", fields=[culture])
    make_exchange(slug="water", fields=[water])
    make_exchange(slug="both", fields=[culture, water])
    make_exchange(slug="none")

    assert slugs(Exchange.objects.in_fields(chosen).order_by("slug")) == found


def test_field_is_in_use_while_visitors_see_an_exchange_of_it():
    used, drafted, unused = (make_field(slug=slug) for slug in "abc")
    make_exchange(fields=[used])
    make_exchange(fields=[used, drafted], status="draft")
    make_exchange(fields=[drafted], publish_at=datetime(2999, 1, 1, tzinfo=UTC))
    make_exchange(fields=[drafted], unpublish_at=datetime(2020, 1, 1, tzinfo=UTC))

    assert list(Field.objects.in_use()) == [used]
    assert list(Field.objects.all()) == [used, drafted, unused]


# ---- what an exchange must be -------------------------------------------------

TEN, NOON = time(10), time(12)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "times", "errors"),
    [
        (
            "2019-05-04",
            "2019-05-03",
            {},
            {"ends_on": ["The last day cannot be before the first day."]},
        ),
        (
            "2019-05",
            "2018",
            {},
            {"ends_on": ["The last day cannot be before the first day."]},
        ),
        (
            "2019-05-04",
            None,
            {"ends_at": NOON},
            {"starts_at": ["Give the time it starts as well."]},
        ),
        (
            "2019-05-04",
            None,
            {"starts_at": NOON, "ends_at": TEN},
            {"ends_at": ["It must end after it starts on the same day."]},
        ),
        (
            "2019-05-04",
            "2019-05-04",
            {"starts_at": NOON, "ends_at": NOON},
            {"ends_at": ["It must end after it starts on the same day."]},
        ),
    ],
)
def test_exchange_with_impossible_dates_is_refused_at_the_field(
    starts_on, ends_on, times, errors
):
    exchange = exchange_on(starts_on, ends_on, **times)

    with pytest.raises(ValidationError) as error:
        exchange.clean()

    assert error.value.message_dict == errors


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "times"),
    [
        ("2019-05-04", None, {}),
        ("2019-05-04", "2019-05-04", {}),
        ("2019-05-04", "2019", {}),
        ("2019-05", "2019-05-04", {}),
        ("2019-05-04", None, {"starts_at": NOON}),
        ("2019-05-04", None, {"starts_at": TEN, "ends_at": NOON}),
        ("2019-05-04", "2019-05-05", {"starts_at": NOON, "ends_at": TEN}),
    ],
)
def test_exchange_with_possible_dates_is_accepted(starts_on, ends_on, times):
    exchange_on(starts_on, ends_on, **times).clean()


def test_exchange_without_a_title_in_japanese_or_english_is_refused():
    with pytest.raises(ValidationError) as error:
        Exchange(starts_on=known("2019"), title_ko="방문").clean()

    assert list(error.value.message_dict) == ["title_ja"]


def test_exchange_that_ends_before_it_starts_cannot_be_saved():
    with pytest.raises(IntegrityError, match="exchange_last_day_not_before_first"):
        make_exchange(starts_on="2019-05-04", ends_on="2019-05-03")


# ---- taking part --------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "is_open"),
    [
        ({"how_to_apply_en": "Just come."}, True),
        ({"apply_url": "https://example.com/"}, True),
        ({}, False),
        ({"how_to_apply_en": "Come.", "starts_on": "2026-11-30"}, False),
        ({"how_to_apply_en": "Come.", "state": "cancelled"}, False),
        ({"how_to_apply_en": "Come.", "state": "postponed"}, False),
        ({"how_to_apply_en": "Come.", "until": "2026-11-30T15:30:01Z"}, True),
        ({"how_to_apply_en": "Come.", "until": "2026-11-30T15:30:00Z"}, False),
    ],
)
@pytest.mark.time_machine(NIGHT, tick=False)
def test_exchange_is_open_while_one_can_still_apply(fields, is_open):
    if until := fields.pop("until", None):
        fields["apply_until"] = datetime.fromisoformat(until)

    exchange = make_exchange(**{"starts_on": "2026-12-01", **fields})

    assert exchange.is_open_for_application is is_open


# ---- the anniversary it celebrates --------------------------------------------


@pytest.mark.parametrize(
    ("starts_on", "number"), [("2024-04-18", 50), ("2023", 50), ("1974-05", None)]
)
def test_anniversary_follows_from_the_dates(starts_on, number):
    exchange = make_exchange(
        starts_on=starts_on, celebrates=make_affiliation(signed_on="1974-04-18")
    )

    assert exchange.anniversary_number == number


def test_exchange_that_celebrates_no_tie_has_no_anniversary():
    assert make_exchange().anniversary_number is None


@pytest.mark.parametrize(
    "make_tie",
    [
        lambda: make_affiliation(status="draft"),
        lambda: make_affiliation(partner=make_partner(status="draft")),
        lambda: make_affiliation(category=make_category(status="draft")),
        lambda: make_affiliation(
            category=make_category(parent=make_category(status="draft"))
        ),
    ],
)
def test_anniversary_of_a_tie_that_is_hidden_is_hidden(make_tie):
    exchange = make_exchange(starts_on="2024-04-18", celebrates=make_tie())

    assert exchange.anniversary_number is None


def test_list_takes_its_ties_partners_and_fields_in_three_queries(
    django_assert_num_queries,
):
    for _ in range(3):
        tie = make_affiliation(category=make_category(parent=make_category()))
        make_exchange(
            starts_on="2024-04-18",
            celebrates=tie,
            partners=[
                make_partner(slug=f"{tie.slug}-b", name_en="B"),
                make_partner(slug=f"{tie.slug}-a", name_en="A"),
                make_partner(status="draft"),
            ],
            fields=[make_field(name_en="Water"), make_field(status="draft")],
        )

    with django_assert_num_queries(3):
        found = [
            (
                exchange.anniversary_number,
                [partner.name for partner in exchange.partners.all()],
                [field.name for field in exchange.fields.all()],
            )
            for exchange in Exchange.objects.for_list()
        ]

    assert found == [(50, ["A", "B"], ["Water"])] * 3
