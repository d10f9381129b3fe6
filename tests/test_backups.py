"""Backup and restore, rehearsed with the starting content."""

import hashlib
import io
import json
import os
import shutil
import stat
import tarfile
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from events.models import ContentVersion
from network.models import AgreementDocument, Partner, SearchEntry, Source
from osaka_site.backups import archives, making, postgresql, sqlite, tables
from osaka_site.desk.models import Division, WorkingCopy

from .databases import place
from .factories import make_affiliation, make_partner, make_source

FIXTURE_MEDIA = Path("fixtures", "media")
MADE_AGAIN = {
    "django_session",
    "events_contentversion",
    "events_contentchange",
    "network_searchentry",
}


def rows():
    """Every field of every row that a backup must keep: ``{table: [row, …]}``."""
    return {
        model._meta.db_table: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models(include_auto_created=True)
        if model._meta.db_table not in MADE_AGAIN
    }


def files_in(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory, django_db_setup, django_db_blocker):
    """A site at work: ``archive``, and the ``rows`` and ``files`` that are in it."""
    folder = tmp_path_factory.mktemp("site")
    with django_db_blocker.unblock(), place(folder, copied=True) as site:
        with site.entered():
            site.last_division = fill(site.media)
            site.archive = folder / "site.tar.gz"
            backup(site.archive)
            site.rows, site.files = rows(), files_in(site.media)
        yield site


def fill(media):
    """Returns the primary key of a division that was deleted."""
    call_command("loaddata", "network", "events", verbosity=0)
    shutil.copytree(FIXTURE_MEDIA, media, dirs_exist_ok=True)
    document = media / "agreements" / "第1回 agreement.pdf"
    document.parent.mkdir()
    document.write_bytes(b"%PDF-1.7")
    partner = make_partner(
        name_ja="大阪\u2028\"'\\\t",
        latitude="-34.603700",
        longitude="-58.381600",
        wikidata_id="Q1486",
    )
    AgreementDocument.objects.create(
        affiliation=make_affiliation(partner=partner),
        file="agreements/第1回 agreement.pdf",
    )
    person = get_user_model().objects.create_user("yamada", password="とても長い秘密")
    client = Client()
    client.force_login(person)
    WorkingCopy.objects.create(
        content_type=ContentType.objects.get_for_model(Partner),
        object_id=partner.pk,
        base={"name_ja": "大阪", "order": 1.5, "nothing": None},
        data={"z": [1, {"b": True, "a": "é"}], "a": ""},
        updated_by=person,
    )
    division = Division.objects.create(name_en="International", name_ja="国際課")
    number = division.pk
    division.delete()
    return number


# ---- restoring --------------------------------------------------------------------


def restore(archive, **options):
    output = io.StringIO()
    call_command("restore", archive, stdout=output, **options)
    return output.getvalue()


def backup(*arguments, **options):
    output, errors = io.StringIO(), io.StringIO()
    call_command("backup", *arguments, stdout=output, stderr=errors, **options)
    return output.getvalue(), errors.getvalue()


def refusal(archive, **options):
    with pytest.raises(CommandError) as refused:
        restore(archive, **options)
    return str(refused.value)


def found(word):
    kind = SearchEntry.Kind.PARTNER
    return Partner.objects.filter(pk__in=SearchEntry.objects.pks_matching(kind, [word]))


def test_restore_gives_everything_back(site, tmp_path, db):
    with place(tmp_path) as new, new.entered():
        output = restore(site.archive)

        assert (rows(), files_in(new.media)) == (site.rows, site.files)
        assert Session.objects.count() == 0
        assert found("shanghai").filter(slug="shanghai").exists()
        call_command("migrate", check_unapplied=True)
        assert output.endswith(f", into {making.database()}.\n")
    count = sum(map(len, site.rows.values()))
    assert output.startswith(
        f"Restored {count} rows of {len(site.rows)} tables"
        f" and {len(site.files)} files, as of 20"
    )


