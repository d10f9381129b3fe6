"""Reads settings from environment variables, and refuses what makes no sense.

A wrong value stops the start with its name, rather than mean something else: with
``DEBUG=flase`` a public server must not show its insides. Values that may hold a
password are not repeated.
"""

import os
import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import EmailValidator

SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"
YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off"}
HOST = re.compile(r"\*|\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]", re.IGNORECASE)
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]+[a-z0-9]")


def text(name, default=""):
    return os.environ.get(name, "").strip() or default


def secret(name, least):
    """Empty, or hard to guess."""
    given = text(name)
    if given and len(given) < least:
        raise wrong(name, f"a random text of {least} characters or more")
    return given


def secrets(name, least):
    """Such texts, parted by commas."""
    given = _parted(text(name))
    if any(len(part) < least for part in given):
        raise wrong(
            name, f"random texts of {least} characters or more, with commas between"
        )
    return given


def yes_or_no(name, default):
    given = text(name).lower()
    if given and given not in YES | NO:
        raise wrong(name, "1 or 0", given)
    return given in YES if given else default


def number(name, default, least=0):
    given = text(name)
    try:
        value = int(given) if given else default
    except ValueError:
        value = None
    if value is None or value < least:
        raise wrong(name, f"a whole number, {least} or more", given)
    return value


def choice(name, default, choices):
    given = text(name, default)
    if given not in choices:
        raise wrong(name, " or ".join(choices), given)
    return given


def hosts(name):
    """Names of hosts, parted by commas."""
    given = _parted(text(name))
    for host in given:
        if not HOST.fullmatch(host):
            raise wrong(
                name, "names of hosts with commas between, without https://", host
            )
    return given


def origins(name):
    """Beginnings of addresses, parted by commas: ``https://example.org``."""
    given = _parted(text(name))
    for origin in given:
        if not _is_web_address(origin) or urlsplit(origin).path:
            raise wrong(
                name, "such as https://staff.example.org, with commas between", origin
            )
    return given


def web_address(name, default):
    given = text(name, default).rstrip("/")
    parts = urlsplit(given)
    if not _is_web_address(given) or parts.path or parts.query or parts.fragment:
        expected = "the beginning of an address, such as https://network.example.org"
        raise wrong(name, expected, given)
    return given


def mail_address(name, default):
    given = text(name)
    if not given:
        return default
    address = given.rpartition("<")[2].removesuffix(">") if "<" in given else given
    try:
        EmailValidator(allowlist=["localhost"])(address)
    except ValidationError:
        raise wrong(
            name, "an address for mail, such as network@city.example.org", given
        ) from None
    return given


def folder(name, default=None):
    given = text(name)
    if given and not Path(given).is_absolute():
        raise wrong(name, "a folder with its whole path, such as /var/lib/x", given)
    return Path(given) if given else default


# ---- addresses of servers -----------------------------------------------------------


def database(name, default):
    """The ``default`` of ``DATABASES``, but for what is the same everywhere."""
    given = os.environ.get(name, default).strip()
    parts = _split(given)
    if given == "sqlite://:memory:":
        return {"ENGINE": SQLITE, "NAME": ":memory:"}
    path = unquote(parts.path)
    if parts.scheme == "sqlite" and not parts.netloc and path.startswith("//"):
        return {"ENGINE": SQLITE, "NAME": path[1:]}
    if parts.scheme in ("postgres", "postgresql") and len(path) > 1:
        options = dict(parse_qsl(parts.query))  # sslmode=require and the like
        return {
            "ENGINE": POSTGRESQL,
            "NAME": path[1:],
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or options.pop("host", ""),
            "PORT": parts.port or options.pop("port", ""),
            "OPTIONS": options,
        }
    raise wrong(
        name,
        "postgres://user:password@host:5432/name or sqlite:////whole/path/of/a/file",
    )


def replica(name):
    """Another of ``DATABASES``, or ``None``."""
    if not text(name):
        return None
    found = database(name, default="")
    if found["ENGINE"] != POSTGRESQL:
        raise wrong(name, "postgres://user:password@host:5432/name")
    # One that has gone may make pages slower, not hang them.
    found["OPTIONS"].setdefault("connect_timeout", "2")
    return found


def cache(name, default, room=""):
    """One of ``CACHES``; those of other rooms keep apart what they hold."""
    given = text(name, default)
    parts = _split(given)
    if given == "locmem://":
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    if parts.scheme == "file" and not parts.netloc and len(parts.path) > 1:
        return {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(Path(unquote(parts.path), room)),
            "OPTIONS": {"MAX_ENTRIES": 2000},
        }
    if (parts.scheme in ("redis", "rediss") and parts.hostname) or (
        parts.scheme == "unix" and parts.path
    ):
        return {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": given,
            "KEY_PREFIX": room,
            # A cache that has gone may make pages slower, not hang them.
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
    raise wrong(
        name, "locmem://, file:///whole/path/of/a/folder or redis://host:6379/1"
    )


def media(name):
    """The ``default`` of ``STORAGES``."""
    given = text(name)
    if not given:
        return {"BACKEND": "osaka_site.media.Folder"}
    parts = _split(given)
    schemes = {"s3": "https", "s3+http": "http"}
    options = dict(parse_qsl(parts.query))
    bucket = unquote(parts.path).strip("/")
    if (
        parts.scheme not in schemes
        or not (parts.username and parts.password and parts.hostname)
        or not BUCKET.fullmatch(bucket)
        or options.keys() - {"region"}
        or parts.fragment
    ):
        raise wrong(
            name,
            "s3://key:secret@host:9000/bucket?region=name, or s3+http://… without"
            " encryption",
        )
    if not find_spec("boto3") or not find_spec("storages"):
        raise ImproperlyConfigured(
            f"{name} needs more packages. Run: .venv/bin/pip install --require-hashes"
            " -r requirements-s3.txt"
        )
    host = parts.netloc.rpartition("@")[2]
    return {
        "BACKEND": "osaka_site.bucket.BucketStorage",
        "OPTIONS": {
            "access_key": unquote(parts.username),
            "secret_key": unquote(parts.password),
            "endpoint_url": f"{schemes[parts.scheme]}://{host}",
            "bucket_name": bucket,
            "region_name": options.get("region", "us-east-1"),
        },
    }


def mail(name, default):
    """The settings of Django's that tell how mail leaves."""
    given = text(name, default)
    parts = _split(given)
    if given == "console://":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    ports = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}
    if (
        parts.scheme not in ports
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
    ):
        raise wrong(
            name,
            "console://, smtp://host:25, smtp+tls://user:password@host:587"
            " or smtp+ssl://user:password@host:465",
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtp+ssl",
        "EMAIL_TIMEOUT": 10,
    }


def wrong(name, expected, given=None):
    found = f", not {given!r}" if given else ""
    return ImproperlyConfigured(f"{name} must be {expected}{found}.")


def _parted(value):
    return [part.strip() for part in value.split(",") if part.strip()]


def _is_web_address(value):
    parts = _split(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


_NOTHING = urlsplit("")


def _split(address):
    """The parts of an address, all empty if it is none."""
    try:
        parts = urlsplit(address)
        _port = parts.port  # raises for what is no number
    except ValueError:
        return _NOTHING
    return parts
