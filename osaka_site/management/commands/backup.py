from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from osaka_site.backups import making
from osaka_site.backups.archives import BackupError
from osaka_site.one_at_a_time import AloneCommand


class Command(AloneCommand):
    help = (
        "Write the database and the uploaded files into one archive, while the site "
        "goes on. Keep it as safe as the database itself."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "place",
            nargs="?",
            type=Path,
            default=settings.BACKUP_DIR,
            help="a folder, or a name that ends in .tar.gz; otherwise BACKUP_DIR",
        )
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help="afterwards delete all archives in the folder but the N newest",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="change nothing; say what would be written and deleted",
        )

    def handle(self, *, place, keep, dry_run, **options):
        if not place:
            raise CommandError("Name a folder, or set BACKUP_DIR.")
        if keep is not None and keep < 1:
            raise CommandError("--keep must be 1 or more.")
        is_file = place.name.endswith(".tar.gz")
        if is_file and keep:
            raise CommandError("--keep needs a folder.")
        path = place if is_file else place / making.name_for(timezone.now())
        if dry_run:
            self.stdout.write(f"Would write {path}.")
        else:
            self.write(path)
        if keep:
            self.delete_all_but(keep, place, dry_run)

    def write(self, path):
        try:
            manifest, missing = making.make(path)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Wrote {path}, {filesizeformat(path.stat().st_size)}:"
            f" {manifest.row_count} rows of {len(manifest.tables)} tables of"
            f" {making.database()} and {manifest.file_count} files."
        )
        for name in missing:
            self.stderr.write(f"Named in the database, but not in the media: {name}")

    def delete_all_but(self, keep, folder, dry_run):
        for path in making.ours_in(folder)[keep:]:
            if not dry_run:
                path.unlink()
            self.stdout.write(f"{'Would delete' if dry_run else 'Deleted'} {path}.")
