"""What is not published shows nowhere: not in a list, a count or a choice."""

import gzip
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from osaka_site.desk import copies, snapshots, workflow
from osaka_site.desk.models import WorkingCopy
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
from .pages import public_pages
from .test_page_cache import connection_kept

PAGE_TEXTS = [
    "home",
    "home-introduction",
    "network",
    "offices",
    "residents",
    "exchanges",
    "links",
    "about-data",
]
DAY = timedelta(days=1)
HIDDEN = {
    "draft": lambda: {"status": Status.DRAFT},
    "in review": lambda: {"status": Status.IN_REVIEW},
    "archived": lambda: {"status": Status.ARCHIVED},
    "from tomorrow": lambda: {"publish_at": timezone.now() + DAY},
    "in the trash": lambda: {"trashed_at": timezone.now()},
    "until yesterday": lambda: {"unpublish_at": timezone.now() - DAY},
}
# Each text a hidden record has says this, so that finding it anywhere is a leak.
MARKER = "Zyxomma"


@pytest.fixture
def public():
    """One public record of each kind, and the hidden ones will hang on to these."""
    for slug in PAGE_TEXTS:
        make_page_text(slug=slug)
    partner = make_partner(slug="partner", latitude=31, longitude=121)
    category = make_category(slug="category")
    tie = make_affiliation(slug="tie", partner=partner, category=category)
    house = make_facility(slug="house")
    field = make_field(slug="field")
    exchange = make_exchange(
        slug="exchange", partners=[partner], fields=[field], venue=house, celebrates=tie
    )
    office = make_office(slug="office", city=partner)
    return {
        "partner": partner,
        "category": category,
        "tie": tie,
        "house": house,
        "field": field,
        "exchange": exchange,
        "office": office,
    }


def plant(public, **hidden):
    """A hidden record of every kind, tied to the public ones in every way there is;
    and public ones tied to hidden wholes, which hides them too. Returns those that
    have a page."""
    partner, category, house, field, exchange, office = (
        public[name]
        for name in ("partner", "category", "house", "field", "exchange", "office")
    )
    word = f"{MARKER} "
    city = make_partner(
        name_en=word + "city", country="IS", latitude=64, longitude=-22, **hidden
    )
    port = make_partner(name_en=word + "port", parent=partner, **hidden)
    kind = make_category(name_en=word + "kind", tie_name_en=word, order=1, **hidden)
    part = make_category(name_en=word + "part", tie_name_en=word, parent=category)
    part_of_hidden = make_category(name_en=word, tie_name_en=word, parent=kind)
    type(part).objects.filter(pk=part.pk).update(**hidden)
    secret_field = make_field(name_en=word + "field", slug="zyxomma-field", **hidden)
    place = make_facility(name_en=word + "place", parent=house, **hidden)
    make_facility(name_en=word + "in place", parent=place)
    make_programme(title_en=word, facility=house, **hidden)
    make_programme(title_en=word, facility=place)
    make_office(name_en=word + "office", city=partner, **hidden)
    make_office(name_en=word + "of a hidden city", city=city)
    make_office(name_en=word + "desk", parent=office, **hidden)
    shared = {
        "pictures": make_picture(alt_en=word, caption_en=word, **hidden),
        "links": make_link(title_en=word, is_listed=True, **hidden),
        "sources": make_source(title=word, **hidden),
    }
    for record in (partner, house, exchange, office, public["tie"]):
        for name, other in shared.items():
            if hasattr(record, name):
                getattr(record, name).add(other)
    ties = [
        make_affiliation(partner=partner, category=kind, wording_en=word),
        make_affiliation(partner=city, category=category, wording_en=word),
        make_affiliation(partner=port, category=category, wording_en=word),
        make_affiliation(partner=partner, category=part_of_hidden, wording_en=word),
        make_affiliation(
            partner=partner,
            category=category,
            wording_en=word,
            signed_on="1873",
            **hidden,
        ),
        make_affiliation(
            partner=partner,
            category=category,
            wording_en=word,
            ended_on="1999",
            **hidden,
        ),
    ]
    exchanges = [
        make_exchange(
            title_en=word,
            starts_on=year,
            kind="seminar",
            partners=[partner, city],
            fields=[field, secret_field],
            venue=house,
            celebrates=public["tie"],
            **hidden,
        )
        for year in ("1871", "2871")
    ]
    exchange.partners.add(city)
    exchange.fields.add(secret_field)
    celebrating = [
        make_exchange(starts_on="2020", celebrates=tie, venue=place) for tie in ties
    ]
    return [city, port, kind, *exchanges], celebrating


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.django_db
def test_hidden_records_are_on_no_page(client, public, hidden):
    withheld, celebrating = plant(public, **hidden())
    pages = public_pages(
        public["partner"], public["category"], public["exchange"], *celebrating
    )

    found = {
        page: re.findall(
            rf".*{MARKER}.*", client.get(page).content.decode(), re.IGNORECASE
        )
        for page in [
            *pages,
            "/en/anniversaries.ics",
            "/en/exchanges/?field=nope",
            "/en/partners/?kind=nope",
        ]
    }

    assert not any(found.values()), found
    assert {
        client.get(record.get_absolute_url()).status_code for record in withheld
    } == {404}


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.django_db
def test_hidden_records_change_no_page(client, public, hidden):
    """Neither counts nor choices nor the chart tell that there is something."""
    pages = public_pages(public["partner"], public["category"], public["exchange"])
    before = {page: client.get(page).content for page in pages}

    plant(public, **hidden())
    # These are public themselves; what they celebrate is not.
    type(public["exchange"]).objects.filter(starts_on="2020").delete()

    assert {page: client.get(page).content for page in pages} == before


