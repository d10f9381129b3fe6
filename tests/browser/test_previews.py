"""The preview and a shared draft in a browser."""

import re

import pytest
from playwright.sync_api import expect

from osaka_site.desk import copies, snapshots
from osaka_site.publishing import Status

from ..factories import make_exchange, make_partner
from .conftest import axe_violations, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture
def draft():
    return make_exchange(
        slug="draft",
        title_en="A choir in Osaka",
        starts_on="2027-05-04",
        partners=[make_partner(slug="milan", name_en="Milan")],
        status=Status.DRAFT,
    )


def widest(page):
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def test_editor_walks_through_the_preview(page, draft, editor):
    log_in(page, editor)
    page.goto(f"/admin/events/exchange/{draft.pk}/change/")
    page.get_by_role("link", name="Preview").click()
    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", name="A choir in Osaka").wait_for()
    found = axe_violations(page)
    page.set_viewport_size({"width": 375, "height": 800})
    narrow = widest(page)

    page.get_by_role("link", name="Phone").click()
    page.get_by_label("As on").fill("2027-05-04")
    page.get_by_role("button", name="Show").click()
    frame.get_by_role("link", name="Exchanges and visits").first.click()
    frame.get_by_role("link", name="A choir in Osaka").click()
    frame.get_by_role("heading", name="A choir in Osaka", level=1).wait_for()
    frame.get_by_role("link", name="日本語").click()
    frame.locator("html[lang=ja]").wait_for()

    assert found == []
    assert narrow == 0
    assert page.frames[1].url.endswith(
        f"/{draft.pk}/preview/page/2027-05-04/ja/exchanges/draft/"
    )
    assert page.locator("iframe").bounding_box()["width"] == 375


def test_counterpart_reads_a_draft_and_remarks(page, draft, editor):
    log_in(page, editor)
    page.goto(f"/admin/events/exchange/{draft.pk}/share/")
    page.get_by_label("For whom").fill("City of Milan")
    page.get_by_role("button", name="Make a link").click()
    address = re.search(r"/shared/.*", page.get_by_label("The new link").input_value())
    found = {"share": axe_violations(page)}
    page.context.clear_cookies()

    page.goto(address[0])
    page.get_by_text("Write a remark").click()
    found["shared"] = axe_violations(page)
    page.get_by_label("Your name").fill("Kim")
    page.get_by_label("Your remark").fill("The hall is another one.")
    page.set_viewport_size({"width": 320, "height": 800})
    narrow = widest(page)
    page.get_by_role("button", name="Send the remark").click()
    page.get_by_text("Thank you. Your remark has reached").wait_for()
    page.get_by_role("link", name="日本語").click()
    page.locator("html[lang=ja]").wait_for()

    assert found == {"share": [], "shared": []}
    assert narrow == 0
    assert page.url.endswith(f"{address[0]}?language=ja")
    page.get_by_role("link", name="Milan").first.click()
    assert page.url.endswith("/ja/partners/milan/")


def test_both_sides_open_where_they_differ(page, publisher):
    partner = make_partner(introduction_en="A port.\n\n" * 40)
    data, label = snapshots.take(partner), snapshots.label_of(partner)
    words = f"{data[label]['introduction_en']}A new end."
    copies.keep(
        partner, {**data, label: {**data[label], "introduction_en": words}}, None
    )
    log_in(page, publisher)

    page.goto(f"/admin/network/partner/{partner.pk}/review/")
    page.locator("iframe[src*=after]").evaluate("frame => frame.scrollIntoView()")
    after = page.frame_locator("iframe[src*=after]").locator(
        "ins", has_text="A new end"
    )

    expect(after).to_be_in_viewport()
