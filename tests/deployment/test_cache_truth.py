"""What is kept is what is true: after any change, every server sends the page that
would be made from nothing.

Two application servers share the database and Redis, and before both stands nginx.
Staff change something through the one or the other; then every page that it may show
on is read from each, by visitors who have the page from before, and from a process
that has made no page yet.

One change of each kind takes seconds. ``TRUTH_ROUNDS=20`` makes twenty rounds and
reads every page in three languages; with another ``TRUTH_SEED`` they are others.
"""

import gzip
import json
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from copy import copy
from datetime import datetime
from difflib import unified_diff
from itertools import chain, cycle, islice
from random import Random
from threading import Event
from time import sleep

import brotli
import pytest

from .changes import JAPAN, KINDS, Desk
from .rendering import Renderer
from .servers import Nginx, Site
from .visiting import Staff

ROUNDS = int(os.environ.get("TRUTH_ROUNDS", "0"))
SEED = os.environ.get("TRUTH_SEED", "1")
# What has to be the same beside the bytes.
HEADERS = ("Content-Type", "Content-Language", "Content-Disposition", "Location")
UNPACK = {None: bytes, "br": brotli.decompress, "gzip": gzip.decompress}
# Few, so that changes meet: which ones of each kind, or how many.
RECORDS = {
    "network.partner": ["milan", "shanghai", "hamburg"],
    "network.affiliation": 5,
    "network.category": ["sister-cities", "mou", "mou-cities"],
    "network.overseasoffice": 3,
    "network.facility": 2,
    "network.programme": 2,
    "network.pagetext": 8,
    "network.externallink": 4,
    "network.picture": 3,
    "network.source": 2,
    "events.exchange": 3,
    "events.field": 3,
}
PAGES = [
    *("/", "/network/", "/network/sister-cities/", "/network/mou/", "/partners/"),
    *("/partners/?country=IT", "/partners/milan/", "/partners/shanghai/"),
    *("/exchanges/", "/exchanges/?field=culture", "/exchanges/?partner=milan"),
    *("/exchanges/calendar/", "/exchanges/years/", "/anniversaries/"),
    *("/house/", "/offices/", "/links/", "/about-this-data/"),
    *("/search/?q=whale", "/search/?q=%E3%81%8F%E3%81%98%E3%82%89"),
    *("/exchanges.atom", "/exchanges.ics", "/exchanges.json", "/exchanges.csv"),
    "/anniversaries.ics",
]
FOR_MACHINES = [
    *("/sitemap.xml", "/sitemap-lists.xml", "/sitemap-categories.xml"),
    *("/sitemap-partners.xml", "/sitemap-exchanges.xml", "/robots.txt"),
]


class Visitor:
    """Reads pages with a browser that asks with what it has from before."""

    def __init__(self, server, packed=None):
        self.server, self.packed = server, packed
        self.answers = {}

    def read(self, paths):
        paths = iter(paths)
        for first in paths:
            with closing(self.server.connect()) as asking:
                # nginx ends a connection after a thousand.
                for path in chain([first], islice(paths, 500)):
                    self._read(path, asking)

    def _read(self, path, asking):
        headers = {"Accept-Encoding": self.packed} if self.packed else {}
        if (former := self.answers.get(path)) and former.headers["ETag"]:
            headers["If-None-Match"] = former.headers["ETag"]
        answer = self.server.ask_over(asking, path, headers=headers)
        self.answers[path] = former if answer.status == 304 else answer

    def seen(self, path):
        answer = self.answers[path]
        unpack = UNPACK[answer.headers["Content-Encoding"]]
        return essence(answer, unpack(answer.content))

    def etag(self, path):
        """Without what it says of packing."""
        tag = self.answers[path].headers["ETag"] or ""
        return tag.removeprefix("W/").strip('"').partition("-")[0]


def essence(answer, content):
    return answer.status, *map(answer.headers.get, HEADERS), content


@pytest.fixture(scope="module")
def apart(deployment):
    """The deployment with content of its own, for servers of their own."""
    found = copy(deployment)
    found.folder = deployment.folder / "truth"
    found.environment = {
        **deployment.environment,
        "DATABASE_URL": deployment.database.another("truth"),
        "CACHE_URL": f"{deployment.cache.url.rpartition('/')[0]}/2",
        "CONTENT_VERSION_LINK": str(found.folder / "content" / "current"),
        "WEB_CONCURRENCY": "1",
    }
    return found


