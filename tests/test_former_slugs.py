"""The address that a public record had before leads to the one it has now."""

from datetime import timedelta

import pytest
from django.utils import timezone

from osaka_site.desk.link_models import FormerSlug
from osaka_site.publishing import Status, dependents_of

from .factories import (
    make_affiliation,
    make_category,
    make_exchange,
    make_facility,
    make_field,
    make_link,
    make_office,
    make_partner,
    make_picture,
    make_programme,
    make_source,
)
from .pages import LANGUAGES

DAY = timedelta(days=1)
PAGES = {
    "partner": (make_partner, "partners"),
    "category": (make_category, "network"),
    "exchange": (make_exchange, "exchanges"),
}

pytestmark = pytest.mark.django_db


def rename(record, slug):
    record.slug = slug
    record.save()
    return record


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("make", "path"), PAGES.values(), ids=PAGES)
def test_former_address_leads_to_the_page(client, make, path, language):
    rename(make(slug="before"), "now")

    response = client.get(f"/{language}/{path}/before/?from=mail")

    assert response.status_code == 301
    assert response["Location"] == f"/{language}/{path}/now/?from=mail"
    assert client.get(response["Location"]).status_code == 200


def test_each_former_address_leads_to_the_page_in_one_step(client):
    partner = rename(make_partner(slug="first"), "second")
    rename(rename(partner, "third"), "first")
    rename(partner, "last")

    answers = [client.get(f"/en/partners/{slug}/") for slug in ("first", "second")]

    assert [answer["Location"] for answer in answers] == ["/en/partners/last/"] * 2


def test_calendar_entry_is_found_under_its_former_name(client):
    rename(make_exchange(slug="before"), "now")

    response = client.get("/en/exchanges/before.ics")

    assert (response.status_code, response["Location"]) == (
        301,
        "/en/exchanges/now.ics",
    )


def test_page_that_is_called_so_now_wins(client):
    rename(make_partner(slug="city"), "port")
    other = make_partner(slug="city", name_en="Utopia")

    response = client.get("/en/partners/city/")
    assert response.context["partner"] == other

    rename(other, "town")

    assert client.get("/en/partners/city/")["Location"] == "/en/partners/town/"


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.DRAFT},
        {"status": Status.IN_REVIEW},
        {"publish_at": timezone.now() + DAY},
    ],
)
def test_name_of_a_draft_is_not_remembered(client, fields):
    partner = rename(make_partner(slug="secret", **fields), "now")
    partner.status, partner.publish_at = Status.PUBLISHED, None
    partner.save()

    assert client.get("/en/partners/secret/").status_code == 404
    assert not FormerSlug.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.DRAFT},
        {"status": Status.ARCHIVED},
        {"unpublish_at": timezone.now() - DAY},
        {"trashed_at": timezone.now() - DAY},
    ],
)
def test_former_address_of_a_hidden_record_is_like_any_other(client, fields):
    partner = rename(make_partner(slug="known"), "now")
    type(partner).objects.filter(pk=partner.pk).update(**fields)

    there = client.get("/en/partners/known/")
    nowhere = client.get("/en/partners/never/")

    assert there.status_code == nowhere.status_code == 404
    assert there.content.replace(b"known", b"never") == nowhere.content


def test_archived_record_that_is_renamed_is_found_when_it_is_back(client):
    partner = rename(make_partner(slug="before", status=Status.ARCHIVED), "now")
    partner.status = Status.PUBLISHED
    partner.save()

    assert client.get("/en/partners/before/")["Location"] == "/en/partners/now/"


def test_deleted_record_leaves_no_former_address():
    rename(make_partner(slug="before"), "now").delete()

    assert not FormerSlug.objects.exists()


def test_name_that_is_not_saved_changes_no_address():
    partner = make_partner(slug="city")
    partner.slug = "port"
    partner.save(update_fields=["name_en"])

    assert not FormerSlug.objects.exists()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("exchanges/?partner=before", "/en/exchanges/?partner=now"),
        (
            "exchanges/?field=sports&field=other&year=2019",
            "/en/exchanges/?field=sport&field=other&year=2019",
        ),
        ("exchanges/?category=ties", "/en/exchanges/?category=tie"),
    ],
)
def test_filter_by_a_former_name_leads_to_the_list(client, address, expected):
    partner = rename(make_partner(slug="before"), "now")
    fields = [rename(make_field(slug="sports"), "sport"), make_field(slug="other")]
    category = rename(make_category(slug="ties"), "tie")
    make_affiliation(partner=partner, category=category)
    make_exchange(partners=[partner], fields=fields)

    response = client.get(f"/en/{address}")

    assert (response.status_code, response["Location"]) == (302, expected)


def test_subscribed_calendar_goes_on_under_a_former_name(client):
    partner = rename(make_partner(slug="before"), "now")
    make_exchange(partners=[partner], title_en="A choir")

    calendars = [
        client.get(f"/en/exchanges.ics?partner={slug}") for slug in ("now", "before")
    ]

    assert calendars[0].content == calendars[1].content
    assert b"A choir" in calendars[0].content


def test_partners_are_filtered_by_the_former_name_of_a_category(client):
    category = rename(make_category(slug="ties"), "tie")
    partner = make_affiliation(category=category).partner
    make_partner()

    response = client.get("/en/partners/?category=ties")

    assert list(response.context["object_list"]) == [partner]


# ---- what would lose a record ----------------------------------------------------


def test_public_records_that_point_at_one_are_told():
    partner, house = make_partner(), make_facility()
    tie = make_affiliation(partner=partner)
    pointing = {
        make_partner(parent=partner),
        tie,
        make_office(city=partner),
        make_exchange(partners=[partner]),
    }
    make_exchange(partners=[partner], status=Status.DRAFT)
    make_office(city=partner, status=Status.ARCHIVED)
    celebration = make_exchange(celebrates=tie)
    at_the_house = {
        make_facility(parent=house),
        make_programme(facility=house),
        make_exchange(venue=house),
    }

    assert set(dependents_of(partner)) == pointing
    assert dependents_of(tie) == [celebration]
    assert set(dependents_of(house)) == at_the_house
    assert dependents_of(make_field()) == []


@pytest.mark.parametrize(
    ("make", "name"),
    [(make_picture, "pictures"), (make_link, "links"), (make_source, "sources")],
)
def test_records_that_share_one_are_told(make, name):
    shared = make()
    exchange = make_exchange(**{name: [shared]})
    partner = make_partner(**{name: [shared]})

    assert set(dependents_of(shared)) == {exchange, partner}


def test_telling_who_points_at_a_record_costs_the_same_with_more(
    django_assert_num_queries,
):
    partner = make_partner()
    for _ in range(3):
        make_affiliation(partner=partner)

    with django_assert_num_queries(4):
        names = [str(record) for record in dependents_of(partner)]

    assert len(names) == 3
