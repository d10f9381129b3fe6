"""The smaller copies of pictures: which there are, when they are made, who sees them."""

from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

import html5lib
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.template.loader import render_to_string
from django.utils import timezone
from PIL import Image

from network.models import Picture
from network.renditions import jpeg_of, make_renditions, master_of, webps_of
from osaka_site.desk import copies, snapshots, workflow

from ..factories import make_exchange, make_facility, make_office, make_partner

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def data_of(kind="JPEG", size=(1000, 500), mode="RGB", **options):
    data = BytesIO()
    Image.new(mode, size, "navy").save(data, kind, **options)
    return data.getvalue()


def make_picture(name="port.jpg", data=None, **fields):
    file = ContentFile(data or data_of(), name)
    picture = Picture(
        file=file, alt_en="A port", alt_ja="港", **{"status": "published", **fields}
    )
    picture.save()
    return picture


def files():
    """What lies in the folder of pictures: ``{name: (format, size)}``."""
    folder = Path(default_storage.path("pictures"))
    images = {path.name: opened(path.name) for path in folder.iterdir()}
    return {name: (image.format, image.size) for name, image in images.items()}


def opened(name):
    path = Path(default_storage.path("pictures"), name)
    return Image.open(BytesIO(path.read_bytes()))


COPIES = {
    "port.jpg": ("JPEG", (1000, 500)),
    "port.jpg.480.webp": ("WEBP", (480, 240)),
    "port.jpg.960.webp": ("WEBP", (960, 480)),
    "port.jpg.1000.webp": ("WEBP", (1000, 500)),
    "port.jpg.960.jpg": ("JPEG", (960, 480)),
}


# ---- which there are -------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "webps", "jpeg"),
    [
        (2560, [480, 960, 1600], 960),
        (1600, [480, 960, 1600], 960),
        (1000, [480, 960, 1000], 960),
        (480, [480], 480),
        (60, [60], 60),
    ],
)
def test_no_copy_is_wider_than_the_picture(width, webps, jpeg):
    assert [copy.width for copy in webps_of("a.png", width)] == webps
    assert jpeg_of("a.png", width).name == f"a.png.{jpeg}.jpg"


@pytest.mark.parametrize(
    ("name", "master"),
    [
        ("pictures/a.jpg.480.webp", "pictures/a.jpg"),
        ("pictures/a.jpg.960.jpg", "pictures/a.jpg"),
        ("pictures/a.jpg", "pictures/a.jpg"),
        ("pictures/480.webp", "pictures/480.webp"),
        ("pictures/a.jpg.480.png", "pictures/a.jpg.480.png"),
        ("pictures/a.jpg.480.webp/", "pictures/a.jpg.480.webp/"),
    ],
)
def test_copy_tells_whose_it_is(name, master):
    assert master_of(name) == master


# ---- when they are made ----------------------------------------------------------


def test_saved_picture_gets_its_copies(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        make_picture()
        before = files()

    assert set(before) == {"port.jpg"}
    assert files() == COPIES


def test_copies_tell_nothing_but_the_colours():
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (34.0, 39.0, 0.0)})
    data = data_of(exif=exif, comment=b"my home", icc_profile=b"colours")
    make_renditions(make_picture(data=data))

    for name in COPIES.keys() - {"port.jpg"}:
        copy = opened(name)
        assert dict(copy.getexif()) == {}
        assert copy.info.keys() & {"comment", "exif", "icc_profile"} == {"icc_profile"}


@pytest.mark.parametrize("mode", ["RGBA", "P", "LA", "L", "1", "I;16"])
def test_every_kind_of_picture_has_copies(mode):
    data = BytesIO()
    Image.new(mode, (60, 40)).save(data, "PNG", transparency=0 if mode == "P" else None)

    made = make_renditions(make_picture("sign.png", data.getvalue()))

    assert made == 2
    has_alpha = mode in ("RGBA", "P", "LA")
    webp, jpeg = opened("sign.png.60.webp"), opened("sign.png.60.jpg")
    assert webp.has_transparency_data is has_alpha
    assert jpeg.getpixel((5, 5)) == ((255, 255, 255) if has_alpha else (0, 0, 0))


def test_trial_save_of_a_working_copy_makes_none(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), copies.undone():
        make_picture()

    assert set(files()) == {"port.jpg"}


def test_approved_file_gets_its_copies(
    editor, publisher, django_capture_on_commit_callbacks
):
    picture = make_picture("old.jpg")
    default_storage.save("pictures/port.jpg", ContentFile(data_of()))
    data = snapshots.take(picture)
    label = snapshots.label_of(picture)
    changed = {**data, label: {**data[label], "file": "pictures/port.jpg"}}
    copies.keep(picture, changed, editor)

    with django_capture_on_commit_callbacks(execute=True):
        workflow.approve(picture, publisher)

    assert files() == {**COPIES, "old.jpg": COPIES["port.jpg"]}
    picture.refresh_from_db()
    assert (picture.file.name, picture.width) == ("pictures/port.jpg", 1000)


