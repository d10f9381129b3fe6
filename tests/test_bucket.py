"""Media in a bucket: kept, served, backed up as those in a folder, and when it is away."""

from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError
from django.utils import timezone
from PIL import Image

from network.models import Picture
from osaka_site import doctor, environment, media
from osaka_site.backups import sqlite

from .bucket_server import bucket_server
from .databases import place
from .forms import errors_of, form_data
from .network.test_picture_admin import ADD, new_picture
from .network.test_renditions import COPIES, make_picture
from .test_backups import backup, refusal, restore, somebody_writing

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def use(settings, monkeypatch):
    def use(url):
        monkeypatch.setenv("MEDIA_STORAGE", url)
        storage = environment.media("MEDIA_STORAGE")
        settings.STORAGES = {**settings.STORAGES, "default": storage}

    return use


@pytest.fixture
def server(use):
    with bucket_server() as server:
        use(server.url)
        yield server


@pytest.fixture
def away(use, monkeypatch):
    """The storage does not answer, and nobody waits before asking once more."""
    monkeypatch.setattr(
        "botocore.endpoint.time", SimpleNamespace(sleep=lambda seconds: None)
    )
    return lambda: use("s3+http://key:secret@127.0.0.1:1/osaka")


@pytest.fixture(params=["folder", "bucket"])
def storage(request):
    return request.param == "bucket" and request.getfixturevalue("server")


def kept_in(server):
    return {name: data for name, (data, *_facts) in server.files.items()}


# ---- kept and served -----------------------------------------------------------------


def test_saved_picture_and_its_copies_are_in_the_bucket(
    server, client, django_capture_on_commit_callbacks, tmp_path
):
    with django_capture_on_commit_callbacks(execute=True):
        picture = make_picture()

    assert set(server.files) == {f"pictures/{name}" for name in COPIES}
    assert list(tmp_path.iterdir()) == []
    assert picture.file.url == "/media/pictures/port.jpg"
    answer = client.get(picture.webps[0].url)
    assert answer["Content-Type"] == "image/webp"
    assert answer.getvalue() == kept_in(server)["pictures/port.jpg.480.webp"]


def test_what_is_not_public_is_not_even_asked_for(server, client):
    picture = make_picture(publish_at=timezone.now() + timedelta(days=1))
    server.asked.clear()

    assert client.get(picture.file.url).status_code == 404
    assert server.asked == []


def test_same_name_from_two_machines_makes_two_files(server):
    """Both have asked whether it is there before either kept its own."""
    names = [
        default_storage._save("pictures/港.jpg", ContentFile(data))
        for data in (b"one", b"two")
    ]

    assert names[0] == "pictures/港.jpg"
    assert names[1] != names[0]
    assert kept_in(server) == {names[0]: b"one", names[1]: b"two"}


def test_browser_that_has_a_file_is_not_sent_it_again(storage, client):
    address = make_picture().file.url
    first = client.get(address)

    answers = [
        client.get(address, headers=headers)
        for headers in (
            {"If-None-Match": first["ETag"]},
            {"If-Modified-Since": first["Last-Modified"]},
            {"If-None-Match": '"another"'},
        )
    ]

    assert [(answer.status_code, answer.getvalue()) for answer in answers] == [
        (304, b""),
        (304, b""),
        (200, first.getvalue()),
    ]
    assert {answer["ETag"] for answer in answers} == {first["ETag"]}
    assert first["Cache-Control"] == "max-age=3600"


def test_copy_made_later_is_another_file(storage, client):
    picture = make_picture()
    address = picture.webps[0].url
    before = client.get(address)

    picture.make_renditions()
    after = client.get(address, headers={"If-None-Match": before["ETag"]})

    assert [
        Image.open(BytesIO(each.getvalue())).format for each in (before, after)
    ] == [
        "JPEG",
        "WEBP",
    ]


@pytest.mark.parametrize("name", ["a" * 2000, "..", "../../settings.py", "%00", "%FF"])
def test_odd_name_is_not_found(storage, admin_client, name):
    assert admin_client.get(f"/media/pictures/{name}").status_code == 404


def test_all_names_are_listed(storage):
    names = {f"pictures/{number}.jpg" for number in range(5)} | {"agreements/第1回.pdf"}
    for name in names:
        default_storage.save(name, ContentFile(b"x"))

    assert set(media.names()) == names


# ---- away ----------------------------------------------------------------------------


def test_file_that_cannot_be_reached_is_unavailable(server, away, client, caplog):
    address = make_picture().file.url
    away()

    answer = client.get(address)

    assert (answer.status_code, answer.content) == (503, b"")
    assert answer["Retry-After"] == "30"
    assert "Cache-Control" not in answer
    (line,) = [each for each in caplog.messages if "storage" in each]
    assert line.startswith(
        "The storage of the media does not answer: Could not connect to the endpoint URL"
    )


