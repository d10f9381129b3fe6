"""A change goes through the desk, and two people write at once."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from network.models import Partner
from tests.factories import make_partner, make_picture

from .conftest import axe_violations, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture
def milan():
    return make_partner(
        slug="milan",
        name_en="Milan",
        name_ja="ミラノ",
        introduction_ja="港のない町です。",
    )


def press(page, name):
    page.get_by_role("button", name=name, exact=True).first.click()
    page.wait_for_selector(".messagelist .success")


def open_form(page, record):
    page.goto(f"/admin/network/partner/{record.pk}/change/")


def open_review(page, record):
    open_form(page, record)
    page.get_by_role("link", name="Review and publish").click()


def words_of(page, path):
    page.goto(path)
    return page.locator("main").inner_text()


def test_change_is_sent_back_mended_approved_for_tomorrow_and_undone(
    page, milan, editor, publisher, time_machine
):
    """Acceptance 1 of the editorial desk."""
    make_picture(alt_ja="大聖堂", alt_en="")

    log_in(page, editor)
    open_form(page, milan)
    page.locator("#id_introduction_ja").fill("イタリアの町です。")
    page.get_by_role("button", name="Add another Picture").click()
    page.locator("#Partner_pictures-0 .select2-selection").click()
    page.keyboard.type("大聖堂")
    page.locator(".select2-results__option--highlighted", has_text="大聖堂").click()
    press(page, "Save and send for review")
    assert "港のない町です。" in words_of(page, "/ja/partners/milan/")

    log_in(page, publisher)
    open_review(page, milan)
    expect(page.locator(".differences ins").first).to_be_visible()
    assert "大聖堂" in page.locator(".differences").inner_text()
    assert axe_violations(page) == []
    page.get_by_label("Comment").fill("人口も書いてください。")
    press(page, "Send back")

    log_in(page, editor)
    open_form(page, milan)
    expect(page.get_by_text("人口も書いてください。")).to_be_visible()
    page.locator("#id_introduction_ja").fill("人口140万人の町です。")
    press(page, "Save and send for review")

    log_in(page, publisher)
    open_review(page, milan)
    tomorrow = timezone.localtime() + timedelta(days=1)
    page.get_by_label("Goes live: Date").fill(f"{tomorrow:%Y-%m-%d}")
    page.get_by_label("Goes live: Time").fill("00:00")
    press(page, "Approve and publish")
    assert "港のない町です。" in words_of(page, "/ja/partners/milan/")
    time_machine.move_to(tomorrow)
    assert "人口140万人の町です。" in words_of(page, "/ja/partners/milan/")
    assert page.get_by_alt_text("大聖堂").count() == 1

    log_in(page, editor)
    page.goto(f"/admin/network/partner/{milan.pk}/history/")
    done = page.locator(".history tbody tr td:nth-child(3)").all_inner_texts()
    assert [text.split("\n")[0].split(" (")[0] for text in done] == [
        "Published",
        "Approved for later",
        "Sent for review",
        "Edited",
        "Sent back",
        "Sent for review",
        "Edited",
        "As it was before the first recorded change",
    ]
    assert axe_violations(page) == []
    page.locator(".history tr", has_text="As it was before").get_by_role("link").click()
    press(page, "Bring this version back")
    open_review(page, milan)
    press(page, "Send for review")
    log_in(page, publisher)
    open_review(page, milan)
    press(page, "Approve and publish")
    assert "港のない町です。" in words_of(page, "/ja/partners/milan/")
    assert page.get_by_alt_text("大聖堂").count() == 0


def test_two_people_write_at_once_and_nothing_is_lost(
    page, browser, base_url, milan, editor, publisher
):
    """Acceptance 3 of the editorial desk."""
    other = browser.new_context(base_url=base_url, locale="en").new_page()
    log_in(page, editor)
    log_in(other, publisher)
    open_form(page, milan)
    open_form(other, milan)
    expect(other.locator(".others-here")).to_contain_text("editor")

    page.locator("#id_introduction_ja").fill("一人目の文章です。")
    page.locator("#id_name_ko").fill("밀라노")
    press(page, "Save")
    other.locator("#id_introduction_ja").fill("二人目の文章です。")
    other.locator("#id_name_zh_hans").fill("米兰")
    other.get_by_role("button", name="Save", exact=True).first.click()

    expect(other.locator("#content")).to_contain_text("editor changed this record")
    assert axe_violations(other) == []
    expect(other.locator("del").first).to_have_text("一")
    other.get_by_label("What shall stand").fill("二人の文章です。")
    press(other, "Save the merged version")

    open_form(page, milan)
    values = {
        name: page.locator(f"#id_{name}").input_value()
        for name in ("introduction_ja", "name_ko", "name_zh_hans")
    }
    assert values == {
        "introduction_ja": "二人の文章です。",
        "name_ko": "밀라노",
        "name_zh_hans": "米兰",
    }
    assert Partner.objects.get().introduction_ja == "港のない町です。"
    other.context.close()
