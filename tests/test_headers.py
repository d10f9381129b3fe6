"""What every kind of answer tells browsers, and what none tells anybody."""

import json

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import path

from osaka_site import urls
from osaka_site.headers import FOR_ALL

from .factories import make_picture

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

PAGE = {
    "default-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}
FILE = {"default-src 'none'", "frame-ancestors 'none'", "sandbox"}


def break_down(request):
    raise ValueError("the-password-of-the-database")


urlpatterns = [path("broken/", break_down), *urls.urlpatterns]
handler400, handler403 = urls.handler400, urls.handler403
handler404 = urls.handler404


@pytest.fixture(autouse=True)
def _address_that_breaks_down(settings):
    settings.ROOT_URLCONF = __name__


@pytest.mark.parametrize(
    ("address", "status", "policy"),
    [
        ("/en/", 200, PAGE),
        ("/", 302, PAGE),
        ("/en/exchanges.json", 200, PAGE),
        ("/en/exchanges.atom", 200, PAGE),
        ("/sitemap.xml", 200, PAGE),
        ("/static/css/tokens.css", 200, PAGE),
        ("/static/css/nope.css", 404, PAGE),
        ("/media/pictures/port.jpg", 200, FILE),
        ("/media/pictures/nope.jpg", 404, PAGE),
        ("/en/nope/", 404, PAGE),
        ("/nope.json", 404, PAGE),
        ("/broken/", 500, PAGE),
        ("/shared/nope/", 404, PAGE),
        ("/admin/", 302, PAGE),
        ("/admin/login/", 200, PAGE),
        ("/healthz", 200, set()),
        ("/readyz", 200, set()),
    ],
)
def test_every_answer_says_what_browsers_may_do(client, address, status, policy):
    make_picture(file=default_storage.save("pictures/port.jpg", ContentFile(b"a")))
    client.raise_request_exception = False

    answer = client.get(address)
    if answer.streaming:
        answer.getvalue()

    told = answer.get("Content-Security-Policy", "")
    assert answer.status_code == status
    assert set(filter(None, told.split("; "))) == policy
    shared = {"Cross-Origin-Resource-Policy": "cross-origin"}
    expected = {**FOR_ALL, **(shared if policy == FILE else {})}
    assert {name: answer.get(name) for name in FOR_ALL} == expected
    if policy:
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer["Referrer-Policy"] in (
            "strict-origin-when-cross-origin",
            "same-origin",
        )


def test_site_is_not_told_by_another_name(client):
    answer = client.get("/en/", headers={"host": "evil.example.org"})

    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()
    assert {name: answer.get(name) for name in FOR_ALL} == FOR_ALL


def test_error_tells_nothing_of_the_inside(client):
    client.raise_request_exception = False

    answer = client.get("/broken/?key=value")

    assert answer.status_code == 500
    for inside in ("password-of", "break_down", "ValueError", "Traceback", "key"):
        assert inside not in answer.content.decode()


@pytest.mark.parametrize("address", ["/admin/", "/admin/login/", "/admin/account/"])
def test_admin_is_for_no_search_engine(client, address):
    assert client.get(address)["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize(
    "address",
    [
        "/exchanges.json",
        "/en/nope.json",
        "/xx/exchanges.json",
        "/en/exchanges/nope.json",
    ],
)
def test_unknown_address_of_data_answers_as_data(client, address):
    answer = client.get(address)

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
    assert json.loads(answer.content) == {"error": "There is nothing at this address."}


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/exchanges.csv", "There is nothing at this address.\n"),
        ("/exchanges.atom", "There is nothing at this address.\n"),
        ("/en/nope.ics", "There is nothing at this address.\n"),
        ("/en/exchanges/nope.ics", "There is no such calendar entry.\n"),
        ("/sitemap-nope.xml", "There is nothing at this address.\n"),
    ],
)
def test_unknown_address_of_a_feed_answers_in_a_sentence(client, address, sentence):
    answer = client.get(address)

    assert (answer.status_code, answer["Content-Type"]) == (
        404,
        "text/plain; charset=utf-8",
    )
    assert answer.content.decode() == sentence


def test_visitors_are_still_led_to_their_language(client):
    answer = client.get("/exchanges/", headers={"accept-language": "ja"})

    assert answer.url == "/ja/exchanges/"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded; charset=rot13",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        f"multipart/form-data; boundary={'y' * 300}",
    ],
)
@pytest.mark.parametrize("address", ["/en/", "/nope", "/admin/login/", "/healthz"])
def test_what_cannot_be_read_is_a_bad_request(address, content_type):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies["csrftoken"] = "a" * 32

    answer = client.generic("POST", address, b"x", content_type)

    is_there = address in ("/en/", "/admin/login/")
    assert answer.status_code == (400 if is_there else 404)
