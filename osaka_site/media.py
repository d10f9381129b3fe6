"""The uploaded files, wherever they are kept: in a folder, or in a bucket that several
machines share."""

from contextlib import suppress
from posixpath import join

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage


class StorageAway(OSError):  # noqa: N818 (it may come back)
    """The storage does not answer, or lets nobody in. What was asked for may exist."""


class Folder(FileSystemStorage):
    def _save(self, name, content):
        """Where the disk is full, nothing stays of what was half written."""
        is_new = not self.exists(name)
        try:
            return super()._save(name, content)
        except OSError:
            if is_new:
                self.delete(name)
            raise


def is_in_a_folder():
    return isinstance(default_storage, FileSystemStorage)


def place():
    """Where the files are, for whoever operates the site."""
    if is_in_a_folder():
        return settings.MEDIA_ROOT
    return f"the bucket {default_storage.bucket_name}"


def names(folder=""):
    """Of all files that are there."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (join(folder, name) for name in sorted(files))
    for name in sorted(folders):
        yield from names(join(folder, name))


def put(name, data):
    """Keep the bytes under exactly this name, in place of what is there."""
    with suppress(FileNotFoundError):
        default_storage.delete(name)
    stored = default_storage.save(name, ContentFile(data))
    if stored != name:  # another process was quicker
        default_storage.delete(stored)
