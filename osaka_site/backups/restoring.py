from contextlib import contextmanager
from pathlib import Path
from secrets import randbits
from tempfile import TemporaryDirectory

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection

from osaka_site import media

from . import archives, tables
from .archives import BackupError, DamagedError
from .making import KINDS, UNPACKING


def restore(path, *, force=False, from_tables=False, dry_run=False):
    """Put back what the archive holds and return its manifest.

    The archive is unpacked and compared with its manifest beside what is there;
    until all of it is known to be right, nothing is touched.
    """
    if not force:
        check_is_empty()
    with TemporaryDirectory(prefix=UNPACKING, dir=place_to_unpack(path)) as name:
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
        swapped = moved if media.is_in_a_folder() else copied
        with swapped(folder / "media", folder / "replaced"):
            put_in()
    finish()
    return manifest


def check_is_empty():
    if connection.introspection.table_names():
        raise BackupError(
            "The database is not empty; nothing was changed. Restore into a new one,"
            " or replace what is there with --force."
        )
    if any(media.names()):
        raise BackupError(
            f"There are files in {media.place()}; nothing was changed. Restore where"
            " there are none, or replace what is there with --force."
        )


def place_to_unpack(path):
    """In the folder of the media itself: moving within it works even where it is a
    mount, and takes no time. Into a bucket the files go from beside the archive."""
    if not media.is_in_a_folder():
        return path.parent
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    return settings.MEDIA_ROOT


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


# ---- the files -----------------------------------------------------------------------
# The new ones are there inside, and the old ones again if that fails.


@contextmanager
def moved(new, replaced):
    root = Path(settings.MEDIA_ROOT)
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


@contextmanager
def copied(new, replaced):
    """A bucket cannot move them. What the archive does not have goes at the end, when
    nothing can fail any more."""
    former = set(media.names())
    paths = {path.relative_to(new).as_posix(): path for path in files_in(new)}
    try:
        for name, path in paths.items():
            if name not in former or not is_same(name, path, replaced):
                media.put(name, path.read_bytes())
        yield
    except BaseException:
        for name in paths.keys() - former:
            default_storage.delete(name)
        for path in files_in(replaced):
            media.put(path.relative_to(replaced).as_posix(), path.read_bytes())
        raise
    for name in former - paths.keys():
        default_storage.delete(name)


def is_same(name, path, replaced):
    """Whether the bucket has it already; what it has in its place is kept."""
    with default_storage.open(name) as file:
        data = file.read()
    if data == path.read_bytes():
        return True
    kept = replaced / name
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(data)
    return False


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


# ---- afterwards ----------------------------------------------------------------------


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
