"""What there is to do, and the publishing calendar, at a desk and on a phone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from osaka_site import clock

from ..factories import make_affiliation, make_exchange, make_page_text, make_source
from .conftest import axe_violations, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

CALENDAR = "/admin/desk/calendar/"
PAGES = ["/admin/", CALENDAR, f"{CALENDAR}?month=x", "/admin/desk/todo/facts/"]


def fill():
    """Something behind more items than matter first, and in each part of a month."""
    today, soon = clock.today(), timezone.now() + timedelta(hours=1)
    make_page_text(status="in_review", title_ja="頁")
    make_page_text(unpublish_at=soon)
    make_page_text(publish_at=soon)
    make_source(title="An old page", checked_on=today.replace(year=2020, day=1))
    make_affiliation(signed_on=f"{today.year - 5}-{today:%m}")
    make_affiliation(signed_on=f"{today.year - 4}", ended_on=f"{today.year + 9}")
    make_affiliation(ended_on=f"{soon + timedelta(days=40):%Y-%m}")
    make_exchange(starts_on="2019-05-03", ends_on="2019-05-12")
    make_exchange(starts_on=f"{today:%Y-%m-%d}")


def test_day_begins_with_what_there_is_to_do(page, publisher):
    fill()
    log_in(page, publisher)
    violations, widths = {}, {}
    for address in PAGES:
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(address)
        violations[address] = axe_violations(page)
        page.set_viewport_size({"width": 375, "height": 800})
        widths[address] = page.evaluate("document.documentElement.scrollWidth")

    assert violations == {address: [] for address in PAGES}
    assert widths == dict.fromkeys(PAGES, 375)

    # A day leads to its line in the list, where a phone has no room for words.
    page.goto(f"{CALENDAR}?month=2019-05")
    page.get_by_role("link", name="3 (1 entry)").click()
    assert "Exchange" in page.locator("li:target").inner_text()

    page.goto("/admin/")
    page.get_by_role("link", name="Facts that nobody has checked").click()
    page.get_by_role("button", name="An old page").click()
    page.wait_for_selector(".messagelist .success")
    assert "An old page" not in page.locator("#content-main").inner_text()
