"""The archive as a file: written whole or not at all, unpacked only if undamaged."""

import gzip
import hashlib
import json
import os
import shutil
import tarfile
import time
import zlib
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import BytesIO

FORMAT = 1
MANIFEST = "manifest.json"
FOLDERS = ("database", "tables", "media")
CHUNK = 1024 * 1024


class BackupError(Exception):
    """Why nothing was done, in a sentence."""


class DamagedError(BackupError):
    def __init__(self, how):
        super().__init__(f"The archive is damaged: {how}.")


@dataclass(frozen=True)
class Manifest:
    format: int
    made_at: str
    code: str  # the commit of the code that made it, if known
    database: str  # "sqlite" or "postgresql"
    migrations: list[list[str]]  # [[app, name], …]: all that were applied
    tables: dict[str, dict]  # {table: {"rows": 3, "last_id": 7}}
    members: dict[str, dict]  # {name: {"size": 120, "sha256": "…"}}

    @classmethod
    def read(cls, path):
        try:
            facts = json.loads(path.read_bytes())
            if facts["format"] != FORMAT:
                raise BackupError(
                    f"The archive has the format {facts['format']!r}, and this version"
                    f" of the site reads {FORMAT}."
                )
            manifest = cls(**facts)
            manifest._look_through()
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise DamagedError(f"{MANIFEST} does not say what it must") from error
        return manifest

    def _look_through(self):
        """Raises some error where a part is not of the kind it must be."""
        {(app, name) for app, name in self.migrations}
        for table in self.tables.values():
            table["rows"] + (table["last_id"] or 0)
        for member in self.members.values():
            member["size"] + int(member["sha256"], 16)

    @property
    def row_count(self):
        return sum(table["rows"] for table in self.tables.values())

    @property
    def file_count(self):
        return sum(name.startswith("media/") for name in self.members)


def write(path, members, **facts):
    """Put the files ``{name: source}`` into a new archive and return its manifest; a
    source is a path, or what else can be opened.

    The archive gets its name once it is complete and on the disk. Only its owner may
    read it: it holds drafts and the accounts of staff. A file that is deleted in the
    meantime is left out.
    """
    unfinished = path.with_name(f"{path.name}.part")
    written = {}
    try:
        with open(
            os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb"
        ) as file:
            with (
                gzip.open(file, "wb", compresslevel=1) as packed,
                tarfile.open(fileobj=packed, mode="w|") as tar,
            ):
                for name, source in members.items():
                    with suppress(FileNotFoundError):
                        written[name] = _add(tar, name, source)
                manifest = Manifest(format=FORMAT, members=written, **facts)
                text = json.dumps(asdict(manifest), indent=1).encode()
                member = tarfile.TarInfo(MANIFEST)
                member.size = len(text)
                tar.addfile(member, BytesIO(text))
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return manifest


def _add(tar, name, source):
    with source.open("rb") as file:
        member = tarfile.TarInfo(name)
        member.size = file.seek(0, os.SEEK_END)
        member.mtime, member.mode = time.time(), 0o600
        file.seek(0)
        hashing = _Hashing(file)
        tar.addfile(member, hashing)
    return hashing.facts


def unpack(path, folder):
    """Unpack into an empty folder and return the manifest.

    Raises ``BackupError`` for anything but an archive that is exactly as it was written.
    """
    try:
        found = _unpack(path, folder)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DamagedError("it is cut off, or is no archive of this site") from error
    if not found.pop(MANIFEST, None):
        raise DamagedError(f"it has no {MANIFEST}")
    manifest = Manifest.read(folder / MANIFEST)
    for name in found.keys() | manifest.members.keys():
        if name not in found:
            raise DamagedError(f"{name} is missing")
        if name not in manifest.members:
            raise DamagedError(f"{name} does not belong to it")
        if found[name] != manifest.members[name]:
            raise DamagedError(f"{name} is not as it was written")
    return manifest


def _unpack(path, folder):
    found = {}
    with gzip.open(path) as packed:
        with tarfile.open(fileobj=packed, mode="r|") as tar:
            for member in tar:
                name = member.name
                if not _is_ours(name) or not member.isreg():
                    raise DamagedError(
                        f"{name!r} is not what an archive of this site holds"
                    )
                if name in found:
                    raise DamagedError(f"{name} is in it twice")
                if member.size > shutil.disk_usage(folder).free:
                    raise BackupError(f"The disk has no room to unpack {name}.")
                found[name] = _take_out(tar.extractfile(member), folder / name)
        while packed.read(CHUNK):
            pass  # to the very end, where the sum of all bytes is compared
    return found


def _is_ours(name):
    first, *others = name.split("/")
    if name == MANIFEST:
        return True
    return first in FOLDERS and others != [] and not {"", ".", ".."} & {*others}


def _take_out(member, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    hashing = _Hashing(member)
    with target.open("wb") as file:
        shutil.copyfileobj(hashing, file, CHUNK)
    return hashing.facts


class _Hashing:
    """A file whose bytes are counted and hashed as they are read."""

    def __init__(self, file):
        self._file, self._size, self._hash = file, 0, hashlib.sha256()

    def read(self, size=-1):
        chunk = self._file.read(size)
        self._size += len(chunk)
        self._hash.update(chunk)
        return chunk

    @property
    def facts(self):
        return {"size": self._size, "sha256": self._hash.hexdigest()}
