"""Uploaded files as they are sent: to whom, with which headers, and not twice."""

import os
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from .factories import make_affiliation, make_picture

pytestmark = pytest.mark.django_db

ADDRESS = "/media/pictures/port.jpg"


def make_port(**fields):
    name = default_storage.save("pictures/port.jpg", ContentFile(b"a harbour"))
    return make_picture(file=name, **fields)


def headers_of(answer, *names):
    return {name: answer.get(name) for name in names}


def test_file_is_sent_with_headers_that_let_nothing_run(client):
    make_port()

    answer = client.get(ADDRESS)

    assert answer.getvalue() == b"a harbour"
    assert headers_of(
        answer,
        "Content-Type",
        "Content-Disposition",
        "X-Content-Type-Options",
        "Content-Security-Policy",
        "Cache-Control",
        "Cross-Origin-Resource-Policy",
    ) == {
        "Content-Type": "image/jpeg",
        "Content-Disposition": 'inline; filename="port.jpg"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": (
            "default-src 'none'; frame-ancestors 'none'; sandbox"
        ),
        "Cache-Control": "max-age=3600",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    assert "Cookie" not in answer["Vary"]


def test_file_of_a_draft_stays_with_who_asked_for_it(editor_client):
    make_port(status="draft")

    answer = editor_client.get(ADDRESS)

    assert answer.getvalue() == b"a harbour"
    assert answer["Cache-Control"] == "private, no-cache"


def test_file_that_the_browser_has_is_not_sent_again(client):
    path = Path(default_storage.path(make_port().file.name))
    first = client.get(ADDRESS)
    first.getvalue()
    asked = [
        {"If-None-Match": first["ETag"]},
        {"If-Modified-Since": first["Last-Modified"]},
    ]

    again = [client.get(ADDRESS, headers=known) for known in asked]
    os.utime(path, (2_000_000_000, 2_000_000_000))
    changed = [client.get(ADDRESS, headers=known) for known in asked]

    assert [(answer.status_code, answer.content) for answer in again] == [
        (304, b"")
    ] * 2
    assert [answer.getvalue() for answer in changed] == [b"a harbour"] * 2


def test_who_may_not_see_a_file_is_not_told_that_it_has_not_changed(client):
    picture = make_port()
    first = client.get(ADDRESS)
    first.getvalue()
    picture.status = "archived"
    picture.save()

    answer = client.get(ADDRESS, headers={"If-None-Match": first["ETag"]})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "pictures/%00.jpg",
        "pictures/port.jpg%00",
        "pictures/" + "a" * 5000,
        "pictures/../../manage.py",
        "pictures/%2e%2e/%2e%2e/manage.py",
        "pictures/..%5c..%5cmanage.py",
        "pictures/%ff%fe.jpg",
        "pictures/%e2%80%ae.jpg",
        "pictures/",
        "pictures",
        ".",
        "..%2f",
        "pictures/port.jpg.480.webp.480.webp",
        "agreements/con.pdf",
    ],
)
def test_odd_name_is_one_of_no_file(editor_client, name):
    make_port()

    assert editor_client.get(f"/media/{name}").status_code == 404


def test_page_names_a_document_though_its_file_was_lost(client):
    tie = make_affiliation()
    default_storage.save("agreements/kept.pdf", ContentFile(b"%PDF-1.7"))
    for name in ("kept", "lost"):
        tie.documents.create(title_en=f"{name} words", file=f"agreements/{name}.pdf")

    page = client.get(tie.partner.get_absolute_url())

    assert page.status_code == 200
    assert ">kept words (PDF, 8\xa0bytes)</a>" in page.text
    assert "<p>lost words</p>" in page.text
