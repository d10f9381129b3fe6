"""Processes are killed while staff write through nginx, and one hangs.

What was answered with "saved" is in the database afterwards, and nothing of a record
is there without the entry in its history.
"""

import os
import signal
from functools import partial
from time import monotonic, sleep

import pytest

from tests.deployment.servers import Site, wait_until

from . import SECONDS
from .writing import Writer, writing, written


def kill_worker(deployment):
    os.kill(deployment.site.workers()[0], signal.SIGKILL)


def kill_application_server(deployment):
    deployment.site.kill()
    deployment.site.start()


def kill_database(deployment):
    deployment.database.kill()
    deployment.database.start()


def kill_nginx(deployment):
    deployment.proxy.kill()
    deployment.proxy.start()


@pytest.fixture(scope="module")
def staff(deployment):
    return {name: deployment.staff(name, "Editors") for name in ("hana", "ken")}


# Python leaves a socket open whose other end goes between its start and that of TLS.
@pytest.mark.filterwarnings(
    "ignore:.*SSLSocket:pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize(
    "kill", [kill_worker, kill_application_server, kill_database, kill_nginx]
)
def test_no_answered_write_is_lost(deployment, staff, kill):
    writers = [
        Writer(person, f"{kill.__name__}-{name}") for name, person in staff.items()
    ]
    until = monotonic() + SECONDS

    with writing(writers):
        while True:
            seen = [len(writer.answered) for writer in writers]
            sleep(0.2)
            kill(deployment)
            wait_until(partial(all_went_on, writers, seen))
            if monotonic() > until:
                break

    for writer in writers:
        found = written(deployment, writer.name)
        assert set(writer.answered) <= set(found) <= set(writer.sent)
        assert set(found.values()) == {1}


def all_went_on(writers, seen):
    return all(
        len(writer.answered) > before
        for writer, before in zip(writers, seen, strict=True)
    )


def one_that_has_answered(site):
    """A worker with a thread for requests: gunicorn waits for ever for one that has
    given no sign yet."""
    return next(
        pid for pid in site.workers() if len(os.listdir(f"/proc/{pid}/task")) > 1
    )


def test_worker_that_hangs_is_replaced(deployment):
    # Instead of 60 seconds; a new worker needs some until it first gives a sign.
    impatient = {**deployment.environment, "GUNICORN_CMD_ARGS": "--timeout 5"}
    with Site(deployment.folder / "hanging", impatient) as site:
        hanging = one_that_has_answered(site)

        os.kill(hanging, signal.SIGSTOP)

        wait_until(lambda: hanging not in site.workers())
        assert site.ask("/healthz").status == 200
