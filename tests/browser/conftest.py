"""A browser before the running site. Test modules in here say

    pytestmark = [
        pytest.mark.browser,
        pytest.mark.django_db(transaction=True, serialized_rollback=True),
    ]

which puts back what migrations made (the groups) before each test.
"""

import os
import shutil
import threading
import time

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.db import connections
from django.test import override_settings

from network.models import SearchEntry

# Playwright has an event loop running while tests ask the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = shutil.which("chromium")
QUIETLY = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    if CHROMIUM is None:
        without = pytest.fail if os.environ.get("CI") else pytest.skip
        without("There is no chromium on this machine.")
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": QUIETLY}


@pytest.fixture(scope="session")
def _connections(django_db_setup):
    return {alias: connections[alias] for alias in connections}


@pytest.fixture(scope="session")
def playwright(_connections, playwright):
    """Where an event loop runs, Django would open connections of their own: these
    would not see what the others do, nor what migrations made."""
    for alias, connection in _connections.items():
        connections[alias] = connection
    return playwright


_turn = threading.Lock()
_in_hand = set()  # requests that are not answered yet


def one_at_a_time(get_response):
    """On SQLite the threads of this server share one connection, and what one undoes
    at the end of a preview would be undone for all."""

    def middleware(request):
        _in_hand.add(id(request))
        try:
            with _turn:
                return get_response(request)
        finally:
            _in_hand.discard(id(request))

    return middleware


@pytest.fixture(scope="session")
def _with_turns():
    with override_settings(
        MIDDLEWARE=[f"{__name__}.one_at_a_time", *settings.MIDDLEWARE]
    ):
        yield


@pytest.fixture(scope="session")
def live_server(_with_turns, live_server):
    return live_server


@pytest.fixture(autouse=True)
def _answer_what_was_asked(transactional_db):
    """The page is closed by then, and the tables are emptied next."""
    yield
    while _in_hand:
        time.sleep(0.01)


@pytest.fixture(scope="session")
def base_url(live_server):
    return live_server.url


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "en", "timezone_id": "Asia/Tokyo"}


@pytest.fixture(scope="package", autouse=True)
def _leave_what_migrations_made(django_db_setup, django_db_blocker):
    """The last of these tests empties every table: fill them again for others."""
    yield
    with django_db_blocker.unblock():
        for connection in connections.all():
            connection.creation.deserialize_db_from_string(
                connection._test_serialized_contents
            )
        SearchEntry.objects.forget_all()  # its index is no model's table


@pytest.fixture
def page(page, live_server):
    """A page that must keep to the content security policy and to our host."""
    refused, strangers = [], []

    def note_refusal(message):
        if "Content Security" in message.text:
            refused.append(message.text)

    def note_stranger(request):
        if not request.url.startswith((live_server.url, "data:", "blob:")):
            strangers.append(request.url)

    page.context.on("console", note_refusal)
    page.context.on("request", note_stranger)
    yield page
    assert refused == []
    assert strangers == []


def log_in(page, user):
    """As somebody of the staff; the fixtures' passwords are their names."""
    page.context.clear_cookies()
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(user.username)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")


def axe_violations(page):
    """What axe-core finds: a line for each element, with the rule it breaks."""
    page.evaluate(AXE_SCRIPT + ";undefined")
    results = page.evaluate("axe.run(document, {preload: false})")
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in results["violations"]
        for node in rule["nodes"]
    ]
