"""What can be wrong with the site on its server, each with what to do about it."""

import secrets
import shutil
from datetime import timedelta
from pathlib import Path
from smtplib import SMTPException
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import get_connection
from django.db import DatabaseError, InterfaceError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.http.request import validate_host
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from redis.exceptions import RedisError

from events.models import ContentVersion
from events.triggers import events_of, watched_tables
from network.models import SearchEntry

from . import baking, media
from .backups import making, tables
from .desk.models import Revision
from .log_in import encryption
from .replica import REPLICA
from .searched import SEARCHED

LEAST_FREE = 1024**3  # bytes
OLDEST_BACKUP = timedelta(hours=36)
OLDEST_BAKED = timedelta(hours=1)
GREATEST_DIFFERENCE = timedelta(seconds=5)
SHORTEST_KEY = 50
LOCAL = {"localhost", "127.0.0.1", "::1"}

CHECKS = {}  # {name: a function that yields sentences about what is wrong}
NEEDS_TABLES = set()
PUBLIC_ONLY = set()


def check(name, *, needs_tables=False, public_only=False):
    def register(function):
        CHECKS[name] = function
        if needs_tables:
            NEEDS_TABLES.add(name)
        if public_only:
            PUBLIC_ONLY.add(name)
        return function

    return register


def examine():
    """``{check: [what is wrong, …]}``; ``None`` for what was not looked at."""
    found = {}
    for name, function in CHECKS.items():
        has_no_tables = found.get("database") or found.get("migrations")
        if (name in NEEDS_TABLES and has_no_tables) or (
            name in PUBLIC_ONLY and settings.DEBUG
        ):
            found[name] = None
        else:
            found[name] = list(function())
    return found


def _reason(error):
    return " ".join(str(error).split()) or type(error).__name__


# ---- the database -------------------------------------------------------------------


@check("database")
def database():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError) as error:
        yield (
            f"The database does not answer ({_reason(error)})."
            " Start it, or correct DATABASE_URL."
        )


@check("migrations", needs_tables=True)
def migrations():
    if unknown := tables.unknown(tables.applied()):
        yield (
            f"The database is newer than the code ({'.'.join(unknown[0])})."
            " Update the code."
        )
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        first = plan[0][0]
        yield f"The migration {first} is missing. Run: manage.py migrate"


@check("replica", needs_tables=True)
def replica():
    if REPLICA not in connections.settings:
        return
    try:
        ContentVersion.objects.using(REPLICA).get()
    except (DatabaseError, ContentVersion.DoesNotExist) as error:
        yield (
            f"The replica cannot be read ({_reason(error)}), so the primary does all."
            " Start it, or correct DATABASE_REPLICA_URL."
        )


@check("triggers", needs_tables=True)
def triggers():
    """Without them no process learns that a record has changed."""
    installed = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'",
    }
    with connection.cursor() as cursor:
        cursor.execute(installed[connection.vendor])
        names = {name for (name,) in cursor.fetchall()}
    unseen = [
        table
        for table in sorted(watched_tables())
        if not names.issuperset(events_of(table, connection.vendor))
    ]
    if unseen:
        yield (
            f"Changes in {unseen[0]} stay unseen: its trigger is missing."
            " Run: manage.py migrate"
        )