def test_archive_moves_from_one_database_to_the_other_and_back(site, tmp_path, db):
    moved = tmp_path / "moved.tar.gz"

    with place(tmp_path / "there", vendor="sqlite") as there, there.entered():
        restore(site.archive, from_tables=True)
        there.rows = rows()
        backup(moved)
    with place(tmp_path / "here") as here, here.entered():
        restore(moved)

        assert there.rows == rows() == site.rows
        assert files_in(here.media) == site.files
        assert found("shanghai").filter(slug="shanghai").exists()
        another = Division.objects.create(name_en="Another", name_ja="別の課")
        assert another.pk == site.last_division + 1
        token = ContentVersion.token_now()
        make_partner()
        assert ContentVersion.token_now() != token


def test_restored_content_is_new_to_every_process(site, db):
    with site.entered():
        tokens = [ContentVersion.token_now()]
        for _time in range(2):
            restore(site.archive, force=True)
            tokens.append(ContentVersion.token_now())

    assert len(set(tokens)) == 3


def test_restore_replaces_what_is_there_only_when_forced(site, tmp_path, db):
    with place(tmp_path) as here, here.entered():
        mine = here.media / "mine.txt"
        mine.write_text("mine")
        assert refusal(site.archive) == (
            f"There are files in {here.media}; nothing was changed. Restore where there"
            " are none, or replace what is there with --force."
        )
        mine.unlink()
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE network_newer (id integer PRIMARY KEY)")
        assert refusal(site.archive) == (
            "The database is not empty; nothing was changed. Restore into a new one,"
            " or replace what is there with --force."
        )
        mine.write_text("mine")

        restore(site.archive, force=True)

        assert (rows(), files_in(here.media)) == (site.rows, site.files)
        assert "network_newer" not in connection.introspection.table_names()


def test_failing_restore_puts_back_what_was_there(site, db, monkeypatch):
    monkeypatch.setattr(sqlite, "PATIENCE", 0)
    monkeypatch.setattr(postgresql, "PATIENCE", 0.01)

    with site.entered():
        (site.media / "mine.txt").write_text("mine")
        with somebody_writing():
            reason = refusal(site.archive, force=True)

        assert reason == "The database is in use. Stop the site and try again."
        assert rows() == site.rows
        assert files_in(site.media) == {**site.files, "mine.txt": b"mine"}
        (site.media / "mine.txt").unlink()


