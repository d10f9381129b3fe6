from django.db import migrations

# Without an index of beginnings, the full text search of SQLite gathers every entry
# that has a word beginning like the one that was typed, before it gives the first.
PREFIXES = ", prefix = '1 2 3 4 5 6 7 8 9 10'"


def rebuild(prefixes):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor != "sqlite":
            return
        for statement in (
            "CREATE VIRTUAL TABLE network_searchindex_new"
            f" USING fts5(title, body, tokenize = 'ascii'{prefixes})",
            "INSERT INTO network_searchindex_new (rowid, title, body)"
            " SELECT rowid, title, body FROM network_searchindex",
            "DROP TABLE network_searchindex",
            "ALTER TABLE network_searchindex_new RENAME TO network_searchindex",
        ):
            schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):

    dependencies = [
        ('network', '0003_owner_and_trash'),
    ]

    operations = [
        migrations.RunPython(rebuild(PREFIXES), rebuild("")),
    ]
