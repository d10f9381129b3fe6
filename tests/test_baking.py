"""The copy of the site as files: what visitors get, and never half of it."""

import fcntl
import gzip
import hashlib
import io
import os
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from events import views
from network.models import Partner, Picture
from osaka_site import baking, sitemaps
from osaka_site.publishing import Status

from .factories import make_exchange, make_link, make_partner, make_picture
from .pages import public_pages
from .test_page_cache import connection_kept

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "baked"


@pytest.fixture
def site(settings, tmp_path, monkeypatch):
    """A partner with a picture, and two exchanges on two pages; in one language, as
    others only take longer."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.LANGUAGES = [("en", "English")]
    monkeypatch.setattr(views, "PER_PAGE", 1)
    settings.MEDIA_ROOT = tmp_path / "media"
    pictures = settings.MEDIA_ROOT / "pictures"
    pictures.mkdir(parents=True)
    (pictures / "pier.png").write_bytes(b"a pier")
    partner = make_partner(
        slug="milan", introduction_en="See [this](/en/partners/no/), [that](/admin/)."
    )
    partner.pictures.add(make_picture(file="pictures/pier.png"))
    make_exchange(slug="visit", starts_on="2020-05-01", partners=[partner])
    make_exchange(slug="reply", starts_on="2021", partners=[partner])
    return partner


def bake(folder, **options):
    output = io.StringIO()
    with connection_kept():
        call_command("bake", folder, stdout=output, **options)
    return output.getvalue()


def files_in(folder):
    """``{name: bytes}`` of the copy that is there now."""
    pages = folder / "current" / "pages"
    return {
        path.relative_to(pages).as_posix(): path.read_bytes()
        for path in pages.rglob("*")
        if path.is_file()
    }


def inodes_in(folder):
    pages = folder / "current" / "pages"
    return {name: (pages / name).stat().st_ino for name in files_in(folder)}


def test_copy_is_every_page_as_visitors_get_it(client, site, folder):
    exchanges = ["", "?page=2", "visit/", "visit.ics", "reply/"]
    addresses = [
        *public_pages(site),
        *(f"/en/exchanges/{rest}" for rest in exchanges),
        *(f"/en/exchanges.{form}" for form in ("ics", "atom", "json", "csv")),
        "/en/anniversaries.ics",
        *(f"/media/pictures/pier.png.3.{form}" for form in ("webp", "jpg")),
        "/robots.txt",
        "/sitemap.xml",
        *(f"/sitemap-{section}.xml" for section in sitemaps.SECTIONS),
    ]
    compared = ["/en/", "/en/exchanges/?page=2", "/en/exchanges.json", "/sitemap.xml"]

    bake(folder)

    files = files_in(folder)
    plain = {name for name in files if not name.endswith(".gz")}
    months = {name for name in plain if "month=" in name}
    static = {name for name in plain if name.startswith("static/")}
    assert plain - months - static == {baking.file_of(a) for a in addresses}
    assert {"static/css/base.css", "static/js/site.js"} < static
    # The neighbours of this month, and the last one with an exchange.
    assert len(months) == 3
    for address in compared:
        body = client.get(address, headers={"host": "127.0.0.1:8000"}).content
        assert files[baking.file_of(address)] == body
        assert gzip.decompress(files[f"{baking.file_of(address)}.gz"]) == body


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/", "index.html"),
        ("/en/", "en/index.html"),
        ("/en/exchanges/?page=2", "en/exchanges/index.page=2.html"),
        ("/en/exchanges.ics", "en/exchanges.ics"),
        ("/sitemap-exchanges.xml?p=2", "sitemap-exchanges.p=2.xml"),
        ("/media/pictures/%E6%B8%AF.png", "media/pictures/港.png"),
    ],
)
def test_file_is_named_for_its_address(address, name):
    assert baking.file_of(address) == name


@pytest.mark.parametrize(
    "link",
    [
        "/admin/",
        "/shared/key/",
        "/en/exchanges/?field=water",
        "/en/exchanges/?page=1",
        "/en/%2e%2e/%2e%2e/etc/passwd",
        "/en//partners/",
    ],
)
def test_link_that_leads_out_of_the_copy_is_not_followed(link):
    assert not baking._belongs(link, "/en/")


def test_next_copy_has_what_changed_and_keeps_the_other_files(site, folder):
    bake(folder)
    former = inodes_in(folder)
    (folder / "baked-12345678" / "pages").mkdir(parents=True)  # of one that was killed
    Partner.objects.update(introduction_en="Rewritten.")
    Picture.objects.update(status=Status.DRAFT)

    bake(folder)

    files, inodes = files_in(folder), inodes_in(folder)
    page, feed = "en/partners/milan/index.html", "en/exchanges.csv"
    assert b"Rewritten." in files[page]
    assert gzip.decompress(files[f"{page}.gz"]) == files[page]
    assert not [name for name in files if name.startswith("media/")]
    kept = {name for name in files if inodes[name] == former.get(name)}
    assert {feed, f"{feed}.gz"} < kept
    assert not {page, f"{page}.gz"} & kept
    sums = (folder / "current" / "SHA256SUMS").read_text().splitlines()
    assert sorted(sums) == sorted(
        f"{hashlib.sha256(content).hexdigest()}  pages/{name}"
        for name, content in files.items()
    )
    assert {path.name for path in folder.iterdir()} == {
        ".lock",
        "current",
        (folder / "current").readlink().name,
    }


def test_other_users_may_read_the_copy(site, folder):
    former = os.umask(0o077)
    bake(folder)
    os.umask(former)

    closed = {
        path for path in [folder, *folder.rglob("*")] if not path.stat().st_mode & 4
    }
    assert closed == set()


def test_copy_that_fails_leaves_the_former_one(site, folder, settings):
    bake(folder)
    before = sorted(folder.rglob("*")), files_in(folder)
    settings.ALLOWED_HOSTS = ["elsewhere.example.org"]

    with pytest.raises(
        CommandError, match=r"http://127\.0\.0\.1:8000/sitemap\.xml answers 400 Bad"
    ):
        bake(folder)

    assert (sorted(folder.rglob("*")), files_in(folder)) == before


@pytest.mark.parametrize("name", ["index.html", "current", "baked", "media"])
def test_folder_that_holds_something_else_is_refused(site, folder, name):
    (folder / name).mkdir(parents=True)

    with pytest.raises(CommandError, match=f"holds something else: {name}"):
        bake(folder)

    assert [path.name for path in folder.iterdir()] == [name]


def test_two_do_not_bake_at_once(site, folder):
    folder.mkdir()
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="Another bake is at work in"):
            bake(folder)


def test_without_a_folder_one_is_asked_for(settings):
    with pytest.raises(CommandError, match="Name a folder, or set BAKED_DIR"):
        call_command("bake")


def test_copy_is_made_again_only_when_it_is_out_of_date(site, folder, settings):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert bake(folder, if_changed=True).startswith("Baked ")
        marker = baking.marker_in(folder)

        assert bake(folder, if_changed=True) == f"{folder} is up to date.\n"
        assert baking.marker_in(folder) == marker

        settings.SITE_URL = "http://127.0.0.1:8001"
        assert not marker.is_fresh()
        settings.SITE_URL = marker.site
        clock.shift(timedelta(days=1))  # anniversaries come nearer
        assert not marker.is_fresh()
        clock.shift(timedelta(days=-1))
        assert marker.is_fresh()
        make_link(is_listed=True)
        assert not marker.is_fresh()
        assert bake(folder, if_changed=True).startswith("Baked ")
        assert baking.marker_in(folder).is_fresh()
