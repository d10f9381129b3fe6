"""Kept pages: the same bytes as fresh ones, and never older than the content."""

import gzip
import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from threading import Thread

import pytest
from django.core.cache.backends.dummy import DummyCache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date

from network.models import Partner
from osaka_site import page_cache
from osaka_site.desk import copies, workflow
from osaka_site.page_cache import PageCache, pages, shared, versions
from osaka_site.page_cache.pages import Page
from osaka_site.page_cache.shared import SharedPages
from osaka_site.page_cache.versions import VersionLink, current_version
from tests.factories import make_exchange, make_partner

from .databases import gone, place
from .desk.test_copies import edited

pytestmark = pytest.mark.django_db


@contextmanager
def connection_kept():
    """A request ends with its connection, which here is that of the whole test."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
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


@pytest.fixture
def folder(settings, tmp_path):
    """Where processes keep pages together."""
    settings.CACHES = {
        **settings.CACHES,
        "pages": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(tmp_path / "pages"),
        },
    }
    return tmp_path / "pages"


@pytest.fixture
def link(tmp_path):
    return VersionLink(tmp_path / "content" / "current")


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
    client, milan, editor, folder, change
):
    processes = [
        Visitor(),
        Visitor(shared=SharedPages()),
        Visitor(shared=SharedPages()),
    ]
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


def test_page_goes_when_the_clock_is_put_back(time_machine):
    now = timezone.now()
    make_partner(slug="milan", publish_at=now)
    visitor = Visitor()

    statuses = []
    for minutes in (-5, 5, -5):
        time_machine.move_to(now + timedelta(minutes=minutes))
        statuses.append(visitor.get("/en/partners/milan/")[0][:3])

    assert statuses == ["404", "200", "404"]


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


def test_page_made_during_a_change_is_for_those_who_asked_before(milan, monkeypatch):
    visitor = Visitor()
    make, before = visitor.cache.application, current_version()

    def change_meanwhile(*arguments):
        Partner.objects.update(name_en=f"Milan {len(visitor.made)}")
        return make(*arguments)

    visitor.cache.application = change_meanwhile
    visitor.get("/en/partners/milan/")
    with monkeypatch.context() as patched:  # who read the version then, and waited
        patched.setattr(page_cache, "current_version", lambda: before)
        waiting = visitor.get("/en/partners/milan/")
    after = visitor.get("/en/partners/milan/")

    assert b"Milan 0" in waiting[2]
    assert b"Milan 1" in after[2]
    assert len(visitor.made) == 2


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


def test_kept_pages_are_sent_while_the_database_is_away(milan, link, tmp_path):
    visitor = Visitor(link=link)
    page = visitor.get("/en/partners/milan/")
    link.path.unlink()

    with gone(tmp_path):
        assert visitor.get("/en/partners/milan/")[2] == page[2]


def test_pages_for_visitors_set_no_cookie_and_vary_by_none(milan):
    for path in ("/en/", "/en/partners/milan/", "/en/exchanges/", "/en/search/?q=a"):
        answer = Client().get(path)

        assert answer.cookies == {}
        assert "cookie" not in answer.get("Vary", "").lower(), path


# ---- if modified since --------------------------------------------------------------

SECOND = datetime(2026, 11, 25, 3, 0, 0, tzinfo=UTC)


def at(seconds):
    return SECOND + timedelta(seconds=seconds)


def since(seconds):
    return {"HTTP_IF_MODIFIED_SINCE": http_date(at(seconds).timestamp())}


def test_browser_that_knows_the_moment_only_hears_that_too(milan, time_machine):
    visitor = Visitor()
    time_machine.move_to(at(0.5), tick=False)
    at_once = visitor.get("/en/partners/milan/")[1]
    time_machine.move_to(at(5), tick=False)
    later = visitor.get("/en/partners/milan/")[1]

    statuses = [
        visitor.get("/en/partners/milan/", **more)[0][:3]
        for more in (
            since(1),
            since(5),
            since(0),
            since(6),  # has not been yet
            {"HTTP_IF_MODIFIED_SINCE": "yesterday"},
            {**since(1), "HTTP_IF_NONE_MATCH": '"another"'},
        )
    ]

    assert at_once["Last-Modified"] == "Wed, 25 Nov 2026 03:00:00 GMT"
    assert later["Last-Modified"] == "Wed, 25 Nov 2026 03:00:01 GMT"
    assert statuses == ["304", "304", "200", "200", "200", "200"]


def test_change_within_the_same_second_is_not_missed(milan, time_machine):
    visitor = Visitor()
    time_machine.move_to(at(0.2), tick=False)
    visitor.get("/en/partners/milan/")
    time_machine.move_to(at(1.2), tick=False)
    seen = visitor.get("/en/partners/milan/")[1]["Last-Modified"]
    Partner.objects.update(name_en="Milano")

    for moment in (1.4, 2.4):
        time_machine.move_to(at(moment), tick=False)
        for known in (seen, since(1)["HTTP_IF_MODIFIED_SINCE"]):
            answer = visitor.get("/en/partners/milan/", HTTP_IF_MODIFIED_SINCE=known)
            assert (answer[0], b"Milano" in answer[2]) == ("200 OK", True)


# ---- kept together with other processes ---------------------------------------------


@pytest.fixture
def _within_a_second(time_machine):
    time_machine.move_to(SECOND, tick=False)


@pytest.mark.usefixtures("_within_a_second")
def test_page_of_another_process_is_sent_as_it_is(milan, folder, monkeypatch):
    first, second = (Visitor(shared=SharedPages()) for _number in range(2))
    browser = {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br"}

    page = first.get("/en/partners/milan/", **browser)
    monkeypatch.setattr(pages, "PACKERS", dict.fromkeys(pages.PACKERS))  # it packs none

    assert second.get("/en/partners/milan/", **browser) == page
    assert (len(first.made), second.made) == (1, [])


@pytest.mark.usefixtures("_within_a_second")
def test_form_that_one_process_packs_the_others_have_too(milan, folder, monkeypatch):
    first = Visitor(shared=SharedPages())
    first.get("/en/partners/milan/")
    page = first.get("/en/partners/milan/", HTTP_ACCEPT_ENCODING="gzip")
    monkeypatch.setattr(pages, "PACKERS", dict.fromkeys(pages.PACKERS))

    second = Visitor(shared=SharedPages())

    assert second.get("/en/partners/milan/", HTTP_ACCEPT_ENCODING="gzip") == page
    assert second.made == []


def test_page_of_another_release_is_not_sent(milan, folder, settings):
    Visitor(shared=SharedPages()).get("/en/partners/milan/")
    settings.SITE_URL = "https://other.example.org"
    shared.release.cache_clear()
    second = Visitor(shared=SharedPages())

    second.get("/en/partners/milan/")

    assert second.made == ["/en/partners/milan/"]


def test_page_that_ends_by_itself_ends_for_all(folder, time_machine):
    now = timezone.now()
    make_partner(slug="milan", unpublish_at=now + timedelta(minutes=5))
    Visitor(shared=SharedPages()).get("/en/partners/milan/")
    time_machine.move_to(now + timedelta(minutes=6))

    assert Visitor(shared=SharedPages()).get("/en/partners/milan/")[0][:3] == "404"


def test_damaged_page_is_made_anew(milan, folder):
    first, second = (Visitor(shared=SharedPages()) for _number in range(2))
    page = first.get("/en/partners/milan/")
    for path in folder.glob("*.djcache"):
        path.write_bytes(b"junk")

    assert second.get("/en/partners/milan/")[2] == page[2]
    assert second.made == ["/en/partners/milan/"]


DAMAGES = {
    "other bytes": lambda kept: b"junk",
    "another type": lambda kept: {"body": kept},
    "shorter": lambda kept: kept[:-1],
    "changed": lambda kept: kept.replace(b"Milan", b"Turin"),
    "nothing": lambda kept: b"",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_is_not_as_it_was_kept_is_no_page(damage):
    kept = Page.of_answer(1, 0, 9, [("Content-Type", "text/html")], b"Milan").to_bytes()

    assert Page.from_bytes(kept).to_bytes() == kept
    with pytest.raises((ValueError, TypeError)):
        Page.from_bytes(damage(kept))


class Gone(DummyCache):
    asked = 0

    def _refuse(self, *arguments):
        Gone.asked += 1
        raise ConnectionRefusedError

    get = set = add = delete = _refuse


def test_cache_that_is_gone_is_not_asked_each_time(milan, settings, capsys):
    settings.CACHES = {
        **settings.CACHES,
        "pages": {"BACKEND": f"{__name__}.Gone"},
    }
    visitor = Visitor(shared=SharedPages())

    answers = [visitor.get(f"/{code}/partners/milan/") for code in ("en", "ja", "ko")]

    assert {status for status, _headers, _body in answers} == {"200 OK"}
    assert Gone.asked == capsys.readouterr().err.count("Pages are not shared") == 1


def test_one_process_makes_a_page_and_another_waits_for_it(folder):
    page = Page.of_answer(1, 0, 9, [("Content-Type", "text/html")], b"Milan")
    got = []

    def wait():
        with SharedPages().page_or_turn("key", 1) as other:
            got.append(other)

    with SharedPages().page_or_turn("key", 1) as nothing_yet:
        waiting = Thread(target=wait)
        waiting.start()
        SharedPages().put("key", page)
    waiting.join()

    assert nothing_yet is None
    assert got[0].to_bytes() == page.to_bytes()


def test_nobody_waits_for_what_is_not_kept(folder):
    with SharedPages().page_or_turn("key", 1):
        assert len(list(folder.iterdir())) == 1

    assert list(folder.iterdir()) == []


def test_process_that_makes_a_page_is_not_waited_for_for_ever(folder, monkeypatch):
    monkeypatch.setattr(shared, "LONGEST_WAIT", -1)

    with (
        SharedPages().page_or_turn("key", 1),
        SharedPages().page_or_turn("key", 1) as page,
    ):
        assert page is None


# ---- told to nginx ------------------------------------------------------------------


def shown(link):
    """What nginx has in its keys."""
    return link.path.resolve(strict=True).name


def test_nginx_hears_of_a_change_before_whoever_made_it(milan, link):
    def change(environ, start_response):
        Partner.objects.update(name_en="Milano")
        start_response("302 Found", [])
        return (shown(link).encode() for _time in range(1))  # once it is sent

    before = current_version()
    cache = PageCache(change, link=link)
    sent = b"".join(cache({"REQUEST_METHOD": "POST"}, lambda status, headers: None))

    assert int(sent) == current_version() != before


def test_nginx_hears_how_long_it_may_keep_a_page(milan, link, time_machine):
    time_machine.move_to(at(0.7), tick=False)
    make_partner(slug="later", publish_at=at(2.5))
    visitor = Visitor(link=link)

    def first_header():
        headers = visitor.get("/en/partners/milan/")[1]
        return next(iter(headers.items()))

    this_second = int(SECOND.timestamp())
    assert first_header() == ("X-Accel-Expires", f"@{this_second}")
    # What nginx may show in a second, it shows until that ends.
    time_machine.move_to(at(2.1), tick=False)
    assert first_header() == ("X-Accel-Expires", f"@{this_second + 1}")
    assert shown(link) == str(current_version())


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/en/partners/milan/", {"HTTP_COOKIE": "sessionid=abc"}),
        ("/en/partners/nope/", {}),
        ("/admin/login/", {}),
    ],
)
def test_nginx_keeps_nothing_else(milan, link, path, more):
    assert "X-Accel-Expires" not in Visitor(link=link).get(path, **more)[1]


def test_link_never_goes_back(link, monkeypatch):
    """Another process moves it between what this one reads and does."""
    later = VersionLink(link.path)
    other = Thread(target=lambda: later.shows(2))

    def read():
        if other.ident:
            return 2
        other.start()
        other.join(0.1)
        return 1

    monkeypatch.setattr(versions, "current_version", read)
    link.shows(1)
    other.join()

    assert shown(link) == "2"


def test_link_that_is_lost_is_made_again(milan, link):
    visitor = Visitor(link=link)
    visitor.get("/en/partners/milan/")
    link.path.unlink()

    assert "X-Accel-Expires" in visitor.get("/en/partners/milan/")[1]
    assert shown(link) == str(current_version())


def test_link_that_cannot_be_moved_breaks_no_page(milan, link, capsys):
    visitor = Visitor(link=link)
    visitor.get("/en/partners/milan/")
    (link.folder / "new").mkdir()  # stands in the way
    Partner.objects.update(name_en="Milano")

    answers = [visitor.get(f"/{code}/partners/milan/") for code in ("en", "ko")]

    for status, headers, _body in answers:
        assert (status, "X-Accel-Expires" in headers) == ("200 OK", False)
    assert capsys.readouterr().err.count("cannot be moved") == 1
    assert not link.path.is_symlink()


def test_folders_of_versions_go_when_they_are_old(link):
    for name, age in {"-1": 61, "2": 50, "media": 61}.items():
        (link.folder / name).mkdir(parents=True)
        then = timezone.now().timestamp() - age
        os.utime(link.folder / name, (then, then))

    link.follow()

    names = {path.name for path in link.folder.iterdir()}
    assert names == {"2", "media", str(current_version()), "current", "lock"}


# ---- the version --------------------------------------------------------------------


def test_version_is_read_though_the_connection_was_lost(tmp_path):
    """As after the database was started again: it is there, and older pages are old."""
    with place(tmp_path) as other, other.entered(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE events_contentversion (token bigint)")
        cursor.execute("INSERT INTO events_contentversion VALUES (7)")
        connection.close_at = None  # it is one that is kept
        connection.connection.close()

        assert current_version() == 7
        connection.close()
