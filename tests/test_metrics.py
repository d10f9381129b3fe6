import os

import pytest
from django.test import Client

from events.models import ContentVersion
from osaka_site import metrics

from .databases import gone
from .factories import make_partner

TOKEN = "a-token-of-the-tests-only"


@pytest.fixture
def measured(settings, monkeypatch, tmp_path):
    settings.METRICS_TOKEN, settings.METRICS_DIR = TOKEN, tmp_path
    monkeypatch.setattr(metrics, "_counts", {})
    return Client()  # reads the settings anew


def ask(client, token=TOKEN):
    return client.get("/metrics", headers={"authorization": f"Bearer {token}"})


def values(client):
    lines = ask(client).content.decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_metrics_count_requests_by_method_status_and_time(measured, db):
    measured.get("/robots.txt")
    measured.get("/robots.txt")
    measured.head("/robots.txt")
    measured.get("/en/no-such-page/")
    measured.options("/robots.txt")

    found = values(measured)

    requests = {
        name.removeprefix("osaka_requests_total"): int(value)
        for name, value in found.items()
        if name.startswith("osaka_requests_total") and value != "0"
    }
    assert requests == {
        '{method="GET",status="2xx"}': 2,
        '{method="HEAD",status="2xx"}': 1,
        '{method="GET",status="4xx"}': 1,
        '{method="other",status="2xx"}': 1,
    }
    assert found["osaka_request_seconds_count"] == "5"
    assert found['osaka_request_seconds_bucket{le="+Inf"}'] == "5"
    assert float(found["osaka_request_seconds_sum"]) > 0


def test_metrics_add_up_all_processes(measured, db, settings, tmp_path):
    measured.get("/robots.txt")
    own = tmp_path / f"{os.getpid()}.counts"
    (tmp_path / "1.counts").write_bytes(own.read_bytes())
    (tmp_path / "999999999.counts").write_bytes(own.read_bytes())

    found = values(measured)

    assert found['osaka_requests_total{method="GET",status="2xx"}'] == "3"
    memory = {name for name in found if name.startswith("osaka_process")}
    assert memory == {
        f'osaka_process_resident_bytes{{process="{process}"}}'
        for process in (1, os.getpid())
    }


def test_metrics_know_the_database(measured, db, tmp_path):
    first = values(measured)
    make_partner()
    second = values(measured)
    with gone(tmp_path):
        third = values(measured)

    assert first["osaka_database_up"] == "1"
    assert second["osaka_content_version"] == str(ContentVersion.token_now())
    assert second["osaka_content_version"] != first["osaka_content_version"]
    assert third["osaka_database_up"] == "0"
    assert "osaka_content_version" not in third


@pytest.mark.parametrize("token", ["", "wrong", f"{TOKEN}x", "日本"])
def test_metrics_are_no_page_without_the_token(measured, db, token):
    answer, usual = ask(measured, token), measured.get("/no-such-page")

    assert answer.status_code == usual.status_code == 404
    assert b"osaka_" not in answer.content


def test_metrics_are_no_page_where_none_is_set(client, db, settings):
    assert ask(client).status_code == 404
