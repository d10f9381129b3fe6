"""The index after a few changes against the one that is made from all records."""

import random
from dataclasses import fields
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from events import patching, triggers
from events.building import build
from events.finding import current_index
from events.models import ContentChange, ContentVersion, Exchange, Field
from network.models import Affiliation, Facility, PageText, Partner, SearchEntry
from osaka_site.dates import PartialDate
from osaka_site.publishing import Status
from tests.factories import (
    make_exchange,
    make_field,
    make_link,
    make_page_text,
    make_partner,
)

from .test_finding import DAYS, some_exchanges

NOT_COMPARED = {"token", "position", "serial", "records_serial", "built_at"}
NOT_COMPARED |= {"history_serials", "memo", "lasting", "exchanges", "pieces", "texts"}


def contents(index):
    """What an index says, as it can be compared."""
    found = {
        field.name: getattr(index, field.name)
        for field in fields(index)
        if field.name not in NOT_COMPARED
    }
    for name in ("fields_of", "partners_of"):
        found[name] = {pk: sorted(pks) for pk, pks in found[name].items() if pks}
    for name in ("fields", "partners", "ties", "facilities"):
        found[name] = {pk: columns(record) for pk, record in found[name].items()}
    found["categories"] = [columns(record) for record in index.categories]
    return found | {
        "coming": index.coming,
        "longest": index.longest,
        "place_of": index.place_of,
    }


def columns(record):
    return {name: value for name, value in vars(record).items() if name[0] != "_"}


def rebuilt():
    return build(ContentVersion.token_now(), None, timezone.now())


def one_of(model, dice):
    return dice.choice(list(model.objects.order_by("pk")))


def save(dice):
    exchange = one_of(Exchange, dice)
    exchange.starts_on = PartialDate.parse(dice.choice(DAYS))
    exchange.ends_on = None
    if dice.random() < 0.5:
        last_day = exchange.starts_on.last_day + timedelta(dice.choice([1, 2, 400]))
        exchange.ends_on = PartialDate.from_date(last_day)
    exchange.kind = dice.choice(Exchange.Kind.values)
    exchange.apply_url = dice.choice(["", "https://example.com/"])
    exchange.venue = dice.choice([None, *Facility.objects.all()])
    exchange.save()


def hide_or_show(dice):
    now = timezone.now()
    one = Exchange.objects.filter(pk=one_of(Exchange, dice).pk)
    one.update(
        status=dice.choice([Status.PUBLISHED, Status.DRAFT]),
        publish_at=dice.choice([None, now - timedelta(1), now + timedelta(1)]),
        trashed_at=dice.choice([None, None, now]),
    )


def relate(dice):
    exchange = one_of(Exchange, dice)
    for name, model in (("partners", Partner), ("fields", Field)):
        records = list(model.objects.all())
        chosen = dice.sample(records, dice.randint(0, len(records)))
        getattr(exchange, name).set(chosen)
    exchange.links.set(dice.choice([[], [make_link()]]))


CHANGES = {
    "add": lambda dice: some_exchanges_more(dice),
    "save": save,
    "hide or show": hide_or_show,
    "relate": relate,
    "delete": lambda dice: one_of(Exchange, dice).delete(),
    "name": lambda dice: Field.objects.update(name_en=dice.choice("AB")),
    "tie": lambda dice: Affiliation.objects.update(
        ended_on=dice.choice([None, PartialDate.parse("2001")])
    ),
    "partner": lambda dice: Partner.objects.filter(pk=one_of(Partner, dice).pk).update(
        status=dice.choice([Status.PUBLISHED, Status.DRAFT]),
        country=dice.choice(["US", "CN"]),
    ),
    "house": lambda dice: Facility.objects.update(
        status=dice.choice([Status.PUBLISHED, Status.DRAFT])
    ),
    "all": lambda dice: Exchange.objects.update(kind=dice.choice(Exchange.Kind.values)),
    "search": lambda _dice: SearchEntry.objects.first().delete(),
    "text": lambda _dice: make_page_text(),
}


def some_exchanges_more(dice):
    for _number in range(dice.randint(1, 3)):
        make_exchange(
            starts_on=PartialDate.parse(dice.choice(DAYS)),
            partners=dice.sample(list(Partner.objects.all()), 1),
            fields=dice.sample(list(Field.objects.all()), 1),
        )


