"""What is rendered once: that it is, and that it ends when it is no longer so."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat
from django.template import Context, Template
from django.utils import timezone, translation

from events import finding
from events.finding import current_index
from events.models import Exchange, Field
from network.models import (
    Affiliation,
    AgreementDocument,
    Category,
    ExternalLink,
    Facility,
    OverseasOffice,
    PageText,
    Partner,
    Picture,
    Source,
)
from osaka_site import clock
from osaka_site.desk.models import FormerSlug
from osaka_site.kept import Kept
from tests.factories import (
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
    make_source,
)

PAGES = [
    "/",
    "/exchanges/",
    "/exchanges/?field=music",
    "/exchanges/choir/",
    "/exchanges/calendar/?month=2019-05",
    "/partners/city/",
]


def test_least_recently_used_is_forgotten():
    kept = Kept(2)
    kept.put("a", 1)
    kept.put("b", 2)
    kept.get("a")
    kept.put("c", 3)

    assert [kept.get(key) for key in "abc"] == [1, None, 3]
    assert len(kept) == 2


def test_frame_is_rendered_once_for_each_language_and_value_and_knows_no_other():
    template = Template(
        "{% load site_tags %}{% once view=view %}"
        '{{ view }} {{ other }} {% now "u" %}{% endonce %}'
    )

    def render(view, language):
        with translation.override(language):
            return template.render(Context({"view": view, "other": "no"}))

    asked = [
        (view, language) for view in ("home", "search") for language in ("en", "ja")
    ]
    first = [render(*pair) for pair in asked]

    assert [render(*pair) for pair in asked] == first
    assert len(set(first)) == 4
    assert not any("no" in text for text in first)


def fill():
    """Records that the pages show, each in English and in Japanese."""
    partner = make_partner(slug="city", name_en="Port Alpha", name_ja="アルファ市")
    tie = make_affiliation(
        partner=partner,
        category=make_category(tie_name_en="Twin Bravo", tie_name_ja="ブラボー縁組"),
        signed_on="1969-05-04",
    )
    field = make_field(slug="music", name_en="Charlie", name_ja="チャーリー")
    make_page_text(slug="home", title_en="Delta", title_ja="デルタ")
    make_page_text(slug="exchanges", title_en="Echo", title_ja="エコー")
    for number in range(2):
        make_exchange(
            slug=["choir", "other"][number],
            title_en="Foxtrot",
            title_ja="フォックス",
            partners=[partner],
            fields=[field],
            celebrates=tie,
        )


def read(client, language):
    return {page: client.get(f"/{language}{page}").content.decode() for page in PAGES}


NAMES = [
    (Partner, "name", "Port Alpha", "アルファ市"),
    (Category, "tie_name", "Twin Bravo", "ブラボー縁組"),
    (Field, "name", "Charlie", "チャーリー"),
    (PageText, "title", "Delta", "デルタ"),
    (Exchange, "title", "Foxtrot", "フォックス"),
]


@pytest.mark.django_db
def test_every_page_shows_a_change_with_the_next_request_in_each_language(client):
    fill()
    before = {language: read(client, language) for language in ("en", "ja")}

    for model, name, _english, _japanese in NAMES:
        for language in before:
            column = f"{name}_{language}"
            model.objects.update(**{column: Concat(Value("New "), column)})
    after = {language: read(client, language) for language in ("en", "ja")}

    for _model, _name, *words in NAMES:
        for language, word in zip(before, words, strict=True):
            shown = [page for page in PAGES if word in before[language][page]]
            assert shown
            assert [
                page
                for page in PAGES
                if after[language][page].count(word)
                == after[language][page].count(f"New {word}")
                > 0
            ] == shown


def fill_parts():
    """One of everything that a part of the home page or of a partner's shows."""
    make_page_text(slug="home", title_en="Home")
    make_page_text(slug="home-introduction", body_en="Osaka. ![](pier)")
    picture = make_picture(slug="pier", alt_en="A pier")
    region = make_partner(slug="region", name_en="Lombardy", latitude=46, longitude=9)
    city = make_partner(
        slug="city",
        introduction_en="A city. ![](pier)",
        latitude=45,
        longitude=9,
        parent=region,
        pictures=[picture],
        links=[make_link(slug="link")],
        sources=[make_source(slug="source")],
    )
    whole = make_category(slug="whole", anniversary_interval=None)
    category = make_category(slug="category", parent=whole)
    next_year = clock.today().year + 1
    tie = make_affiliation(
        slug="tie", partner=city, category=category, signed_on=f"{next_year - 50}-05-04"
    )
    tie.documents.create(title_en="Agreement", file="agreements/1.pdf")
    tie.sources.add(make_source(slug="other-source", title="Minutes"))
    default_storage.save("agreements/1.pdf", ContentFile(b""))
    make_office(slug="office", city=city)
    make_facility(slug="house", introduction_en="![](quay)", pictures=[picture])
    for slug, year in (("past", 2019), ("coming", next_year)):
        make_exchange(
            slug=slug,
            title_en=slug,
            starts_on=f"{year}-05-04",
            partners=[city],
            fields=[make_field(slug=f"field-of-{slug}")],
            celebrates=tie,
        )


