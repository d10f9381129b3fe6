"""Two application servers with one PostgreSQL, one Redis and one bucket."""

from io import BytesIO
from time import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.files.base import ContentFile
from PIL import Image

from tests.bucket_server import bucket_server
from tests.forms import form_data

from .servers import Site
from .staff import SECRET
from .visiting import Staff, Visitor

HAMBURG = "/en/partners/hamburg/"
PICTURES = "/admin/network/picture/"


@pytest.fixture(scope="module")
def bucket():
    with bucket_server() as bucket:
        yield bucket


@pytest.fixture(scope="module")
def sites(deployment, bucket):
    """The two of them."""
    settings = {
        **deployment.environment,
        "MEDIA_STORAGE": bucket.url,
        "WEB_CONCURRENCY": "1",
    }
    one, other = (Site(deployment.folder / name, settings) for name in ("a", "b"))
    with one, other:
        yield one, other


@pytest.fixture(scope="module")
def editors(deployment, sites):
    return logged_in(deployment, sites, "editor", "Editors")


@pytest.fixture(scope="module")
def publishers(deployment, sites):
    return logged_in(deployment, sites, "publisher", "Publishers")


def logged_in(deployment, sites, name, group):
    """The same person with the same session, before either server."""
    first = deployment.staff(name, group, server=sites[0])
    return first, Staff(sites[1], first.cookies["sessionid"])


def test_what_is_published_through_one_is_seen_next_through_the_other(
    deployment, sites, editors, publishers
):
    hamburg = deployment.record("network.Partner", "hamburg")
    for turn, words in enumerate(["Words of the first day.", "Of the second day."]):
        editors[turn].save(hamburg, introduction_en=words)
        before = [site.ask(HAMBURG).text for site in sites]

        publishers[turn].step(hamburg, "approve")
        after = [site.ask(HAMBURG).text for site in (sites[1 - turn], sites[turn])]

        assert [words in text for text in before] == [False, False]
        assert [words in text for text in after] == [True, True]


def test_picture_sent_to_one_is_served_by_the_other(
    deployment, sites, bucket, editors, publishers
):
    data = BytesIO()
    Image.new("RGB", (600, 400), "teal").save(data, "JPEG")
    form = editors[0].get(f"{PICTURES}add/")
    sent = form_data(form, slug="harbour", alt_en="A harbour at dawn", alt_ja="朝の港")

    saved = editors[0].upload(
        f"{PICTURES}add/", {**sent, "file": ContentFile(data.getvalue(), "harbour.jpg")}
    )

    address = "/media/pictures/harbour.jpg"
    copy = f"{address}.480.webp"
    kept, *_facts = bucket.files["pictures/harbour.jpg"]
    assert saved.status == 302
    assert editors[1].get(address).content == kept
    assert [site.ask(copy).status for site in sites] == [404, 404]

    publishers[0].step(deployment.record("network.Picture", "harbour"), "approve")

    answers = [site.ask(copy) for site in reversed(sites)]
    assert Image.open(BytesIO(answers[0].content)).format == "WEBP"
    assert answers[0].content == answers[1].content
    assert answers[0].headers["ETag"] == answers[1].headers["ETag"]


def test_log_in_through_one_counts_on_the_other(sites, editors):
    visitor = Visitor(sites[0])
    visitor.get("/admin/login/")
    code = format_hotp_value(hotp_value(SECRET, int(time()) // 30))

    visitor.post("/admin/login/", {"username": "editor", "password": "editor"})
    visitor.server = sites[1]  # where the second step happens to go
    visitor.post("/admin/account/code/", {"code": code})

    starts = []
    for site in (*sites, sites[0]):
        visitor.server = site
        starts.append(visitor.get("/admin/").status)
    visitor.post("/admin/logout/", {})
    visitor.server = sites[1]
    assert starts == [200, 200, 200]
    assert visitor.get("/admin/").status == 302


def test_one_that_is_killed_leaves_the_other(sites, editors):
    sites[0].kill()
    try:
        with pytest.raises(OSError):
            sites[0].ask("/readyz")
        assert sites[1].ask("/readyz").status == 200
        assert sites[1].ask(HAMBURG).status == 200
        assert editors[1].get("/admin/").status == 200
    finally:
        sites[0].start()
    assert sites[0].ask(HAMBURG).content == sites[1].ask(HAMBURG).content
