"""Pictures in the admin: sent, shown with their uses, another put in their place."""

from io import BytesIO
from pathlib import Path

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from events.models import Exchange
from network.models import Partner, Picture
from osaka_site import uploads
from osaka_site.desk import picture_uses
from osaka_site.desk.models import Revision
from osaka_site.publishing import Status

from ..conftest import staff
from ..factories import (
    make_affiliation,
    make_exchange,
    make_facility,
    make_office,
    make_partner,
    make_picture,
)
from ..forms import errors_of, form_data, messages_of

ADD = reverse("admin:network_picture_add")
BY_SCRIPT = {"X-Requested-With": "XMLHttpRequest"}

pytestmark = pytest.mark.django_db


def page(name, picture):
    return reverse(f"admin:network_picture_{name}", args=[picture.pk])


def new_picture(client, **typed):
    data = BytesIO()
    Image.new("RGB", (6, 4)).save(data, "JPEG")
    file = SimpleUploadedFile("port.jpg", data.getvalue())
    return {**form_data(client.get(ADD), alt_en="Piers"), "file": file, **typed}


# ---- sent ------------------------------------------------------------------------


def test_form_tells_the_script_what_it_has_to_know(editor_client):
    html = editor_client.get(ADD).content.decode()

    assert 'accept="image/jpeg,image/png,image/webp"' in html
    assert f'data-max-bytes="{30 * 1024 * 1024}"' in html
    assert "js/upload.js" in html


def test_script_is_told_where_to_go(editor_client):
    sent = new_picture(editor_client)

    response = editor_client.post(ADD, sent, headers=BY_SCRIPT)

    assert response.json() == {"location": reverse("admin:network_picture_changelist")}
    assert Picture.objects.get().alt_en == "Piers"


def test_script_is_shown_what_has_to_be_corrected(editor_client):
    sent = new_picture(editor_client, alt_en="")

    response = editor_client.post(ADD, sent, headers=BY_SCRIPT)

    assert list(errors_of(response)) == ["alt_ja"]


def test_too_large_file_is_refused_in_a_sentence_and_kept_nowhere(
    editor_client, monkeypatch
):
    monkeypatch.setattr(uploads, "MAX_BYTES", 1024 * 1024)
    large = SimpleUploadedFile("port.jpg", b"\xff\xd8" + b"x" * 3 * 1024 * 1024)
    sizes = []
    close = TemporaryUploadedFile.close

    def note_size(file):
        sizes.append(Path(file.temporary_file_path()).stat().st_size)
        return close(file)

    monkeypatch.setattr(TemporaryUploadedFile, "close", note_size)
    sent = new_picture(editor_client, file=large, caption_ja="大阪港")

    response = editor_client.post(ADD, sent)

    assert errors_of(response) == {
        "file": ["The file is larger than 1 MB. Make it smaller and try again."]
    }
    assert form_data(response)["caption_ja"] == "大阪港"
    assert sizes[0] <= uploads.MAX_BYTES
    assert Picture.objects.count() == 0


def test_content_of_a_too_large_file_cannot_be_taken_for_empty():
    file = uploads.TooLargeFile(None, "port.jpg", "image/jpeg", 10**9)

    for use in (file.read, file.open, file.chunks, file.__iter__):
        with pytest.raises(RequestDataTooBig):
            use()


def test_too_large_document_is_refused_in_a_sentence(publisher_client, monkeypatch):
    tie = make_affiliation(status=Status.DRAFT)
    address = reverse("admin:network_affiliation_change", args=[tie.pk])
    sent = form_data(publisher_client.get(address))
    monkeypatch.setattr(uploads, "MAX_BYTES", 100)
    row = {
        "documents-TOTAL_FORMS": "1",
        "documents-0-title_en": "Agreement",
        "documents-0-language": "en",
        "documents-0-file": SimpleUploadedFile("agreement.pdf", b"%PDF" + b" " * 100),
    }

    response = publisher_client.post(address, {**sent, **row})

    assert errors_of(response) == {
        "documents-0-file": [
            "The file is larger than 0 MB. Make it smaller and try again."
        ]
    }


def test_focus_is_chosen(editor_client):
    editor_client.post(ADD, new_picture(editor_client, focus="top-left"))

    assert Picture.objects.get().focus == "top-left"


# ---- where it is used ------------------------------------------------------------


def test_every_place_that_shows_a_picture_is_known():
    picture, other = make_picture(slug="pier"), make_picture(slug="pier-2")
    shared = {"pictures": [picture, other]}
    partner = make_partner(**shared)
    exchange = make_exchange(
        **shared, body_ja="![桟橋](pier)", body_en='![](pier "A pier")'
    )
    office, house = make_office(**shared), make_facility(**shared)
    tie = make_affiliation(partner=partner, content_en="Words.\n\n![any](pier)")
    make_partner(introduction_en="![](pier-2) [pier](pier) pier", pictures=[other])
    make_partner(pictures=[picture], trashed_at="2026-11-01T00:00Z")

    found = picture_uses.uses_of(picture)

    assert {record: list(map(str, labels)) for record, labels in found.items()} == {
        partner: ["Pictures"],
        exchange: ["Pictures", "Text (English)", "Text (日本語)"],
        office: ["Pictures"],
        house: ["Pictures"],
        tie: ["Content (English)"],
    }


