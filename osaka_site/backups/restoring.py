from contextlib import contextmanager
from pathlib import Path
from secrets import randbits
from tempfile import TemporaryDirectory

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection

from . import archives, tables
from .archives import BackupError, DamagedError
from .making import KINDS, UNPACKING


def restore(path, *, force=False, from_tables=False, dry_run=False):
    """Put back what the archive holds and return its manifest.

    The archive is unpacked and compared with its manifest beside what is there;
    until all of it is known to be right, nothing is touched.
    """
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    if not force:
        check_is_empty(root)
    # In the folder of the media itself: moving within it works even where it is a
    # mount, and takes no time.
    with TemporaryDirectory(prefix=UNPACKING, dir=root) as name:
        folder = Path(name)
        manifest = archives.unpack(path, folder)
        check_is_known(manifest)
        kind = KINDS[connection.vendor]
        if from_tables or manifest.database != connection.vendor:
            put_in = kind.prepare_tables(manifest, folder)
        else:
            put_in = kind.prepare_copy(manifest, folder)
        if dry_run:
            return manifest
        with swapped(folder / "media", root, folder / "replaced"):
            put_in()
    finish()
    return manifest


def check_is_empty(root):
    if connection.introspection.table_names():
        raise BackupError(
            "The database is not empty; nothing was changed. Restore into a new one,"
            " or replace what is there with --force."
        )
    if any(root.iterdir()):
        raise BackupError(
            f"{root} is not empty; nothing was changed. Restore into an empty folder,"
            " or replace what is there with --force."
        )


def check_is_known(manifest):
    if unknown := tables.unknown(manifest.migrations):
        raise BackupError(
            "The archive is newer than the code: its database has the migration"
            f" {'.'.join(unknown[0])}. Update the code first."
        )
    for model in tables.models_after(manifest.migrations):
        table = model._meta.db_table
        if table not in manifest.tables:
            raise DamagedError(f"it does not have the table {table}")
        if f"tables/{table}.jsonl" not in manifest.members:
            raise DamagedError(f"it does not have the rows of {table}")


@contextmanager
def swapped(new, root, replaced):
    """The new files are in ``root``; the old ones again if what follows fails."""
    replaced.mkdir()
    move_all(root, replaced)
    try:
        if new.exists():
            move_all(new, root)
        yield
    except BaseException:
        back = replaced.with_name("back")
        back.mkdir()
        move_all(root, back)
        move_all(replaced, root)
        raise


def move_all(source, target):
    for path in source.iterdir():
        if not path.name.startswith(UNPACKING):
            path.rename(target / path.name)


def finish():
    """Every process learns that the content is new, and an older database gets the
    tables of this version."""
    with connection.cursor() as cursor:
        if "events_contentversion" in connection.introspection.table_names(cursor):
            cursor.execute(
                "UPDATE events_contentversion SET token = %s", [randbits(53)]
            )
    ContentType.objects.clear_cache()
    call_command("migrate", verbosity=0, interactive=False)
