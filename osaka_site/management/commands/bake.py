from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.template.defaultfilters import filesizeformat

from osaka_site import baking


class Command(BaseCommand):
    help = (
        "Write every public page as a file, for the web server to send while the "
        "site is away."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "folder",
            nargs="?",
            type=Path,
            default=settings.BAKED_DIR,
            help="a folder for nothing else; otherwise BAKED_DIR",
        )
        parser.add_argument(
            "--if-changed",
            action="store_true",
            help="only if the copy that is there is out of date",
        )

    def handle(self, *, folder, if_changed, **options):
        if not folder:
            raise CommandError("Name a folder, or set BAKED_DIR.")
        make = baking.bake_if_changed if if_changed else baking.bake
        try:
            marker = make(folder.absolute())
        except (baking.BakingError, DatabaseError, OSError) as error:
            raise CommandError(str(error)) from error
        if marker is None:
            self.stdout.write(f"{folder} is up to date.")
            return
        self.stdout.write(
            f"Baked {marker.files} files in {folder}, {filesizeformat(marker.bytes)}."
        )
