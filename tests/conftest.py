import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import translation

from .deployment import Deployment, missing_programs


def pytest_collection_modifyitems(items):
    """What needs the deployment asks no database of the tests."""
    for item in items:
        if "deployment" in item.fixturenames:
            item.add_marker("one_database")


@pytest.fixture(autouse=True)
def _english():
    """Tests start in English and leave no language behind."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    """A hash that is slow to guess is slow to make, and tests make hundreds."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def staff(name, group):
    user = get_user_model().objects.create_user(name, password=name, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def editor(db):
    return staff("editor", "Editors")


@pytest.fixture
def publisher(db):
    return staff("publisher", "Publishers")


@pytest.fixture
def editor_client(client, editor):
    client.force_login(editor)
    return client


@pytest.fixture
def publisher_client(client, publisher):
    client.force_login(publisher)
    return client


@pytest.fixture(scope="session")
def starting_content(django_db_setup, django_db_blocker):
    """``with starting_content():`` the site holds the fixtures, then nothing again.

    Loading takes a second, so what many tests read is read once a module. The
    tests must ask for the database, or there would be no other one than yours.
    """
    name = str(connection.settings_dict["NAME"])
    assert name.startswith(("file:memorydb", "test_")), name

    @contextmanager
    def loaded():
        with django_db_blocker.unblock(), transaction.atomic():
            call_command("loaddata", "network", "events", verbosity=0)
            yield
            transaction.set_rollback(True)

    return loaded


@pytest.fixture(scope="session")
def deployment():
    """All servers of ``deploy/`` with the starting content; leave them running."""
    if missing := missing_programs():
        without = pytest.fail if os.environ.get("CI") else pytest.skip
        without(f"Not installed: {', '.join(missing)}")
    # Short, for the sockets in it, and open to the user that PostgreSQL needs.
    with TemporaryDirectory(prefix="osaka-") as folder:
        os.chmod(folder, 0o755)
        with Deployment(Path(folder)) as running:
            yield running
