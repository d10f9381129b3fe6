from django.contrib.auth.management import create_permissions
from django.db import migrations


def give(apps, schema_editor):
    """Administrators see who came in, and who tried."""
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    # Permissions come with post_migrate, which is after this.
    app_config = apps.get_app_config("desk")
    app_config.models_module = True
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = None
    Group.objects.get(name="Administrators").permissions.add(
        Permission.objects.get(
            content_type__app_label="desk", codename="view_loginentry"
        )
    )


class Migration(migrations.Migration):
    dependencies = [("desk", "0009_log_of_log_ins")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
