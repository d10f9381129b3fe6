"""Log lines that name their request, as text or as JSON, and slow queries among them.

Queries are logged without their values, which may be private.
"""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from time import perf_counter
from uuid import uuid4

from django.conf import settings

HEADER = "X-Request-ID"
# What a proxy may give; nothing that could pass for another line.
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
LONGEST_QUERY = 1000  # characters

_request_id = ContextVar("request_id", default="-")
_slow = logging.getLogger("osaka_site.slow_queries")


class RequestIdMiddleware:
    """The number of the request stands in every line that is logged for it, and in
    the answer, so that what a visitor reports can be found."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.headers.get(HEADER, "")
        number = given if WELL_FORMED.fullmatch(given) else uuid4().hex
        _request_id.set(number)  # and left: Django logs some answers afterwards
        response = self.get_response(request)
        response[HEADER] = number
        return response


class RequestIdFilter(logging.Filter):
    def filter(self, record):
        record.request_id = _request_id.get()
        return True


class JSONFormatter(logging.Formatter):
    """One object a line."""

    def format(self, record):
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "request_id": record.request_id,
            "message": record.getMessage(),
        }
        for name in ("status_code", "milliseconds"):
            if hasattr(record, name):
                line[name] = getattr(record, name)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def time_queries(connection, **kwargs):
    """Of a new connection, log the queries that take ``SLOW_QUERY_MS`` or longer;
    batches of rows are none."""
    if settings.SLOW_QUERY_MS and _timed not in connection.execute_wrappers:
        connection.execute_wrappers.append(_timed)


def _timed(execute, sql, params, many, context):
    start = perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        milliseconds = round((perf_counter() - start) * 1000)
        if milliseconds >= settings.SLOW_QUERY_MS and not many:
            _slow.warning(
                "A query took %d ms: %s",
                milliseconds,
                " ".join(str(sql).split())[:LONGEST_QUERY],
                extra={"milliseconds": milliseconds},
            )
