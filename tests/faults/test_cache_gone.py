"""Redis is killed, or hangs, and comes back."""

import json
import os
import signal
from contextlib import contextmanager
from time import monotonic

import pytest

from tests.deployment.servers import wait_until

from .writing import Writer


@contextmanager
def killed(cache):
    cache.kill()
    try:
        yield
    finally:
        cache.start()


@contextmanager
def hanging(cache):
    os.kill(cache.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(cache.process.pid, signal.SIGCONT)


@pytest.mark.parametrize(("away", "language"), [(killed, "en"), (hanging, "ko")])
def test_site_stays_up_without_the_cache(deployment, away, language):
    writer = Writer(deployment.staff("sora", "Editors"), away.__name__)
    pages = [f"/{language}/partners/{name}/" for name in ("busan", "milan", "chicago")]

    with away(deployment.cache):
        begun = monotonic()
        answers = [deployment.proxy.ask(page).status for page in pages * 5]
        took = monotonic() - begun
        writer.write()
        ready = deployment.site.ask("/readyz")
        logging_in = deployment.proxy.ask("/admin/login/").status

    assert answers == [200] * 15
    assert took < 10  # waiting a second for each answer of the cache, it would be 15
    assert len(writer.answered) == 1
    assert (ready.status, json.loads(ready.content)["cache"]) == (503, False)
    assert logging_in == 200
    wait_until(lambda: deployment.site.ask("/readyz").status == 200)