@pytest.mark.django_db
def test_hidden_records_are_in_no_baked_file(public, settings, tmp_path):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.LANGUAGES = [("en", "English")]
    plant(public, status=Status.DRAFT)

    with connection_kept():
        call_command("bake", tmp_path / "baked", verbosity=0)

    (pages,) = tmp_path.glob("baked/baked-*")
    files = {
        path.relative_to(pages).as_posix(): path.read_bytes()
        for path in pages.rglob("*.*")
        if path.is_file()
    }
    told = {
        name
        for name, content in files.items()
        for text in (
            name.encode(),
            gzip.decompress(content) if ".gz" in name else content,
        )
        if MARKER.lower().encode() in text.lower()
    }
    assert "pages/en/partners/partner/index.html" in files
    assert told == set()


@pytest.mark.django_db
def test_working_copies_change_no_page(client, public, editor):
    """Of no kind of record, in whatever state the copy is."""
    pages = public_pages(public["partner"], public["category"], public["exchange"])
    before = {page: client.get(page).content for page in pages}

    for number, record in enumerate(public.values()):
        data = copies.shown(record)
        label = snapshots.label_of(record)
        texts = {
            name: text if text else f"{MARKER}"
            for name, text in data[label].items()
            if name.endswith(("_en", "_ja"))
        }
        copies.keep(record, {**data, label: {**data[label], **texts}}, editor)
        if number % 2:
            workflow.send(record, editor)

    assert WorkingCopy.objects.count() == len(public)
    assert {page: client.get(page).content for page in pages} == before


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.django_db
def test_hidden_record_answers_like_one_that_does_not_exist(client, hidden):
    partner = make_partner(slug="known", **hidden())

    there = client.get(partner.get_absolute_url())
    nowhere = client.get("/en/partners/never/")

    assert there.status_code == nowhere.status_code == 404
    assert there.content.replace(b"known", b"never") == nowhere.content


@pytest.mark.parametrize("parameter", ["field=zyxomma-field", "partner=zyxomma-city"])
@pytest.mark.django_db
def test_filter_does_not_tell_a_hidden_choice_from_none(client, public, parameter):
    plant(public, status=Status.DRAFT)
    make_partner(slug="zyxomma-city", status=Status.DRAFT)
    name, _equals, value = parameter.partition("=")

    hidden = client.get(f"/en/exchanges/?{parameter}").content
    unknown = client.get(f"/en/exchanges/?{name}=nope").content

    assert hidden.replace(value.encode(), b"nope") == unknown


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.django_db
def test_file_of_a_hidden_picture_is_not_served(client, settings, tmp_path, hidden):
    folder = tmp_path / "pictures"
    folder.mkdir()
    copies = ["", ".480.webp", ".960.jpg"]
    for name in ("shown.png", "hidden.png"):
        for copy in copies:
            (folder / f"{name}{copy}").write_bytes(b"picture")
    make_picture(file="pictures/shown.png")
    make_picture(file="pictures/hidden.png", **hidden())

    answers = {
        name: [client.get(f"/media/pictures/{name}.png{copy}") for copy in copies]
        for name in ("shown", "hidden", "no")
    }

    assert {
        name: {answer.status_code for answer in found}
        for name, found in answers.items()
    } == {"shown": {200}, "hidden": {404}, "no": {404}}
    assert {answer.getvalue() for answer in answers["shown"]} == {b"picture"}
