import os
from wsgiref.util import setup_testing_defaults

import pytest

from events.models import ContentVersion
from osaka_site import metrics

from .databases import gone
from .factories import make_partner

TOKEN = "a-token-of-the-tests-only"


def site(environ, start_response):
    """Has robots.txt, and nothing else."""
    has_it = environ["PATH_INFO"] == "/robots.txt"
    start_response("200 OK" if has_it else "404 Not Found", [])
    return [b""]


class Server:
    """Asks the site as gunicorn does."""

    def __init__(self):
        self.application = metrics.Metrics(site)

    def ask(self, path, method="GET", **headers):
        environ = {"PATH_INFO": path, "REQUEST_METHOD": method, **headers}
        setup_testing_defaults(environ)
        started = []
        answer = self.application(environ, lambda *start: started.append(start))
        return int(started[-1][0][:3]), b"".join(answer).decode()


@pytest.fixture
def server(db, settings, monkeypatch, tmp_path):
    settings.METRICS_TOKEN, settings.METRICS_DIR = TOKEN, tmp_path
    monkeypatch.setattr(metrics, "_counts", {})
    return Server()


def ask(server, token=TOKEN):
    return server.ask("/metrics", HTTP_AUTHORIZATION=f"Bearer {token}")


def values(server):
    lines = ask(server)[1].splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_metrics_count_requests_by_method_status_and_time(server):
    server.ask("/robots.txt")
    server.ask("/robots.txt")
    server.ask("/robots.txt", "HEAD")
    server.ask("/en/no-such-page/")
    server.ask("/robots.txt", "OPTIONS")

    found = values(server)

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


def test_metrics_add_up_all_processes(server, tmp_path):
    server.ask("/robots.txt")
    own = tmp_path / f"{os.getpid()}.counts"
    (tmp_path / "1.counts").write_bytes(own.read_bytes())
    (tmp_path / "999999999.counts").write_bytes(own.read_bytes())

    found = values(server)

    assert found['osaka_requests_total{method="GET",status="2xx"}'] == "3"
    memory = {name for name in found if name.startswith("osaka_process")}
    assert memory == {
        f'osaka_process_resident_bytes{{process="{process}"}}'
        for process in (1, os.getpid())
    }


def test_metrics_know_the_database(server, tmp_path):
    first = values(server)
    make_partner()
    second = values(server)
    with gone(tmp_path):
        third = values(server)

    assert first["osaka_database_up"] == "1"
    assert second["osaka_content_version"] == str(ContentVersion.token_now())
    assert second["osaka_content_version"] != first["osaka_content_version"]
    assert third["osaka_database_up"] == "0"
    assert "osaka_content_version" not in third


@pytest.mark.parametrize("token", ["", "wrong", f"{TOKEN}x", "日本"])
def test_metrics_are_no_page_without_the_token(server, token):
    status, body = ask(server, token)

    assert status == server.ask("/no-such-page")[0] == 404
    assert "osaka_" not in body
