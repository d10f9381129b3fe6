import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from osaka_site import media

from . import archives, postgresql, sqlite, tables
from .archives import BackupError

KINDS = {"sqlite": sqlite, "postgresql": postgresql}
UNPACKING = ".restore-"  # how the folder begins in which an archive is unpacked
_OUR_NAME = re.compile(r"osaka-network-\d{8}T\d{6}Z\.tar\.gz")


@dataclass(frozen=True)
class Stored:
    """An uploaded file, read when its turn comes."""

    name: str

    def open(self, mode):
        return default_storage.open(self.name, mode)


def database():
    """Which one is meant, for whoever reads what was done with it."""
    return f"{connection.display_name} {connection.settings_dict['NAME']}"


def name_for(moment):
    """In a folder, the order of the names is the order of the moments."""
    return f"osaka-network-{moment:%Y%m%dT%H%M%SZ}.tar.gz"


def moment_of(path):
    """Of an archive that is named so."""
    moment = datetime.strptime(path.name, "osaka-network-%Y%m%dT%H%M%SZ.tar.gz")
    return moment.replace(tzinfo=UTC)


def ours_in(folder):
    """The archives that ``backup`` named, the newest first."""
    found = [path for path in folder.iterdir() if _OUR_NAME.fullmatch(path.name)]
    return sorted(found, reverse=True)


def make(path):
    """Write the archive. Returns its manifest, and the names of files that rows have
    and the media has not."""
    if path.exists():
        raise BackupError(f"{path} is there already.")
    if not connection.introspection.table_names():
        raise BackupError(f"{database()} has no tables yet.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".backup-", dir=path.parent) as name:
        folder = Path(name)
        made_at = timezone.now()
        with KINDS[connection.vendor].frozen(folder) as members:
            migrations = tables.applied()
            if unknown := tables.unknown(migrations):
                raise BackupError(
                    f"The database is newer than the code: {'.'.join(unknown[0])}."
                )
            facts, named = {}, set()
            for model in tables.models_after(migrations):
                table = model._meta.db_table
                lines = folder / f"{table}.jsonl"
                facts[table] = tables.dump(model, lines)
                members[f"tables/{table}.jsonl"] = lines
                named |= tables.files_named_by(model)
        members |= {
            f"media/{name}": Stored(name)
            for name in media.names()
            if not name.startswith(UNPACKING)
        }
        manifest = archives.write(
            path,
            members,
            made_at=made_at.isoformat(timespec="seconds"),
            code=code_version(),
            database=connection.vendor,
            migrations=migrations,
            tables=facts,
        )
    return manifest, sorted(
        name for name in named if f"media/{name}" not in manifest.members
    )


def code_version():
    """The commit that runs, where the code is a clone."""
    try:
        result = subprocess.run(
            [
                "git",
                f"--git-dir={settings.BASE_DIR / '.git'}",
                "rev-parse",
                "--verify",
                "HEAD",
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return result.stdout.strip()
