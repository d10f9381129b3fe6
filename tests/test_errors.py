"""What staff get where something behind the site has failed."""

import errno

import pytest
from django.core.files.base import ContentFile
from django.db import InterfaceError, OperationalError, transaction
from django.test import Client

from network.admin import ExternalLinkAdmin
from osaka_site.media import Folder

from .forms import form_data

pytestmark = pytest.mark.django_db

NEW_LINK = "/admin/network/externallink/add/"
DATABASE = "The database does not answer at the moment"
DISK = "The disk of the server is full"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OperationalError("connection refused"), DATABASE),
        (InterfaceError("connection already closed"), DATABASE),
        (OperationalError("database or disk is full"), DISK),
        (OSError(errno.ENOSPC, "No space left on device"), DISK),
    ],
)
def test_staff_are_told_and_keep_their_words(editor, monkeypatch, error, sentence):
    client = Client(raise_request_exception=False)
    client.force_login(editor)
    typed = {"title_en": 'Words "and" <signs>', "title_ja": "言葉"}
    sent = form_data(client.get(NEW_LINK), url="https://example.org/", **typed)

    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(ExternalLinkAdmin, "save_model", fail)
    with transaction.atomic():
        answer = client.post(NEW_LINK, sent)

    assert answer.status_code == 503
    assert sentence in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    assert form_data(answer) == {name: str(value) for name, value in sent.items()}


def test_other_errors_repeat_nothing(editor, monkeypatch):
    client = Client(raise_request_exception=False)
    client.force_login(editor)
    sent = form_data(client.get(NEW_LINK), url="https://example.org/", title_en="Words")

    def fail(*args, **kwargs):
        raise ValueError

    monkeypatch.setattr(ExternalLinkAdmin, "save_model", fail)
    answer = client.post(NEW_LINK, sent)

    assert answer.status_code == 500
    assert "Words" not in answer.content.decode()


def test_nothing_stays_of_a_file_that_was_half_written(tmp_path):
    class Interrupted(ContentFile):
        def chunks(self, chunk_size=None):
            yield b"half"
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError):
        Folder(tmp_path).save("a/picture.jpg", Interrupted(b"half a picture"))

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
