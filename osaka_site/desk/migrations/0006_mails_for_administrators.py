from django.contrib.auth.management import create_permissions
from django.db import migrations

CODENAMES = ["view_outgoingmail", "delete_outgoingmail"]


def give(apps, schema_editor):
    """Administrators see which mails could not be sent, and why."""
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    # Permissions come with post_migrate, which is after this.
    app_config = apps.get_app_config("desk")
    app_config.models_module = True
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = None
    Group.objects.get(name="Administrators").permissions.add(
        *Permission.objects.filter(
            content_type__app_label="desk", codename__in=CODENAMES
        )
    )


class Migration(migrations.Migration):
    dependencies = [("desk", "0005_mails")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