@pytest.mark.django_db
@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.generate],  # a smaller seed makes no simpler data
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10_000))
def test_index_after_any_changes_is_the_one_made_from_the_records(db, seed):
    for model in (Exchange, Affiliation, Partner, Field, Facility, PageText):
        model.objects.all().delete()
    some_exchanges(seed, size=15)
    dice = random.Random(seed)
    current_index()

    for _time in range(12):
        done = dice.choices(list(CHANGES), k=dice.randint(1, 3))
        for name in done:
            CHANGES[name](dice)

        assert contents(current_index()) == contents(rebuilt()), done


NOTED = {
    "save": (lambda exchange: exchange.save(), "events_exchange"),
    "sql": (
        lambda exchange: Exchange.objects.filter(pk=exchange.pk).update(kind="house"),
        "events_exchange",
    ),
    "field": (
        lambda exchange: exchange.fields.add(Field.objects.get()),
        "events_exchange_fields",
    ),
    "no partner": (
        lambda exchange: exchange.partners.clear(),
        "events_exchange_partners",
    ),
}


@pytest.mark.parametrize(("change", "table"), NOTED.values(), ids=NOTED)
@pytest.mark.django_db
def test_change_of_an_exchange_is_noted_and_put_into_the_index(change, table):
    make_field()
    exchange = make_exchange(partners=[make_partner()])
    before = current_index()

    change(exchange)

    last = ContentChange.objects.filter(pk__gt=before.position)
    noted = set(
        last.exclude(table="network_searchentry").values_list("table", "exchange")
    )
    after = current_index()
    assert noted == {(table, exchange.pk)}
    assert after.records_serial == before.records_serial
    assert after.serial != before.serial
    assert contents(after) == contents(rebuilt())


@pytest.mark.django_db
def test_change_of_another_record_is_noted_without_an_exchange():
    field = make_field()
    make_exchange(fields=[field])
    before = current_index()

    Field.objects.update(name_en="Water")

    last = ContentChange.objects.get(pk__gt=before.position)
    assert (last.table, last.exchange) == ("events_field", None)
    assert current_index().records_serial != before.records_serial
    assert current_index().fields[field.pk].name == "Water"


LOST = {
    "many exchanges": lambda: [make_exchange() for _number in range(patching.MOST + 1)],
    "no rows": lambda: (make_exchange(), ContentChange.objects.all().delete()),
    "a token of its own": lambda: (
        make_exchange(),
        ContentVersion.objects.update(token=1),
    ),
    "a row missing": lambda: (
        ContentChange.objects.order_by("pk").last().delete(),
        make_exchange(),
    ),
}


@pytest.mark.parametrize("change", LOST.values(), ids=LOST)
@pytest.mark.django_db
def test_index_is_made_from_all_records_where_the_notes_do_not_tell(change):
    make_exchange()
    before = current_index()

    change()

    after = current_index()
    assert after.records_serial != before.records_serial
    assert contents(after) == contents(rebuilt())
    make_exchange()
    assert contents(current_index()) == contents(rebuilt())


@pytest.mark.django_db
def test_only_the_last_changes_are_remembered():
    row = {"token": 1, "table": "events_field"}
    ContentChange.objects.bulk_create(
        [ContentChange(**row) for _number in range(triggers.REMEMBERED + 5)]
    )

    field = make_field()

    assert ContentChange.objects.count() == triggers.REMEMBERED
    assert ContentChange.objects.order_by("pk").last().table == "network_searchentry"
    assert Field.objects.get() == field


@pytest.mark.django_db
def test_tables_can_be_emptied_together_with_the_version():
    ContentVersion.objects.all().delete()

    make_exchange()
    make_partner()
    Exchange.objects.all().delete()

    assert not ContentChange.objects.exists()


@pytest.mark.django_db
def test_exchange_moved_while_the_index_is_made_stands_there_once(monkeypatch):
    moved, other = make_exchange(starts_on="2020-01-01"), make_exchange()
    current_index()
    read = patching._rows_of_days

    def read_late(index, changed):
        """Another process moves an exchange after the changes were read."""
        monkeypatch.setattr(patching, "_rows_of_days", read)
        Exchange.objects.filter(pk=moved.pk).update(
            **dict.fromkeys(["starts_on", "first_day", "last_day"], other.first_day)
        )
        return read(index, changed)

    monkeypatch.setattr(patching, "_rows_of_days", read_late)
    other.save()
    assert sorted(current_index().pks) == [moved.pk, other.pk]

    moved.refresh_from_db()
    moved.starts_on = PartialDate(2021)
    moved.save()

    assert contents(current_index()) == contents(rebuilt())
