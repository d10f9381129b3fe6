"""The files of deploy/: nginx as configured there before a made-up site, and units."""

import os
import re
import runpy
import shutil
import ssl
import subprocess
import sys
from http.client import HTTPConnection, RemoteDisconnected
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep, time

import pytest
from django.conf import settings
from django.core.management import get_commands

from network.models import AgreementDocument
from osaka_site import baking

from .deployment.servers import DEPLOY, HOST, Nginx, program
from .factories import make_affiliation, make_picture
from .test_project import VARIABLES

pytestmark = pytest.mark.one_database


class Site(BaseHTTPRequestHandler):
    """Answers with what each path says, and counts how often."""

    FOR_AN_HOUR = {
        "X-Accel-Expires": f"@{int(time()) + 3600}",
        "Cache-Control": "public, max-age=0, must-revalidate",
        "Vary": "Accept-Encoding",
    }
    ANSWERS = {
        "/en/": FOR_AN_HOUR,
        "/en/forms/": FOR_AN_HOUR,
        "/en/news/": FOR_AN_HOUR,
        "/en/staff/": FOR_AN_HOUR,
        "/en/token/": FOR_AN_HOUR,
        "/en/unlinked/": FOR_AN_HOUR,
        "/en/cookie/": {**FOR_AN_HOUR, "Set-Cookie": "csrftoken=1"},
        "/en/untold/": {"Cache-Control": "public, max-age=0, must-revalidate"},
        "/static/base.123.css": {"Cache-Control": "max-age=315360000, immutable"},
        "/admin/": FOR_AN_HOUR,
        "/en/broken/": {"X-Accel-Expires": "1"},
    }
    asked = []
    is_away = False

    def do_GET(self):
        self.asked.append(self.path)
        if self.is_away or self.path == "/en/away/":
            self.close_connection = True
            return
        if self.path == "/en/broken/" and self.asked.count(self.path) > 1:
            self.send_error(500)
            return
        if self.command == "POST":
            show_version(self.server, len(self.asked))
        body = str(len(self.asked)).encode()
        self.send_response(200)
        for name, value in self.ANSWERS.get(self.path, {}).items():
            self.send_header(name, value)
        for name in ("X-Forwarded-For", "X-Forwarded-Proto", "Host"):
            self.send_header(f"Seen-{name}", self.headers[name])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *arguments):
        pass


def show_version(site, number):
    """As the site does before it answers whoever changed something."""
    version = site.content / str(number)
    version.mkdir()
    (site.content / "new").symlink_to(version.name)
    (site.content / "new").replace(site.content / "current")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    """nginx before a made-up site."""
    if not (program("nginx") and program("openssl")) and not os.environ.get("CI"):
        pytest.skip("nginx or openssl is not installed")
    site = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    Thread(target=site.serve_forever, daemon=True).start()
    folder = tmp_path_factory.mktemp("nginx")
    with Nginx(folder, f"127.0.0.1:{site.server_port}") as proxy:
        site.content = folder / "content"
        site.content.mkdir(parents=True)
        show_version(site, 0)
        yield proxy
    site.server_close()


@pytest.mark.parametrize(
    ("path", "requests", "times"),
    [
        ("/en/", [{}, {}, {"Cookie": "csrftoken=1"}], 1),
        ("/static/base.123.css", [{}, {}], 1),
        ("/en/forms/", [{"Accept-Encoding": f} for f in ("gzip, br", "br", "gzip")], 2),
        # Staff always read what is there now, and visitors never what staff read.
        ("/en/staff/", [{"Cookie": "a=b; sessionid=1"}] * 2 + [{}], 3),
        ("/en/token/", [{"Authorization": "Bearer 1"}] * 2, 2),
        ("/en/untold/", [{}, {}], 2),
        ("/en/cookie/", [{}, {}], 2),
        ("/admin/", [{}, {}], 2),
        ("/media/a.png", [{}, {}], 2),
        ("/shared/key/", [{}, {}], 2),
    ],
)
def test_what_is_for_everybody_is_kept(proxy, path, requests, times):
    bodies = [proxy.ask(path, headers=headers).text for headers in requests]

    assert Site.asked.count(path) == len(set(bodies)) == times


def test_change_is_seen_with_the_next_request(proxy):
    before = [proxy.ask("/en/news/").text for _time in range(2)]

    proxy.ask("/admin/", "POST")
    after = [proxy.ask("/en/news/").text for _time in range(2)]

    assert [len(set(before)), len(set(after)), len({*before, *after})] == [1, 1, 2]


def test_nothing_is_kept_while_the_link_is_missing(proxy):
    link = proxy.folder / "content" / "current"
    version = link.readlink()
    link.unlink()
    answers = [proxy.ask("/en/unlinked/") for _time in range(2)]
    link.symlink_to(version)

    assert [answer.status for answer in answers] == [200, 200]
    assert Site.asked.count("/en/unlinked/") == 2


