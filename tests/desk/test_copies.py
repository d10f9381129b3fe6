"""Snapshots of records, and working copies put in."""

import pytest

from network.models import Partner
from osaka_site.desk import copies, snapshots, workflow
from osaka_site.desk.models import WorkingCopy
from osaka_site.publishing import Status
from tests.factories import make_affiliation, make_exchange, make_partner, make_picture


def edited(record, **texts):
    """The record's snapshot with other texts in its own row."""
    data = copies.shown(record)
    label = snapshots.label_of(record)
    return {**data, label: {**data[label], **texts}}


@pytest.fixture
def partner():
    partner = make_partner(
        slug="milan", name_en="Milan", latitude="45.46427", longitude="9.18951"
    )
    partner.pictures.add(make_picture())
    make_affiliation(partner=partner, signed_on="1981-06")
    return partner


@pytest.mark.django_db
def test_snapshot_holds_the_record_and_what_its_form_edits(partner):
    data = snapshots.take(partner)

    kinds = [label.partition(":")[0] for label in data]
    assert kinds == [
        "network.partner",
        "network.partner_pictures",
        "network.affiliation",
    ]
    texts = data[snapshots.label_of(partner)]
    assert (texts["name_en"], texts["latitude"]) == ("Milan", "45.46427")
    assert "status" not in texts


@pytest.mark.django_db
def test_putting_in_an_earlier_snapshot_brings_everything_back(partner):
    before = snapshots.take(partner)
    Partner.objects.filter(pk=partner.pk).update(name_en="Mailand")
    partner.pictures.clear()
    partner.pictures.add(make_picture())
    partner.affiliations.update(signed_on="1999")

    snapshots.put(snapshots.take(partner), before)

    assert snapshots.take(partner) == before


@pytest.mark.django_db
def test_public_record_changes_only_when_its_copy_is_put_in(partner, editor):
    copies.keep(partner, edited(partner, name_en="Milano"), editor)

    partner.refresh_from_db()
    assert (partner.name_en, WorkingCopy.objects.count()) == ("Milan", 1)
    with copies.as_it_will_be(partner):
        assert Partner.objects.get(pk=partner.pk).name_en == "Milano"
    assert Partner.objects.get(pk=partner.pk).name_en == "Milan"

    copies.put_in(partner, copies.copy_of(partner))

    assert Partner.objects.get(pk=partner.pk).name_en == "Milano"
    assert WorkingCopy.objects.count() == 0


@pytest.mark.django_db
def test_copy_keeps_what_changed_in_public_meanwhile(partner, editor):
    copies.keep(partner, edited(partner, name_en="Milano"), editor)
    Partner.objects.filter(pk=partner.pk).update(name_ja="ミラノ")

    copies.put_in(partner, copies.copy_of(partner))

    partner.refresh_from_db()
    assert (partner.name_en, partner.name_ja) == ("Milano", "ミラノ")


@pytest.mark.django_db
def test_second_edit_goes_into_the_same_copy(partner, editor):
    copies.keep(partner, edited(partner, name_en="Milano"), editor)
    copies.keep(partner, edited(partner, name_ja="ミラノ"), editor)

    data = WorkingCopy.objects.get().data[snapshots.label_of(partner)]
    assert (data["name_en"], data["name_ja"]) == ("Milano", "ミラノ")


@pytest.mark.django_db
def test_tie_that_a_copy_adds_is_public_with_it(partner, editor):
    data = copies.shown(partner)
    tie = next(label for label in data if label.startswith("network.affiliation:"))
    data["network.affiliation:-1"] = {**data[tie], "slug": "new", "signed_on": "2001"}
    partner.affiliations.update(ended_on="1999")
    data[tie] = {**data[tie], "ended_on": "1999"}

    copies.keep(partner, data, editor)
    copies.put_in(partner, copies.copy_of(partner))

    new = partner.affiliations.get(slug="new")
    assert new.pk > 0
    assert new.status == Status.PUBLISHED


def test_merge_keeps_both_changes_and_tells_where_both_changed_one_text():
    base = {"p:1": {"a": "1", "b": "1", "c": "1"}, "t:2": {"x": "1"}, "t:3": {"x": "1"}}
    ours = {
        "p:1": {"a": "2", "b": "2", "c": "1"},
        "t:3": {"x": "2"},
        "t:-1": {"x": "9"},
    }
    theirs = {"p:1": {"a": "1", "b": "3", "c": "3"}, "t:2": {"x": "5"}}

    merged = snapshots.merge(base, ours, theirs)

    assert merged.data == {
        "p:1": {"a": "2", "b": "2", "c": "3"},
        "t:2": {"x": "5"},
        "t:3": {"x": "2"},
        "t:-1": {"x": "9"},
    }
    assert merged.conflicts == {
        ("p:1", "b"): "3",
        ("t:2", None): {"x": "5"},
        ("t:3", None): None,
    }


@pytest.mark.django_db
def test_what_went_to_the_trash_together_comes_back_together(partner, publisher):
    exchange = make_exchange(partners=[partner])
    tie = partner.affiliations.get()
    before = everything(partner, tie, exchange)

    workflow.trash(partner, publisher)

    assert list(Partner.objects.published()) == []
    assert list(exchange.partners.published()) == []
    workflow.restore(partner, publisher)
    assert everything(partner, tie, exchange) == before


def everything(*records):
    """Every column but the time of the last change, and all that is tied to it."""
    rows = []
    for record in records:
        values = type(record).objects.filter(pk=record.pk).values().get()
        values.pop("updated_at")
        rows.append((values, snapshots.take(record)))
    return rows
