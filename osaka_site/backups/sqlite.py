"""SQLite: copied by its online backup, which stops no writer and takes in the WAL."""

import sqlite3
import time
from contextlib import closing, contextmanager

from django.db import connection

from . import tables
from .archives import BackupError, DamagedError

COPY = "database/osaka.sqlite3"
PATIENCE = 10  # seconds, for whoever else holds the database


@contextmanager
def frozen(folder):
    """The database of one moment: queries read it meanwhile."""
    path = folder / "osaka.sqlite3"
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        if ("django_session",) in copy.execute("SELECT name FROM sqlite_master"):
            copy.execute("DELETE FROM django_session")
        copy.commit()
        copy.execute("VACUUM")
    with _opened(path):
        yield {COPY: path}


def prepare_copy(manifest, folder):
    """The database of the archive, once it is known to be sound."""
    path = folder / COPY
    try:
        with closing(sqlite3.connect(path)) as copy:
            (found,) = copy.execute("PRAGMA integrity_check").fetchone()
            if found != "ok":
                raise sqlite3.DatabaseError(found)
    except sqlite3.DatabaseError as error:
        raise DamagedError("its database is not sound") from error
    with _opened(path):
        tables.compare(manifest)
    return lambda: _put_in(path, manifest)


def prepare_tables(manifest, folder):
    """A database made from the lines, beside the one that it will replace."""
    path = folder / "from-tables.sqlite3"
    with _opened(path):
        tables.build(manifest, folder)
        tables.compare(manifest)
    return lambda: _put_in(path, manifest)


def _put_in(path, manifest):
    """In one transaction, so that other processes see the old or the new."""
    deadline = time.monotonic() + PATIENCE

    def give_up_after_a_while(*_progress):
        if time.monotonic() > deadline:
            raise BackupError("The database is in use. Stop the site and try again.")

    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        copy.backup(connection.connection, progress=give_up_after_a_while)
    tables.compare(manifest)


def _opened(path):
    """Another file as a connection of Django."""
    other = connection.copy()
    other.settings_dict["NAME"] = str(path)
    other.settings_dict["OPTIONS"]["init_command"] = "PRAGMA synchronous = OFF"
    return tables.standing_in(other)
