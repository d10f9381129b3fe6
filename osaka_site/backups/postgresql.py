"""PostgreSQL: copied by ``pg_dump`` from the same snapshot as the lines are read."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from django.db import DatabaseError, OperationalError, connection, transaction

from . import tables
from .archives import BackupError, DamagedError

COPY = "database/osaka.pgdump"
DEBIAN = Path("/usr/lib/postgresql")

PATIENCE = 10  # seconds, for whoever else holds a table

# Everything in the schema, also what the archive does not know; extensions stay.
DROP_ALL = """
DO $$ DECLARE statement text; BEGIN
    FOR statement IN
        SELECT format('DROP TABLE IF EXISTS %I.%I CASCADE', schemaname, tablename)
        FROM pg_tables WHERE schemaname = current_schema()
    UNION ALL
        SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure)
        FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid
                        AND classid = 'pg_proc'::regclass AND deptype = 'e')
    LOOP EXECUTE statement; END LOOP;
END $$;
"""


@contextmanager
def frozen(folder):
    """The database of one moment: queries read it meanwhile."""
    path = folder / "osaka.pgdump"
    # The password goes by the environment: a command line is for all to see.
    (_psql, *target), variables = connection.client.settings_to_cmd_args_env(
        connection.settings_dict, []
    )
    with _own_connection(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        try:
            _run(
                "pg_dump",
                "--format=custom",
                f"--snapshot={snapshot}",
                "--exclude-table-data=django_session",
                f"--file={path}",
                *target,
                **(variables or {}),
            )
        except subprocess.CalledProcessError as error:
            raise BackupError(f"pg_dump failed: {error.stderr.strip()}") from error
        yield {COPY: path}


def prepare_copy(manifest, folder):
    """The dump as statements, once it could be read to its end."""
    script = folder / "restore.sql"
    try:
        _run(
            "pg_restore",
            "--no-owner",
            "--no-privileges",
            f"--file={script}",
            str(folder / COPY),
        )
    except subprocess.CalledProcessError as error:
        raise DamagedError("its database is not sound") from error
    return lambda: _put_in(manifest, lambda cursor: _execute(script, cursor))


def prepare_tables(manifest, folder):
    def build(cursor):
        # Or a table with rows whose checks are pending could not be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        tables.build(manifest, folder)

    return lambda: _put_in(manifest, build)


def _put_in(manifest, fill):
    """In one transaction, which ends only if each row is as it was."""
    try:
        with _own_connection(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
            cursor.execute(DROP_ALL)
            fill(cursor)
            cursor.execute("RESET search_path")
            tables.compare(manifest)
    except OperationalError as error:
        raise BackupError(
            "The database is in use. Stop the site and try again."
        ) from error
    except DatabaseError as error:
        raise BackupError(f"The database did not take it: {error}") from error


def _execute(script, cursor):
    """What pg_restore wrote: statements, and between them rows for COPY."""
    statements = []
    with script.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            if line.startswith("COPY ") and line.endswith(" FROM stdin;\n"):
                cursor.execute("".join(statements))
                statements.clear()
                with cursor.copy(line) as copy:
                    while (row := next(lines)) != "\\.\n":
                        copy.write(row)
            elif not line.startswith("\\"):  # what is for psql
                statements.append(line)
    cursor.execute("".join(statements))


def _own_connection():
    """One that ends with what is set on it."""
    return tables.standing_in(connection.copy())


def _run(program, *arguments, **variables):
    folders = [os.environ.get("PATH", ""), *map(str, sorted(DEBIAN.glob("*/bin")))]
    found = shutil.which(program, path=os.pathsep.join(folders))
    if not found:
        raise BackupError(
            f"{program} is missing. On Debian: apt install postgresql-client"
        )
    subprocess.run(
        [found, *arguments],
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
