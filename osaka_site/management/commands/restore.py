from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from osaka_site.backups.archives import BackupError
from osaka_site.backups.making import database
from osaka_site.backups.restoring import restore


class Command(BaseCommand):
    help = (
        "Put the database and the uploaded files back from an archive of the command "
        "backup. A damaged archive is refused before anything is touched."
    )

    def add_arguments(self, parser):
        parser.add_argument("archive", type=Path)
        parser.add_argument(
            "--force",
            action="store_true",
            help="replace what is there; stop the site first",
        )
        parser.add_argument(
            "--from-tables",
            action="store_true",
            help="read the lines of JSON even where the database's own copy would do",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="only look whether the archive could be restored here",
        )

    def handle(self, *, archive, dry_run, **options):
        try:
            manifest = restore(
                archive,
                dry_run=dry_run,
                force=options["force"],
                from_tables=options["from_tables"],
            )
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        did = "Could restore" if dry_run else "Restored"
        self.stdout.write(
            f"{did} {manifest.row_count} rows of {len(manifest.tables)} tables and"
            f" {manifest.file_count} files, as of {manifest.made_at}, into {database()}."
        )