def changed(model, slug, **columns):
    return lambda: model.objects.filter(slug=slug).update(**columns)


def cut(model, slug, relation):
    return lambda: getattr(model.objects.get(slug=slug), relation).clear()


HOME, CITY = "/en/", "/en/partners/city/"
# One after the other.
INPUTS = {
    "former name": (
        lambda: FormerSlug.objects.create(
            content_type=ContentType.objects.get_for_model(Picture),
            object_id=Picture.objects.get().pk,
            slug="quay",
        ),
        {HOME},
    ),
    "text": (changed(PageText, "home", title_en="B"), {HOME}),
    "introduction": (
        changed(PageText, "home-introduction", body_en="B ![](pier)"),
        {HOME},
    ),
    "picture": (changed(Picture, "pier", alt_en="B"), {HOME, CITY}),
    "name": (changed(Partner, "city", name_en="B"), {HOME, CITY}),
    "position": (changed(Partner, "city", latitude=1, longitude=2), {HOME, CITY}),
    "side of the label": (changed(Partner, "region", label_side="e"), {HOME}),
    "what it is part of": (changed(Partner, "region", name_en="B"), {HOME, CITY}),
    "link": (changed(ExternalLink, "link", title_en="B"), {CITY}),
    "source": (changed(Source, "source", title="B"), {CITY}),
    "sources of a tie": (cut(Affiliation, "tie", "sources"), {CITY}),
    "tie": (changed(Affiliation, "tie", signed_on="1980"), {HOME, CITY}),
    "wording": (changed(Affiliation, "tie", wording_en="B"), {CITY}),
    "document": (lambda: AgreementDocument.objects.update(title_en="B"), {CITY}),
    "no document": (lambda: AgreementDocument.objects.all().delete(), {CITY}),
    "category": (changed(Category, "category", shape="port"), {HOME, CITY}),
    "whole": (changed(Category, "whole", name_en="B"), {HOME}),
    "office": (changed(OverseasOffice, "office", name_en="B"), {CITY}),
    "its city": (changed(OverseasOffice, "office", city=None), {HOME, CITY}),
    "house": (changed(Facility, "house", introduction_en="B"), {HOME}),
    "picture of the house": (cut(Facility, "house", "pictures"), {HOME}),
    "field": (changed(Field, "field-of-past", name_en="B"), {HOME, CITY}),
    "exchange": (changed(Exchange, "past", title_en="B"), {HOME, CITY}),
    "state": (changed(Exchange, "coming", state="cancelled"), {HOME, CITY}),
    "new exchange": (
        lambda: make_exchange(
            partners=Partner.objects.filter(slug="city"), starts_on="2020"
        ),
        {HOME, CITY},
    ),
    "fields": (cut(Exchange, "past", "fields"), {HOME, CITY}),
    "partners": (cut(Exchange, "past", "partners"), {HOME, CITY}),
    "hidden exchange": (changed(Exchange, "coming", status="draft"), {HOME, CITY}),
    "links": (cut(Partner, "city", "links"), {CITY}),
    "sources": (cut(Partner, "city", "sources"), {CITY}),
    "pictures": (cut(Partner, "city", "pictures"), {CITY}),
    "no picture": (changed(Picture, "pier", status="draft"), {HOME, CITY}),
    "hidden whole": (changed(Category, "whole", status="draft"), {HOME, CITY}),
}


