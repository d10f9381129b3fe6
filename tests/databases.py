"""Other databases than that of the tests, for what must be committed, or fail."""

import itertools
import sqlite3
from contextlib import closing, contextmanager

from django.db import connection, connections
from django.db.utils import load_backend
from django.test import override_settings

from osaka_site.backups.tables import standing_in

numbers = itertools.count(1)


class Place:
    """Another default database, and other media; what is done there is committed."""

    def __init__(self, other, folder):
        self.other, self.media = other, folder / "media"
        self.media.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def entered(self):
        with standing_in(self.other), override_settings(MEDIA_ROOT=self.media):
            yield self


@contextmanager
def place(folder, vendor=None, copied=False):
    """Empty, or a copy of the database of the tests."""
    folder.mkdir(exist_ok=True)
    databases = {"sqlite": sqlite_database, "postgresql": postgresql_database}
    with databases[vendor or connection.vendor](folder, copied) as other:
        yield Place(other, folder)


@contextmanager
def sqlite_database(folder, copied):
    path = folder / "osaka.sqlite3"
    if copied:
        with closing(sqlite3.connect(path)) as copy:
            connection.ensure_connection()
            connection.connection.backup(copy)
    options = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 0.1,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=OFF;",
    }
    yield wrapper("sqlite3", NAME=path, OPTIONS=options)


@contextmanager
def postgresql_database(folder, copied):
    of_tests = connections["default"]
    template = of_tests.settings_dict["NAME"] if copied else "template0"
    name = f"other_{next(numbers)}_{of_tests.settings_dict['NAME']}"
    if copied:  # nobody may be connected to what is copied
        of_tests.close()
    with of_tests._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield wrapper("postgresql", NAME=name, OPTIONS={})
    finally:
        with of_tests._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def wrapper(engine, **changes):
    engine = f"django.db.backends.{engine}"
    usual = connections["default"].settings_dict
    return load_backend(engine).DatabaseWrapper(
        {**usual, "ENGINE": engine, **changes}, "default"
    )


def gone(folder):
    """A database that does not answer; for ``with gone(…):``"""
    if connection.vendor == "sqlite":
        return standing_in(wrapper("sqlite3", NAME=folder / "none" / "osaka.sqlite3"))
    return standing_in(wrapper("postgresql", HOST="127.0.0.1", PORT=1, OPTIONS={}))
