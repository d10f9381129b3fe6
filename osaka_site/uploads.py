"""How large an uploaded file may be, and what becomes of one that is larger."""

from django.core.exceptions import RequestDataTooBig, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.utils.translation import gettext as _

MAX_BYTES = 30 * 1024 * 1024  # nginx lets a little more pass: deploy/nginx.conf


def too_large():
    return _("The file is larger than %(limit)d MB. Make it smaller and try again.") % {
        "limit": MAX_BYTES // 1024 // 1024
    }


def check_size(file):
    if file.size > MAX_BYTES:
        raise ValidationError(too_large(), code="too_many_bytes")


class TooLargeFile(UploadedFile):
    """Its size is known, so that a form can refuse it; its content is not."""

    def chunks(self, chunk_size=None):
        raise RequestDataTooBig(f"{self.name} was not kept: it has {self.size} bytes.")

    read = open = __iter__ = chunks


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Keeps no more of a file than may be kept, so that a larger one does not fill the
    disk. What is small enough for Django to hold in memory does not come here."""

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.is_too_large = False

    def receive_data_chunk(self, raw_data, start):
        if start + len(raw_data) > MAX_BYTES:
            self.is_too_large = True
        else:
            super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size):
        if not self.is_too_large:
            return super().file_complete(file_size)
        self.file.close()
        return TooLargeFile(
            None, self.file_name, self.content_type, file_size, self.charset
        )
