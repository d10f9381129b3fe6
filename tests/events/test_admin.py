from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from events.models import Exchange
from osaka_site.dates import PartialDate
from osaka_site.publishing import Status

from ..factories import make_exchange, make_facility, make_field, make_partner
from ..forms import errors_of, form_data

ADD = reverse("admin:events_exchange_add")
LIST = reverse("admin:events_exchange_changelist")


def new_exchange(client, **typed):
    sent = form_data(client.get(ADD), title_ja="合唱団の来訪", kind="visit-from-abroad")
    return {**sent, "starts_on_year": "2019", **typed}


def test_exchange_is_added_with_two_partners_and_a_month(editor_client):
    partners, field = [make_partner(), make_partner()], make_field()

    editor_client.post(
        ADD,
        new_exchange(
            editor_client,
            starts_on_month="5",
            partners=[partner.pk for partner in partners],
            fields=[field.pk],
        ),
    )

    exchange = Exchange.objects.get()
    assert exchange.starts_on == PartialDate(2019, 5)
    assert list(exchange.partners.order_by("pk")) == partners
    assert list(exchange.fields.all()) == [field]
    assert (exchange.slug, exchange.status) == ("exchange", Status.DRAFT)


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        (
            {"ends_on_year": "2018"},
            {"ends_on": ["The last day cannot be before the first day."]},
        ),
        (
            {"starts_on_month": "5", "starts_on_day": "5", "ends_on_year": "2019"}
            | {"ends_on_month": "5", "ends_on_day": "4"},
            {"ends_on": ["The last day cannot be before the first day."]},
        ),
        (
            {"starts_on_day": "5"},
            {
                "starts_on": [
                    "Give the month as well: a day without a month cannot be stored."
                ]
            },
        ),
        ({"starts_on_year": ""}, {"starts_on": ["This field is required."]}),
        (
            {"starts_on_month": "5", "starts_on_day": "4"}
            | {"starts_at": "18:00", "ends_at": "17:00"},
            {"ends_at": ["It must end after it starts on the same day."]},
        ),
        (
            {"starts_on_month": "5", "ends_at": "17:00"},
            {"starts_at": ["Give the time it starts as well."]},
        ),
        (
            {"apply_url": "javascript:alert(1)"},
            {
                "apply_url": [
                    "Write the whole address of a page, starting with https:// or http://."
                ]
            },
        ),
        (
            {"title_ko": "가" * 5000},
            {
                "title_ko": [
                    "Ensure this value has at most 200 characters (it has 5000)."
                ]
            },
        ),
    ],
)
def test_bad_input_about_an_exchange_is_named_at_the_field(
    editor_client, typed, errors
):
    partner = make_partner()
    sent = new_exchange(editor_client, body_ja="本文\n\n二段目", **typed)

    response = editor_client.post(ADD, {**sent, "partners": [partner.pk]})

    assert errors_of(response) == errors
    shown = form_data(response)
    assert shown | typed == shown
    assert shown["body_ja"].split() == ["本文", "二段目"]
    assert shown["partners"] == [str(partner.pk)]
    assert Exchange.objects.count() == 0


@pytest.mark.parametrize(
    ("language", "dates"),
    [
        ("en", ["May 2019", "4 May 2019", "2019"]),
        ("ja", ["2019年5月", "2019年5月4日", "2019年"]),
    ],
)
def test_list_shows_days_as_far_as_known(admin_client, language, dates):
    admin_client.cookies["django_language"] = language
    for starts_on in ("2019-05-04", "2019-05", "2019"):
        make_exchange(starts_on=starts_on)

    html = admin_client.get(LIST).content.decode()

    found = [html.index(f'<td class="field-starts_on">{date}</td>') for date in dates]
    assert sorted(found) == sorted(set(found))


def test_list_names_the_partners_in_the_language_of_the_staff(admin_client):
    admin_client.cookies["django_language"] = "ja"
    make_exchange(
        partners=[
            make_partner(name_en="Shanghai", name_ja="上海"),
            make_partner(name_en="Busan", name_ja="釜山"),
        ]
    )

    html = admin_client.get(LIST).content.decode()

    assert '<td class="field-partner_names">上海, 釜山</td>' in html


@pytest.mark.parametrize("when", ["upcoming", "past"])
def test_exchanges_are_filtered_by_when(admin_client, when):
    tomorrow = PartialDate.from_date(timezone.localdate() + timedelta(days=1))
    exchanges = {
        "past": make_exchange(starts_on="2019-05-04"),
        "upcoming": make_exchange(starts_on=tomorrow),
    }

    response = admin_client.get(LIST, {"when": when})

    assert list(response.context["cl"].result_list) == [exchanges[when]]


@pytest.mark.parametrize("search", ["choir", "合唱", "Shanghai", "上海"])
def test_exchanges_are_found_by_title_and_partner(admin_client, search):
    partner = make_partner(name_en="Shanghai", name_ja="上海")
    exchange = make_exchange(title_ja="合唱団", partners=[partner])
    make_exchange(title_en="Other")

    response = admin_client.get(LIST, {"q": search})

    assert list(response.context["cl"].result_list) == [exchange]


def test_fields_say_how_many_exchanges_they_have(admin_client):
    field = make_field()
    make_field(name_en="Empty")
    make_exchange(fields=[field])
    make_exchange(fields=[field])

    html = admin_client.get(reverse("admin:events_field_changelist"), {"o": "-3"})

    cells = html.content.decode().split('<td class="field-exchange_count">')[1:]
    assert [cell.split("<")[0] for cell in cells] == ["2", "0"]


def test_partners_are_looked_up_in_every_language(editor_client):
    shanghai = make_partner(name_en="Shanghai", name_ja="上海")
    make_partner()

    response = editor_client.get(
        reverse("admin:autocomplete"),
        {
            "app_label": "events",
            "model_name": "exchange",
            "field_name": "partners",
            "term": "上海",
        },
    )

    assert response.json()["results"] == [{"id": str(shanghai.pk), "text": "Shanghai"}]


def test_exchange_at_the_house_keeps_its_place(publisher_client):
    venue = make_facility()
    sent = new_exchange(publisher_client, venue=venue.pk)

    publisher_client.post(ADD, sent)

    assert list(venue.exchanges.all()) == [Exchange.objects.get()]
