from django.db import migrations

# PostgreSQL finds beginnings of words by tokens of their own from here on. What was
# entered before is entered anew after the migrations, as it is where nothing was.
#
# Records change seldom and are searched often: with ``fastupdate``, each search reads
# through what was entered last until the next VACUUM.
STATEMENTS = [
    "TRUNCATE network_searchindex, network_searchentry",
    "ALTER INDEX network_searchindex_title SET (fastupdate = {fast})",
    "ALTER INDEX network_searchindex_body SET (fastupdate = {fast})",
]


def enter_anew(fast):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in STATEMENTS:
                schema_editor.execute(statement.format(fast=fast))

    return run


class Migration(migrations.Migration):

    dependencies = [
        ('network', '0005_picture_focus'),
    ]

    operations = [
        migrations.RunPython(enter_anew("off"), enter_anew("on")),
    ]
