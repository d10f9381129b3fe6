"""The parts together: what staff do through nginx, and what visitors see of it."""

import ssl

import pytest

from .servers import DEPLOY, HOST

MILAN = "/en/partners/milan/"
JOBS = sorted(path.stem.partition("@")[2] for path in DEPLOY.glob("systemd/*@*.timer"))


@pytest.fixture(scope="module")
def editor(deployment):
    return deployment.staff("editor", "Editors")


@pytest.fixture(scope="module")
def publisher(deployment):
    return deployment.staff("publisher", "Publishers")


@pytest.fixture(scope="module")
def milan(deployment):
    return deployment.record("network.Partner", "milan")


def test_doctor_finds_nothing_wrong_but_what_is_missing_here(deployment):
    told = deployment.manage("doctor", must_succeed=False).splitlines()

    wrong = [line.split()[1] for line in told if line.startswith("wrong")]
    assert wrong == ["mail:", "backups:", "baked"]
    assert len(told) > 15


@pytest.mark.parametrize("job", JOBS)
def test_job_of_a_timer_runs(deployment, job):
    in_no_time = ["--minutes=0"] if job == "check_links" else []

    deployment.manage(job, *in_no_time)  # or the test ends here


def test_change_shows_once_it_is_approved(deployment, editor, publisher, milan):
    words = "Words that nobody has written before."
    saved = editor.save(milan, introduction_en=words)
    before = deployment.proxy.ask(MILAN)

    approved = publisher.step(milan, "approve")

    assert (saved.status, approved.status) == (302, 302)
    assert words not in before.text
    assert words in deployment.proxy.ask(MILAN).text


def test_page_is_the_same_each_time_and_is_not_sent_twice(deployment):
    first, second = (deployment.proxy.ask("/ja/") for _time in range(2))

    assert first.content == second.content
    assert first.headers["ETag"] == second.headers["ETag"]
    again = deployment.proxy.ask(
        "/ja/", headers={"If-None-Match": second.headers["ETag"]}
    )
    assert (again.status, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/en/", "/ja/exchanges/", "/admin/login/", "/nope/"])
def test_headers_keep_browsers_safe(deployment, path):
    headers = deployment.proxy.ask(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert {
        name: headers[name]
        for name in (
            "Strict-Transport-Security",
            "X-Content-Type-Options",
            "X-Frame-Options",
            "Referrer-Policy",
            "Cross-Origin-Opener-Policy",
        )
    } == {
        "Strict-Transport-Security": "max-age=31536000",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    assert headers["Server"] == "nginx"


def test_old_encryption_is_refused(deployment):
    old = ssl.create_default_context(cafile=deployment.proxy.certificate)
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1

    with pytest.raises(ssl.SSLError):
        deployment.proxy.connect(HOST, old)


def test_static_files_are_kept_for_ever_and_packed(deployment):
    home = deployment.proxy.ask("/en/").text
    path = home.split('rel="stylesheet" href="')[1].partition('"')[0]

    answer = deployment.proxy.ask(path, headers={"Accept-Encoding": "br, gzip"})

    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]
