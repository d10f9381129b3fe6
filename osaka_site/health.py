"""Whether this process lives, and whether it can serve: for a proxy to ask.

Answered before anything else, so that neither a host's name, a language nor a session
is needed: ``/healthz`` asks nobody, ``/readyz`` the database and the cache.
"""

from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from redis.exceptions import RedisError

_is_migrated = False  # in this process, once it was so


class HealthMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response
        self.answers = {"/healthz": _alive, "/readyz": _ready}

    def __call__(self, request):
        answer = self.answers.get(request.path_info)
        if answer is None or request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        response = answer()
        response["Cache-Control"] = "no-store"
        return response


def _alive():
    return JsonResponse({"alive": True})


def _ready():
    checks = {"database": database_answers, "cache": cache_keeps}
    states = {name: check() for name, check in checks.items()}
    states["migrations"] = states["database"] and is_migrated()
    status = 200 if all(states.values()) else 503
    return JsonResponse(states, status=status)


def database_answers():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return False
    return True


def cache_keeps():
    try:
        cache.set("readyz", "kept", 60)
        return cache.get("readyz") == "kept"
    except (OSError, RedisError):
        return False


def is_migrated():
    global _is_migrated
    if not _is_migrated:
        executor = MigrationExecutor(connection)
        _is_migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _is_migrated
