"""The index against the plain queries that define what matches."""

import random
from datetime import timedelta

import pytest
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from events import index
from events.facets import facets_of
from events.filters import ExchangeFilter
from events.finding import apart, current_index
from events.models import Exchange
from osaka_site.dates import PartialDate
from osaka_site.publishing import Status
from tests.factories import (
    make_affiliation,
    make_category,
    make_exchange,
    make_facility,
    make_field,
    make_partner,
)

DAYS = [
    "2019",
    "2019-04",
    "2019-03-31",
    "2019-12-31",
    "2020-01-01",
    "2024-02-29",
    "2040",
]
TITLES = ["A choir comes to Osaka", "Water: a seminar", "水の会議", "姉妹都市の合唱"]
WORDS = ["choir", "水", "a water", "ＷＡＴＥＲ", "姉妹", "合", "nothing"]


def some_exchanges(seed, size=25):
    """Made-up exchanges with every trait the filter knows, some of them hidden."""
    dice = random.Random(seed)
    whole = make_category()
    categories = [make_category(parent=whole), make_category()]
    partners = [make_partner(country=code) for code in ("US", "CN", "CN")]
    partners.append(make_partner(status=Status.DRAFT))
    for partner in partners:
        make_affiliation(
            partner=partner,
            category=dice.choice(categories),
            ended_on=dice.choice([None, None, "2001"]),
        )
    fields = [make_field(), make_field(), make_field(status=Status.DRAFT)]
    house = make_facility()
    for _number in range(size):
        start = PartialDate.parse(dice.choice(DAYS))
        end = start.last_day + timedelta(days=dice.choice([0, 1, 2, 400]))
        make_exchange(
            title_en=dice.choice(TITLES),
            starts_on=start,
            ends_on=dice.choice([None, PartialDate.from_date(end)]),
            kind=dice.choice(Exchange.Kind.values[:3]),
            state=dice.choice(Exchange.State.values),
            status=dice.choice([Status.PUBLISHED] * 4 + [Status.DRAFT]),
            venue=dice.choice([house, None]),
            apply_url=dice.choice(["", "https://example.com/"]),
            partners=dice.sample(partners, dice.randint(0, 3)),
            fields=dice.sample(fields, dice.randint(0, 2)),
        )


def found_by(query):
    return ExchangeFilter(QueryDict(query), queryset=Exchange.objects.published())


def random_query(dice):
    """A few filters at random, each value one that the form offers or may be typed."""
    offered = {
        facet.name: [choice.value for choice in facet.choices]
        for facet in facets_of(found_by(""))
    }
    offered["since"] = offered["until"] = DAYS
    offered["q"] = WORDS
    offered["sort"] = ["newest", "oldest"]
    names = dice.sample(sorted(offered), dice.randint(0, 4))
    several = {"field", "kind", "state"}
    pairs = [
        (name, value)
        for name in names
        for value in dice.sample(
            offered[name], min(len(offered[name]), 2 if name in several else 1)
        )
    ]
    return urlencode(pairs)


@pytest.mark.django_db
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.generate],  # a smaller seed makes no simpler data
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10_000))
def test_index_finds_what_the_queries_find_in_their_order(db, seed):
    Exchange.objects.all().delete()
    some_exchanges(seed)
    dice = random.Random(seed)

    for query in ["", *(random_query(dice) for _time in range(6))]:
        found = found_by(query)
        matches = found.matches

        assert found.is_valid(), (query, found.errors)
        assert matches[0 : len(matches)] == list(found.qs), query
        for start in range(0, len(matches), 7):
            assert matches[start : start + 7] == list(found.qs[start : start + 7]), (
                query
            )


@pytest.mark.django_db
def test_page_far_down_the_list_is_cut_out_rightly(monkeypatch):
    monkeypatch.setattr(index, "CHUNK", 1)  # 8 exchanges
    some_exchanges(1, size=40)

    for query in ("", "sort=oldest", "sort=newest"):
        found = found_by(query)
        for start in range(len(found.matches)):
            assert found.matches[start : start + 3] == list(found.qs[start : start + 3])