def test_picture_whose_file_is_lost_is_saved(
    django_capture_on_commit_callbacks, caplog
):
    picture = make_picture()
    default_storage.delete(picture.file.name)

    with django_capture_on_commit_callbacks(execute=True):
        picture.save()

    assert files() == {}
    assert caplog.messages == []


def run(*arguments):
    output, errors = StringIO(), StringIO()
    call_command("make_renditions", *arguments, stdout=output, stderr=errors)
    return output.getvalue() + errors.getvalue()


def test_command_makes_what_is_missing():
    make_picture()
    lost = make_picture("lost.jpg", data_of(size=(6, 4)))
    Path(lost.file.path).write_bytes(b"no picture")

    first, second = run(), run()
    default_storage.delete("pictures/port.jpg.480.webp")
    third, again = run(), run("--again")

    assert [text.splitlines()[0] for text in (first, second, third, again)] == [
        f"Copies made: {count}. Pictures without a readable file: 1."
        for count in (4, 0, 1, 4)
    ]
    assert first.splitlines()[1].startswith("pictures/lost.jpg: cannot identify image")
    Path(lost.file.path).unlink()
    assert files() == COPIES


# ---- on a page -------------------------------------------------------------------


def figure(picture, **context):
    html = render_to_string("includes/picture.html", {"picture": picture, **context})
    return html5lib.parseFragment(html, namespaceHTMLElements=False)


def test_page_offers_the_copies_with_their_widths():
    shown = figure(make_picture())

    source, img = shown.find(".//source"), shown.find(".//img")
    assert source.attrib["srcset"] == (
        "/media/pictures/port.jpg.480.webp 480w, "
        "/media/pictures/port.jpg.960.webp 960w, "
        "/media/pictures/port.jpg.1000.webp 1000w"
    )
    assert source.attrib["type"] == "image/webp"
    assert {name: img.attrib[name] for name in ("src", "width", "height")} == {
        "src": "/media/pictures/port.jpg.960.jpg",
        "width": "1000",
        "height": "500",
    }


@pytest.mark.parametrize(
    ("focus", "expected"),
    [
        ("centre", "fig"),
        ("top", "fig fig--top"),
        ("bottom-left", "fig fig--bottom-left"),
    ],
)
def test_crop_looks_where_staff_said(focus, expected):
    assert figure(make_picture(focus=focus)).find("figure").attrib["class"] == expected


def test_every_focus_but_the_centre_has_a_style():
    css = Path("osaka_site/static/css/components.css").read_text(encoding="utf-8")

    assert [
        focus
        for focus in Picture.Focus.values
        if focus != "centre" and f".fig--{focus} img" not in css
    ] == []


def test_first_picture_of_a_page_is_not_put_off(client):
    pictures = [make_picture(f"{number}.jpg") for number in range(3)]
    house = make_facility(pictures=pictures)
    make_facility(parent=house, pictures=pictures)
    records = [
        make_partner(pictures=pictures),
        make_exchange(pictures=pictures),
    ]
    for _ in range(2):
        make_office(pictures=pictures)

    def put_off(address):
        page = html5lib.parse(
            client.get(address).content.decode(), namespaceHTMLElements=False
        )
        images = page.find(".//main").iterfind(".//figure//img")
        return [img.attrib.get("loading") == "lazy" for img in images]

    assert put_off("/en/") == [False]
    assert put_off("/en/house/") == [False, True]
    assert put_off("/en/offices/") == [False, True]
    for record in records:
        assert put_off(record.get_absolute_url()) == [False, True, True]


# ---- served ----------------------------------------------------------------------


def test_copy_is_served_as_what_it_is(client):
    make_renditions(make_picture())

    answers = [client.get(f"/media/pictures/{name}") for name in COPIES]

    assert [
        (answer["Content-Type"], Image.open(BytesIO(answer.getvalue())).size)
        for answer in answers
    ] == [(f"image/{kind.lower()}", size) for kind, size in COPIES.values()]


def test_picture_is_served_where_a_copy_is_missing(client):
    make_picture()

    answer = client.get("/media/pictures/port.jpg.480.webp")

    assert answer["Content-Type"] == "image/jpeg"
    assert answer.getvalue() == data_of()


def test_copies_of_a_replaced_file_are_not_served(client):
    picture = make_picture("old.jpg")
    make_renditions(picture)
    picture.file = ContentFile(data_of(), "new.jpg")
    picture.save()

    old, new = (
        client.get(f"/media/pictures/{name}.jpg.480.webp") for name in ("old", "new")
    )

    assert (old.status_code, new.getvalue()) == (404, data_of())


def test_picture_of_tomorrow_is_not_served_today(client):
    make_renditions(make_picture(publish_at=timezone.now() + timedelta(days=1)))

    assert client.get("/media/pictures/port.jpg.480.webp").status_code == 404
