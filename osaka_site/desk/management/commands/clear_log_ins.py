from django.core.management.base import BaseCommand

from osaka_site.desk.log_in_models import KEPT, LogInEntry


class Command(BaseCommand):
    help = f"Delete what is older than {KEPT.days} days from the log of log-ins."

    def add_arguments(self, parser):
        parser.add_argument(
            "--dry-run", action="store_true", help="Only say what would be deleted."
        )

    def handle(self, dry_run, **options):
        outdated = LogInEntry.objects.outdated()
        if dry_run:
            self.stdout.write(f"Would be deleted: {outdated.count()}")
        else:
            self.stdout.write(f"Deleted: {outdated.delete()[0]}")
