"""The preview in a browser."""

import pytest

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
