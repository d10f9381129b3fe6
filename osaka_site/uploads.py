"""How large an uploaded file may be, and what becomes of one that is larger; and
documents, which are PDF."""

from django import forms
from django.core.exceptions import RequestDataTooBig, ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db import models
from django.utils.translation import gettext as _

from .media import StorageAway

MAX_BYTES = 30 * 1024 * 1024  # nginx lets a little more pass: deploy/nginx.conf


def too_large():
    return _("The file is larger than %(limit)d MB. Make it smaller and try again.") % {
        "limit": MAX_BYTES // 1024 // 1024
    }


def check_size(file):
    """What is kept already was small enough when it came; its storage is not asked."""
    if getattr(file, "_committed", False):
        return
    if file.size > MAX_BYTES:
        raise ValidationError(too_large(), code="too_many_bytes")


def check_storage():
    """Whether a file could be kept now is asked before the rest of the form is saved."""
    try:
        default_storage.exists("check")
    except StorageAway:
        raise ValidationError(
            _(
                "The file cannot be kept at the moment. What you wrote is still here: "
                "try again in a few minutes."
            ),
            code="storage_away",
        ) from None


class TooLargeFile(UploadedFile):
    """Its size is known, so that a form can refuse it; its content is not."""

    def chunks(self, chunk_size=None):
        raise RequestDataTooBig(f"{self.name} was not kept: it has {self.size} bytes.")

    read = open = __iter__ = chunks

    def close(self):
        pass


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Keeps no more of a file than may be kept, nor of all files of a request, so that
    they do not fill the disk. What is small enough for Django to hold in memory does
    not come here."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.kept = 0

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.is_too_large = False

    def receive_data_chunk(self, raw_data, start):
        if self.is_too_large or self.kept + len(raw_data) > MAX_BYTES:
            self.is_too_large = True
        else:
            self.kept += len(raw_data)
            super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size):
        if not self.is_too_large:
            return super().file_complete(file_size)
        self.file.close()
        size = max(file_size, MAX_BYTES + 1)  # however small, if it is one too many
        return TooLargeFile(None, self.file_name, self.content_type, size, self.charset)


class DocumentFormField(forms.FileField):
    def to_python(self, data):
        """What is called a PDF may be a web page, or a program."""
        file = super().to_python(data)
        if file and file.size <= MAX_BYTES:  # a larger one is refused by its size
            if file.read(5) != b"%PDF-":
                raise ValidationError(
                    _("This is not a PDF. Save the document as PDF and choose that."),
                    code="not_a_pdf",
                )
            file.seek(0)
            check_storage()
        return file


class DocumentField(models.FileField):
    """In the database a file as any other, which is what migrations are told."""

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.FileField", args, kwargs

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": DocumentFormField, **kwargs})
