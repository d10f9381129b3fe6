"""What holds for the whole admin: its order, its lists, its forms."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from events.models import Exchange, Field
from network.models import (
    Affiliation,
    Category,
    ExternalLink,
    Facility,
    OverseasOffice,
    PageText,
    Partner,
    Picture,
    Programme,
    Source,
)
from osaka_site.desk.models import Division
from osaka_site.publishing import Status

from .factories import (
    make_affiliation,
    make_category,
    make_exchange,
    make_facility,
    make_field,
    make_link,
    make_office,
    make_page_text,
    make_partner,
    make_picture,
    make_programme,
    make_source,
)
from .forms import errors_of, form_data, messages_of

# A row of each kind with everything its line in the list may reach for.
ROWS = {
    Partner: lambda **fields: make_partner(parent=make_partner(), **fields),
    Affiliation: lambda **fields: make_affiliation(
        category=make_category(parent=make_category()), **fields
    ),
    Category: lambda **fields: make_category(parent=make_category(), **fields),
    OverseasOffice: lambda **fields: make_office(
        city=make_partner(), parent=make_office(city=make_partner()), **fields
    ),
    Exchange: lambda **fields: make_exchange(
        partners=[make_partner()], fields=[make_field()], **fields
    ),
    Field: make_field,
    Facility: lambda **fields: make_facility(parent=make_facility(), **fields),
    Programme: lambda **fields: make_programme(
        facility=make_facility(parent=make_facility()), **fields
    ),
    PageText: make_page_text,
    Picture: lambda **fields: make_picture(**{"alt_ja": "桟橋", **fields}),
    ExternalLink: make_link,
    Source: make_source,
}
RECORDS = pytest.mark.parametrize("model", ROWS, ids=lambda model: model.__name__)
NEW_YEAR_2001, NEW_YEAR_2100 = (
    datetime(year, 1, 1, 0, 30, tzinfo=UTC) for year in (2001, 2100)
)


def page(model, name, *args):
    opts = model._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{name}", args=args)


# ---- order ------------------------------------------------------------------


def sections_of(client):
    response = client.get(reverse("admin:index"))
    return {
        str(section["name"]): [model["object_name"] for model in section["models"]]
        for section in response.context["app_list"]
    }


def test_start_page_has_every_model_in_the_order_staff_think(admin_client):
    sections = sections_of(admin_client)

    assert sections == {
        "Network": ["Partner", "Affiliation", "Category", "OverseasOffice"],
        "Exchanges": ["Exchange", "Field"],
        "International House": ["Facility", "Programme"],
        "Words of the site": ["PageText"],
        "Pictures, links and sources": [
            "Picture",
            "ExternalLink",
            "Source",
            "CheckedLink",
        ],
        "People": ["User", "Group", "Division", "OutgoingMail", "LogInEntry"],
    }
    shown = {name for names in sections.values() for name in names}
    assert shown == {model.__name__ for model in admin.site._registry}


def test_editors_see_everything_but_people(editor_client):
    assert list(sections_of(editor_client)) == [
        "Network",
        "Exchanges",
        "International House",
        "Words of the site",
        "Pictures, links and sources",
    ]


def test_header_switches_the_language(editor_client):
    editor_client.post(
        reverse("set_language"), {"language": "ja", "next": reverse("admin:index")}
    )

    response = editor_client.get(reverse("admin:index"))

    assert '<html lang="ja"' in response.content.decode()
    assert "ログアウト" in response.content.decode()
    for name in ("English", "日本語", "简体中文", "한국어"):
        assert f">{name}</button>" in response.content.decode()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_page_of_the_admin_has_inline_style_or_script(admin_client, language):
    """The content security policy would stop it."""
    admin_client.cookies["django_language"] = language
    partner = make_partner(status=Status.DRAFT)
    make_affiliation(partner=partner)
    pages = [
        reverse("admin:index"),
        reverse("admin:password_change"),
        page(Partner, "changelist"),
        page(Partner, "add") + "?_popup=1",
        page(Partner, "change", partner.pk),
        page(Partner, "history", partner.pk),
        page(Partner, "delete", partner.pk),
        page(Exchange, "changelist"),
        page(Picture, "change", make_picture().pk),
        page(get_user_model(), "add"),
    ]
    for address in pages:
        html = admin_client.get(address).content.decode()

        assert re.findall(r"\sstyle=|<style|\son\w+=", html) == [], address
        assert re.findall(r"<script(?![^>]*\bsrc=)", html) == [], address


def test_mark_up_of_a_name_is_in_no_attribute_and_in_no_title(admin_client):
    partner = make_partner(name_en="", name_ja="大阪")

    for address in (page(Partner, "changelist"), page(Partner, "change", partner.pk)):
        html = admin_client.get(address).content.decode()

        assert "大阪" in html
        assert not re.search(r'="[^"]*<span', html)
        assert not re.search(r"<title[^>]*>[^<]*&lt;", html)


# ---- lists and forms --------------------------------------------------------


def make_user(**fields):
    number = get_user_model().objects.count()
    return get_user_model().objects.create_user(f"user-{number}")


def make_group(**fields):
    return Group.objects.create(name=f"Some group {Group.objects.count()}")


@pytest.mark.parametrize("query", ["", "?q=e"])
@pytest.mark.parametrize(
    "model",
    [*ROWS, get_user_model(), Group],
    ids=lambda model: model.__name__,
)
def test_list_costs_the_same_with_more_rows(admin_client, model, query):
    make = {**ROWS, get_user_model(): make_user, Group: make_group}[model]

    def cost(rows):
        for _ in range(rows):
            make()
        with CaptureQueriesContext(connection) as queries:
            response = admin_client.get(page(model, "changelist") + query)
        return len(queries), response.context["cl"].result_count

    admin_client.get(page(model, "changelist"))  # fills the cache of content types
    few, few_rows = cost(3)
    many, many_rows = cost(27)

    assert few_rows >= 3
    assert many_rows >= few_rows + 27
    assert many == few


@RECORDS
def test_forms_open(admin_client, model):
    record = ROWS[model]()

    empty = admin_client.get(page(model, "add"))
    filled = admin_client.get(page(model, "change", record.pk))

    assert empty.context["original"] is None
    assert filled.context["original"] == record
    assert form_data(filled)["slug"] == record.slug


@RECORDS
def test_form_saves_what_it_shows(admin_client, model):
    record = ROWS[model]()
    before = model.objects.values().get(pk=record.pk)
    shown = form_data(admin_client.get(page(model, "change", record.pk)))

    response = admin_client.post(page(model, "change", record.pk), shown)

    assert response.status_code == 302
    after = model.objects.values().get(pk=record.pk)
    assert {**after, "updated_at": None} == {**before, "updated_at": None}


@RECORDS
def test_view_on_site_is_offered_for_public_records_only(admin_client, model):
    def offered(**fields):
        record = ROWS[model](**fields)
        response = admin_client.get(page(model, "change", record.pk))
        return response.context.get("absolute_url") is not None

    has_page = hasattr(model, "get_absolute_url")
    later = timezone.now() + timedelta(days=1)

    assert offered() is has_page
    assert offered(status=Status.DRAFT) is False
    assert offered(publish_at=later) is False


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=" + "x" * 5000,
        "status__exact=%00",
        "status__exact=zzz",
        "state=zzz",
        "state=%00",
        "when=zzz",
        "to_do=zzz",
        "p=999",
        "p=abc",
        "o=99.zzz",
        "nope=1",
        "slug__startswith=%00",
        "first_day__year=zzz",
        "first_day__year=99999",
        "first_day__year=2019&first_day__month=99",
        "fields__id__exact=%00",
    ],
)
@pytest.mark.parametrize("model", [Affiliation, Exchange])
def test_list_opens_whatever_the_address_says(admin_client, model, query):
    ROWS[model]()

    response = admin_client.get(f"{page(model, 'changelist')}?{query}", follow=True)

    assert response.status_code == 200
    assert response.context["cl"].result_count in (0, 1)


def test_null_character_in_an_address_is_named(admin_client):
    response = admin_client.get(
        page(Partner, "changelist") + "?status__exact=%00", follow=True
    )

    assert messages_of(response) == ["Null characters are not allowed."]


def test_what_is_no_number_selects_nothing(admin_client):
    partner = make_partner()

    response = admin_client.post(
        page(Partner, "changelist"),
        {"action": "delete_selected", "_selected_action": [partner.pk, "x"]},
        follow=True,
    )

    assert messages_of(response) == ["Nothing was changed: select rows of the list."]


def test_null_character_in_a_text_is_named_at_the_field(admin_client):
    shown = form_data(admin_client.get(page(PageText, "add")), title_en="A page")

    response = admin_client.post(
        page(PageText, "add"), {**shown, "title_ja": "\0", "body_ja": "a\0b"}
    )

    assert errors_of(response) == {
        "title_ja": ["Null characters are not allowed."],
        "body_ja": ["Null characters are not allowed."],
    }
    assert form_data(response)["title_en"] == "A page"


def test_form_cannot_be_filled_in_by_its_address(admin_client):
    response = admin_client.get(page(Affiliation, "add") + "?partner=zzz&slug=x")

    assert form_data(response).get("partner") is None
    assert form_data(response)["slug"] == ""


def test_nothing_offers_to_save_as_new(admin_client):
    partner = make_partner()
    shown = form_data(admin_client.get(page(Partner, "change", partner.pk)))

    response = admin_client.get(page(Partner, "change", partner.pk))
    admin_client.post(page(Partner, "change", partner.pk), {**shown, "_saveasnew": "1"})

    assert "_saveasnew" not in response.content.decode()
    assert list(Partner.objects.all()) == [partner]


def test_no_form_offers_to_delete_another_record(admin_client):
    tie = make_affiliation()

    for record in (tie, tie.partner):
        response = admin_client.get(page(type(record), "change", record.pk))

        assert "change-related" in response.content.decode()
        assert "delete-related" not in response.content.decode()


# ---- where a record stands -----------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"status": Status.DRAFT}, "Draft"),
        ({}, "Published"),
        ({"publish_at": NEW_YEAR_2100}, "Published, from 1 January 2100, 09:30"),
        ({"unpublish_at": NEW_YEAR_2001}, "Published, until 1 January 2001, 09:30"),
    ],
)
def test_list_says_when_a_record_shows(admin_client, fields, shown):
    make_partner(**fields)

    response = admin_client.get(page(Partner, "changelist"))

    cell = f'<td class="field-shown_status">{shown}</td>'
    assert cell in response.content.decode()


def test_list_says_that_a_part_is_hidden_with_its_whole(admin_client):
    make_facility(parent=make_facility(status=Status.DRAFT), slug="part")

    response = admin_client.get(page(Facility, "changelist") + "?slug=part")

    assert "Published, hidden with what it belongs to" in response.content.decode()


def test_division_has_the_buttons_of_what_is_no_record(admin_client):
    division = Division.objects.create(name_ja="国際課")

    form = admin_client.get(page(Division, "change", division.pk)).content.decode()

    assert f'href="{page(Division, "delete", division.pk)}"' in form
    assert "Save and send for review" not in form
