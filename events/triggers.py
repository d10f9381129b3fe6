"""Database triggers that change the content version with every change of a record.

Triggers, because a record changes in more ways than through ``save()``: by
``update()``, by fixtures, by SQL typed into a console.
"""

from django.apps import apps

EVENTS = ("INSERT", "UPDATE", "DELETE")
NEW_TOKEN = "(random() * 9007199254740991)::bigint"  # PostgreSQL; SQLite's is whole


def install(connection):
    """Create what is missing; safe to run again. SQLite drops a table's triggers
    when a migration rebuilds it, so this runs after every ``migrate``."""
    existing = set(connection.introspection.table_names())
    if "events_contentversion" not in existing:
        return
    statements = {"sqlite": _for_sqlite, "postgresql": _for_postgresql}
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor](watched_tables() & existing):
            cursor.execute(statement)


def watched_tables():
    """Every table of the two apps but the version's own, and the working copies: one
    that waits for its day tells until when a page stays as it is."""
    return {
        model._meta.db_table
        for label in ("network", "events")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    } - {"events_contentversion"} | {"desk_workingcopy"}


def _for_sqlite(tables):
    yield (
        "INSERT INTO events_contentversion (id, token) VALUES (1, random())"
        " ON CONFLICT (id) DO NOTHING"
    )
    for table in sorted(tables):
        for event in EVENTS:
            yield (
                f'CREATE TRIGGER IF NOT EXISTS "{table}_{event.lower()}_is_new_content"'
                f' AFTER {event} ON "{table}" BEGIN'
                " UPDATE events_contentversion SET token = random(); END"
            )


def _for_postgresql(tables):
    yield (
        f"INSERT INTO events_contentversion (id, token) VALUES (1, {NEW_TOKEN})"
        " ON CONFLICT (id) DO NOTHING"
    )
    yield (
        "CREATE OR REPLACE FUNCTION events_content_is_new() RETURNS trigger AS $$ BEGIN"
        f" UPDATE events_contentversion SET token = {NEW_TOKEN};"
        " RETURN NULL; END $$ LANGUAGE plpgsql"
    )
    for table in sorted(tables):
        yield (
            f'CREATE OR REPLACE TRIGGER "{table}_is_new_content"'
            f' AFTER {" OR ".join(EVENTS)} OR TRUNCATE ON "{table}"'
            " FOR EACH STATEMENT EXECUTE FUNCTION events_content_is_new()"
        )