@contextmanager
def another_process():
    """In which nothing is kept yet."""
    token = finding._shelf.set(finding.Shelf())
    yield
    finding._shelf.reset(token)


@pytest.mark.django_db
def test_parts_show_each_change_of_what_they_are_made_from(client):
    fill_parts()
    before = {page: client.get(page).content for page in (HOME, CITY)}

    for name, (change, pages) in INPUTS.items():
        change()
        shown = {page: client.get(page).content for page in before}
        with another_process():
            fresh = {page: client.get(page).content for page in before}

        assert shown == fresh, name
        assert {page for page in before if shown[page] != before[page]} == pages, name
        before = shown


@pytest.mark.django_db
def test_change_of_an_exchange_leaves_the_parts_that_show_none(
    client, django_assert_num_queries
):
    fill_parts()
    for page in (HOME, CITY):
        client.get(page)
    Exchange.objects.filter(slug="past").update(title_en="Other words")
    current_index()

    # The version, twice, and whether a change is due; and that exchange.
    with django_assert_num_queries(4):
        assert b"Other words" in client.get(HOME).content
    with django_assert_num_queries(3):  # and the partner
        assert b"Other words" in client.get(CITY).content


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.django_db
def test_page_reads_the_same_the_second_time(client, address):
    fill()

    for language in ("en", "ja", "en"):
        first = client.get(f"/{language}{address}").content
        assert client.get(f"/{language}{address}").content == first


@pytest.mark.parametrize("make", [make_office, make_link], ids=["office", "link"])
@pytest.mark.django_db
def test_what_is_scheduled_appears_on_a_page_that_is_kept(client, time_machine, make):
    partner, now = make_partner(slug="city"), timezone.now()
    record = make(publish_at=now + timedelta(minutes=5))
    (partner.offices if make is make_office else partner.links).add(record)

    before = client.get("/en/partners/city/").content.decode()
    time_machine.move_to(now + timedelta(minutes=6))
    after = client.get("/en/partners/city/").content.decode()

    assert str(record) not in before
    assert str(record) in after


@pytest.mark.django_db
def test_home_of_another_day_is_not_kept_for_today(client):
    make_exchange(starts_on=f"{clock.today().year + 2}-05-04")
    nothing = "No exchange is planned at the moment"

    before = client.get("/en/").content.decode()
    with clock.showing(timezone.now() + timedelta(days=3 * 366)):
        later = client.get("/en/").content.decode()
    after = client.get("/en/").content.decode()

    assert [nothing in html for html in (before, later, after)] == [False, True, False]


@pytest.mark.django_db
def test_nothing_is_kept_of_a_change_that_is_taken_back(client):
    fill()
    before = read(client, "en")

    with transaction.atomic():
        Exchange.objects.update(title_en="Secret")
        tried = read(client, "en")
        transaction.set_rollback(True)

    assert "Secret" in tried["/"]
    assert read(client, "en") == before


@pytest.mark.django_db
def test_pages_that_are_kept_ask_for_the_version_only(
    client, django_assert_num_queries
):
    fill()
    for page in ("/en/", "/en/partners/city/"):
        client.get(page)

    with django_assert_num_queries(2):  # and whether a change is due
        client.get("/en/")
    with django_assert_num_queries(3):  # and the partner
        client.get("/en/partners/city/")
