import json
import logging
import re

import pytest
from django.db import connection
from django.db.backends.signals import connection_created

from osaka_site.logs import JSONFormatter, RequestIdFilter

from .databases import gone

GIVEN = "f3b1c2d4-0000-4000-8000-000000000001"


@pytest.fixture
def lines():
    """What a log of JSON holds, as objects."""
    written = []

    class Kept(logging.Handler):
        def emit(self, record):
            written.append(json.loads(self.format(record)))

    handler = Kept()
    handler.setFormatter(JSONFormatter())
    handler.addFilter(RequestIdFilter())
    loggers = [logging.getLogger(), logging.getLogger("django")]
    for logger in loggers:
        logger.addHandler(handler)
    yield written
    for logger in loggers:
        logger.removeHandler(handler)


def test_request_keeps_the_number_of_the_proxy(client, db, lines):
    response = client.get("/no-such/page", headers={"x-request-id": GIVEN})

    assert response["X-Request-ID"] == GIVEN
    (line,) = lines
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "logger": "django.request",
        "request_id": GIVEN,
        "message": "Not Found: /no-such/page",
        "status_code": 404,
    }


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "a b c d e f g", "１２３４５６７８９"]
)
def test_request_gets_a_number_where_none_is_well_formed(client, db, given):
    headers = {"x-request-id": given} if given else {}

    numbers = {client.get("/robots.txt", headers=headers)["X-Request-ID"] for _ in "ab"}

    assert len(numbers) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", number) for number in numbers)


def test_error_is_one_line_with_what_led_to_it(client, db, tmp_path, lines):
    client.raise_request_exception = False

    with gone(tmp_path):
        client.get("/en/", headers={"x-request-id": GIVEN})

    (line,) = lines
    assert (line["level"], line["request_id"], line["status_code"]) == (
        "ERROR",
        GIVEN,
        500,
    )
    assert line["exception"].startswith("Traceback")
    assert "OperationalError" in line["exception"]


def test_slow_query_is_logged_without_its_values(db, settings, lines):
    settings.SLOW_QUERY_MS = 10
    connection_created.send(type(connection), connection=connection)
    slow = {
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 300000) SELECT count(*) FROM n WHERE %s <> ''",
        "postgresql": "SELECT pg_sleep(0.02) WHERE %s <> ''",
    }[connection.vendor]

    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", ["private"])
        cursor.execute(slow.replace(" WHERE", "\n WHERE"), ["private"])

    (line,) = lines
    assert line["logger"] == "osaka_site.slow_queries"
    assert line["message"] == f"A query took {line['milliseconds']} ms: {slow}"
