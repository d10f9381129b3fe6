"""Pages for visitors, kept in the process and sent again while nothing changes.

It stands before Django, because a page that is there already should cost nothing
else. An answer is kept under the content version it was made at. The version is read
from the database with each request, so that no process, on whatever machine, sends
what was true before the last publishing; and an answer is kept no longer than to the
next moment at which something changes by itself.
"""

import gzip
import hashlib
from collections import OrderedDict, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

import brotli
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.http import http_date

from .schedule import next_moment

PERSONAL_COOKIES = ("sessionid=", "messages=")
# Those of one answer, and those that every answer from here gets anew.
NOT_KEPT = {"content-length", "date", "etag", "x-request-id", "vary", "cache-control"}
PUBLIC = [
    ("Cache-Control", "public, max-age=0, must-revalidate"),
    ("Vary", "Accept-Encoding"),
]
MOST_BYTES = 64 * 1024 * 1024
WORTH_PACKING = 500  # bytes
PACKERS = {
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, compresslevel=6, mtime=0),
}


@dataclass
class Page:
    version: int
    until: datetime
    headers: list[tuple[str, str]]
    body: bytes
    digest: str
    packed: dict[str, bytes] = field(default_factory=dict)

    def serves(self, version):
        return self.version == version and timezone.now() < self.until

    def form_for(self, accepted):
        """The packed form that the browser takes, or none; packed once."""
        if len(self.body) < WORTH_PACKING:
            return ""
        form = next((name for name in PACKERS if name in accepted), "")
        if form and form not in self.packed:
            self.packed[form] = PACKERS[form](self.body)
        return form


class PageCache:
    """A WSGI application around Django's."""

    def __init__(self, application, most_bytes=MOST_BYTES):
        self.application = application
        self.most_bytes = most_bytes
        self._pages = OrderedDict()  # the one asked for longest ago is the first
        self._bytes = 0
        self._lock = Lock()
        self._turns = defaultdict(Lock)

    def __call__(self, environ, start_response):
        if not may_be_kept(environ):
            return self.application(environ, start_response)
        key = key_of(environ)
        try:
            version = current_version()
        except DatabaseError:
            # While the database is away, what is here is better than nothing.
            page = self._pages.get(key)
            if page is None:
                return self.application(environ, start_response)
            return _send(page, environ, start_response)
        if page := self._find(key, version):
            return _send(page, environ, start_response)
        with self._turn(key):
            if page := self._find(key, version):
                return _send(page, environ, start_response)
            return self._make(key, version, environ, start_response)

    def _find(self, key, version):
        with self._lock:
            page = self._pages.get(key)
            if page is None or not page.serves(version):
                return None
            self._pages.move_to_end(key)
            return page

    @contextmanager
    def _turn(self, key):
        """One makes the page, and the others who want it wait for that one."""
        with self._turns[key]:
            yield
        self._turns.pop(key, None)

    def _make(self, key, version, environ, start_response):
        """Let Django answer, and keep that unless something changed meanwhile."""
        until = next_moment(timezone.now())
        status, headers, body = whole_answer(self.application, environ)
        if not _is_for_everybody(status, headers):
            start_response(status, headers)
            return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]
        kept = [
            (name, value) for name, value in headers if name.lower() not in NOT_KEPT
        ]
        if not any(name == "Last-Modified" for name, _value in kept):
            kept.append(("Last-Modified", http_date()))
        digest = hashlib.sha256(body).hexdigest()[:32]
        page = Page(version, until, [*kept, *PUBLIC], body, digest)
        if current_version() == version:
            self._keep(key, page)
        return _send(page, environ, start_response)

    def _keep(self, key, page):
        with self._lock:
            if former := self._pages.pop(key, None):
                self._bytes -= _size(key, former)
            self._pages[key] = page
            self._bytes += _size(key, page)
            while self._bytes > self.most_bytes:
                self._bytes -= _size(*self._pages.popitem(last=False))


def may_be_kept(environ):
    """Whether an answer to this request is for everybody: in one of the languages, or
    for machines; asked for by nobody in particular."""
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return False
    if "HTTP_AUTHORIZATION" in environ or "HTTP_RANGE" in environ:
        return False
    cookies = environ.get("HTTP_COOKIE", "")
    if any(name in cookies for name in PERSONAL_COOKIES):
        return False
    first, _slash, rest = environ.get("PATH_INFO", "").lstrip("/").partition("/")
    return first in dict(settings.LANGUAGES) or (not rest and "sitemap" in first)


def key_of(environ):
    """What answers depend on; hosts that are not ours get none that would be kept."""
    secure = environ.get("HTTP_X_FORWARDED_PROTO", environ.get("wsgi.url_scheme"))
    names = ("HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME", "PATH_INFO")
    return (secure, *map(environ.get, names), environ.get("QUERY_STRING", ""))


def current_version():
    with connection.cursor() as cursor:
        cursor.execute("SELECT token FROM events_contentversion")
        (version,) = cursor.fetchone()
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    return version


def whole_answer(application, environ):
    """``(status, headers, body)`` for anybody: not cut short by what one browser has
    already."""
    of_one = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
    whole = {name: value for name, value in environ.items() if name not in of_one}
    whole["REQUEST_METHOD"] = "GET"
    started = []
    answer = application(
        whole, lambda status, headers, exc=None: started.append((status, headers))
    )
    try:
        body = b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    return *started[-1], body


def _is_for_everybody(status, headers):
    values = {name.lower(): value.lower() for name, value in headers}
    is_private = any(
        word in values.get("cache-control", "") for word in ("private", "no-store")
    )
    return (
        status.startswith("200")
        and "set-cookie" not in values
        and "cookie" not in values.get("vary", "")
        and not is_private
    )


def _send(page, environ, start_response):
    form = page.form_for(environ.get("HTTP_ACCEPT_ENCODING", ""))
    etag = f'"{page.digest}{form and "-" + form}"'
    headers = [*page.headers, ("ETag", etag)]
    known = environ.get("HTTP_IF_NONE_MATCH", "")
    if known == "*" or etag in [
        name.strip().removeprefix("W/") for name in known.split(",")
    ]:
        headers = [h for h in headers if not h[0].lower().startswith("content-")]
        start_response("304 Not Modified", headers)
        return [b""]
    body = page.packed[form] if form else page.body
    if form:
        headers.append(("Content-Encoding", form))
    headers.append(("Content-Length", str(len(body))))
    start_response("200 OK", headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


def _size(key, page):
    """About what it takes in memory, packed forms included."""
    return 1000 + 2 * len(key[-1]) + 3 * len(page.body) // 2
