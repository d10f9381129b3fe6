"""What must not happen twice at once, on however many machines.

PostgreSQL keeps a lock for as long as a connection lasts, so it ends with the process,
however that ends. With SQLite there is one machine: a file beside the database is
locked in the same way.
"""

import fcntl
import hashlib
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections

ASKED_AGAIN = 0.1  # seconds
MIGRATING_TAKES = 10 * 60  # at most, and the first start as well


class TakenError(CommandError):
    def __init__(self, name):
        super().__init__(
            f"{name} is still running, here or on another machine. See whether that goes"
            " on, and try again."
        )


@contextmanager
def alone(name, patience=0, using=DEFAULT_DB_ALIAS):
    """Nobody else who says the same name is inside. Raises ``TakenError`` where
    somebody still is after ``patience`` seconds."""
    vendors = {"postgresql": _locked_row, "sqlite": _locked_file}
    with vendors[connections[using].vendor](name, using) as lock:
        until = time.monotonic() + patience
        while not lock():
            if time.monotonic() >= until:
                raise TakenError(name)
            time.sleep(ASKED_AGAIN)
        yield


@contextmanager
def _locked_row(name, using):
    """On a connection of its own, which ends with what is done alone."""
    own = connections[using].copy()
    number = hashlib.sha256(f"osaka-network {name}".encode()).digest()[:8]

    def lock():
        with own.cursor() as cursor:
            cursor.execute(
                "SELECT pg_try_advisory_lock(%s)",
                [int.from_bytes(number, signed=True)],
            )
            return cursor.fetchone()[0]

    try:
        yield lock
    finally:
        own.close()


@contextmanager
def _locked_file(name, using):
    database = str(connections[using].settings_dict["NAME"])
    path = Path(f"{database}-{name}.lock")
    is_in_memory = database.startswith(("file:", ":memory:"))  # as in tests
    if is_in_memory or not path.parent.is_dir():  # which the database will say
        yield lambda: True
        return
    with path.open("wb") as file:

        def lock():
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            return False

        yield lock


class AloneCommand(BaseCommand):
    """A command of which one runs at a time: a second one says so, and ends well."""

    def execute(self, *args, **options):
        name = type(self).__module__.rpartition(".")[2]
        try:
            with alone(name):
                return super().execute(*args, **options)
        except TakenError:
            (options.get("stdout") or self.stdout).write(
                f"{name} runs already, here or on another machine; nothing was done.\n"
            )