def test_page_is_shown_on_while_the_site_is_broken(proxy):
    first = proxy.ask("/en/broken/")

    until = monotonic() + 10
    while Site.asked.count("/en/broken/") < 2 and monotonic() < until:
        assert proxy.ask("/en/broken/")[::2] == first[::2]

    assert Site.asked.count("/en/broken/") >= 2


def test_page_that_was_never_kept_says_that_the_site_is_away(proxy):
    answer = proxy.ask("/en/away/")

    assert answer.status == 503
    assert answer.text == (DEPLOY / "unavailable.html").read_text(encoding="utf-8")
    assert answer.headers["Retry-After"] == "60"


@pytest.fixture
def baked(proxy, monkeypatch):
    """The site has gone, and these addresses have a copy; ``ask`` them."""
    pages = pages_of(proxy)
    for address, body in BAKED.items():
        path = pages / baking.file_of(address)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body)
    monkeypatch.setattr(Site, "is_away", True)
    yield proxy.ask
    shutil.rmtree(pages)


def pages_of(proxy):
    return proxy.folder / "lib" / "baked" / "current" / "pages"


BAKED = {
    "/ko/": "home",
    "/ko/exchanges/": "exchanges",
    "/ko/exchanges/?page=12": "further exchanges",
    "/ko/exchanges/calendar/?month=2026-12": "a month",
    "/ko/exchanges.ics": "calendar",
    "/ko/exchanges.atom": "feed",
    "/ko/exchanges.json": "data",
    "/ko/exchanges.csv": "table",
    "/sitemap-exchanges.xml?p=2": "addresses",
    "/robots.txt": "robots",
    "/static/base.456.css": "styles",
    "/media/pictures/pier.webp": "picture",
    "/media/agreements/pier.pdf": "document",
}
KINDS = {
    "/": "text/html; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xml": "application/xml",
    "txt": "text/plain",
    "css": "text/css; charset=utf-8",
    "webp": "image/webp",
    "pdf": "application/pdf",
}


def test_baked_copy_is_sent_while_the_site_is_away(baked):
    answers = {address: baked(address) for address in BAKED}

    assert {
        address: (answer.status, answer.text, answer.headers["Content-Type"])
        for address, answer in answers.items()
    } == {
        address: (200, body, KINDS[re.search(r"/$|\w+$", address.partition("?")[0])[0]])
        for address, body in BAKED.items()
    }
    kept = {address: a.headers["Cache-Control"] for address, a in answers.items()}
    assert kept.pop("/static/base.456.css") == "max-age=315360000, public, immutable"
    assert set(kept.values()) == {"no-store"}


@pytest.mark.parametrize(
    "path",
    [
        "/ko/nowhere/",
        "/ko/exchanges/?page=13",
        "/ko/exchanges/?field=water",
        "/ko/exchanges.ics?field=water",
        "/ko/exchanges/?page=12&field=water",
        "/ko/search/?q=port",
        "/admin/",
        "/readyz",
        "/ko/%2e%2e/privkey.pem",
        "/ko/exchanges/?page=12/../../../../../privkey.pem",
    ],
)
def test_what_is_not_baked_is_said_to_be_unavailable(baked, path):
    answer = baked(path)

    assert answer.status == 503
    assert answer.text == (DEPLOY / "unavailable.html").read_text(encoding="utf-8")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none';")


def test_form_that_is_sent_while_the_site_is_away_is_refused(baked):
    assert baked("/admin/login/", "POST").status == 503


@pytest.mark.parametrize(
    ("languages", "home"),
    [("ko-KR,en;q=0.8", "ko"), ("zh-TW", "zh-hans"), ("ja", "ja"), ("fr", "en")],
)
def test_address_without_a_language_leads_to_a_baked_home(baked, languages, home):
    answer = baked("/", headers={"Accept-Language": languages})

    assert (answer.status, answer.headers["Location"]) == (302, f"/{home}/")


def test_packed_form_of_a_baked_page_is_sent(proxy, baked):
    (pages_of(proxy) / "ko" / "index.html.gz").write_text("packed")

    answer = baked("/ko/", headers={"Accept-Encoding": "gzip"})

    assert (answer.text, answer.headers["Content-Encoding"]) == ("packed", "gzip")
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert baked("/ko/").text == "home"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/ko/",
        "/ko/exchanges.csv",
        "/media/pictures/pier.webp",
        "/media/agreements/pier.pdf",
    ],
)
def test_baked_copy_has_the_headers_of_the_site(baked, client, settings, path):
    settings.SECURE_HSTS_SECONDS = 31_536_000  # of a public server
    make_picture(file="pictures/pier.webp")
    AgreementDocument.objects.create(
        affiliation=make_affiliation(), title_en="Minutes", file="agreements/pier.pdf"
    )
    for name in ("pictures/pier.webp", "agreements/pier.pdf"):
        (settings.MEDIA_ROOT / name).parent.mkdir()
        (settings.MEDIA_ROOT / name).touch()

    answer = client.get(path, secure=True)
    answer.close()
    of_site, of_copy = answer.headers, baked(path).headers
    assert len(of_copy) == len({*of_copy})

    compared = of_site.keys() - {
        *("Content-Length", "X-Request-ID", "Cache-Control", "ETag", "Last-Modified"),
        *({"Content-Language", "Vary"} if path.startswith("/media/") else {}),
    }
    assert {name: said(of_copy, name) for name in compared} == {
        name: said(of_site, name) for name in compared
    }


