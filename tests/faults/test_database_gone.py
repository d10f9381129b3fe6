"""PostgreSQL is killed, and comes back."""

import json

import pytest

from tests.deployment.servers import wait_until
from tests.forms import form_data

from .writing import Writer, written

NEVER_ASKED = "/en/exchanges/?sort=oldest&page=99"


@pytest.fixture(scope="module")
def writer(deployment):
    return Writer(deployment.staff("mei", "Editors"), "away")


@pytest.fixture
def without_database(deployment, writer):
    deployment.proxy.ask("/en/")
    deployment.database.kill()
    yield
    if deployment.database.process.poll() is not None:
        deployment.database.start()
    wait_until(lambda: deployment.site.ask("/readyz").status == 200)


def test_visitors_read_what_is_kept(deployment, without_database):
    assert "Osaka" in deployment.proxy.ask("/en/").text
    assert deployment.proxy.ask("/en/").status == 200
    other = deployment.proxy.ask(NEVER_ASKED)
    assert other.status == 503
    assert "This page cannot be shown at the moment." in other.text


def test_balancer_is_told(deployment, without_database):
    assert deployment.proxy.ask("/healthz").status == 200
    ready = deployment.site.ask("/readyz")
    assert ready.status == 503
    assert json.loads(ready.content)["database"] is False


def test_staff_get_their_words_back(deployment, writer, without_database):
    words = {"slug": "away-1", "title_en": 'Words "and" <signs>', "title_ja": "言葉"}
    address = "/admin/network/externallink/add/"

    answer = writer.staff.post(address, {**writer.form, **words})

    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert "The database does not answer at the moment" in answer.text

    deployment.database.start()
    again = writer.staff.post(address, form_data(answer))

    assert again.status == 302
    assert written(deployment, "away") == {"away-1": 1}
