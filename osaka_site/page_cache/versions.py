"""Which content version there is, read with every request, and told to nginx.

nginx cannot ask a database, but it can follow a symbolic link: ``$realpath_root`` in
the key of what it keeps is the name of the folder that ``CONTENT_VERSION_LINK`` points
to, and that name is the version. The link is moved before whoever changed something
gets an answer, so that nothing older is found from then on.
"""

import fcntl
import logging
import os
import re
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections

VERSION = re.compile(r"-?\d+")
QUESTION = "SELECT token FROM events_contentversion"
PAUSE = 5  # seconds without trying after the link could not be moved
OLD = 60  # seconds after which nobody is about to point to a folder any more

logger = logging.getLogger(__name__)


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
    with database.wrap_database_errors:
        if database.connection is None:
            database.connect()
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


class VersionLink:
    def __init__(self, path):
        self.path = Path(path)
        self.folder = self.path.parent
        self._paused_until = 0

    def shows(self, version):
        """Whether nginx finds this version, if need be after moving the link."""
        if self._target() == str(version):
            return True
        self._move()
        return self._target() == str(version)

    def follow(self):
        """Point to what the database has now."""
        with suppress(DatabaseError, InterfaceError):
            self.shows(current_version())

    def _target(self):
        try:
            return os.readlink(self.path)
        except OSError:
            return None

    def _move(self):
        """One at a time and each to what it reads then, so that it never goes back."""
        if time.monotonic() < self._paused_until:
            return
        try:
            with self._turn():
                self._point_to(str(current_version()))
        except (DatabaseError, InterfaceError):
            return  # while it is away, nothing is new
        except OSError as error:
            self._paused_until = time.monotonic() + PAUSE
            logger.error("nginx keeps no pages, as its link cannot be moved: %s", error)
            with suppress(OSError):
                self.path.unlink()  # rather none than an old one

    @contextmanager
    def _turn(self):
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True)
            self.folder.chmod(0o755)  # nginx is another user
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _point_to(self, version):
        (self.folder / version).mkdir(exist_ok=True)
        new = self.folder / "new"
        new.unlink(missing_ok=True)
        new.symlink_to(version)
        new.replace(self.path)
        for former in self.folder.iterdir():
            is_ours = VERSION.fullmatch(former.name) and former.name != version
            if is_ours and former.stat().st_mtime < time.time() - OLD:
                former.rmdir()
