"""Which content version there is, read with every request."""

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections

QUESTION = "SELECT token FROM events_contentversion"


def current_version():
    database = connections[DEFAULT_DB_ALIAS]
    try:
        return _read_version(database)
    except (DatabaseError, InterfaceError):
        if database.in_atomic_block:
            raise
        # The connection may be lost, and the database there again.
        database.close()
        return _read_version(database)


def _read_version(database):
    """Past Django's cursor, which costs several times what the answer does."""
    if not database.in_atomic_block:
        database.close_if_unusable_or_obsolete()
    if database.connection is None:
        database.connect()
    with database.wrap_database_errors:
        version = _READERS[database.vendor](database.connection)
    if version is None:
        raise DatabaseError("There is no content version.")
    return int(version)


def _from_sqlite(connected):
    row = connected.execute(QUESTION).fetchone()
    return row and row[0]


def _from_postgresql(connected):
    """Past psycopg's cursor as well, for the same reason."""
    return connected.pgconn.exec_(QUESTION.encode()).get_value(0, 0)


_READERS = {"sqlite": _from_sqlite, "postgresql": _from_postgresql}