def test_uses_under_a_former_name_are_known_and_replaced():
    old, new = make_picture(slug="pier"), make_picture(slug="quay")
    exchange = make_exchange(body_en="![](pier) ![](old-pier)")
    old.slug = "old-pier"
    old.save()

    assert list(picture_uses.uses_of(old)) == [exchange]
    picture_uses.replace(old, new, may_change=lambda record: True)

    exchange.refresh_from_db()
    assert exchange.body_en == "![](quay) ![](quay)"


def test_form_of_a_picture_shows_where_it_is_used(admin_client):
    picture = make_picture()
    partner = make_partner(name_en="Utopia", pictures=[picture])
    address = reverse("admin:network_partner_change", args=[partner.pk])

    used = admin_client.get(page("change", picture)).content.decode()
    unused = admin_client.get(page("change", make_picture())).content.decode()

    assert f'<li><a href="{address}">Utopia</a>: Pictures</li>' in used
    assert f'href="{page("replace", picture)}"' in used
    assert "No record shows this picture." in unused


def test_form_of_a_picture_costs_the_same_with_more_uses(admin_client):
    picture = make_picture()

    def cost(rows):
        for _ in range(rows):
            make_affiliation(content_en=f"![]({picture.slug})")
            make_exchange(pictures=[picture])
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(page("change", picture))
        return len(queries)

    cost(1)  # fills what Django keeps in the process
    assert cost(1) == cost(5)


# ---- another in its place --------------------------------------------------------


def test_replacing_a_picture_shows_first_what_will_change(publisher_client):
    old, new = make_picture(), make_picture()
    partner = make_partner(pictures=[old])

    asked = publisher_client.get(page("replace", old))
    shown = publisher_client.post(page("replace", old), {"new": new.pk})

    assert "Replace in all of them" not in asked.content.decode()
    assert "Replace in all of them" in shown.content.decode()
    assert [place["record"] for place in shown.context["places"]] == [partner]
    assert list(partner.pictures.all()) == [old]


def test_picture_is_replaced_in_all_places_at_once(publisher_client):
    old, new = make_picture(slug="pier"), make_picture(slug="quay")
    partner = make_partner(pictures=[old])
    both = make_partner(pictures=[old, new])
    exchange = make_exchange(
        body_en="![a](pier) ![b](pier-2) pier", status=Status.DRAFT
    )

    response = publisher_client.post(
        page("replace", old), {"new": new.pk, "confirmed": "yes"}, follow=True
    )

    assert messages_of(response) == ["The picture is replaced in 3 records."]
    assert list(partner.pictures.all()) == list(both.pictures.all()) == [new]
    exchange.refresh_from_db()
    assert exchange.body_en == "![a](quay) ![b](pier-2) pier"
    assert picture_uses.uses_of(old) == {}
    comments = Revision.objects.values_list("action", "comment", "was_own_approval")
    sentence = "Replaced the picture “A pier” by “A pier”."
    assert sorted(comments) == [
        ("edited", sentence, False),
        ("published", sentence, True),
        ("published", sentence, True),
    ]


def test_editor_replaces_a_picture_in_drafts_only(editor_client):
    old, new = make_picture(), make_picture()
    draft = make_partner(pictures=[old], status=Status.DRAFT)
    public = make_exchange(pictures=[old])

    refused = editor_client.post(
        page("replace", old), {"new": new.pk, "confirmed": "yes"}
    )
    before = list(draft.pictures.all())
    Exchange.objects.all().delete()
    editor_client.post(page("replace", old), {"new": new.pk, "confirmed": "yes"})

    assert refused.context["locked"] == [public]
    assert before == [old]
    assert list(draft.pictures.all()) == [new]


@pytest.mark.parametrize(
    ("choose", "sentence"),
    [
        (
            lambda old: make_picture(status=Status.DRAFT).pk,
            "Visitors do not see the other picture yet. Publish it first.",
        ),
        (
            lambda old: old.pk,
            "Select a valid choice. That choice is not one of the available choices.",
        ),
        (lambda old: "", "This field is required."),
        (
            lambda old: make_picture(trashed_at="2026-11-01T00:00Z").pk,
            "Select a valid choice. That choice is not one of the available choices.",
        ),
    ],
    ids=["a draft", "itself", "nothing", "in the trash"],
)
def test_picture_that_cannot_take_the_place_is_named(
    publisher_client, choose, sentence
):
    old = make_picture()
    partner = make_partner(pictures=[old])

    response = publisher_client.post(
        page("replace", old), {"new": choose(old), "confirmed": "yes"}
    )

    assert response.context["form"].errors["new"] == [sentence]
    assert list(partner.pictures.all()) == [old]
    assert Partner.objects.get().updated_at == partner.updated_at


def test_replacing_is_for_staff_who_may_change_pictures(client, django_user_model):
    old, new = make_picture(), make_picture()
    partner = make_partner(pictures=[old])
    sent = {"new": new.pk, "confirmed": "yes"}

    stranger = client.post(page("replace", old), sent)
    client.force_login(django_user_model.objects.create_user("x", is_staff=True))
    without_a_role = client.post(page("replace", old), sent)
    client.force_login(staff("reader", "Administrators"))
    reader = client.post(page("replace", old), sent)

    assert stranger.status_code == 302
    assert without_a_role.status_code == reader.status_code == 403
    assert list(partner.pictures.all()) == [old]
