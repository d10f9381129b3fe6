"""One kept page: what Django answered, in each form in which browsers take it."""

import gzip
import hashlib
import json
import re
from functools import lru_cache
from math import floor

import brotli
from django.utils.http import http_date

# Those of one answer, and those that every answer from here gets anew.
NOT_KEPT = {
    "cache-control",
    "content-length",
    "date",
    "etag",
    "last-modified",
    "vary",
    "x-request-id",
}
PUBLIC = [
    ("Cache-Control", "public, max-age=0, must-revalidate"),
    ("Vary", "Accept-Encoding"),
]
WORTH_PACKING = 500  # bytes
PACKERS = {
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, compresslevel=6, mtime=0),
}
CHECKSUM = 32  # bytes
BETWEEN_CLOCKS = 2  # seconds by which those of two machines may differ


class Form:
    """The page as it is or packed, with the headers of its answers made once."""

    def __init__(self, name, body, digest, headers):
        self.body = body
        self.etag = f'"{digest}-{name}"' if name else f'"{digest}"'
        self.headers = [*headers, ("ETag", self.etag)]
        # 304: what describes the body is with the browser already.
        self.headers_if_known = [
            header for header in self.headers if not header[0].startswith("Content-")
        ]
        if name:
            self.headers.append(("Content-Encoding", name))
        self.headers.append(("Content-Length", str(len(body))))


class Page:
    """What was true at ``version`` and is so ``until`` a moment. Moments are seconds,
    as ``time.time()`` gives them."""

    def __init__(self, version, made_at, until, headers, bodies):
        self.version = version
        self.made_at = made_at
        self.until = until
        self.headers = headers
        self.digest = hashlib.sha256(bodies[""]).hexdigest()[:32]
        # The first second that begins after the page was made: whoever got an older
        # one, even within the second of a change and by whatever process, knows of
        # an earlier second only. Until it begins, the one before is told.
        self.changed_at = floor(made_at) + 1
        self.dates = [
            ("Last-Modified", http_date(second))
            for second in (self.changed_at - 1, self.changed_at)
        ]
        self.forms = {name: self._form(name, body) for name, body in bodies.items()}
        self.is_worth_packing = len(bodies[""]) >= WORTH_PACKING

    @classmethod
    def of_answer(cls, version, made_at, until, headers, body):
        kept = [
            (name, value) for name, value in headers if name.lower() not in NOT_KEPT
        ]
        return cls(version, made_at, until, [*kept, *PUBLIC], {"": body})

    def serves(self, version, now):
        """Not if made later than it is now: the clock has been put back since."""
        is_of_now = self.made_at - BETWEEN_CLOCKS <= now < self.until
        return self.version == version and is_of_now

    def form_for(self, accepted):
        """As the browser takes it; packed once."""
        name = best_form(accepted) if self.is_worth_packing else ""
        if name not in self.forms:
            packed = PACKERS[name](self.forms[""].body)
            # Another dictionary: somebody else may be reading this one.
            self.forms = {**self.forms, name: self._form(name, packed)}
        return self.forms[name]

    def _form(self, name, body):
        return Form(name, body, self.digest, self.headers)

    def kept_by_nginx_until(self, now):
        """The last second in which nginx may still show it: to nginx, a second has
        not passed before the next one begins."""
        return min(floor(now), floor(self.until) - 1)

    # ---- for other processes ------------------------------------------------

    def to_bytes(self):
        bodies = {name: form.body for name, form in self.forms.items()}
        head = {
            "version": self.version,
            "made_at": self.made_at,
            "until": self.until,
            "headers": self.headers,
            "sizes": {name: len(body) for name, body in bodies.items()},
        }
        content = b"\n".join([json.dumps(head).encode(), b"".join(bodies.values())])
        return hashlib.sha256(content).digest() + content

    @classmethod
    def from_bytes(cls, given):
        """``ValueError`` if it is not what ``to_bytes`` wrote."""
        content = given[CHECKSUM:]
        if hashlib.sha256(content).digest() != given[:CHECKSUM]:
            raise ValueError("damaged")
        head, _end, rest = content.partition(b"\n")
        head = json.loads(head)
        headers = [tuple(header) for header in head["headers"]]
        bodies = {}
        for name, size in head["sizes"].items():
            bodies[name], rest = rest[:size], rest[size:]
        return cls(head["version"], head["made_at"], head["until"], headers, bodies)


@lru_cache(maxsize=200)
def best_form(accepted):
    """The first of ours among what a browser accepts; "" for none."""
    refused = set(re.findall(r"(\w+)\s*;\s*q=0(?:\.0*)?\s*(?:,|$)", accepted))
    wanted = set(re.findall(r"[\w*]+", accepted)) - refused
    return next((name for name in PACKERS if name in wanted), "")
