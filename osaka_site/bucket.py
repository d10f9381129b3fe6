"""Media in a bucket of an S3-compatible storage, for several machines.

Its files are private: they leave through our own view, which knows what is public. To
the rest of the site it behaves like a folder, errors included. It needs the packages of
``requirements-s3.txt`` and is imported only where ``MEDIA_STORAGE`` is set.
"""

import shutil
from contextlib import contextmanager
from functools import wraps
from tempfile import SpooledTemporaryFile
from types import SimpleNamespace
from urllib.parse import urljoin

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation, SuspiciousOperation
from django.core.files import File
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

from .media import StorageAway

IN_MEMORY = 4 * 1024 * 1024  # bytes of a file; a larger one passes through the disk
NO_SUCH_NAME = {400, 404, 414}
WAS_TAKEN = 412


@contextmanager
def like_a_folder(name):
    """Raise what reading from a folder would raise."""
    try:
        yield
    except ParamValidationError as error:
        raise FileNotFoundError(name) from error
    except ClientError as error:
        is_there = error.response["Error"].get("Code") != "NoSuchBucket"
        if is_there and _status_of(error) in NO_SUCH_NAME:
            raise FileNotFoundError(name) from error
        raise StorageAway(str(error)) from error
    except BotoCoreError as error:
        raise StorageAway(str(error)) from error


def _status_of(error):
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def _like_a_folder(method):
    @wraps(method)
    def called(self, name, *args, **kwargs):
        with like_a_folder(name):
            return method(self, name, *args, **kwargs)

    return called


class BucketStorage(S3Storage):
    def __init__(self, **options):
        super().__init__(**options)
        # One for all threads, which its client allows: making one takes long.
        self._connections = SimpleNamespace()
        self._unsigned_connections = SimpleNamespace()

    def get_default_settings(self):
        return {
            **super().get_default_settings(),
            "file_overwrite": False,
            "client_config": Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                connect_timeout=2,
                read_timeout=10,
                retries={"total_max_attempts": 2},
                # Others than Amazon's do not know the newer sums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        }

    exists = _like_a_folder(S3Storage.exists)
    delete = _like_a_folder(S3Storage.delete)
    listdir = _like_a_folder(S3Storage.listdir)
    size = _like_a_folder(S3Storage.size)
    get_modified_time = _like_a_folder(S3Storage.get_modified_time)

    def url(self, name):
        return urljoin(settings.MEDIA_URL, filepath_to_uri(name).lstrip("/"))

    @_like_a_folder
    def _open(self, name, mode="rb"):
        """The whole file, so that nothing can fail once an answer has begun."""
        found = self._client.get_object(**self._address_of(name))
        content = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (the caller closes it)
        shutil.copyfileobj(found["Body"], content)
        content.seek(0)
        return File(content, name)

    @_like_a_folder
    def _save(self, name, content):
        """Under another name where another machine was quicker with this one."""
        data = b"".join(content.chunks())
        while True:
            try:
                self._client.put_object(
                    Body=data,
                    IfNoneMatch="*",
                    **self._address_of(name),
                    **self._get_write_parameters(name, content),
                )
            except ClientError as error:
                if _status_of(error) != WAS_TAKEN:
                    raise StorageAway(str(error)) from error
                name = self.get_available_name(name)
            else:
                return name

    def is_public(self, name):
        """Whether it is given to somebody who shows no key."""
        client = self.unsigned_connection.meta.client
        try:
            client.get_object(**self._address_of(name))["Body"].close()
        except ClientError:
            return False
        return True

    @property
    def _client(self):
        return self.connection.meta.client

    def _address_of(self, name):
        return {
            "Bucket": self.bucket_name,
            "Key": self._normalize_name(clean_name(name)),
        }

    def _normalize_name(self, name):
        try:
            return super()._normalize_name(name)
        except SuspiciousOperation as error:
            raise SuspiciousFileOperation(*error.args) from error
