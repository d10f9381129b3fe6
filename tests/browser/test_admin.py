"""The admin in a browser, as its staff use it."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from osaka_site.publishing import Status

from ..factories import (
    make_affiliation,
    make_category,
    make_exchange,
    make_field,
    make_link,
    make_partner,
    make_picture,
)
from .conftest import axe_violations, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def photograph():
    data = BytesIO()
    Image.new("RGB", (60, 40), "teal").save(data, "JPEG")
    return {"name": "pier.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()}


def choose(page, row, text):
    """Pick from one of the lists that have a search of their own."""
    page.locator(f"{row} .select2-selection").click()
    page.keyboard.type(text)
    page.locator(".select2-results__option--highlighted", has_text=text).click()


def save(page):
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.wait_for_selector(".messagelist .success")


def write_picture(page):
    page.goto("/admin/network/picture/add/")
    page.get_by_label("File:").set_input_files(photograph())
    page.get_by_label("Alternative text (English)").fill("A pier in the morning")
    page.get_by_label("Alternative text (日本語)").fill("朝の桟橋")
    save(page)


def write_partner_with_tie(page):
    page.goto("/admin/network/partner/add/")
    page.locator("#id_name_ja").fill("理想郷")
    page.locator("#id_name_en").press_sequentially("Utopia")
    page.get_by_label("Country").select_option("PT")
    page.get_by_role("button", name="Add another Affiliation").click()
    tie = page.locator("#affiliations-0")
    tie.get_by_label("Category").select_option(label="Sister cities")
    tie.get_by_label("Signed on: Year").fill("1974")
    tie.get_by_label("Signed on: Month").select_option(label="April")
    save(page)


def write_exchange(page):
    page.goto("/admin/events/exchange/add/")
    page.locator("#id_title_en").press_sequentially("A choir in Osaka")
    page.get_by_label("Kind").select_option(label="Visit from abroad")
    choose(page, ".field-partners", "Utopia")
    choose(page, ".field-partners", "Springfield")
    page.get_by_label("First day: Year").fill("2019")
    page.get_by_role("button", name="Add another Picture").click()
    choose(page, "#Exchange_pictures-0", "A pier")
    save(page)


def publish_all(page, path):
    page.goto(path)
    page.locator("#action-toggle").check()
    page.get_by_label("Action:").select_option(label="Approve and publish")
    page.get_by_role("button", name="Go").click()
    page.wait_for_selector(".messagelist .success")


def test_editor_writes_publisher_publishes_everybody_reads(page, editor, publisher):
    """Acceptance 7 of the first issue."""
    make_category(name_en="Sister cities")
    make_partner(name_en="Springfield")
    addresses = ["/en/partners/utopia/", "/en/exchanges/a-choir-in-osaka/"]

    log_in(page, editor)
    write_picture(page)
    write_partner_with_tie(page)
    write_exchange(page)
    before = [page.goto(address).status for address in addresses]
    log_in(page, publisher)
    for path in ("picture", "partner"):
        publish_all(page, f"/admin/network/{path}/")
    publish_all(page, "/admin/events/exchange/")
    page.context.clear_cookies()

    assert before == [404, 404]
    page.goto(addresses[0])
    assert page.locator("h1").inner_text() == "Utopia"
    assert "April 1974" in page.locator("main").inner_text()
    page.goto(addresses[1])
    assert page.locator("h1").inner_text() == "A choir in Osaka"
    main = page.locator("main")
    assert {"Utopia", "Springfield"} <= set(main.get_by_role("link").all_inner_texts())
    assert main.get_by_alt_text("A pier in the morning").evaluate(
        "({complete, currentSrc, width, height}) =>"
        " [complete, currentSrc.split('/').pop(), width > height]"
    ) == [True, "pier.jpg.60.webp", True]


@pytest.fixture
def content():
    """A draft and a public partner with everything their forms can show."""
    shared = {"pictures": [make_picture()], "links": [make_link()]}
    draft = make_partner(slug="draft", status=Status.DRAFT, **shared)
    public = make_partner(name_en="", name_ja="上海", **shared)
    for partner in (draft, public):
        make_affiliation(partner=partner)
        make_affiliation(partner=partner, status=Status.DRAFT)
    make_exchange(partners=[public], fields=[make_field()])
    return {"draft": draft.pk, "public": public.pk, "picture": draft.pictures.get().pk}


PAGES = [
    "/admin/",
    "/admin/password_change/",
    "/admin/network/partner/",
    "/admin/network/partner/add/",
    "/admin/network/partner/{draft}/change/",
    "/admin/network/partner/{public}/change/",
    "/admin/network/partner/{public}/history/",
    "/admin/network/affiliation/",
    "/admin/network/affiliation/add/",
    "/admin/network/category/add/",
    "/admin/network/picture/",
    "/admin/network/picture/{picture}/delete/",
    "/admin/network/externallink/add/?_popup=1",
    "/admin/events/exchange/",
    "/admin/events/exchange/add/",
]


@pytest.mark.parametrize(
    ("who", "scheme"), [("editor", "light"), ("publisher", "dark")]
)
def test_axe_finds_nothing(page, request, content, who, scheme):
    user = request.getfixturevalue(who)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    page.goto("/admin/login/")
    found = {"login": axe_violations(page)}
    log_in(page, user)
    for address in PAGES:
        page.goto(address.format(**content))
        found[address] = axe_violations(page)

    assert {address: lines for address, lines in found.items() if lines} == {}


@pytest.mark.parametrize("width", [768, 1280])
def test_nothing_is_wider_than_the_window(page, content, publisher, width):
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page, publisher)

    widths = {}
    for address in PAGES:
        page.goto(address.format(**content))
        widths[address] = page.evaluate(
            """Math.max(...[document.documentElement, document.querySelector("main")]
               .map(element => element.scrollWidth - element.clientWidth))"""
        )

    assert widths == dict.fromkeys(PAGES, 0)


def test_languages_stand_side_by_side_where_there_is_room(page, editor):
    log_in(page, editor)
    page.goto("/admin/network/partner/add/")

    def places():
        boxes = [
            page.locator(f"#id_introduction_{code}").bounding_box()
            for code in ("ja", "en", "zh_hans", "ko")
        ]
        return [(round(box["x"]), round(box["y"])) for box in boxes]

    (ja, en, zh_hans, ko) = places()
    page.set_viewport_size({"width": 600, "height": 900})
    narrow = places()

    assert ja[1] == en[1] < zh_hans[1] == ko[1]
    assert ja[0] == zh_hans[0] < en[0] == ko[0]
    assert len({x for x, _y in narrow}) == 1


def test_calendar_lists_and_pop_ups_keep_to_the_policy(page, content, editor):
    log_in(page, editor)
    page.goto("/admin/events/exchange/add/")
    page.get_by_role("heading", name="Taking part").click()
    page.locator("#calendarlink0").click()
    page.get_by_role("link", name="Tomorrow").click()
    page.locator("#clocklink0").click()
    page.get_by_role("link", name="Noon").click()
    assert page.locator("#id_starts_at").input_value() == "12:00:00"
    assert page.locator("#id_apply_until_0").input_value() != ""
    page.once("dialog", lambda dialog: dialog.accept())

    page.goto("/admin/network/affiliation/add/")
    choose(page, ".field-partner", "Springfield")
    with page.expect_popup() as popup:
        page.locator("#add_id_category").click()
    popup.value.locator("#id_name_en").fill("Twins")
    popup.value.locator("#id_tie_name_en").fill("Twin")
    popup.value.get_by_label("Sign:").select_option("sister")
    popup.value.get_by_role("button", name="Save").first.click()
    page.locator("#id_category option:checked", has_text="Twins").wait_for(
        state="attached"
    )

    assert page.locator("#id_category option:checked").inner_text() == "Twins"
    save(page)


def test_mistake_in_a_folded_section_is_unfolded(page, editor):
    log_in(page, editor)
    page.goto("/admin/network/partner/add/")
    page.get_by_role("heading", name="On the chart").click()
    page.get_by_label("Latitude").fill("95")
    page.get_by_role("button", name="Save", exact=True).first.click()

    sentence = page.get_by_text("Ensure this value is less than or equal to 90.")
    expect(sentence).to_be_visible()
    expect(page.get_by_label("Wikidata number")).to_be_hidden()


def test_leaving_unsaved_words_asks_first(page, editor):
    asked = []

    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    log_in(page, editor)
    page.on("dialog", stay)
    page.goto("/admin/network/partner/add/")
    page.locator("#id_name_ja").fill("理想郷")
    page.locator("#nav-sidebar").get_by_role("link", name="Exchanges").click()
    page.wait_for_timeout(200)

    assert asked == ["beforeunload"]
    assert page.locator("#id_name_ja").input_value() == "理想郷"


def test_leaving_an_untouched_form_asks_nothing(page, editor):
    asked = []
    log_in(page, editor)
    page.on("dialog", lambda dialog: asked.append(dialog.accept()))
    page.goto("/admin/network/partner/add/")
    page.locator("#nav-sidebar").get_by_role("link", name="Exchanges").click()
    page.wait_for_url("**/events/exchange/")

    assert asked == []


def test_header_switches_the_language_and_stays_on_the_page(page, editor):
    log_in(page, editor)
    page.goto("/admin/network/partner/?q=a")
    page.get_by_role("button", name="日本語").click()

    assert page.url.endswith("/admin/network/partner/?q=a")
    assert page.locator("html").get_attribute("lang") == "ja"
    assert page.locator("[aria-current=true]").inner_text() == "日本語"
