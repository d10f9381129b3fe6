"""A copy of the site as files, for nginx to send while the application is away.

It holds what the sitemaps name and what those pages lead on to: further pages of
lists, feeds, pictures, styles. Each is asked for as a visitor would, so that nothing
is in it that is not public. A new copy is made beside the former one, from which it
takes what is still the same, and replaces it in one step when it is whole:

    DIR/current -> baked-…               what nginx sends
    DIR/baked-…/pages/en/index.html      and index.html.gz; ?page=2 is index.page=2.html
    DIR/baked-…/baked.json               which content it is, and when it was made
    DIR/baked-…/SHA256SUMS               for sha256sum --check
"""

import fcntl
import gzip
import hashlib
import json
import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from html import unescape
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import unquote, unquote_to_bytes, urljoin, urlsplit

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils import timezone

from .backups.making import code_version
from .desk import workflow
from .page_cache import WORTH_PACKING, current_version, whole_answer
from .schedule import next_moment

CURRENT, LOCK = "current", ".lock"
PAGES, MARKER, SUMS = "pages", "baked.json", "SHA256SUMS"
_COPY = re.compile(r"baked-\w+")

START = ["/sitemap.xml", "/robots.txt"]
_FURTHER_PAGE = re.compile(r"(page|p)=(?!1$)\d+")
_MONTH = re.compile(r"month=\d{4}-\d{2}")
_LINK = re.compile(
    r"""(?:[ ]href="|[ ]src="|[ ]srcset="|[ ]content="(?=http)|<loc>)([^"<]+)
        |url\(["']?([^"')]+)""",
    re.VERBOSE,
)
SITEMAP = "application/xml"
_WITH_LINKS = ("text/html", "text/css", SITEMAP)
_PACKED = (*_WITH_LINKS, "text/", "application/json", "application/atom", "image/svg")


class BakingError(Exception):
    """Nothing new was made, and what was there is as it was."""


@dataclass(frozen=True)
class Marker:
    """What a copy tells of itself."""

    version: int
    until: str
    site: str
    code: str
    made_at: str
    files: int
    bytes: int

    def is_fresh(self):
        now = (current_version(), settings.SITE_URL, code_version())
        return (self.version, self.site, self.code) == now and (
            timezone.now() < datetime.fromisoformat(self.until)
        )


def marker_in(folder):
    """Of the copy that is there now, or ``None`` where none can be read."""
    try:
        return Marker(**json.loads((folder / CURRENT / MARKER).read_bytes()))
    except (FileNotFoundError, TypeError, ValueError):
        return None


def known_fresh_at(folder):
    """When the copy was made, or found to be fresh for the last time."""
    seconds = (folder / CURRENT / MARKER).stat().st_mtime
    return datetime.fromtimestamp(seconds, timezone.get_current_timezone())


def bake_if_changed(folder):
    """As ``bake``, or ``None`` where the copy is fresh, which is then noted."""
    marker = marker_in(folder)
    if marker is None or not marker.is_fresh():
        return bake(folder)
    (folder / CURRENT / MARKER).touch()
    return None


def bake(folder):
    """Make a new copy, and return its marker."""
    with _readable_for_all(), _alone_in(folder):
        former = folder / CURRENT
        _remove_copies(folder, but=former.resolve())
        copy = Copy(Path(mkdtemp(prefix="baked-", dir=folder)), former / PAGES)
        try:
            marker = _fill(copy)
        except BaseException:
            shutil.rmtree(copy.path)
            raise
        os.sync()  # or a power cut could leave the name without what it names
        link = copy.path / CURRENT
        link.symlink_to(copy.path.name)
        link.replace(former)
        _remove_copies(folder, but=copy.path)
    return marker


# ---- what belongs into it ---------------------------------------------------------------


def _fill(copy):
    workflow.publish_due()  # or the first request would, and the copy be out of date
    version, now = current_version(), timezone.now()
    until, code = next_moment(now), code_version()
    application = get_wsgi_application()
    addresses, known, needed = [*START], {*START}, {*START}
    for address in addresses:  # which grows meanwhile
        status, headers, body = _ask(application, address)
        if not status.startswith("200"):
            # A link may lead nowhere, on the site as in its copy; and what was
            # withdrawn meanwhile is not missing, as the next copy is due already.
            is_missing = address in needed and current_version() == version
            if is_missing or status.startswith("5"):
                raise BakingError(f"{settings.SITE_URL}{address} answers {status}.")
            continue
        kind = dict(headers)["Content-Type"]
        copy.write(file_of(address), body, is_packed=kind.startswith(_PACKED))
        if kind.startswith(_WITH_LINKS):
            for link in _links(address, body.decode()):
                if link not in known and _belongs(link, address):
                    known.add(link)
                    addresses.append(link)
                    if kind == SITEMAP:
                        needed.add(link)
    copy.write_sums()
    marker = Marker(
        version=version,
        until=until.isoformat(),
        site=settings.SITE_URL,
        code=code,
        made_at=now.isoformat(timespec="seconds"),
        files=len(copy.sums),
        bytes=copy.bytes,
    )
    (copy.path / MARKER).write_text(json.dumps(asdict(marker), indent=1) + "\n")
    return marker