@contextmanager
def somebody_writing():
    """Another connection has changed a row and not committed yet."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("UPDATE network_partner SET staff_note = 'mine'")
        yield
    finally:
        other.rollback()
        other.close()


def test_archive_of_older_tables_is_brought_up_to_date(site, tmp_path, db):
    archive = tmp_path / "older.tar.gz"

    with site.entered():
        MigrationExecutor(connection).migrate([("sessions", None)])
        backup(archive)
        restore(archive, force=True)

        assert rows() == site.rows
        assert Session.objects.count() == 0
        call_command("migrate", check_unapplied=True)


# ---- what is refused ----------------------------------------------------------------


def unpacked(archive):
    """``{name: bytes}``, in the order they have in the archive."""
    with tarfile.open(archive) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def packed(path, members):
    """An archive of ``(TarInfo or name, bytes)``."""
    with tarfile.open(path, "w:gz", compresslevel=1) as tar:
        for member, data in members:
            if isinstance(member, str):
                member = tarfile.TarInfo(member)
                member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def with_manifest(members, /, **changes):
    manifest = json.loads(members["manifest.json"])
    return {**members, "manifest.json": json.dumps({**manifest, **changes}).encode()}


def as_listed(members):
    """With a manifest that agrees with the members, whatever they are."""
    return with_manifest(
        members,
        members={
            name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in members.items()
            if name != "manifest.json"
        },
    )


def link(name, kind, target):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""


MEDIA = "media/pictures/osaka-international-house.webp"
LINES = "tables/network_partner.jsonl"
DATABASES = ("database/osaka.sqlite3", "database/osaka.pgdump")


def scrambled(data):
    return bytes(byte ^ 255 for byte in data)


def rewritten(change):
    """A damage that changes the members ``{name: bytes}`` of a whole archive."""

    def damage(archive):
        members = unpacked(archive)
        changed = change(members)
        packed(archive, getattr(changed, "items", changed.__iter__)())

    return damage


def overwritten(change):
    """A damage that changes the bytes of the file."""
    return lambda archive: archive.write_bytes(change(archive.read_bytes()))


NOT_READ = "it is cut off, or is no archive of this site"
NOT_SAID = "manifest.json does not say what it must"
DAMAGES = {
    "empty": (overwritten(lambda data: b""), NOT_READ),
    "another file": (overwritten(scrambled), NOT_READ),
    "cut off": (overwritten(lambda data: data[: len(data) // 2]), NOT_READ),
    "its last bytes cut off": (overwritten(lambda data: data[:-6]), NOT_READ),
    "a file changed": (
        rewritten(lambda m: {**m, MEDIA: scrambled(m[MEDIA])}),
        f"{MEDIA} is not as it was written",
    ),
    "a file missing": (
        rewritten(lambda m: {name: m[name] for name in m if name != MEDIA}),
        f"{MEDIA} is missing",
    ),
    "a file too many": (
        rewritten(lambda m: {"media/other.webp": b"x", **m}),
        "media/other.webp does not belong to it",
    ),
    "a file twice": (
        rewritten(lambda m: [(MEDIA, m[MEDIA]), *m.items()]),
        f"{MEDIA} is in it twice",
    ),
    "a path that leads out": (
        rewritten(lambda m: as_listed({**m, "media/../../evil": b"x"})),
        "'media/../../evil' is not what an archive of this site holds",
    ),
    "a path from the root": (
        rewritten(lambda m: as_listed({"/tmp/evil": b"x", **m})),
        "'/tmp/evil' is not what an archive of this site holds",
    ),
    "a symbolic link": (
        rewritten(lambda m: [link("media/a", tarfile.SYMTYPE, "/etc"), *m.items()]),
        "'media/a' is not what an archive of this site holds",
    ),
    "a hard link": (
        rewritten(lambda m: [*m.items(), link("media/a", tarfile.LNKTYPE, MEDIA)]),
        "'media/a' is not what an archive of this site holds",
    ),
    "no manifest": (
        rewritten(lambda m: {name: m[name] for name in m if name != "manifest.json"}),
        "it has no manifest.json",
    ),
    "a manifest that is no JSON": (
        rewritten(lambda m: {**m, "manifest.json": b"{"}),
        NOT_SAID,
    ),
    "a manifest without tables": (
        rewritten(lambda m: with_manifest(m, tables=None)),
        NOT_SAID,
    ),
    "no rows of a table": (
        rewritten(lambda m: as_listed({name: m[name] for name in m if name != LINES})),
        "it does not have the rows of network_partner",
    ),
    "rows that the database has not": (
        rewritten(lambda m: as_listed({**m, LINES: b""})),
        "its database does not have the rows of network_partner",
    ),
    "a database that is not sound": (
        rewritten(
            lambda m: as_listed(
                {n: scrambled(m[n]) if n in DATABASES else m[n] for n in m}
            )
        ),
        "its database is not sound",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_archive_is_refused_and_nothing_touched(site, tmp_path, db, name):
    damage, how = DAMAGES[name]
    archive = Path(shutil.copy(site.archive, tmp_path / "damaged.tar.gz"))
    damage(archive)

    with site.entered():
        token = ContentVersion.token_now()
        reason = refusal(archive, force=True)

        assert reason == f"The archive is damaged: {how}."
        assert (rows(), files_in(site.media)) == (site.rows, site.files)
        assert ContentVersion.token_now() == token
        assert {path.name for path in site.media.iterdir()} == {
            "agreements",
            "pictures",
        }


AHEAD = (
    "The archive is newer than the code: its database has the migration"
    " network.0999_far_ahead. Update the code first."
)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"format": 2},
            "The archive has the format 2, and this version of the site reads 1.",
        ),
        (
            {"migrations": [["network", "0999_far_ahead"]]},
            AHEAD,
        ),
    ],
)
def test_archive_of_newer_code_is_refused(site, tmp_path, db, changes, reason):
    archive = tmp_path / "newer.tar.gz"
    packed(archive, with_manifest(unpacked(site.archive), **changes).items())

    with site.entered():
        assert refusal(archive, force=True) == reason
        assert (rows(), files_in(site.media)) == (site.rows, site.files)


def test_dry_run_looks_only(site, tmp_path, db):
    with place(tmp_path) as here, here.entered():
        output = restore(site.archive, dry_run=True)

        assert output.startswith("Could restore ")
        assert connection.introspection.table_names() == []
        assert files_in(here.media) == {}


# ---- making ---------------------------------------------------------------------------


def test_backup_is_of_one_moment_while_the_site_is_written_to(site, tmp_path, db):
    archive = tmp_path / "busy.tar.gz"
    written = []
    has_begun, is_done = threading.Event(), threading.Event()

    def write():
        with tables.standing_in(site.other.copy()):
            while not is_done.is_set():
                number = len(written)
                with transaction.atomic():
                    make_partner(slug=f"busy-{number}")
                    make_source(slug=f"busy-{number}")
                written.append(number)
                has_begun.set()

    with site.entered():
        writer = threading.Thread(target=write)
        writer.start()
        try:
            has_begun.wait(10)
            backup(archive)
        finally:
            is_done.set()
            writer.join()

        restore(archive, force=True)

        kept = [
            sorted(model.objects.filter(slug__startswith="busy-").values_list("slug"))
            for model in (Partner, Source)
        ]
        restore(site.archive, force=True)
    assert kept[0] == kept[1]
    assert 0 < len(kept[0]) < len(written)


def test_backup_is_for_its_owner_and_replaces_nothing(site, tmp_path, db):
    archive = tmp_path / "new" / "mine.tar.gz"

    with site.entered():
        output, errors = backup(archive)
        named = making.database()
        with pytest.raises(CommandError) as refused:
            backup(archive)

    assert output.startswith(f"Wrote {archive}, ")
    assert f" tables of {named} and " in output
    assert errors == ""
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert str(refused.value) == f"{archive} is there already."
    assert [path.name for path in archive.parent.iterdir()] == ["mine.tar.gz"]


def test_backup_names_files_that_are_missing(site, tmp_path, db):
    missing = "agreements/第1回 agreement.pdf"

    with site.entered():
        (site.media / missing).unlink()
        _output, errors = backup(tmp_path / "mine.tar.gz")
        (site.media / missing).write_bytes(site.files[missing])

    assert errors == f"Named in the database, but not in the media: {missing}\n"


def test_backup_deletes_the_oldest_of_its_own(site, tmp_path, db):
    ours = [f"osaka-network-202601{day:02}T000000Z.tar.gz" for day in range(1, 6)]
    others = ["mine.tar.gz", "osaka-network-20200101T000000Z.tar.gz.part", "notes.txt"]
    for name in ours + others:
        (tmp_path / name).touch()

    with site.entered():
        output, _errors = backup(tmp_path, keep=3, dry_run=True)
        before = {path.name for path in tmp_path.iterdir()}
        backup(tmp_path, keep=3)
    after = {path.name for path in tmp_path.iterdir()}

    assert before == {*ours, *others}
    assert [line.split()[0] for line in output.splitlines()] == ["Would"] * 3
    (new,) = after - before
    assert archives.MANIFEST in unpacked(tmp_path / new)
    assert after == {*ours[3:], *others, new}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no password")
def test_password_is_not_on_the_command_line(site, tmp_path, db, monkeypatch):
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$@" "$PGPASSWORD" >{tmp_path}/seen\nexit 1\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    with site.entered():
        monkeypatch.setitem(site.other.settings_dict, "PASSWORD", "the-secret")
        with pytest.raises(CommandError) as refused:
            backup(tmp_path / "mine.tar.gz")

    assert str(refused.value).startswith("pg_dump failed:")
    *arguments, password = (tmp_path / "seen").read_text().split()
    assert password == "the-secret"
    assert "the-secret" not in " ".join(arguments)