def test_records_are_read_and_saved_while_it_is_away(server, away):
    picture = make_picture()
    Picture.objects.update(width=0)  # so its measures are looked for
    away()

    found = Picture.objects.get(pk=picture.pk)
    found.caption_en = "The port"
    found.save()

    assert Picture.objects.get(pk=picture.pk).caption_en == "The port"


def test_form_is_not_lost_with_a_file_that_cannot_be_kept(server, away, editor_client):
    sent = new_picture(editor_client, caption_en="The port")
    away()

    answer = editor_client.post(ADD, sent)

    assert errors_of(answer) == {
        "file": [
            (
                "The file cannot be kept at the moment. What you wrote is still here:"
                " try again in a few minutes."
            )
        ]
    }
    assert form_data(answer)["caption_en"] == "The port"
    assert not Picture.objects.exists()


def test_bucket_that_does_not_exist_is_no_missing_file(server, use):
    use(server.url + "-other")

    with pytest.raises(media.StorageAway):
        default_storage.open("pictures/port.jpg")


def faults_of(*names):
    return [sentence for name in names for sentence in doctor.CHECKS[name]()]


def test_doctor_tells_what_is_wrong_with_it(server, away):
    make_picture()
    assert faults_of("media", "files") == []
    assert set(server.files) == {"pictures/port.jpg"}

    server.is_open = True
    server.files.clear()
    assert faults_of("media", "files") == [
        (
            "Everybody can read the bucket osaka, drafts included. Forbid it to all but"
            " the key of MEDIA_STORAGE."
        ),
        (
            "1 files are missing in the bucket osaka, such as pictures/port.jpg. Take"
            " them from a backup."
        ),
    ]

    away()
    (sentence,) = faults_of("media", "files")
    assert sentence.startswith("Nothing can be kept in the bucket osaka (Could not")
    assert sentence.endswith("). Start its server, or correct MEDIA_STORAGE.")


# ---- backup and restore --------------------------------------------------------------

FILES = {"pictures/港.jpg": b"port" * 1000, "agreements/a.pdf": b"%PDF", "empty": b""}


@pytest.fixture(scope="module")
def site(tmp_path_factory, django_db_setup, django_db_blocker):
    folder = tmp_path_factory.mktemp("site")
    with django_db_blocker.unblock(), place(folder, copied=True) as site:
        yield site


@pytest.fixture
def archive(site, server, tmp_path):
    """Of a site whose media are in the bucket."""
    for name, data in FILES.items():
        media.put(name, data)
    path = tmp_path / "site.tar.gz"
    with site.entered():
        backup(path)
    return path


def test_backup_of_a_bucket_goes_into_an_empty_one(server, archive, tmp_path):
    server.files.clear()

    with place(tmp_path / "new") as new, new.entered():
        output = restore(archive)

    assert f" and {len(FILES)} files, as of " in output
    assert kept_in(server) == FILES
    assert {path.name for path in tmp_path.iterdir()} == {"new", "site.tar.gz"}


def test_backup_of_a_bucket_goes_into_a_folder(archive, tmp_path, use):
    use("")

    with place(tmp_path / "new") as new, new.entered():
        restore(archive)
        found = {name: default_storage.open(name) for name in media.names()}

    assert {name: file.read() for name, file in found.items()} == FILES
    for file in found.values():
        file.close()


def test_restore_replaces_what_is_in_the_bucket_when_forced(server, archive, tmp_path):
    media.put("agreements/a.pdf", b"another")
    media.put("mine.txt", b"mine")
    before = kept_in(server)

    with place(tmp_path / "new") as new, new.entered():
        assert refusal(archive) == (
            "There are files in the bucket osaka; nothing was changed. Restore where"
            " there are none, or replace what is there with --force."
        )
        assert kept_in(server) == before
        restore(archive, force=True)

    assert kept_in(server) == FILES


def test_failing_restore_leaves_the_bucket_as_it_was(
    site, server, archive, monkeypatch
):
    monkeypatch.setattr(sqlite, "PATIENCE", 0)
    monkeypatch.setattr("osaka_site.backups.postgresql.PATIENCE", 0.01)
    media.put("agreements/a.pdf", b"another")
    media.put("mine.txt", b"mine")
    default_storage.delete("empty")
    before = kept_in(server)

    with site.entered(), somebody_writing():
        reason = refusal(archive, force=True)

    assert reason == "The database is in use. Stop the site and try again."
    assert kept_in(server) == before


def test_backup_while_it_is_away_fails_and_leaves_nothing(site, away, tmp_path):
    away()

    with site.entered(), pytest.raises(CommandError) as refused:
        backup(tmp_path / "archives" / "site.tar.gz")

    assert str(refused.value).startswith("Could not connect to the endpoint URL")
    assert list((tmp_path / "archives").iterdir()) == []
