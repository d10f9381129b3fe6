"""The rows of every table as lines of JSON, the same from either database.

A line is a row, ``{column: value}``, in the order of the primary keys. Equal rows give
equal bytes, so that a table's hash tells whether it is the same.
"""

import hashlib
import json
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    connection,
    connections,
    transaction,
)
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import AutoField, FileField

from .archives import DamagedError

# Made again from the other tables; and sessions, which nobody wants back.
LEFT_OUT = {
    "django_session",
    "events_contentversion",
    "events_contentchange",
    "network_searchentry",
}
BATCH = 1000


@contextmanager
def standing_in(other):
    """Meanwhile ``other`` is the default database: data migrations write to that one,
    whichever is being migrated."""
    usual = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = other
    ContentType.objects.clear_cache()
    try:
        yield other
    finally:
        other.close()
        connections[DEFAULT_DB_ALIAS] = usual
        ContentType.objects.clear_cache()


def applied():
    """The migrations that the database has: ``[[app, name], …]``."""
    recorder = MigrationRecorder(connection)
    return sorted(map(list, recorder.applied_migrations()))


def unknown(migrations):
    """Those that this version of the code does not have."""
    known = MigrationLoader(None).disk_migrations
    return [migration for migration in migrations if tuple(migration) not in known]


def models_after(migrations):
    """The models as they were after these migrations, with every table's columns."""
    loader = MigrationLoader(None)
    nodes = [tuple(name) for name in migrations if tuple(name) in loader.graph.nodes]
    models = loader.project_state(nodes).apps.get_models(include_auto_created=True)
    kept = [model for model in models if model._meta.db_table not in LEFT_OUT]
    return sorted(kept, key=lambda model: model._meta.db_table)


def lines_of(model):
    fields = model._meta.concrete_fields
    rows = model._base_manager.order_by("pk").values_list(
        *[field.attname for field in fields]
    )
    for row in rows.iterator(BATCH):
        prepared = {
            field.column: field.get_prep_value(value)
            for field, value in zip(fields, row, strict=True)
        }
        yield (
            json.dumps(
                prepared, default=_as_text, ensure_ascii=False, sort_keys=True
            ).encode()
            + b"\n"
        )


def _as_text(value):
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in a backup yet")


def dump(model, path):
    """Write the lines and return ``{"rows": 3, "last_id": 7}``."""
    count = 0
    with path.open("wb") as file:
        for line in lines_of(model):
            file.write(line)
            count += 1
    return {"rows": count, "last_id": _last_id(model)}


def files_named_by(model):
    rows = model._base_manager
    fields = [f for f in model._meta.concrete_fields if isinstance(f, FileField)]
    names = (rows.values_list(field.attname, flat=True) for field in fields)
    return {name for of_field in names for name in of_field if name}


def hash_of(model):
    lines = hashlib.sha256()
    for line in lines_of(model):
        lines.update(line)
    return lines.hexdigest()


def build(manifest, folder):
    """In an empty database, the tables as they were, with all their rows."""
    executor = MigrationExecutor(connection)
    executor.migrate(_last_of_each_app(manifest.migrations, executor.loader.graph))
    models = models_after(manifest.migrations)
    try:
        _load(models, folder / "tables")
    except (
        ValueError,
        TypeError,
        LookupError,
        ValidationError,
        DatabaseError,
    ) as error:
        raise DamagedError("its rows do not fit its tables") from error
    for model in models:
        last_id = manifest.tables[model._meta.db_table]["last_id"]
        _set_last_id(model, last_id)


def _last_of_each_app(migrations, graph):
    """What to ask the executor for: asked for one that others of its app follow, it
    would take those back."""
    names = set(map(tuple, migrations))
    return [
        name
        for name in sorted(names)
        if not any(
            child.key[0] == name[0] and child.key in names
            for child in graph.node_map[name].children
        )
    ]


def compare(manifest):
    """Raise ``DamagedError`` unless each row is as it was when the archive was made."""
    for model in models_after(manifest.migrations):
        table = model._meta.db_table
        lines = manifest.members[f"tables/{table}.jsonl"]
        try:
            is_same = hash_of(model) == lines["sha256"]
        except (DatabaseError, ValueError):
            is_same = False
        if not is_same:
            raise DamagedError(f"its database does not have the rows of {table}")


def _load(models, folder):
    """Replace all rows; what refers to other rows is checked at the end."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for model in models:
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')
        for model in models:
            with (folder / f"{model._meta.db_table}.jsonl").open("rb") as lines:
                _insert(model, lines, cursor)
        connection.check_constraints()


def _insert(model, lines, cursor):
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    statement = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})'
    while batch := list(islice(lines, BATCH)):
        rows = map(json.loads, batch)
        cursor.executemany(
            statement,
            [
                [
                    field.get_db_prep_save(
                        field.to_python(row[field.column]), connection
                    )
                    for field in fields
                ]
                for row in rows
            ],
        )


# ---- the next number of a new row -----------------------------------------------
# Kept, because history and log name records by number: that of a deleted one must
# not be given again.


def _last_id(model):
    if not isinstance(model._meta.pk, AutoField):
        return None
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT seq FROM sqlite_sequence WHERE name = %s",
                [model._meta.db_table],
            )
        else:
            cursor.execute(
                "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass)",
                [f'"{model._meta.db_table}"', model._meta.pk.column],
            )
        (last_id,) = cursor.fetchone() or (None,)
    return last_id


def _set_last_id(model, last_id):
    if not isinstance(model._meta.pk, AutoField):
        return
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            if last_id:
                cursor.execute(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)",
                    [table, last_id],
                )
        else:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)",
                [f'"{table}"', model._meta.pk.column, last_id or 1, bool(last_id)],
            )
