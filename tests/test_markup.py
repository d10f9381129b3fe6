"""The mark-up of every public page: valid, with its language, whole in print."""

import gzip
import re
from itertools import pairwise
from pathlib import Path

import html5lib
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from events.models import Exchange
from network.models import Category, Partner

from .pages import LANGUAGES, public_pages

# The pages are read once, outside the tests; this is what makes a database for them.
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture(scope="module")
def pages(starting_content):
    """The mark-up of every kind of page in every language, by address."""
    with starting_content():
        records = [
            Category.objects.get(slug="mou"),
            Partner.objects.get(slug="shanghai"),
            Partner.objects.get(slug="fraunhofer-ipa"),
            Exchange.objects.get(slug="2023-chicago-50th"),
        ]
        addresses = [*public_pages(*records), "/en/nope/", "/en/exchanges/?year=abc"]
        return {
            address: Client().get(address).content.decode()
            for english in addresses
            for language in LANGUAGES
            for address in [english.replace("/en/", f"/{language}/", 1)]
        }


def test_every_page_is_valid_html(pages):
    errors = {}
    for address, html in pages.items():
        parser = html5lib.HTMLParser()
        parser.parse(html)
        errors[address] = parser.errors

    assert {address: found for address, found in errors.items() if found} == {}


def test_every_page_says_its_language_and_its_twins(pages):
    tags = {"en": "en", "ja": "ja", "zh-hans": "zh-Hans", "ko": "ko"}
    for address, html in pages.items():
        language = address.split("/")[1]

        assert f'<html lang="{tags[language]}">' in html
        if "/nope/" not in address:
            path = address.partition("?")[0].removeprefix(f"/{language}")
            for code, tag in tags.items():
                assert (
                    f'hreflang="{tag}" href="http://127.0.0.1:8000/{code}{path}"'
                    in html
                )


def test_no_attribute_and_no_title_holds_mark_up(pages):
    """A fallen-back text marks itself with a ``span``, which only fits in text."""
    for address, html in pages.items():
        assert not re.search(r'="[^"]*<span', html), address
        assert not re.search(r"<(title|option)[^>]*>[^<]*<(?!/)", html), address


def test_no_page_has_inline_style_or_script(pages):
    for address, html in pages.items():
        assert not re.search(r"\sstyle=|<style|\son\w+=", html), address
        # Data for search engines is in the same element, and no browser runs it.
        inline = r'<script(?! type="application/ld\+json">)(?![^>]*\bsrc=)'
        assert re.findall(inline, html) == [], address


def test_every_page_has_one_main_heading_and_skips_no_level(pages):
    for address, html in pages.items():
        levels = [int(level) for level in re.findall(r"<h([1-6])", html)]

        assert levels.count(1) == 1, address
        assert all(b - a <= 1 for a, b in pairwise(levels)), (
            address,
            levels,
        )


def test_ids_are_unique_on_every_page(pages):
    for address, html in pages.items():
        ids = re.findall(r'\sid="([^"]+)"', html)

        assert len(ids) == len(set(ids)), address


@pytest.mark.parametrize(("kind", "most"), [("css", 25_000), ("js", 20_000)])
def test_no_page_needs_much_beside_itself(pages, kind, most):
    sizes = {
        address: sum(
            len(gzip.compress(Path(finders.find(name)).read_bytes()))
            for name in re.findall(rf'(?:href|src)="/static/([^"]+\.{kind})"', html)
        )
        for address, html in pages.items()
    }

    assert min(sizes.values()) > 0
    assert max(sizes.values()) < most


def test_no_script_keeps_a_page_waiting(pages):
    for address, html in pages.items():
        scripts = re.findall(r"<script [^>]*src=[^>]*>", html)

        assert [tag for tag in scripts if " defer" not in tag] == [], address
