"""The public pages as people use them: by eye, keyboard, screen reader and phone."""

import re

import pytest
from django.conf import settings
from django.core.management import call_command

from events.models import Exchange
from network.models import Category, Partner
from tests.pages import public_pages

from .conftest import axe_violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

PHONE = {"width": 375, "height": 740}
NARROW = {"width": 320, "height": 740}  # 1280 px at 400 %, as WCAG 1.4.10 asks


@pytest.fixture
def content(settings):
    settings.MEDIA_ROOT = settings.BASE_DIR / "fixtures" / "media"
    call_command("loaddata", "network", "events", verbosity=0)


def addresses(language):
    records = [
        Category.objects.get(slug="sister-cities"),
        Category.objects.get(slug="mou"),
        Partner.objects.get(slug="shanghai"),
        Partner.objects.get(slug="fraunhofer-ipa"),
        Exchange.objects.get(slug="2023-chicago-50th"),
    ]
    return [
        address.replace("/en/", f"/{language}/", 1)
        for address in [
            *public_pages(*records),
            "/en/nope/",
            "/en/exchanges/?year=abc",
            "/en/exchanges/?field=sports&year=2024",
        ]
    ]


@pytest.mark.parametrize(
    ("language", "scheme", "size"), [("en", "light", None), ("ko", "dark", PHONE)]
)
def test_axe_finds_nothing_on_any_page(page, content, language, scheme, size):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    if size:
        page.set_viewport_size(size)
    found = {}

    for address in addresses(language):
        page.goto(address)
        found[address] = axe_violations(page)

    assert {address: lines for address, lines in found.items() if lines} == {}


def test_no_page_scrolls_sideways_on_the_narrowest_screen(page, content):
    page.set_viewport_size(NARROW)
    widths = {}

    for language in settings.LANGUAGES:
        for address in addresses(language[0]):
            page.goto(address)
            widths[address] = page.evaluate("document.documentElement.scrollWidth")

    assert {address: width for address, width in widths.items() if width > 320} == {}


def test_keyboard_reaches_the_content_first(page, content):
    page.goto("/en/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


def test_language_switch_stays_on_the_page_and_its_filters(page, content):
    page.goto("/en/exchanges/?field=sports")

    page.get_by_role("link", name="日本語").click()

    page.wait_for_url("**/ja/exchanges/?field=sports")
    assert page.locator("html").get_attribute("lang") == "ja"


@pytest.fixture
def without_script(browser, base_url):
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    yield context.new_page()
    context.close()


def test_filter_works_without_script(without_script, content):
    page = without_script
    page.goto("/en/exchanges/")

    page.get_by_label("Sports").check()
    page.get_by_label("Year", exact=True).select_option("2018")
    page.get_by_role("button", name="Show results").click()

    assert page.url.endswith("/en/exchanges/?field=sports&year=2018")
    assert page.locator(".event h4").all_inner_texts() == [
        "Celebration of the eighth Melbourne Osaka Cup"
    ]


def test_filter_replaces_the_list_in_place_and_back_works(page, content):
    page.goto("/en/exchanges/")
    page.evaluate("window.isTheSamePage = true")

    page.get_by_label("Sports").check()
    page.get_by_role("button", name="Show results").click()
    page.wait_for_url("**/en/exchanges/?field=sports")

    assert page.locator("main > [role=status]").inner_text() == "5 exchanges: Sports"
    assert page.evaluate("document.activeElement.id") == "filter-button"
    page.get_by_role("link", name="Remove filter Field: Sports").click()
    page.wait_for_url("**/en/exchanges/")
    assert page.evaluate("document.activeElement.id") == "h-results"
    page.go_back()
    page.locator(".chip").wait_for()
    assert page.get_by_label("Sports").is_checked()
    assert page.evaluate("window.isTheSamePage") is True


def test_nothing_found_says_which_filter_to_drop(page, content):
    page.goto("/en/exchanges/?field=sports&year=2024")

    page.get_by_role(
        "link", name=re.compile("^5 exchanges without .Year: 2024")
    ).click()

    page.wait_for_url("**/en/exchanges/?field=sports")
