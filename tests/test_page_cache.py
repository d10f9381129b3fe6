"""Kept pages: the same bytes as fresh ones, and never older than the content."""

import gzip
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, close_old_connections
from django.test import Client
from django.utils import timezone

from network.models import Partner
from osaka_site import page_cache
from osaka_site.desk import copies, workflow
from osaka_site.page_cache import PageCache
from tests.factories import make_exchange, make_partner

from .desk.test_copies import edited

pytestmark = pytest.mark.django_db


@contextmanager
def connection_kept():
    """A request ends with its connection, which here is that of the whole test."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


class Visitor:
    """Asks one process, which keeps pages; counts what Django had to make."""

    def __init__(self, **options):
        django = get_wsgi_application()
        self.made = []

        def application(environ, start_response):
            self.made.append(environ["PATH_INFO"])
            return django(environ, start_response)

        self.cache = PageCache(application, **options)

    @connection_kept()
    def get(self, path, method="GET", **headers):
        started = {}
        path, _mark, query = path.partition("?")
        body = self.cache(
            {
                "REQUEST_METHOD": method,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "SERVER_NAME": "testserver",
                "SERVER_PORT": "80",
                "HTTP_HOST": "testserver",
                "wsgi.input": BytesIO(),
                "wsgi.url_scheme": "http",
                **headers,
            },
            lambda status, headers, exc_info=None: started.update(
                status=status, headers=dict(headers)
            ),
        )
        return started["status"], started["headers"], b"".join(body)


@pytest.fixture
def milan():
    return make_partner(slug="milan", name_en="Milan", introduction_en="A city.")


def test_page_is_made_once_and_is_the_one_django_makes(client, milan):
    visitor = Visitor()

    answers = [visitor.get("/en/partners/milan/") for _time in range(3)]

    assert visitor.made == ["/en/partners/milan/"]
    assert {body for _status, _headers, body in answers} == {
        client.get("/en/partners/milan/").content
    }


def test_other_address_language_host_and_query_are_other_pages(milan):
    visitor = Visitor()
    addresses = [
        ("/en/partners/milan/", {}),
        ("/ja/partners/milan/", {}),
        ("/en/partners/", {}),
        ("/en/partners/?kind=city", {}),
        ("/en/partners/", {"HTTP_X_FORWARDED_PROTO": "https"}),
    ]

    bodies = [visitor.get(path, **more)[2] for path, more in addresses * 2]

    assert len(visitor.made) == len(addresses)
    assert bodies[: len(addresses)] == bodies[len(addresses) :]


CHANGES = {
    "save": lambda partner, _editor: Partner.objects.get(pk=partner.pk).save(),
    "update": lambda partner, _editor: Partner.objects.update(name_en="Milano"),
    "archive": lambda partner, _editor: Partner.objects.update(status="archived"),
    "trash": lambda partner, _e: Partner.objects.update(trashed_at=timezone.now()),
    "related": lambda partner, _editor: make_exchange(partners=[partner]),
    "delete": lambda partner, _editor: partner.delete(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_process_shows_a_change_with_the_next_request(
    client, milan, editor, change
):
    processes = [Visitor(), Visitor()]
    for process in processes:
        process.get("/en/partners/milan/")

    change(milan, editor)

    fresh = client.get("/en/partners/milan/")
    for process in processes:
        status, _headers, body = process.get("/en/partners/milan/")
        assert (int(status[:3]), body) == (fresh.status_code, fresh.content)


@pytest.mark.parametrize("column", ["publish_at", "unpublish_at"])
def test_page_goes_with_the_moment_of_a_schedule(time_machine, column):
    now = timezone.now()
    make_partner(slug="milan", **{column: now + timedelta(minutes=5)})
    visitor = Visitor()

    before = visitor.get("/en/partners/milan/")[0]
    listed = visitor.get("/en/partners/")[2]
    time_machine.move_to(now + timedelta(minutes=6))
    after = visitor.get("/en/partners/milan/")[0]

    expected = {"publish_at": ("404", "200"), "unpublish_at": ("200", "404")}[column]
    assert (before[:3], after[:3]) == expected
    assert visitor.get("/en/partners/")[2] != listed


def test_working_copy_is_public_from_its_moment_on(
    milan, editor, publisher, time_machine
):
    visitor = Visitor()
    visitor.get("/en/partners/milan/")
    tomorrow = timezone.now() + timedelta(hours=1)
    copies.keep(milan, edited(milan, introduction_en="New words."), editor)
    workflow.approve(milan, publisher, at=tomorrow)

    before = visitor.get("/en/partners/milan/")[2]
    time_machine.move_to(tomorrow + timedelta(seconds=1))

    assert b"New words." not in before
    assert b"New words." in visitor.get("/en/partners/milan/")[2]


def test_page_ends_with_the_day_in_japan(time_machine):
    time_machine.move_to("2026-11-30T14:59:00Z")
    make_exchange(title_en="A choir", starts_on="2026-11-30")
    visitor = Visitor()

    before = visitor.get("/en/exchanges/?when=upcoming")[2]
    time_machine.move_to("2026-11-30T15:00:00Z")

    assert b"A choir" in before
    assert b"A choir" not in visitor.get("/en/exchanges/?when=upcoming")[2]


def test_browser_that_has_the_page_hears_so(milan):
    visitor = Visitor()
    _status, headers, _body = visitor.get("/en/partners/milan/")

    same = visitor.get("/en/partners/milan/", HTTP_IF_NONE_MATCH=headers["ETag"])
    milan.save()
    Partner.objects.update(name_en="Milano")
    other = visitor.get("/en/partners/milan/", HTTP_IF_NONE_MATCH=headers["ETag"])

    assert (same[0], same[2]) == ("304 Not Modified", b"")
    assert same[1]["ETag"] == headers["ETag"]
    assert other[0] == "200 OK"
    assert headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert headers["Vary"] == "Accept-Encoding"


def test_packed_form_is_the_same_page_under_a_name_of_its_own(milan):
    visitor = Visitor()

    _s, plain, body = visitor.get("/en/partners/milan/")
    _s, packed, bytes_ = visitor.get("/en/partners/milan/", HTTP_ACCEPT_ENCODING="gzip")

    assert gzip.decompress(bytes_) == body
    assert packed["Content-Encoding"] == "gzip"
    assert packed["Content-Length"] == str(len(bytes_))
    assert packed["ETag"] != plain["ETag"]
    assert len(visitor.made) == 1


def test_head_has_the_headers_of_the_page_and_no_body(milan):
    visitor = Visitor()

    _status, headers, body = visitor.get("/en/partners/milan/", method="HEAD")

    page = visitor.get("/en/partners/milan/")
    assert body == b""
    assert headers["Content-Length"] == str(len(page[2]))


@pytest.mark.parametrize(
    "more",
    [
        {"HTTP_COOKIE": "sessionid=abc"},
        {"HTTP_AUTHORIZATION": "Bearer abc"},
        {"method": "POST"},
    ],
)
def test_what_is_for_somebody_is_never_kept(milan, more):
    visitor = Visitor()

    for _time in range(2):
        visitor.get("/en/partners/milan/", **more)

    assert len(visitor.made) == 2


@pytest.mark.parametrize(
    "path", ["/en/partners/nope/", "/admin/login/", "/", "/en/exchanges/?sort="]
)
def test_what_is_no_page_is_not_kept(path):
    visitor = Visitor()

    statuses = [visitor.get(path)[0] for _time in range(2)]

    assert len(visitor.made) == 2
    assert statuses[0] == statuses[1]


def test_staff_see_fresh_pages(milan, editor_client):
    visitor = Visitor()
    visitor.get("/en/partners/milan/")

    cookie = f"sessionid={editor_client.cookies['sessionid'].value}"
    visitor.get("/en/partners/milan/", HTTP_COOKIE=cookie)

    assert len(visitor.made) == 2


def test_oldest_pages_make_room(milan):
    visitor = Visitor(most_bytes=20_000)
    pages = [f"/en/partners/?kind={kind}" for kind in ("city", "port", "region")]

    for path in [*pages, pages[0]]:
        visitor.get(path)

    assert len(visitor.made) == 4


def test_kept_pages_are_sent_while_the_database_is_away(milan, monkeypatch):
    visitor = Visitor()
    page = visitor.get("/en/partners/milan/")

    def refuse():
        raise DatabaseError

    monkeypatch.setattr(page_cache, "current_version", refuse)

    assert visitor.get("/en/partners/milan/")[2] == page[2]


def test_pages_for_visitors_set_no_cookie_and_vary_by_none(milan):
    for path in ("/en/", "/en/partners/milan/", "/en/exchanges/", "/en/search/?q=a"):
        answer = Client().get(path)

        assert answer.cookies == {}
        assert "cookie" not in answer.get("Vary", "").lower(), path
