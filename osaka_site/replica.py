"""Visitors' pages read from a replica of the database, while it is in step.

A replica is behind by moments, and nobody may see a page older than the last
publishing. So each request that is for everybody first compares the content versions of
both: only where they are the same, the replica is read, by everything that goes through
a model. All others, staff and whatever is written among them, keep to the primary.
"""

import logging
from contextvars import ContextVar
from time import monotonic

from django.db import DEFAULT_DB_ALIAS, DatabaseError

from events.models import ContentVersion

from .page_cache import may_be_kept

REPLICA = "replica"
LEFT_ALONE = 10  # seconds, after it did not answer

logger = logging.getLogger(__name__)
_is_read = ContextVar("is_read", default=False)


class ReplicaMiddleware:
    """The last one: what others have written before it is seen by the comparison."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.back_at = 0  # as ``monotonic`` counts

    def __call__(self, request):
        token = _is_read.set(may_be_kept(request.META) and self._is_in_step())
        try:
            return self.get_response(request)
        finally:
            _is_read.reset(token)

    def process_exception(self, request, error):
        """A page whose replica went away, or took a query back to catch up, is made
        once more from the primary."""
        if not _is_read.get() or not isinstance(error, DatabaseError):
            return None
        self._leave_alone(error)
        _is_read.set(False)
        return self.get_response(request)

    def _is_in_step(self):
        if monotonic() < self.back_at:
            return False
        try:
            on_replica = ContentVersion.objects.using(REPLICA).get().token
        except (DatabaseError, ContentVersion.DoesNotExist) as error:
            self._leave_alone(error)
            return False
        # Asked last: what both were at one moment, the replica is at the least.
        return on_replica == ContentVersion.token_now()

    def _leave_alone(self, error):
        self.back_at = monotonic() + LEFT_ALONE
        logger.warning("The replica is left alone for %s s: %s", LEFT_ALONE, error)


class ReplicaRouter:
    """Always by name: a record that was read from the replica, and kept, would else
    lead there again in a later request."""

    def db_for_read(self, model, **hints):
        return REPLICA if _is_read.get() else DEFAULT_DB_ALIAS

    def db_for_write(self, model, **hints):
        _is_read.set(False)  # what is read after it has to know of it
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, db, app_label, **hints):
        return False if db == REPLICA else None
