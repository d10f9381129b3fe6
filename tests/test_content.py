"""The site with its starting content: the seed's words, the CSV's records."""

import csv
import re
from datetime import date

import pytest
from django.conf import settings
from django.core.management import call_command

from network.models import Category, Partner

from .pages import LANGUAGES, public_pages
from .reading import links_of, words_of

pytestmark = pytest.mark.one_database

DATA = settings.BASE_DIR / "fixtures" / "data"


@pytest.fixture
def content(db):
    call_command("loaddata", "network", "events", verbosity=0)


@pytest.fixture
def media(settings):
    settings.MEDIA_ROOT = settings.BASE_DIR / "fixtures" / "media"


def seed_sentences():
    """The seed line by line, long lines by sentence, without its link markers and with
    the space that one comma lacks."""
    text = (DATA / "seed.txt").read_text(encoding="utf-8")
    for line in text.replace("affiliations,we", "affiliations, we").splitlines():
        line = re.sub(r"\s+", " ", line.replace("External links", " ")).strip()
        yield from filter(None, re.split(r"(?<=[a-z]\.)\s(?=[A-Z])", line))


def test_every_sentence_of_the_seed_is_on_a_page(client, content):
    records = [*Category.objects.all(), *Partner.objects.all()]
    english_words = " ".join(
        words_of(client.get(page)) for page in public_pages(*records)
    )

    missing = [text for text in seed_sentences() if text not in english_words]

    assert missing == []
    assert "External links" in english_words


def is_one_of_thousands(address):
    """Filters lead to every choice and pair of choices, in every form, month and
    language; tests/events go there. Here one choice at a time is followed, once."""
    path, _mark, query = address.partition("?")
    return bool(query) and (
        not path.startswith("/en/") or "." in path or query.count("=") > 1
    )


def test_crawl_finds_no_link_that_does_not_answer(client, content, media):
    waiting, seen, broken = ["/"], set(), []

    while waiting:
        address = waiting.pop()
        response = client.get(address, follow=True)
        if response.status_code != 200:
            broken.append(address)
        if "text/html" not in response.headers["Content-Type"]:
            response.getvalue()
            continue
        for link in links_of(response):
            link = link.partition("#")[0]
            if link.startswith("?"):
                link = address.partition("?")[0] + link
            if link.startswith("/") and not link.startswith("/static/"):
                found = link.replace("&amp;", "&")
                if found not in seen and not is_one_of_thousands(found):
                    seen.add(found)
                    waiting.append(found)

    assert broken == []
    for language in LANGUAGES:
        assert f"/{language}/house/" in seen


def rows_of(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def exchanges_in_csv(field="", year="", partner="", kind=""):
    """The slugs that the data has for a filter, read without our code."""
    partners = {
        row["partner_slug"]
        for row in rows_of("affiliations.csv")
        if row["in_seed"] != "no"
    }
    found = set()
    for row in rows_of("events.csv"):
        slugs = row["partner_slugs"].split(";")
        first, last = int(row["date"][:4]), int((row["end_date"] or row["date"])[:4])
        if (
            (not field or field in row["fields"].split(";"))
            and (not year or first <= int(year) <= last)
            and (not partner or partner in slugs)
            and (not kind or kind == row["direction"])
            and partners & set(slugs)
            and row["slug"] != "2018-san-francisco-end"
        ):
            found.add(row["slug"])
    return found


FILTERS = [
    {},
    {"field": "culture", "year": "2018"},
    {"field": "culture"},
    {"field": "sports"},
    {"field": "water", "year": "2018"},
    {"year": "2019"},
    {"year": "1994"},
    {"year": "1900"},
    {"partner": "shanghai"},
    {"partner": "hamburg", "year": "2019"},
    {"partner": "shanghai", "field": "education", "year": "2024"},
]


def listed(client, address, filters):
    """The slugs on every page of a filtered list."""
    first = client.get(address, filters, follow=True).context["page_obj"]
    others = (
        client.get(address, {**filters, "page": number}).context["page_obj"]
        for number in range(2, first.paginator.num_pages + 1)
    )
    pages = [first, *others]
    return [exchange.slug for page in pages for exchange in page]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_filtered_list_has_the_records_of_the_data(client, content, language):
    found = [
        sorted(listed(client, f"/{language}/exchanges/", filters))
        for filters in FILTERS
    ]

    assert found == [sorted(exchanges_in_csv(**filters)) for filters in FILTERS]


def test_updates_change_every_count_and_sentence(client, content):
    before = words_of(client.get("/en/network/"))

    call_command("loaddata", "updates_since_seed", verbosity=0)

    after = words_of(client.get("/en/network/"))
    partner = words_of(client.get("/en/partners/san-francisco/"))
    assert "Osaka has 8 sister/friendship cities" in before
    assert "and Hamburg (Germany), Osaka has 8" in before
    assert "In 1998, we started the Business Partner Cities" in before
    assert "Today Osaka has 8 sister/friendship cities" in after
    assert "Hamburg (Germany), and Greater Manchester (United Kingdom)." in after
    assert "In 1988, we started the Business Partner Cities" in after
    assert "Ended affiliations San Francisco Sister city" in after
    assert "Ended: 2 October 2018" in partner
    assert "Next anniversary" not in partner


def test_home_tells_the_next_anniversaries(client, content, time_machine):
    time_machine.move_to(date(2026, 11, 25))

    words = words_of(client.get("/en/"))

    assert "2027 70th San Francisco 7 October 2027" in words
    assert (
        "Milan" not in words.partition("Next anniversaries")[2].partition("Latest")[0]
    )
