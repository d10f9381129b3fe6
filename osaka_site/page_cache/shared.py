"""Pages that several processes and machines keep together, in Redis or in a folder.

It may go away at any time: pages are then made by each process for itself.
"""

import hashlib
import logging
import time
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from django.core.cache import caches
from redis.exceptions import RedisError

from .pages import Page

PAUSE = 5  # seconds without asking after it did not answer
LONGEST_WAIT = 5  # seconds for a page that another process makes
LONGEST_TURN = 10  # seconds; whoever takes longer may be no more

logger = logging.getLogger(__name__)


class SharedPages:
    def __init__(self, alias="pages"):
        self.alias = alias
        self._paused_until = 0

    @contextmanager
    def page_or_turn(self, key, version):
        """The page. Or ``None`` for the one process that is to make it meanwhile, and
        for whoever has waited long enough for that one."""
        name = _name(key, version)
        until = time.monotonic() + LONGEST_WAIT
        while (page := self._get(name)) is None:
            is_ours = self._ask("add", f"{name}-turn", True, LONGEST_TURN)
            if is_ours is not False or time.monotonic() > until:
                break
            time.sleep(0.01)
        try:
            yield page
        finally:
            if page is None and is_ours:
                self._ask("delete", f"{name}-turn")

    def _get(self, name):
        try:
            return Page.from_bytes(self._ask("get", name))
        except (ValueError, TypeError, LookupError):
            return None  # nothing, or nothing of ours

    def put(self, key, page):
        seconds = max(page.until - time.time(), 1)
        self._ask("set", _name(key, page.version), page.to_bytes(), seconds)

    def _ask(self, method, *arguments):
        """``None`` if there is no answer; then, not to wait each time, there is none
        for a while."""
        if time.monotonic() < self._paused_until:
            return None
        try:
            return getattr(caches[self.alias], method)(*arguments)
        except (OSError, RedisError) as error:
            self._paused_until = time.monotonic() + PAUSE
            logger.warning("Pages are not shared: %s", error)
        except Exception as error:  # noqa: BLE001
            # Django unpickles what stands there, and anything may come of that.
            logger.warning("What is kept as a shared page is none: %r", error)
        return None


def _name(key, version):
    """Another release may make another page of the same content."""
    return hashlib.sha256(repr((release(), version, key)).encode()).hexdigest()


@cache
def release():
    """A digest of all that makes pages, the same on each machine."""
    digest = hashlib.sha256()
    shown = (settings.DEBUG, settings.SITE_URL, settings.HTTPS)
    digest.update(repr(shown).encode())
    for folder in ("osaka_site", "network", "events", "templates"):
        for path in sorted((settings.BASE_DIR / folder).rglob("*")):
            if path.is_file() and path.suffix not in (".pyc", ".po"):
                digest.update(path.read_bytes())
    digest.update((settings.BASE_DIR / "requirements.txt").read_bytes())
    return digest.hexdigest()
