"""Sending a picture: what the script adds to the form, and that it does without."""

from io import BytesIO

import pytest
from PIL import Image

from network.models import Picture
from tests.factories import make_partner, make_picture

from .conftest import axe_violations, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

ADD = "/admin/network/picture/add/"


def photograph(name="pier.jpg", kind="image/jpeg"):
    data = BytesIO()
    Image.new("RGB", (600, 400), "teal").save(data, "JPEG")
    return {"name": name, "mimeType": kind, "buffer": data.getvalue()}


def save(page):
    page.get_by_role("button", name="Save", exact=True).first.click()


def test_file_stays_chosen_while_something_else_is_corrected(page, editor):
    log_in(page, editor)
    page.goto(ADD)
    file = page.get_by_label("File:")

    file.set_input_files(photograph("words.gif", "image/gif"))
    refused = page.locator(".upload-note").inner_text()
    file.set_input_files(photograph())
    with page.expect_request(lambda sent: sent.method == "POST") as request:
        save(page)
    page.wait_for_selector(".field-alt_ja .errorlist")
    faults = axe_violations(page)
    chosen = file.evaluate("input => input.files[0].name")
    page.get_by_label("Alternative text (English)").fill("A pier in the morning")
    save(page)
    page.wait_for_selector(".messagelist .success")

    assert refused == "Choose a JPEG, PNG or WebP file."
    assert request.value.headers["x-requested-with"] == "XMLHttpRequest"
    assert (faults, chosen) == ([], "pier.jpg")
    picture = Picture.objects.get()
    assert (picture.alt_en, picture.file.name) == (
        "A pier in the morning",
        "pictures/pier.jpg",
    )
    assert picture.file.storage.exists("pictures/pier.jpg.480.webp")


def test_upload_that_does_not_arrive_is_told_and_can_be_sent_again(page, editor):
    log_in(page, editor)
    page.goto(ADD)
    page.get_by_label("File:").set_input_files(photograph())
    page.get_by_label("Alternative text (English)").fill("A pier")

    page.route("**/picture/add/", lambda route: route.abort())
    save(page)
    page.wait_for_selector(".upload-note.is-error")
    told = page.locator(".upload-note").inner_text()
    page.unroute("**/picture/add/")
    save(page)
    page.wait_for_selector(".messagelist .success")

    assert told == (
        "The picture did not arrive. What you wrote is still here: try again."
    )
    assert Picture.objects.get().alt_en == "A pier"


def test_picture_is_replaced_by_hand(page, publisher):
    old, new = make_picture(alt_en="Old pier"), make_picture(alt_en="New pier")
    partner = make_partner(pictures=[old])
    log_in(page, publisher)

    page.goto(f"/admin/network/picture/{old.pk}/change/")
    page.get_by_role("link", name="Replace everywhere").click()
    page.wait_for_selector(".select2-selection")
    faults = axe_violations(page)
    page.locator(".select2-selection").click()
    page.keyboard.type("New pier")
    page.locator(".select2-results__option--highlighted", has_text="New pier").click()
    page.get_by_role("button", name="Show what will change").click()
    page.get_by_role("button", name="Replace in all of them").wait_for()
    faults += axe_violations(page)
    page.get_by_role("button", name="Replace in all of them").click()
    page.wait_for_selector(".messagelist .success")

    assert faults == []
    assert list(partner.pictures.all()) == [new]
