"""The index that tells which exchanges match, and what every other choice would give.

It is made from the records and kept in the process until one of them changes or a
scheduled moment passes, in whichever process that happens. The plain queries of
``ExchangeFilter.qs`` stay the definition of what matches; the tests compare the two.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock

from osaka_site import clock

from .building import build
from .index import Index
from .models import ContentVersion
from .patching import patched


def current_index():
    """The index of what is public now. While nothing changes, it costs one query."""
    shelf = _shelf.get()
    index = shelf.index  # read once: another thread may put another one there
    now = clock.now()
    token, changes = ContentVersion.news(index and index.position)
    if index is not None and index.serves(token, now):
        return index
    with shelf.lock:  # one makes it, and the others wait for that
        if shelf.index is index:
            shelf.index = _newer(index, token, changes, now)
            return shelf.index
    return current_index()


def _newer(index, token, changes, now):
    newer = None
    if index is not None and index.is_of(now):
        newer = patched(index, token, changes, now)
    return newer or build(token, _position(token, changes), now)


def _position(token, changes):
    """Where the changes stand that come after this token."""
    last = changes[-1] if changes else None
    return last.position if last and last.token == token else None


@contextmanager
def apart():
    """An index that is made inside is of no use outside: it knows a draft, or another
    day. So it is kept elsewhere, and goes at the end."""
    token = _shelf.set(Shelf(_shelf.get().index))
    try:
        yield
    finally:
        _shelf.reset(token)


@dataclass
class Shelf:
    """Where the last index is kept."""

    index: Index | None = None
    lock: Lock = field(default_factory=Lock)


_shelf = ContextVar("shelf", default=Shelf())  # noqa: B039 (one for the process)