@pytest.fixture
def desk(apart):
    code = f"from tests.deployment import staff; print(staff.desk({RECORDS!r}))"
    told = apart.manage("shell", "--verbosity=0", "-c", code)
    editor, publisher, records = json.loads(told)
    return Desk(Staff(None, editor), Staff(None, publisher), records, Random(SEED))


@pytest.fixture
def servers(apart):
    """Two application servers, nginx before both, and who makes pages from nothing."""
    with ExitStack() as stack:
        sites = [
            stack.enter_context(Site(apart.folder / name, apart.environment))
            for name in ("one", "other")
        ]
        upstream = "; server ".join(f"unix:{site.socket}" for site in sites)
        proxy = stack.enter_context(
            Nginx(apart.folder / "nginx", upstream, apart.shared("nginx"))
        )
        renderer = Renderer(apart.folder / "renderer", apart.environment)
        yield *sites, proxy, stack.enter_context(renderer)


def addresses(desk, languages):
    """Every page that a change may show on: in each of the languages or, where there
    are no rounds, in one of them."""
    exchanges = [
        f"/exchanges/{slug}{form}"
        for slug in desk.records["events.exchange"]
        for form in ("/", ".ics")
    ]
    paths = [*PAGES, *exchanges]
    pairs = zip(cycle(languages), paths, strict=False)
    if ROUNDS:
        pairs = ((language, path) for language in languages for path in paths)
    return [*(f"/{language}{path}" for language, path in pairs), *FOR_MACHINES]


@contextmanager
def rush(server, paths):
    """Inside, somebody else reads these pages all the time, so that some have just
    been kept, and some are just being made, when they change. Gives those read last."""
    over, random, last = Event(), Random(SEED), deque(maxlen=8)

    def some():
        while not over.is_set():
            last.append(random.choice(paths))
            yield last[-1]

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(Visitor(server).read, some())
        try:
            yield last
        finally:
            over.set()
        reading.result()


def read(visitors, paths, random):
    """One visitor after the other, in any order; only nginx comes first, as it keeps
    a page for less than a second."""
    names = random.sample(list(visitors), len(visitors))
    for name in sorted(names, key=lambda name: name != "nginx"):
        visitors[name].read(paths)


def wrong(visitors, renderer, paths):
    """What a visitor saw that is not so; made from nothing the other way round, or
    each page by itself, so that none depends on one before it."""
    true = {}
    backwards = paths[::-1]
    for some in [[path] for path in backwards] if ROUNDS else [backwards]:
        true |= renderer.ask(some)
    for path in paths:
        expected = essence(true[path], true[path].content)
        for name, visitor in visitors.items():
            if (seen := visitor.seen(path)) != expected:
                yield f"{path} from {name}:", *difference(expected, seen)
        etags = {name: visitor.etag(path) for name, visitor in visitors.items()}
        if len(set(etags.values())) > 1:
            yield f"{path} has several ETags:", str(etags)


def difference(expected, seen):
    if expected[:-1] != seen[:-1]:
        return f"- {expected[:-1]}", f"+ {seen[:-1]}"
    before, after = (page[-1].decode().splitlines() for page in (expected, seen))
    return (line[:200] for line in unified_diff(before, after, n=0, lineterm=""))


def test_every_server_sends_what_is_true(desk, servers):
    one, other, proxy, renderer = servers
    visitors = {
        "one": Visitor(one),
        "other, packed": Visitor(other, "gzip"),
        "nginx": Visitor(proxy),
        "nginx, packed": Visitor(proxy, "br"),
    }
    random, done = desk.random, []
    for _round in range(ROUNDS or 1):
        languages = ["en", "ja", random.choice(["zh-hans", "ko"])]
        paths = addresses(desk, languages)
        read(visitors, paths, random)
        for kind in random.sample(list(KINDS), len(KINDS)):
            change = random.choice(KINDS[kind])
            done.append(change.__name__)
            desk.through(random.choice([one, other]))
            with rush(proxy, paths) as last:
                moment = change(desk)
                if moment:
                    read(visitors, paths, random)
                    sleep(max(0, (moment - datetime.now(JAPAN)).total_seconds()))
            now = addresses(desk, languages)
            paths = list(dict.fromkeys([*reversed(last), *paths, *now]))
            read(visitors, paths, random)
            found = list(chain.from_iterable(wrong(visitors, renderer, paths)))
            assert not found, "\n".join([f"Seed {SEED}, after {done}", *found])
