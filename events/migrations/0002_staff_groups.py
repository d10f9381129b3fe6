from django.contrib.auth.management import create_permissions
from django.db import migrations

EDITORS = "Editors"
PUBLISHERS = "Publishers"
RECORDS = {
    "network": [
        "affiliation",
        "agreementdocument",
        "category",
        "externallink",
        "facility",
        "overseasoffice",
        "pagetext",
        "partner",
        "picture",
        "programme",
        "source",
    ],
    "events": ["exchange", "field"],
}


def create_groups(apps, schema_editor):
    """Editors write; publishers also publish, schedule and archive."""
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    # Permissions come with post_migrate, which is after this.
    for app_label in RECORDS:
        app_config = apps.get_app_config(app_label)
        app_config.models_module = True
        create_permissions(app_config, apps=apps, verbosity=0)
        app_config.models_module = None
    for name, verbs in {
        EDITORS: ["view", "add", "change", "delete"],
        PUBLISHERS: ["view", "add", "change", "delete", "publish"],
    }.items():
        group, _created = Group.objects.get_or_create(name=name)
        for app_label, models in RECORDS.items():
            group.permissions.add(
                *Permission.objects.filter(
                    content_type__app_label=app_label,
                    codename__in=[
                        f"{verb}_{model}" for verb in verbs for model in models
                    ],
                )
            )


def delete_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(
        name__in=[EDITORS, PUBLISHERS]
    ).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0001_initial"),
        ("network", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create_groups, delete_groups)]
