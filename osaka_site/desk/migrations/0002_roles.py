from django.contrib.auth.management import create_permissions
from django.db import migrations

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
PEOPLE = {
    "auth": ["add_user", "change_user", "view_user", "view_group"],
    "desk": [
        "add_division",
        "change_division",
        "view_division",
        "add_staffmember",
        "change_staffmember",
        "view_staffmember",
    ],
}
EVERY_DIVISION = ["send_for_review", "edit_every_division"]
ROLES = ["Contributors", "Editors", "Publishers", "Administrators"]


def give(apps, group, app_label, codenames):
    Permission = apps.get_model("auth", "Permission")
    group.permissions.add(
        *Permission.objects.filter(
            content_type__app_label=app_label, codename__in=codenames
        )
    )


def create_roles(apps, schema_editor):
    """Contributors write drafts of their division, editors all and send them for
    review, publishers approve, administrators look after people."""
    Group = apps.get_model("auth", "Group")
    for app_label in ["auth", "desk", *RECORDS]:
        # Permissions come with post_migrate, which is after this.
        app_config = apps.get_app_config(app_label)
        app_config.models_module = True
        create_permissions(app_config, apps=apps, verbosity=0)
        app_config.models_module = None
    contributors, editors, publishers, administrators = (
        Group.objects.get_or_create(name=name)[0] for name in ROLES
    )
    for app_label, models in RECORDS.items():
        verbs = ["view", "add", "change", "delete"]
        written = [f"{verb}_{model}" for verb in verbs for model in models]
        give(apps, contributors, app_label, written)
        seen = [f"view_{model}" for model in models]
        give(apps, administrators, app_label, seen)
    for group in (editors, publishers):
        give(apps, group, "desk", EVERY_DIVISION)
    for app_label, codenames in PEOPLE.items():
        give(apps, administrators, app_label, codenames)


def delete_roles(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Group.objects.filter(name__in=["Contributors", "Administrators"]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0001_desk"),
        ("network", "0003_owner_and_trash"),
        ("events", "0004_owner_and_trash"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(create_roles, delete_roles)]