@check("search", needs_tables=True)
def search():
    known = {
        entry.pk: (_words(entry.title), _words(entry.body))
        for entry in SearchEntry.objects.all()
    }
    expected = {
        searched.kind.entry(record.pk): tuple(map(_words, searched.entry_of(record)))
        for searched in SEARCHED.values()
        for record in searched.model.objects.select_related(*searched.joined)
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT rowid FROM network_searchindex")
        indexed = {entry for (entry,) in cursor.fetchall()}
    if known != expected or indexed != expected.keys():
        yield "The search is not in step with the records. Run: manage.py rebuild_search"


def _words(normalised):
    """Without their order, which is that of the languages when they were written."""
    return sorted(normalised.split())


@check("clock", needs_tables=True)
def clock():
    now = timezone.now()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            (of_database,) = cursor.fetchone()
        if abs(of_database - now) > GREATEST_DIFFERENCE:
            yield (
                f"The clock says {now:%Y-%m-%d %H:%M:%S}, the database's"
                f" {of_database:%Y-%m-%d %H:%M:%S}. Set both: timedatectl set-ntp true"
            )
    last = Revision.objects.aggregate(last=Max("at"))["last"]
    if last and last - now > GREATEST_DIFFERENCE:
        yield (
            f"The clock says {now:%Y-%m-%d %H:%M}, but staff worked at"
            f" {last:%Y-%m-%d %H:%M} already. Set it: timedatectl set-ntp true"
        )


# ---- what else it stands on -------------------------------------------------------------


@check("cache")
def cache_keeps():
    given = secrets.token_hex(8)
    try:
        cache.set("doctor", given, 60)
        fault = "" if cache.get("doctor") == given else "keeps nothing"
    except (OSError, RedisError) as error:
        fault = f"does not answer ({_reason(error)})"
    if fault:
        yield f"The cache {fault}. Start it, or correct CACHE_URL."


@check("log-ins", public_only=True)
def log_ins():
    if settings.CACHES["default"]["BACKEND"].endswith(".LocMemCache"):
        yield (
            "Each process counts attempts to log in for itself, and forgets them at a"
            " restart. Set CACHE_URL to a folder or to Redis."
        )
    if not settings.SECOND_FACTOR:
        yield "Publishers log in with a password alone. Set SECOND_FACTOR=1."


@check("second factors", needs_tables=True)
def second_factors():
    former, lost = encryption.outdated()
    if former:
        yield (
            f"Secrets of second factors that a former key encrypted: {len(former)}."
            " Run: manage.py renew_secrets"
        )
    if lost:
        yield (
            f"Secrets of second factors that SECRET_KEY does not open: {len(lost)}."
            " Name the key they were made with in SECRET_KEY_FALLBACKS, or remove them."
        )


@check("media")
def media_keep():
    what_to_do = (
        "Let the user that the site runs as write there."
        if media.is_in_a_folder()
        else "Start its server, or correct MEDIA_STORAGE."
    )
    try:
        name = default_storage.save("doctor", ContentFile(b"doctor"))
        is_public = not media.is_in_a_folder() and default_storage.is_public(name)
        default_storage.delete(name)
    except OSError as error:
        reason = error.strerror or _reason(error)
        yield f"Nothing can be kept in {media.place()} ({reason}). {what_to_do}"
    else:
        if is_public:
            yield (
                f"Everybody can read {media.place()}, drafts included."
                " Forbid it to all but the key of MEDIA_STORAGE."
            )


@check("files", needs_tables=True)
def files():
    models = tables.models_after(tables.applied())
    named = set().union(*map(tables.files_named_by, models))
    try:
        missing = sorted(named.difference(media.names()))
    except OSError:
        return  # the check of the media says so
    if missing:
        yield (
            f"{len(missing)} files are missing in {media.place()}, such as {missing[0]}."
            " Take them from a backup."
        )


@check("mail")
def mail():
    backend = get_connection()
    if settings.EMAIL_BACKEND.endswith(".console.EmailBackend") and not settings.DEBUG:
        yield "Mail goes nowhere. Set EMAIL_URL to the address of a mail server."
    try:
        backend.open()
        backend.close()
    except (OSError, SMTPException) as error:
        yield (
            f"The mail server {settings.EMAIL_HOST} takes no mail ({_reason(error)})."
            " Start it, or correct EMAIL_URL."
        )


@check("disk")
def disk():
    places = [settings.BACKUP_DIR, settings.BAKED_DIR]
    if media.is_in_a_folder():
        places.insert(0, settings.MEDIA_ROOT)
    if connection.vendor == "sqlite":
        places.append(Path(connection.settings_dict["NAME"]).parent)
    for place in filter(None, places):
        if Path(place).exists():
            free = shutil.disk_usage(place).free
            if free < LEAST_FREE:
                yield (
                    f"Only {filesizeformat(free)} are free at {place}."
                    " Delete what is not needed, or give it a larger disk."
                )


@check("time zones")
def time_zones():
    try:
        ZoneInfo(settings.TIME_ZONE)
    except ZoneInfoNotFoundError:
        yield f"{settings.TIME_ZONE} is not known here. Install it: apt install tzdata"


@check("backups")
def backups():
    if not settings.BACKUP_DIR:
        return
    folder = Path(settings.BACKUP_DIR)
    ours = making.ours_in(folder) if folder.is_dir() else []
    what_to_do = "Run: systemctl start osaka-network-backup"
    if not ours:
        yield f"There is no backup in {folder}. {what_to_do}"
    elif timezone.now() - making.moment_of(ours[0]) > OLDEST_BACKUP:
        yield f"The last backup is {ours[0].name}. {what_to_do}"


@check("baked copy", needs_tables=True)
def baked_copy():
    if not settings.BAKED_DIR:
        return
    folder = Path(settings.BAKED_DIR)
    marker = baking.marker_in(folder)
    what_to_do = "Run: systemctl start osaka-network-bake"
    if marker is None:
        yield f"There is no baked copy in {folder}. {what_to_do}"
    elif (
        not marker.is_fresh()
        and timezone.now() - baking.known_fresh_at(folder) > OLDEST_BAKED
    ):
        yield (
            f"The baked copy is of {marker.made_at}, and the site has changed since."
            f" {what_to_do}"
        )


# ---- settings of a public server --------------------------------------------------------


@check("debug")
def debug():
    """On a server that others reach; at home it may be on."""
    site = urlsplit(settings.SITE_URL).hostname
    if settings.DEBUG and (settings.ALLOWED_HOSTS or site not in LOCAL):
        yield "DEBUG is on, which shows everybody the insides. Set DEBUG=0."


@check("secret key", public_only=True)
def secret_key():
    key = settings.SECRET_KEY
    if len(key) < SHORTEST_KEY or len(set(key)) < 10:
        yield (
            "SECRET_KEY can be guessed. Set it to the output of:"
            " python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )


@check("hosts", public_only=True)
def hosts():
    site = urlsplit(settings.SITE_URL).hostname
    if "*" in settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS lets every name pass. Set it to the names of the site."
    elif not validate_host(site, settings.ALLOWED_HOSTS):
        yield f"{site}, of SITE_URL, is not among ALLOWED_HOSTS. Add it."


@check("https", public_only=True)
def https():
    if not settings.HTTPS:
        yield "Passwords travel in the open. Get a certificate and set HTTPS=1."
    if not settings.SITE_URL.startswith("https://"):
        yield "SITE_URL starts with http://. Set it to the https:// address."


@check("static files", public_only=True)
def static_files():
    for finder in get_finders():
        for name, source in finder.list([]):
            with source.open(name) as file:
                if not _is_collected(name, file.read()):
                    yield (
                        f"{name} is not collected as it is now."
                        " Run: manage.py collectstatic, and restart the site"
                    )
                    return


def _is_collected(name, content):
    if not staticfiles_storage.exists(name):
        return False
    with staticfiles_storage.open(name) as file:
        is_same = file.read() == content
    hashed = getattr(staticfiles_storage, "hashed_files", {name: name})
    return is_same and name in hashed and staticfiles_storage.exists(hashed[name])
