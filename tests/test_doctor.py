"""What the doctor finds: nothing on a server in order, and each of the faults."""

import io
import json
import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from events.models import Field
from network.models import SearchEntry
from osaka_site import baking, doctor
from osaka_site.backups import making
from osaka_site.desk.models import Revision

from .databases import gone
from .factories import make_field, make_picture

KEY = "".join(map(chr, range(48, 110)))


@pytest.fixture
def server(db, settings, tmp_path):
    """A public server in order, with a record, a picture and a backup."""
    folders = {name: tmp_path / name for name in ("media", "backups", "static", "css")}
    for folder in folders.values():
        folder.mkdir()
    settings.MEDIA_ROOT = folders["media"]
    settings.BACKUP_DIR = folders["backups"]
    settings.STATICFILES_DIRS = [folders["css"]]
    settings.STATIC_ROOT = folders["static"]
    settings.STATICFILES_FINDERS = [
        "django.contrib.staticfiles.finders.FileSystemFinder"
    ]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        },
    }
    settings.SITE_URL = "https://network.example.org"
    settings.ALLOWED_HOSTS = ["network.example.org"]
    settings.SECRET_KEY = KEY
    settings.SECOND_FACTOR = True
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": tmp_path / "cache",
        }
    }
    (folders["css"] / "base.css").write_text("a {}")
    call_command("collectstatic", interactive=False, verbosity=0)
    (folders["media"] / "pier.png").touch()
    make_picture(file="pier.png")
    make_field(slug="water", name_en="Water", name_ja="水")
    (folders["backups"] / making.name_for(timezone.now())).touch()
    return tmp_path


def faults():
    return {name: found for name, found in doctor.examine().items() if found != []}


def test_server_in_order_has_no_faults(server):
    output = io.StringIO()

    call_command("doctor", stdout=output)

    assert output.getvalue().splitlines() == [
        f"fine   {name}" for name in doctor.CHECKS
    ]


def test_site_for_development_is_in_order(server, settings):
    settings.DEBUG, settings.ALLOWED_HOSTS = True, []
    settings.SITE_URL, settings.SECRET_KEY = "http://127.0.0.1:8000", "short"

    assert faults() == dict.fromkeys(
        ["log-ins", "secret key", "hosts", "https", "static files"]
    )


def test_command_fails_and_says_what_to_do(server, settings):
    settings.ALLOWED_HOSTS = ["*"]
    output, as_json = io.StringIO(), io.StringIO()

    with pytest.raises(CommandError, match="Found to be wrong: 1"):
        call_command("doctor", stdout=output, no_color=True)
    with pytest.raises(CommandError, match="Found to be wrong: 1"):
        call_command("doctor", json=True, stdout=as_json)

    sentence = "ALLOWED_HOSTS lets every name pass. Set it to the names of the site."
    assert f"wrong  hosts: {sentence}" in output.getvalue().splitlines()
    assert json.loads(as_json.getvalue()) == {
        **{key: [] for key in doctor.CHECKS},
        "hosts": [sentence],
    }


def test_database_that_is_gone_is_named(server, tmp_path):
    with gone(tmp_path):
        found = faults()

    (sentence,) = found.pop("database")
    assert sentence.startswith("The database does not answer (")
    assert sentence.endswith("). Start it, or correct DATABASE_URL.")
    assert found == dict.fromkeys(doctor.NEEDS_TABLES)


def test_missing_migration_is_named(server):
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")

    found = faults()

    assert found.pop("migrations") == [
        "The migration sessions.0001_initial is missing. Run: manage.py migrate"
    ]
    assert found == dict.fromkeys(doctor.NEEDS_TABLES - {"migrations"})


def test_database_of_newer_code_is_named(server):
    MigrationRecorder(connection).record_applied("network", "0999_far_ahead")

    assert faults()["migrations"] == [
        "The database is newer than the code (network.0999_far_ahead). Update the code."
    ]


def test_missing_trigger_is_named(server):
    with connection.cursor() as cursor:
        cursor.execute(
            {
                "sqlite": "DROP TRIGGER network_partner_update_is_new_content",
                "postgresql": "ALTER TABLE network_partner DISABLE TRIGGER"
                " network_partner_is_new_content",
            }[connection.vendor]
        )

    assert faults() == {
        "triggers": [
            (
                "Changes in network_partner stay unseen: its trigger is missing."
                " Run: manage.py migrate"
            )
        ]
    }


@pytest.mark.parametrize(
    "put_out_of_step",
    [
        lambda: Field.objects.update(name_en="Rivers"),
        lambda: SearchEntry.objects.first().delete(),
        lambda: connection.cursor().execute("DELETE FROM network_searchindex"),
        lambda: Field.objects.all()._raw_delete("default"),
    ],
)
def test_search_out_of_step_is_named(server, put_out_of_step):
    put_out_of_step()

    assert faults() == {
        "search": [
            "The search is not in step with the records. Run: manage.py rebuild_search"
        ]
    }


def test_clock_that_went_back_is_named(server, settings):
    settings.BACKUP_DIR = None
    Revision.objects.create(
        content_type_id=1, object_id=1, action="edited", at=timezone.now()
    )

    with time_machine.travel(datetime(2020, 1, 1, tzinfo=UTC), tick=False):
        found = faults()

    sentences = found.pop("clock")
    assert found == {}
    assert len(sentences) == {"sqlite": 1, "postgresql": 2}[connection.vendor]
    for sentence in sentences:
        assert sentence.startswith("The clock says 2020-01-01 00:00")
        assert sentence.endswith(": timedatectl set-ntp true")


