"""Settings from the environment: what they become, and what is refused at start."""

import runpy
import secrets

import pytest
from django.core.exceptions import ImproperlyConfigured

from .test_project import ROOT, VARIABLES

pytestmark = pytest.mark.one_database

PUBLIC = {
    "DEBUG": "0",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "ALLOWED_HOSTS": "network.example.org",
}


@pytest.fixture
def start(monkeypatch):
    """The settings with which the site would start under these variables only."""

    def settings(**variables):
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "osaka_site" / "settings.py"))

    return settings


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"DEBUG": "maybe"}, "DEBUG must be 1 or 0, not 'maybe'."),
        ({"HTTPS": "x"}, "HTTPS must be 1 or 0, not 'x'."),
        (
            {"SECOND_PAIR_OF_EYES": "2"},
            "SECOND_PAIR_OF_EYES must be 1 or 0, not '2'.",
        ),
        *(
            (
                {"SITE_URL": address},
                (
                    "SITE_URL must be the beginning of an address, such as"
                    f" https://network.example.org, not {address!r}."
                ),
            )
            for address in (
                "foo",
                "network.example.org",
                "ftp://example.org",
                "https://example.org:x",
                "https://example.org/en",
            )
        ),
        (
            {"ALLOWED_HOSTS": "network.example.org,https://www.example.org"},
            (
                "ALLOWED_HOSTS must be names of hosts with commas between, without"
                " https://, not 'https://www.example.org'."
            ),
        ),
        (
            {"CSRF_TRUSTED_ORIGINS": "staff.example.org"},
            (
                "CSRF_TRUSTED_ORIGINS must be such as https://staff.example.org, with"
                " commas between, not 'staff.example.org'."
            ),
        ),
        *(
            (
                {"DATABASE_URL": address},
                (
                    "DATABASE_URL must be postgres://user:password@host:5432/name or"
                    " sqlite:////whole/path/of/a/file."
                ),
            )
            for address in (
                "",
                "nonsense",
                "osaka.sqlite3",
                "sqlite:///osaka.sqlite3",
                "sqlite://",
                "oracle://host/osaka",
                "postgres://user:secret@host",
                "postgres://user:secret@host:port/osaka",
            )
        ),
        *(
            (
                {name: "media"},
                (
                    f"{name} must be a folder with its whole path, such as /var/lib/x,"
                    " not 'media'."
                ),
            )
            for name in ("MEDIA_ROOT", "STATIC_ROOT", "BACKUP_DIR")
        ),
        *(
            (
                {"CACHE_URL": address},
                (
                    "CACHE_URL must be locmem://, file:///whole/path/of/a/folder or"
                    " redis://host:6379/1."
                ),
            )
            for address in ("redis", "redis://", "file://cache", "memcached://host")
        ),
        *(
            (
                {"MEDIA_STORAGE": address},
                (
                    "MEDIA_STORAGE must be s3://key:secret@host:9000/bucket?region=name,"
                    " or s3+http://… without encryption."
                ),
            )
            for address in (
                "/srv/media",
                "https://key:secret@host/bucket",
                "s3://host/bucket",
                "s3://key@host/bucket",
                "s3://key:secret@host:port/bucket",
                "s3://key:secret@host",
                "s3://key:secret@host/bucket/folder",
                "s3://key:secret@host/bucket?acl=public-read",
            )
        ),
        *(
            (
                {"EMAIL_URL": address},
                (
                    "EMAIL_URL must be console://, smtp://host:25,"
                    " smtp+tls://user:password@host:587 or"
                    " smtp+ssl://user:password@host:465."
                ),
            )
            for address in (
                "mail.example.org",
                "smtp://",
                "smtp://host:port",
                "pop://h",
            )
        ),
        (
            {"DEFAULT_FROM_EMAIL": "network"},
            (
                "DEFAULT_FROM_EMAIL must be an address for mail, such as"
                " network@city.example.org, not 'network'."
            ),
        ),
        (
            {"SLOW_QUERY_MS": "-1"},
            "SLOW_QUERY_MS must be a whole number, 0 or more, not '-1'.",
        ),
        (
            {"SLOW_QUERY_MS": "1s"},
            "SLOW_QUERY_MS must be a whole number, 0 or more, not '1s'.",
        ),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT must be line or json, not 'xml'."),
        (
            {"SECRET_KEY_FALLBACKS": f"{'x' * 50}, short"},
            (
                "SECRET_KEY_FALLBACKS must be random texts of 50 characters or more,"
                " with commas between."
            ),
        ),
        (
            {"METRICS_TOKEN": "short"},
            "METRICS_TOKEN must be a random text of 20 characters or more.",
        ),
    ],
)
def test_wrong_value_is_refused_by_name(start, variables, reason):
    with pytest.raises(ImproperlyConfigured) as refused:
        start(**variables)

    assert str(refused.value) == reason


