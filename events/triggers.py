"""Database triggers that change the content version with every change of a record, and
write down what it was that changed.

Triggers, because a record changes in more ways than through ``save()``: by
``update()``, by fixtures, by SQL typed into a console.
"""

from django.apps import apps

EVENTS = ("INSERT", "UPDATE", "DELETE")
NEW_TOKEN = "(random() * 9007199254740991)::bigint"  # PostgreSQL; SQLite's is whole
REMEMBERED = 1000  # changes; a process that has missed more reads everything
OWN_TABLES = {"events_contentversion", "events_contentchange"}
FORGET = (
    "DELETE FROM events_contentchange"
    f" WHERE id <= (SELECT max(id) FROM events_contentchange) - {REMEMBERED}"
)
NOTE = 'INSERT INTO events_contentchange (token, "table", exchange)'


def install(connection):
    """Create what is missing; safe to run again. SQLite drops a table's triggers
    when a migration rebuilds it, so this runs after every ``migrate``."""
    existing = set(connection.introspection.table_names())
    if not existing >= OWN_TABLES:
        return
    statements = {"sqlite": _for_sqlite, "postgresql": _for_postgresql}
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor](watched_tables() & existing):
            cursor.execute(statement)


def watched_tables():
    """Every table of the two apps but the version's own, and two of the desk: a working
    copy that waits for its day tells until when a page stays as it is, and a text may
    name a picture as it was called before."""
    return {
        model._meta.db_table
        for label in ("network", "events")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    } - OWN_TABLES | {"desk_workingcopy", "desk_formerslug"}


def exchange_columns():
    """The tables whose rows are of one exchange, and the column that says of which."""
    exchange = apps.get_model("events.Exchange")._meta
    return {exchange.db_table: exchange.pk.column} | {
        field.m2m_db_table(): field.m2m_column_name() for field in exchange.many_to_many
    }


def events_of(table, vendor):
    """The name of each trigger of a table, and what it waits for."""
    if vendor == "postgresql" and table not in exchange_columns():
        return {f"{table}_is_new_content": " OR ".join((*EVENTS, "TRUNCATE"))}
    names = {f"{table}_{event.lower()}_is_new_content": event for event in EVENTS}
    if vendor == "postgresql":
        names[f"{table}_is_new_content"] = "TRUNCATE"
    return names


def _for_sqlite(tables):
    yield (
        "INSERT INTO events_contentversion (id, token) VALUES (1, random())"
        " ON CONFLICT (id) DO NOTHING"
    )
    columns = exchange_columns()
    for table in sorted(tables):
        for name, event in events_of(table, "sqlite").items():
            rows = {"INSERT": ["NEW"], "UPDATE": ["OLD", "NEW"], "DELETE": ["OLD"]}
            of_whom = (
                {f'{row}."{columns[table]}"' for row in rows[event]}
                if table in columns
                else {"NULL"}
            )
            changes = " UNION ".join(
                f"SELECT token, '{table}', {exchange} FROM events_contentversion"
                for exchange in sorted(of_whom)
            )
            yield f'DROP TRIGGER IF EXISTS "{name}"'
            yield (
                f'CREATE TRIGGER "{name}" AFTER {event} ON "{table}" BEGIN'
                " UPDATE events_contentversion SET token = random();"
                f" {NOTE} {changes}; {FORGET}; END"
            )


def _for_postgresql(tables):
    yield (
        f"INSERT INTO events_contentversion (id, token) VALUES (1, {NEW_TOKEN})"
        " ON CONFLICT (id) DO NOTHING"
    )
    # The lock on the version is held until the transaction ends, so that changes are
    # written down in the order in which others see them.
    yield f"""
        CREATE OR REPLACE FUNCTION events_content_is_new() RETURNS trigger AS $$
        DECLARE
            now_token bigint;
            rows text;
        BEGIN
            IF TG_NARGS = 1 THEN
                IF NOT EXISTS (SELECT FROM changed) THEN
                    RETURN NULL;
                END IF;
            END IF;
            UPDATE events_contentversion SET token = {NEW_TOKEN}
                RETURNING token INTO now_token;
            IF now_token IS NULL THEN -- emptied, with all other tables
                RETURN NULL;
            END IF;
            IF TG_NARGS = 0 THEN
                {NOTE} VALUES (now_token, TG_TABLE_NAME, NULL);
            ELSE
                rows := format('SELECT %I FROM changed', TG_ARGV[0]);
                IF TG_OP = 'UPDATE' THEN
                    rows := rows || format(' UNION SELECT %I FROM former', TG_ARGV[0]);
                END IF;
                EXECUTE '{NOTE} SELECT $1, $2, * FROM (' || rows || ') AS touched'
                    USING now_token, TG_TABLE_NAME;
            END IF;
            {FORGET};
            RETURN NULL;
        END $$ LANGUAGE plpgsql
    """
    seen = {
        "INSERT": "REFERENCING NEW TABLE AS changed",
        "UPDATE": "REFERENCING OLD TABLE AS former NEW TABLE AS changed",
        "DELETE": "REFERENCING OLD TABLE AS changed",
    }
    columns = exchange_columns()
    for table in sorted(tables):
        for name, event in events_of(table, "postgresql").items():
            yield (
                f'CREATE OR REPLACE TRIGGER "{name}" AFTER {event} ON "{table}"'
                f" {seen.get(event, '')} FOR EACH STATEMENT EXECUTE FUNCTION"
                f" events_content_is_new({columns[table] if event in seen else ''})"
            )
