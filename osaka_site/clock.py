"""What time it is for the answer being made: now, or in a preview a chosen moment.

Everything that visitors see by date asks here, so that staff can look at the site
as it will be.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone

_chosen = ContextVar("chosen", default=None)


def now():
    return _chosen.get() or timezone.now()


def today():
    """The day in Osaka."""
    return timezone.localdate(now())


@contextmanager
def showing(moment):
    """For what is made inside, it is ``moment``, an aware datetime; ``None``: now."""
    token = _chosen.set(moment)
    try:
        yield
    finally:
        _chosen.reset(token)