def test_without_variables_the_site_is_for_development(start):
    settings = start()

    assert settings["DEBUG"] is True
    assert settings["DATABASES"]["default"]["NAME"] == str(ROOT / "db.sqlite3")
    assert settings["EMAIL_BACKEND"].endswith(".console.EmailBackend")
    assert settings["CACHES"]["default"]["BACKEND"].endswith(".LocMemCache")
    assert settings["BACKUP_DIR"] is None


def test_empty_variables_are_as_if_not_there(start):
    given = dict.fromkeys(set(VARIABLES) - {"DATABASE_URL"}, "")

    def plain(settings):
        return {name: settings[name] for name in settings if name.isupper()}

    assert repr(plain(start(**given))) == repr(plain(start()))


def test_database_may_be_behind_a_socket(start):
    settings = start(
        DATABASE_URL="postgres://osaka@/osaka?host=/var/run/postgresql&port=5433"
    )

    database = settings["DATABASES"]["default"]
    assert [database[name] for name in ("NAME", "USER", "HOST", "PORT")] == [
        "osaka",
        "osaka",
        "/var/run/postgresql",
        "5433",
    ]
    assert database["OPTIONS"] == {}


def test_replica_is_postgresql(start):
    settings = start(DATABASE_REPLICA_URL="postgres://osaka:p%40ss@replica/osaka")

    assert settings["DATABASES"]["replica"]["HOST"] == "replica"
    assert settings["DATABASE_ROUTERS"] == ["osaka_site.replica.ReplicaRouter"]
    assert settings["MIDDLEWARE"][-1] == "osaka_site.replica.ReplicaMiddleware"
    with pytest.raises(ImproperlyConfigured) as refused:
        start(DATABASE_REPLICA_URL="sqlite:////srv/osaka.sqlite3")
    assert str(refused.value) == (
        "DATABASE_REPLICA_URL must be postgres://user:password@host:5432/name."
    )


def test_media_may_be_in_a_bucket(start):
    settings = start(
        MEDIA_STORAGE="s3://a%40b:p%2Fss@media.example.org:9000/osaka?region=osaka-1"
    )

    assert settings["STORAGES"]["default"] == {
        "BACKEND": "osaka_site.bucket.BucketStorage",
        "OPTIONS": {
            "access_key": "a@b",
            "secret_key": "p/ss",
            "endpoint_url": "https://media.example.org:9000",
            "bucket_name": "osaka",
            "region_name": "osaka-1",
        },
    }


def test_bucket_asks_for_its_packages(start, monkeypatch):
    monkeypatch.setattr("osaka_site.environment.find_spec", lambda name: None)

    with pytest.raises(ImproperlyConfigured) as refused:
        start(MEDIA_STORAGE="s3+http://key:secret@127.0.0.1:9000/osaka")

    assert str(refused.value) == (
        "MEDIA_STORAGE needs more packages. Run: .venv/bin/pip install"
        " --require-hashes -r requirements-s3.txt"
    )


def test_public_server_is_as_its_variables_say(start):
    settings = start(
        **PUBLIC,
        SECRET_KEY_FALLBACKS=f"{'x' * 50}, {'y' * 60}",
        SITE_URL="https://network.example.org/",
        DATABASE_URL="postgres://osaka:p%40ss@db:5433/osaka?sslmode=require",
        CACHE_URL="redis://:secret@cache:6379/1",
        EMAIL_URL="smtp+tls://osaka%40city:p%2Fss@mail.example.org",
    )

    assert settings["SECRET_KEY_FALLBACKS"] == ["x" * 50, "y" * 60]
    assert settings["SITE_URL"] == "https://network.example.org"
    assert settings["DEFAULT_FROM_EMAIL"] == "no-reply@network.example.org"
    database = settings["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"], database["PASSWORD"]) == (
        "db",
        5433,
        "p@ss",
    )
    assert database["OPTIONS"]["sslmode"] == "require"
    cache, pages = settings["CACHES"]["default"], settings["CACHES"]["pages"]
    assert cache["LOCATION"] == pages["LOCATION"] == "redis://:secret@cache:6379/1"
    assert cache["KEY_PREFIX"] != pages["KEY_PREFIX"]
    mail = {name: settings[name] for name in settings if name.startswith("EMAIL_")}
    assert mail == {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "mail.example.org",
        "EMAIL_PORT": 587,
        "EMAIL_HOST_USER": "osaka@city",
        "EMAIL_HOST_PASSWORD": "p/ss",
        "EMAIL_USE_TLS": True,
        "EMAIL_USE_SSL": False,
        "EMAIL_TIMEOUT": 10,
    }
    assert settings["SECURE_SSL_REDIRECT"] is True
    assert settings["MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"] is False
    for cookie in ("SESSION", "CSRF", "LANGUAGE"):
        assert settings[f"{cookie}_COOKIE_SECURE"] is True