def said(headers, name):
    """Without the order of what a policy says, and the name that a file is kept by."""
    parts = headers.get(name, "").split("; ")
    return sorted(part for part in parts if not part.startswith("filename="))


def test_half_sent_requests_wait_outside_the_site(proxy):
    waiting = [proxy.connect() for _number in range(20)]
    for asking in waiting:
        asking.putrequest("POST", "/en/slow/")
        asking.putheader("Content-Length", "10")
        asking.endheaders(b"12345")

    assert proxy.ask("/en/quick/").status == 200
    assert Site.asked.count("/en/slow/") == 0
    for asking in waiting:
        asking.close()


def test_upload_that_is_too_large_does_not_reach_the_site(proxy):
    headers = {"Content-Length": str(33 * 1024**2)}

    assert proxy.ask("/en/large/", "POST", headers).status == 413
    assert Site.asked.count("/en/large/") == 0


def test_site_sees_who_asks_and_not_what_they_claim(proxy):
    claims = {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "http"}

    headers = proxy.ask("/en/claims/", headers=claims).headers

    assert headers["Seen-X-Forwarded-For"] == "127.0.0.1"
    assert headers["Seen-X-Forwarded-Proto"] == "https"
    assert headers["Seen-Host"] == HOST


def test_log_names_the_request_and_no_key(proxy):
    headers = proxy.ask("/shared/the-key/media/a.png").headers

    log, until = "", monotonic() + 10
    while headers["X-Request-ID"] not in log and monotonic() < until:
        sleep(0.01)  # nginx writes of an answer once it is sent
        log = (proxy.folder / "log" / "access.log").read_text()
    (line,) = [line for line in log.splitlines() if headers["X-Request-ID"] in line]
    assert '"GET /shared/-" 200' in line
    assert "the-key" not in log


def test_plain_requests_are_sent_to_the_encrypted_site(proxy):
    asking = HTTPConnection("127.0.0.1", proxy.ports["80"], timeout=10)
    asking.request("GET", "/en/?page=2", headers={"Host": HOST})
    answer = asking.getresponse()
    asking.close()

    assert answer.status == 301
    assert answer.headers["Location"] == f"https://{HOST}/en/?page=2"


def test_who_asks_by_another_name_is_not_answered(proxy):
    asking = HTTPConnection("127.0.0.1", proxy.ports["80"], timeout=10)
    asking.request("GET", "/", headers={"Host": "other.example.org"})
    with pytest.raises(RemoteDisconnected):
        asking.getresponse()
    asking.close()

    with pytest.raises(ssl.SSLError, match="unrecognized name"):
        proxy.connect("other.example.org")


# ---- units and settings -----------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is missing")
def test_units_are_what_systemd_understands(tmp_path):
    units = Path(shutil.copytree(DEPLOY / "systemd", tmp_path / "units"))
    for unit in units.glob("*.service"):
        there = str(Path(sys.executable).parent)
        unit.write_text(unit.read_text().replace("/srv/osaka-network/.venv/bin", there))

    result = subprocess.run(
        [
            "systemd-analyze",
            "verify",
            "--man=no",
            *units.glob("*.service"),
            *units.glob("*.timer"),
        ],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")


def test_jobs_of_the_timers_are_commands():
    jobs = {path.stem.partition("@")[2] for path in DEPLOY.glob("systemd/*@*.timer")}

    assert jobs == {
        "publish_due",
        "send_mails",
        "check_links",
        "empty_trash",
        "clearsessions",
        "clear_log_ins",
    }
    assert jobs <= get_commands().keys()


def test_settings_of_the_example_start_a_public_server(monkeypatch):
    lines = (DEPLOY / "osaka-network.env").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in {**variables, "SECRET_KEY": "x" * 64}.items():
        monkeypatch.setenv(name, value)

    started = runpy.run_path(str(settings.BASE_DIR / "osaka_site" / "settings.py"))

    assert set(variables) <= set(VARIABLES)
    assert started["DEBUG"] is False
    assert started["DATABASES"]["default"]["USER"] == "osaka-network"
    assert started["SITE_URL"] == f"https://{HOST}"
