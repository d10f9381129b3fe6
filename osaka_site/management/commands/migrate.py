from django.core.management.commands import migrate

from osaka_site.one_at_a_time import MIGRATING_TAKES, alone


class Command(migrate.Command):
    """Of several servers that start at once, one migrates; the others wait for it, and
    find nothing to do."""

    def handle(self, *args, **options):
        if options["check_unapplied"] or options["plan"]:
            return super().handle(*args, **options)
        with alone("migrate", MIGRATING_TAKES, using=options["database"]):
            return super().handle(*args, **options)
