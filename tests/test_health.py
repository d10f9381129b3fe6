import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from osaka_site import health

from .databases import gone


@pytest.fixture(autouse=True)
def _new_process(monkeypatch):
    monkeypatch.setattr(health, "_is_migrated", False)


def ask(client, path, **kwargs):
    """As a proxy asks: by another name of the host, without a language."""
    return client.get(path, headers={"host": "10.0.0.7:8000"}, **kwargs)


def test_healthz_asks_nobody(client, settings, django_assert_num_queries):
    settings.SECURE_SSL_REDIRECT = True

    response = ask(client, "/healthz")

    assert (response.status_code, response.json()) == (200, {"alive": True})
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies


def test_readyz_costs_one_query_once_migrated(client, db, django_assert_num_queries):
    first = ask(client, "/readyz")
    with django_assert_num_queries(1):
        second = ask(client, "/readyz")

    assert (first.status_code, first["Cache-Control"]) == (200, "no-store")
    ready = {"database": True, "cache": True, "migrations": True}
    assert first.json() == second.json() == ready


def test_readyz_says_that_the_database_is_gone(client, db, tmp_path):
    with gone(tmp_path):
        response = ask(client, "/readyz")

    assert (response.status_code, response.json()) == (
        503,
        {"database": False, "cache": True, "migrations": False},
    )


@pytest.mark.parametrize(
    "cache",
    [
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        },
        {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": "/dev/null/cache",
        },
        {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    ],
)
def test_readyz_says_that_the_cache_is_gone(client, db, settings, cache):
    settings.CACHES = {"default": cache}

    response = ask(client, "/readyz")

    assert (response.status_code, response.json()) == (
        503,
        {"database": True, "cache": False, "migrations": True},
    )


def test_readyz_waits_for_migrations(client, db):
    name = "0001_initial"
    MigrationRecorder(connection).record_unapplied("sessions", name)
    before = ask(client, "/readyz")
    MigrationRecorder(connection).record_applied("sessions", name)
    after = ask(client, "/readyz")

    assert (before.status_code, before.json()) == (
        503,
        {"database": True, "cache": True, "migrations": False},
    )
    assert after.status_code == 200


def test_only_questions_are_answered(client, db):
    assert client.post("/healthz").status_code == 404
    assert client.head("/healthz").status_code == 200
    assert client.get("/healthz/").status_code == 404
