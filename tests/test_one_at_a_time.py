"""What two servers begin at once happens once: migrations, the first start, jobs."""

import io
import re
from contextlib import ExitStack
from importlib import import_module

import pytest
from django.conf import settings
from django.core.management import (
    CommandError,
    call_command,
    get_commands,
    load_command_class,
)
from django.db import DatabaseError, connection

from osaka_site import one_at_a_time
from osaka_site.one_at_a_time import AloneCommand, TakenError, alone

from .databases import gone, place

# Each of these may run several times at once: a row is locked or claimed before
# something is done with it, or all that is done is one statement; each machine bakes
# a copy of its own.
SAFE_AT_ONCE = {
    "bake",
    "publish_due",
    "send_mails",
    "clearsessions",
    "clear_log_ins",
}


@pytest.fixture
def database(tmp_path, db):
    """An empty one, which others can connect to as well."""
    with place(tmp_path / "database") as database, database.entered():
        yield database


@pytest.fixture
def nobody_waits(monkeypatch):
    monkeypatch.setattr(one_at_a_time, "MIGRATING_TAKES", 0)
    for name in ("migrate", "prepare"):
        command = import_module(f"osaka_site.management.commands.{name}")
        monkeypatch.setattr(command, "MIGRATING_TAKES", 0)


def run(*arguments, **options):
    output = io.StringIO()
    call_command(*arguments, stdout=output, **options)
    return output.getvalue()


def tables():
    return connection.introspection.table_names()


def test_only_one_is_inside(database):
    with alone("job"):
        with pytest.raises(TakenError), alone("job"):
            pass
        with alone("another job"):
            pass
    with alone("job"):
        pass


def test_lock_ends_with_an_error(database):
    with pytest.raises(ValueError), alone("job"):
        raise ValueError

    with alone("job"):
        pass


def test_database_that_is_away_is_not_taken_for_a_lock(tmp_path, db):
    with gone(tmp_path), pytest.raises(DatabaseError):
        call_command("migrate", verbosity=0)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["migrate", "prepare"])
def test_nothing_is_migrated_while_somebody_else_migrates(
    database, nobody_waits, command
):
    with alone(command), pytest.raises(CommandError) as refused:
        run(command)

    assert str(refused.value) == (
        f"{command} is still running, here or on another machine. See whether that goes"
        " on, and try again."
    )
    assert tables() == []


def test_second_server_waits_and_finds_nothing_to_do(database, monkeypatch):
    """The first is done by the time that the second asks once more."""
    first = ExitStack()
    first.enter_context(alone("migrate"))
    seen = []

    def first_is_done(seconds):
        seen.append(tables())
        first.close()
        run("migrate", "contenttypes", verbosity=0)

    monkeypatch.setattr(one_at_a_time.time, "sleep", first_is_done)

    output = run("migrate", "contenttypes", no_color=True)

    assert seen == [[]]
    assert "No migrations to apply." in output
    assert "django_content_type" in tables()


def test_looking_at_migrations_waits_for_nobody(database, nobody_waits):
    with alone("migrate"):
        assert "contenttypes.0001_initial" in run("migrate", plan=True)


@pytest.mark.parametrize(
    "command", ["backup", "check_links", "empty_trash", "rebuild_search"]
)
def test_second_run_of_a_job_does_nothing_and_ends_well(database, tmp_path, command):
    arguments = [tmp_path / "backups"] if command == "backup" else []

    with alone(command):
        output = run(command, *arguments)

    assert output == (
        f"{command} runs already, here or on another machine; nothing was done.\n"
    )
    assert not (tmp_path / "backups").exists()


@pytest.mark.one_database
def test_every_job_of_a_timer_may_be_left_on_everywhere():
    deploy = settings.BASE_DIR / "deploy" / "systemd"
    jobs = {
        re.fullmatch(r"osaka-network-(?:job@)?(\w+)", timer.stem)[1]
        for timer in deploy.glob("*.timer")
    }

    commands = {name: load_command_class(get_commands()[name], name) for name in jobs}
    assert {"backup", *SAFE_AT_ONCE} <= jobs
    assert {
        name
        for name, command in commands.items()
        if not isinstance(command, AloneCommand)
    } == SAFE_AT_ONCE
