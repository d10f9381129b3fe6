"""The calendar and the table of years, by keyboard and on a phone."""

import pytest
from django.core.management import call_command

from .conftest import axe_violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

CALENDAR = "/en/exchanges/calendar/?month=2024-12"
ADDRESSES = [CALENDAR, "/en/exchanges/calendar/?month=abc", "/en/exchanges/years/"]


@pytest.fixture
def content(settings):
    settings.MEDIA_ROOT = settings.BASE_DIR / "fixtures" / "media"
    call_command("loaddata", "network", "events", verbosity=0)


def test_months_are_turned_by_keyboard(page, content):
    page.goto(CALENDAR)

    page.get_by_role("link", name="Previous month: November 2024").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/calendar/?month=2024-11#month")
    # The new page goes on where the links are: no way through the whole head again.
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.wait_for_url("**/calendar/?month=2024-12#month")
    assert page.locator("h2#month").inner_text() == "December 2024"


def test_day_leads_to_its_entry_in_the_list_on_a_phone(page, content):
    page.set_viewport_size({"width": 375, "height": 740})
    page.goto(CALENDAR)

    assert not page.locator(".day-list").first.is_visible()
    page.get_by_role("link", name="4 (2 exchanges)").focus()
    page.keyboard.press("Enter")

    entry = page.locator(".event:target")
    assert entry.locator("h3").inner_text() == "Mayors of Osaka and Shanghai meet"


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page, content, width, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 740})
    found = {}

    for address in ADDRESSES:
        page.goto(address)
        found[address] = axe_violations(page)

    assert {address: lines for address, lines in found.items() if lines} == {}


def test_nothing_scrolls_sideways_on_the_narrowest_screen(page, content):
    page.set_viewport_size({"width": 320, "height": 740})
    widths = {}

    for address in ADDRESSES:
        for language in ("en", "ja", "zh-hans", "ko"):
            page.goto(address.replace("/en/", f"/{language}/"))
            widths[page.url] = page.evaluate("document.documentElement.scrollWidth")

    assert {address: width for address, width in widths.items() if width > 320} == {}
