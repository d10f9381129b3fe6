"""That what serving costs can be measured; the figures are for people to judge."""

import os
from contextlib import ExitStack

import pytest

from tests.benchmarks.load import Case
from tests.benchmarks.serving import FROM_NGINX, HOME, OpenSite, half_sent_requests

from .servers import program

NEEDS_WRK = pytest.mark.skipif(
    not (program("wrk") or "CI" in os.environ), reason="wrk is not installed"
)


@NEEDS_WRK
def test_requests_and_their_processor_time_are_counted(deployment):
    with ExitStack() as stack:
        site, constant = (
            stack.enter_context(
                OpenSite(deployment.folder / name, deployment.environment, application)
            )
            for name, application in (
                ("open", "osaka_site.wsgi"),
                ("constant", "tests.benchmarks.constant"),
            )
        )
        case = Case(site.address, [site], [HOME, "/nowhere"], FROM_NGINX)
        figures = case.measure(1)

        assert constant.ask(HOME).text == "Always the same"
    assert 0 < figures.errors < figures.requests
    assert 0 < figures.cost < 1000
    assert 0 < figures.p50 <= figures.p99


def test_half_sent_requests_stop_nobody(deployment):
    with half_sent_requests(deployment.proxy, 10):
        answer = deployment.proxy.ask(HOME)

    assert answer.status == 200
