from django.apps import apps
from django.db.models import ProtectedError
from django.utils import timezone

from osaka_site.desk.workflow import TRASH_KEEPS
from osaka_site.one_at_a_time import AloneCommand
from osaka_site.publishing import Publishable


class Command(AloneCommand):
    help = f"Delete for good what has been in the trash for {TRASH_KEEPS.days} days."

    def add_arguments(self, parser):
        parser.add_argument(
            "--dry-run", action="store_true", help="Only say what would be deleted."
        )

    def handle(self, dry_run, **options):
        """What others still need stays, and is tried again the next time; parts come
        before their wholes, so a second round finds wholes free."""
        since = timezone.now() - TRASH_KEEPS
        records = [
            record
            for model in apps.get_models()
            if issubclass(model, Publishable)
            for record in model._base_manager.filter(trashed_at__lt=since)
        ]
        for record in records if dry_run else []:
            self.stdout.write(f"{record._meta.verbose_name}: {record}")
        while records and not dry_run:
            kept = [record for record in records if not self._delete(record)]
            if len(kept) == len(records):
                break
            records = kept
        if not dry_run:
            for record in records:
                self.stdout.write(
                    f"Still needed: {record._meta.verbose_name}: {record}"
                )

    def _delete(self, record):
        name = f"{record._meta.verbose_name}: {record}"
        try:
            record.delete()
        except ProtectedError:
            return False
        self.stdout.write(f"Deleted {name}")
        return True