def _ask(application, address):
    """As a visitor does, of whom nothing is known."""
    path, _mark, query = address.partition("?")
    site = urlsplit(settings.SITE_URL)
    return whole_answer(
        application,
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": site.hostname,
            "SERVER_PORT": str(site.port or {"http": 80, "https": 443}[site.scheme]),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": site.netloc,
            "HTTP_X_FORWARDED_PROTO": site.scheme,
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": site.scheme,
            "wsgi.input": BytesIO(),
        },
    )


def _links(address, text):
    """What a page, a style or a sitemap names on this site."""
    here = settings.SITE_URL + address
    for in_quotes, in_brackets in set(_LINK.findall(text)):
        # Several pictures, each with its width, are parted by commas.
        links = re.split(r"\s[\d.]+[wx],?\s*", unescape(in_quotes or in_brackets))
        for link in filter(None, links):
            whole = urljoin(here, link).partition("#")[0]
            if whole.startswith(f"{settings.SITE_URL}/"):
                yield whole.removeprefix(settings.SITE_URL)


def _belongs(address, linked_from):
    """Whether it is a page, a file or a further page of a list.

    Filtered lists are left out, as there is no end of them; and of the months those
    that are no neighbours of this one, as most of the others are empty.
    """
    path, _mark, query = address.partition("?")
    *folders, _name = unquote(path).split("/")[1:]
    if not path.startswith(_beginnings()) and linked_from not in START:
        return False
    if {"", ".", ".."} & set(folders) or "\0" in unquote(path):
        return False
    is_neighbour = _MONTH.fullmatch(query) and "?" not in linked_from
    return bool(not query or _FURTHER_PAGE.fullmatch(query) or is_neighbour)


def _beginnings():
    languages = (f"/{code}/" for code, _name in settings.LANGUAGES)
    return (*languages, settings.STATIC_URL, settings.MEDIA_URL)


def file_of(address):
    """Where nginx looks for it; what follows the last point tells its kind."""
    path, _mark, query = address.partition("?")
    name = unquote(path).removeprefix("/")
    if not name or name.endswith("/"):
        name += "index.html"
    if query:
        stem, _point, kind = name.rpartition(".")
        name = f"{stem}.{query}.{kind}"
    return name


# ---- its files --------------------------------------------------------------------------


class Copy:
    """The folder of a copy while it is filled."""

    def __init__(self, path, former):
        self.path, self.former = path, former
        self.sums, self.bytes = {}, 0
        path.chmod(0o755)

    def write(self, name, body, *, is_packed):
        (self.path / PAGES / name).parent.mkdir(parents=True, exist_ok=True)
        former = self.former / name
        is_same = former.is_file() and former.read_bytes() == body
        self._put(name, body, is_same)
        if is_packed and len(body) >= WORTH_PACKING:
            former = self.former / f"{name}.gz"
            is_same = is_same and former.is_file()
            packed = former.read_bytes() if is_same else gzip.compress(body, 6, mtime=0)
            self._put(f"{name}.gz", packed, is_same)

    def _put(self, name, content, is_same):
        path = self.path / PAGES / name
        if is_same:
            path.hardlink_to(self.former / name)
        else:
            path.write_bytes(content)
        self.sums[name] = hashlib.sha256(content).hexdigest()
        self.bytes += len(content)

    def write_sums(self):
        lines = (f"{digest}  {PAGES}/{name}\n" for name, digest in self.sums.items())
        (self.path / SUMS).write_text("".join(lines), encoding="utf-8")


@contextmanager
def _alone_in(folder):
    """The folder is ours from here on, and no other bake is at work in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if not _is_ours(path):
            raise BakingError(f"{folder} holds something else: {path.name}.")
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BakingError(f"Another bake is at work in {folder}.") from None
        yield


def _is_ours(path):
    if path.name == CURRENT:
        return path.is_symlink()
    return path.name == LOCK or bool(_COPY.fullmatch(path.name))


def _remove_copies(folder, *, but):
    for path in folder.iterdir():
        if _COPY.fullmatch(path.name) and path.name != but.name:
            shutil.rmtree(path)


@contextmanager
def _readable_for_all():
    """nginx is another user than the site."""
    former = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(former)