def test_cache_that_is_gone_is_named(server, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    (sentence,) = faults().pop("cache")
    assert sentence.startswith("The cache does not answer (Error 111 connecting to ")

    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    }
    assert faults() == {
        "cache": ["The cache keeps nothing. Start it, or correct CACHE_URL."]
    }


def test_log_ins_that_are_easy_to_try_are_named(server, settings):
    settings.SECOND_FACTOR = False
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    }

    assert faults() == {
        "log-ins": [
            (
                "Each process counts attempts to log in for itself, and forgets them at"
                " a restart. Set CACHE_URL to a folder or to Redis."
            ),
            "Publishers log in with a password alone. Set SECOND_FACTOR=1.",
        ]
    }


def test_media_that_cannot_be_written_is_named(server, settings):
    settings.MEDIA_ROOT = server / "file" / "media"
    (server / "file").touch()

    found = faults()

    assert found["media"] == [
        (
            f"Nothing can be kept in {settings.MEDIA_ROOT} (Not a directory)."
            " Let the user that the site runs as write there."
        )
    ]


def test_missing_file_is_named(server, settings):
    (settings.MEDIA_ROOT / "pier.png").unlink()

    assert faults() == {
        "files": [
            (
                f"1 files are missing in {settings.MEDIA_ROOT}, such as pier.png."
                " Take them from a backup."
            )
        ]
    }


def test_mail_that_goes_nowhere_is_named(server, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert faults() == {
        "mail": ["Mail goes nowhere. Set EMAIL_URL to the address of a mail server."]
    }

    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert faults() == {
        "mail": [
            (
                "The mail server 127.0.0.1 takes no mail ([Errno 111] Connection refused)."
                " Start it, or correct EMAIL_URL."
            )
        ]
    }


def test_full_disk_is_named(server, settings, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_FREE", 1024**6)

    sentences = faults().pop("disk")

    assert sentences[0].startswith("Only ")
    assert sentences[0].endswith(
        f" are free at {settings.MEDIA_ROOT}. Delete what is not needed, or give it a"
        " larger disk."
    )


def test_old_backup_is_named(server, settings):
    (new,) = settings.BACKUP_DIR.iterdir()
    new.unlink()
    assert faults() == {
        "backups": [
            (
                f"There is no backup in {settings.BACKUP_DIR}."
                " Run: systemctl start osaka-network-backup"
            )
        ]
    }

    (settings.BACKUP_DIR / "osaka-network-20260101T000000Z.tar.gz").touch()
    assert faults() == {
        "backups": [
            (
                "The last backup is osaka-network-20260101T000000Z.tar.gz."
                " Run: systemctl start osaka-network-backup"
            )
        ]
    }


def test_second_factors_that_another_key_has_encrypted_are_named(
    server, settings, editor
):
    TOTP.activate(editor, "A" * 32)
    settings.SECRET_KEY = KEY[::-1]
    lost = faults()
    settings.SECRET_KEY_FALLBACKS = [KEY]

    assert lost == {
        "second factors": [
            (
                "Secrets of second factors that SECRET_KEY does not open: 1. Name the"
                " key they were made with in SECRET_KEY_FALLBACKS, or remove them."
            )
        ]
    }
    assert faults() == {
        "second factors": [
            (
                "Secrets of second factors that a former key encrypted: 1. Run:"
                " manage.py renew_secrets"
            )
        ]
    }


def test_old_baked_copy_is_named(server, settings):
    settings.BAKED_DIR = server / "baked"
    what_to_do = "Run: systemctl start osaka-network-bake"
    assert faults() == {
        "baked copy": [f"There is no baked copy in {settings.BAKED_DIR}. {what_to_do}"]
    }

    copy = settings.BAKED_DIR / "current"
    copy.mkdir(parents=True)
    moment = timezone.now().isoformat(timespec="seconds")
    marker = baking.Marker(
        version=0, until=moment, site="", code="", made_at=moment, files=0, bytes=0
    )
    (copy / baking.MARKER).write_text(json.dumps(asdict(marker)))
    assert faults() == {}

    long_ago = timezone.now() - doctor.OLDEST_BAKED - timedelta(seconds=1)
    os.utime(copy / baking.MARKER, times=(long_ago.timestamp(),) * 2)
    assert faults() == {
        "baked copy": [
            (
                f"The baked copy is of {moment}, and the site has changed since."
                f" {what_to_do}"
            )
        ]
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"DEBUG": True},
            {"debug": "DEBUG is on, which shows everybody the insides. Set DEBUG=0."},
        ),
        (
            {"SECRET_KEY": "a" * 60},
            {
                "secret key": "SECRET_KEY can be guessed. Set it to the output of:"
                " python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
            },
        ),
        (
            {"ALLOWED_HOSTS": ["www.example.org"]},
            {
                "hosts": "network.example.org, of SITE_URL, is not among"
                " ALLOWED_HOSTS. Add it."
            },
        ),
        (
            {"HTTPS": False},
            {
                "https": "Passwords travel in the open. Get a certificate and set"
                " HTTPS=1."
            },
        ),
        (
            {"SITE_URL": "http://network.example.org"},
            {"https": "SITE_URL starts with http://. Set it to the https:// address."},
        ),
    ],
)
def test_setting_that_is_not_for_a_public_server_is_named(
    server, settings, changes, expected
):
    for name, value in changes.items():
        setattr(settings, name, value)

    found = {name: sentences for name, sentences in faults().items() if sentences}

    assert found == {name: [sentence] for name, sentence in expected.items()}


def test_static_file_that_is_not_collected_is_named(server, settings):
    (settings.STATICFILES_DIRS[0] / "base.css").write_text("b {}")

    assert faults() == {
        "static files": [
            (
                "base.css is not collected as it is now."
                " Run: manage.py collectstatic, and restart the site"
            )
        ]
    }
