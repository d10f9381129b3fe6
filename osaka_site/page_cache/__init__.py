"""Pages for visitors, kept in the process and sent again while nothing changes.

It stands before Django, because a page that is there already should cost nothing
else. An answer is kept under the content version it was made at. The version is read
from the database with each request, so that no process, on whatever machine, sends
what was true before the last publishing; and an answer is kept no longer than to the
next moment at which something changes by itself.

``pages`` is what is kept, ``shared`` is where several processes keep it together, and
``versions`` reads the version and tells nginx of it.
"""

import time
from collections import OrderedDict, defaultdict
from contextlib import contextmanager
from threading import Lock

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.utils import timezone
from django.utils.http import parse_http_date_safe

from ..schedule import next_moment
from .pages import WORTH_PACKING, Page
from .versions import current_version

__all__ = ["WORTH_PACKING", "PageCache", "current_version", "whole_answer"]

PERSONAL_COOKIES = ("sessionid=", "messages=")
LANGUAGES = dict(settings.LANGUAGES)
MOST_BYTES = 64 * 1024 * 1024


class PageCache:
    """A WSGI application around Django's. ``shared`` is what other processes see too,
    ``link`` where nginx reads the version; without, there is neither."""

    def __init__(self, application, most_bytes=MOST_BYTES, shared=None, link=None):
        self.application = application
        self.most_bytes = most_bytes
        self.shared = shared
        self.link = link
        self._pages = OrderedDict()  # the one asked for longest ago is the first
        self._bytes = 0
        self._lock = Lock()
        self._turns = defaultdict(Lock)
        self._next_moment = (None, 0, 0)  # of a version, looked for at, next moment

    def __call__(self, environ, start_response):
        if not may_be_kept(environ):
            return self._pass_on(environ, start_response)
        key = key_of(environ)
        now = time.time()
        try:
            version = current_version()
        except (DatabaseError, InterfaceError):
            # While the database is away, what is here is better than nothing.
            page = self._pages.get(key)
            if page is None:
                return self._pass_on(environ, start_response)
            return self._send(key, page, now, environ, start_response)
        if page := self._find(key, version, now):
            return self._send(key, page, now, environ, start_response)
        with self._turn(key):
            if page := self._find(key, version, now):
                return self._send(key, page, now, environ, start_response)
            if self.shared is None:
                return self._make(key, version, environ, start_response)
            with self.shared.page_or_turn(key, version) as page:
                if page is None or not page.serves(version, time.time()):
                    return self._make(key, version, environ, start_response)
                self._keep(key, page)
                return self._send(key, page, now, environ, start_response)

    def _pass_on(self, environ, start_response):
        """To Django. What was changed there, nginx knows of before the answer goes."""
        answer = self.application(environ, start_response)
        if self.link and environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            self.link.follow()
        return answer

    def _find(self, key, version, now):
        with self._lock:
            page = self._pages.get(key)
            if page is None or not page.serves(version, now):
                return None
            self._pages.move_to_end(key)
            return page

    @contextmanager
    def _turn(self, key):
        """One makes the page, and the others who want it wait for that one."""
        try:
            with self._turns[key]:
                yield
        finally:
            self._turns.pop(key, None)

    def _make(self, key, version, environ, start_response):
        """Let Django answer, and keep that. Where something changed meanwhile, it is
        still for those who asked before and wait: nobody else has that version."""
        now = time.time()
        until = self._until(version, now)
        status, headers, body = whole_answer(self.application, environ)
        if not _is_for_everybody(status, headers):
            start_response(status, headers)
            return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]
        page = Page.of_answer(version, now, until, headers, body)
        page.form_for(accepted_by(environ))  # packed before others get it
        self._keep(key, page)
        self._share(key, page)
        return self._send(key, page, now, environ, start_response)

    def _until(self, version, now):
        """When the first thing changes by itself; looked for once at each version."""
        of_version, since, until = self._next_moment
        if of_version != version or not since <= now < until:
            until = next_moment(timezone.now()).timestamp()
            self._next_moment = (version, now, until)
        return until

    def _keep(self, key, page):
        with self._lock:
            if former := self._pages.pop(key, None):
                self._bytes -= _size(key, former)
            self._pages[key] = page
            self._bytes += _size(key, page)
            while self._bytes > self.most_bytes:
                self._bytes -= _size(*self._pages.popitem(last=False))

    def _share(self, key, page):
        if self.shared is not None:
            self.shared.put(key, page)

    def _send(self, key, page, now, environ, start_response):
        packed = len(page.forms)
        form = page.form_for(accepted_by(environ))
        if len(page.forms) > packed:
            self._share(key, page)
        is_known = _is_known(form, page, now, environ)
        headers = [*(form.headers_if_known if is_known else form.headers)]
        headers.append(page.dates[page.changed_at <= now])
        if self.link and self.link.shows(page.version):
            # The first one: nginx 1.22 would heed a Cache-Control before it.
            until = page.kept_by_nginx_until(now)
            headers.insert(0, ("X-Accel-Expires", f"@{until}"))
        if is_known:
            start_response("304 Not Modified", headers)
            return [b""]
        start_response("200 OK", headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else form.body]


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
    return first in LANGUAGES or (not rest and "sitemap" in first)


def key_of(environ):
    """What answers depend on; hosts that are not ours get none that would be kept."""
    secure = environ.get("HTTP_X_FORWARDED_PROTO", environ.get("wsgi.url_scheme"))
    names = ("HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME", "PATH_INFO")
    return (secure, *map(environ.get, names), environ.get("QUERY_STRING", ""))


def accepted_by(environ):
    return environ.get("HTTP_ACCEPT_ENCODING", "")


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


def _is_known(form, page, now, environ):
    """Whether the browser has just this form."""
    if etags := environ.get("HTTP_IF_NONE_MATCH"):
        return etags == "*" or form.etag in etags
    if since := environ.get("HTTP_IF_MODIFIED_SINCE"):
        moment = parse_http_date_safe(since)
        return moment is not None and page.changed_at <= moment <= now
    return False


def _size(key, page):
    """About what it takes in memory, packed forms included."""
    return 1000 + 2 * len(key[-1]) + 3 * len(page.forms[""].body) // 2