@pytest.mark.django_db
def test_choices_that_give_nothing_are_left_out_unless_chosen():
    culture, sports = make_field(slug="culture"), make_field(slug="sports")
    make_exchange(fields=[culture], starts_on="2018")
    make_exchange(fields=[sports], starts_on="2019")
    make_exchange(starts_on="2018")

    def offered(query):
        return {
            facet.name: [choice.value for choice in facet.choices]
            for facet in facets_of(found_by(query))
        }

    assert offered("")["field"] == ["culture", "sports"]
    assert offered("year=2018")["field"] == ["culture"]
    assert offered("field=sports&year=2018")["field"] == ["culture", "sports"]


@pytest.mark.parametrize(
    ("query", "belongs"),
    [
        ("year=2024", True),
        ("year=2025", True),
        ("year=2023", False),
        ("fiscal=2024", True),
        ("fiscal=2025", False),
        ("fiscal=2023", False),
        ("since=2025-01-02", True),
        ("since=2025-01-03", False),
        ("until=2024-12-31", True),
        ("until=2024-12-30", False),
        ("since=2024-06&until=2024-06", False),
    ],
)
@pytest.mark.django_db
def test_exchange_over_new_year_belongs_to_both_years(query, belongs):
    make_exchange(starts_on="2024-12-31", ends_on="2025-01-02")

    assert len(found_by(query).matches) == len(found_by(query).qs) == belongs


@pytest.mark.django_db
def test_exchanges_at_both_ends_of_a_year_are_not_in_its_june():
    make_exchange(starts_on="2024-01-01")
    make_exchange(starts_on="2024-12-31")

    assert len(found_by("since=2024-06-01&until=2024-06-30").matches) == 0


CHANGES = {
    "save": lambda exchange: exchange.save(),
    "update": lambda exchange: Exchange.objects.update(kind="house"),
    "delete": lambda exchange: exchange.delete(),
    "bulk": lambda exchange: Exchange.objects.bulk_create(
        [Exchange(slug="b", title_en="B", kind="house", **exchange_days(exchange))]
    ),
    "field": lambda exchange: exchange.fields.add(make_field()),
    "tie": lambda exchange: make_affiliation(),
}


def exchange_days(exchange):
    names = ("starts_on", "first_day", "last_day")
    return {name: getattr(exchange, name) for name in names}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.django_db
def test_every_change_makes_a_new_index(change):
    exchange = make_exchange()
    before = current_index()
    assert current_index() is before

    change(exchange)

    assert current_index() is not before


@pytest.mark.parametrize("field", ["publish_at", "unpublish_at"])
@pytest.mark.django_db
def test_index_ends_when_a_scheduled_moment_passes(time_machine, field):
    now = timezone.now()
    exchange = make_exchange(**{field: now + timedelta(minutes=5)})

    before = found_by("").matches[0:1]
    time_machine.move_to(now + timedelta(minutes=6))
    after = found_by("").matches[0:1]

    expected = ([], [exchange]) if field == "publish_at" else ([exchange], [])
    assert (before, after) == expected


@pytest.mark.django_db
def test_what_was_upcoming_is_past_after_midnight_in_japan(time_machine):
    time_machine.move_to("2026-11-30T14:59:00Z")
    make_exchange(starts_on="2026-11-30")

    before = len(found_by("when=upcoming").matches)
    time_machine.move_to("2026-11-30T15:00:00Z")

    assert (before, len(found_by("when=upcoming").matches)) == (1, 0)


@pytest.mark.django_db
def test_index_made_apart_is_of_no_use_outside():
    make_exchange()
    public = current_index()

    with apart(), transaction.atomic():
        assert current_index() is public
        make_exchange()
        inside = current_index()
        assert current_index() is inside
        transaction.set_rollback(True)

    assert len(inside.pks) == 2
    assert current_index() is public
