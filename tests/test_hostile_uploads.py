"""Files that mean harm, sent through the forms of the admin: each is refused at its
field in a sentence, or what is kept of it does no harm; nothing else stays."""

import tracemalloc
import zlib
from io import BytesIO, RawIOBase
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from network.models import Affiliation, AgreementDocument, Picture
from osaka_site.publishing import Status
from osaka_site.uploads import (
    MAX_BYTES,
    BoundedUploadHandler,
    TooLargeFile,
    check_size,
)

from .factories import make_affiliation
from .forms import errors_of, form_data
from .network.test_pictures import (
    UNREADABLE,
    claiming,
    photograph,
    picture_data,
    without_its_end,
)

ADD = reverse("admin:network_picture_add")
NO_PDF = "This is not a PDF. Save the document as PDF and choose that."
TOO_MANY_PIXELS = "The picture has more than 50 megapixels. Make it smaller first."
SCRIPT = b"<script>alert(1)</script>"
BOUNDARY = "----harbour"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def arriving(settings, tmp_path):
    """The folder for what has not arrived yet."""
    folder = tmp_path / "arriving"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR, settings.MEDIA_ROOT = folder, tmp_path / "media"
    return folder


@pytest.fixture
def picture_form(editor_client):
    return form_data(editor_client.get(ADD), alt_en="Piers"), "file"


@pytest.fixture
def tie_page(db):
    tie = make_affiliation(status=Status.DRAFT)
    return reverse("admin:network_affiliation_change", args=[tie.pk])


@pytest.fixture
def document_form(editor_client, tie_page):
    return {
        **form_data(editor_client.get(tie_page)),
        "documents-TOTAL_FORMS": "1",
        "documents-0-title_en": "Agreement",
        "documents-0-language": "en",
    }, "documents-0-file"


class Body(RawIOBase):
    """What a browser sends; bytes of the file that nobody looks at are made when they
    are read."""

    def __init__(self, form, name, content, padding=0):
        words, control = form
        fields = "".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"'
            f"\r\n\r\n{value}\r\n"
            for key, values in words.items()
            for value in (values if isinstance(values, list) else [values])
        )
        file = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{control}";'
            f' filename="{name}"\r\nContent-Type: image/png\r\n\r\n'
        )
        start = (fields + file).encode() + content
        end = f"\r\n--{BOUNDARY}--\r\n".encode()
        self.length = len(start) + padding + len(end)
        self.start, self.padding, self.end = BytesIO(start), padding, BytesIO(end)

    def read(self, size):
        if data := self.start.read(size):
            return data
        if self.padding:
            size = min(size, self.padding)
            self.padding -= size
            return bytes(size)
        return self.end.read(size)


def post(client, address, body):
    return client.generic(
        "POST",
        address,
        CONTENT_TYPE=f"multipart/form-data; boundary={BOUNDARY}",
        CONTENT_LENGTH=str(body.length),
        **{"wsgi.input": body},
    )


def files_in(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in Path(folder).rglob("*")
        if path.is_file()
    }


# ---- pictures ------------------------------------------------------------------------


def with_a_long_remark():
    """A PNG of 20 kB that would unpack to 20 MB of text."""
    remark = b"Comment\0\0" + zlib.compress(bytes(20 * 1024**2))
    chunk = b"zTXt" + remark
    size, check = len(remark).to_bytes(4, "big"), zlib.crc32(chunk).to_bytes(4, "big")
    data = picture_data("PNG")
    return data[:33] + size + chunk + check + data[33:]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("bomb.png", claiming(60_000, 60_000), TOO_MANY_PIXELS),
        ("remark.png", with_a_long_remark(), UNREADABLE),
        ("gif.jpg", b"GIF89a/*" + picture_data() + b"*/=alert(1)", UNREADABLE),
        ("page.png", b"<!DOCTYPE html>" + SCRIPT, UNREADABLE),
        ("chart.svg", b"<svg>" + SCRIPT + b"</svg>", UNREADABLE),
        ("half.jpg", without_its_end(picture_data()), UNREADABLE),
        ("half.png", without_its_end(picture_data("PNG")), UNREADABLE),
        ("half.webp", without_its_end(picture_data("WEBP")), UNREADABLE),
        ("nothing.png", b"", UNREADABLE),
        ("", b"", "This field is required."),
    ],
    ids=[
        "bomb",
        "bomb of words",
        "script that begins as a GIF",
        "page",
        "SVG",
        "half a JPEG",
        "half a PNG",
        "half a WebP",
        "0 bytes",
        "no file",
    ],
)
def test_picture_is_refused_in_a_sentence_and_leaves_nothing(
    editor_client, settings, picture_form, arriving, name, content, sentence
):
    body = Body(picture_form, name, content)

    response = post(editor_client, ADD, body)

    assert (response.status_code, errors_of(response)) == (200, {"file": [sentence]})
    assert Picture.objects.count() == 0
    assert (files_in(settings.MEDIA_ROOT), files_in(arriving)) == ({}, {})


def test_100_megabytes_fill_neither_memory_nor_disk(
    editor_client, settings, picture_form, arriving
):
    body = Body(picture_form, "port.jpg", b"\xff\xd8", padding=100 * 1024**2)
    read, sizes = body.read, []

    def watched(size):
        sizes.append(sum(path.stat().st_size for path in arriving.iterdir()))
        return read(size)

    body.read = watched
    tracemalloc.start()
    try:
        response = post(editor_client, ADD, body)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert errors_of(response) == {
        "file": ["The file is larger than 30 MB. Make it smaller and try again."]
    }
    assert 0 < max(sizes) <= MAX_BYTES
    assert peak < 10 * 1024**2
    assert (files_in(settings.MEDIA_ROOT), files_in(arriving)) == ({}, {})


def test_files_of_one_request_take_no_more_room_than_one(arriving):
    handler, megabyte = BoundedUploadHandler(), bytes(1024**2)
    files = []
    for size in (25, 25, 3):
        handler.new_file("file", "port.jpg", "image/jpeg", None)
        for number in range(size):
            handler.receive_data_chunk(megabyte, number * len(megabyte))
        files.append(handler.file_complete(size * len(megabyte)))

    kept = sum(path.stat().st_size for path in arriving.iterdir())
    for file in files:
        file.close()

    assert kept <= MAX_BYTES
    assert [type(file) for file in files] == [
        TemporaryUploadedFile,
        TooLargeFile,
        TooLargeFile,
    ]
    with pytest.raises(ValidationError, match="larger than 30 MB"):
        check_size(files[1])


def test_what_visitors_send_is_not_kept(client, settings, arriving):
    body = Body(({}, "file"), "port.jpg", b"\xff\xd8", padding=3 * 1024**2)

    response = post(client, ADD, body)

    assert response.url == "/admin/login/?next=/admin/desk/kept-words/"
    assert (files_in(settings.MEDIA_ROOT), files_in(arriving)) == ({}, {})


def test_nothing_hidden_in_a_picture_is_kept_in_it_or_its_copies(
    editor_client, settings, picture_form, django_capture_on_commit_callbacks
):
    content = photograph("JPEG") + b"PK\3\4*/=alert(1)//" + SCRIPT
    with django_capture_on_commit_callbacks(execute=True):
        post(editor_client, ADD, Body(picture_form, "port.html", content))

    stored = files_in(settings.MEDIA_ROOT)

    assert set(stored) == {
        f"pictures/port.jpg{ending}" for ending in ("", ".40.webp", ".40.jpg")
    }
    for data in stored.values():
        picture = Image.open(BytesIO(data))
        assert dict(picture.getexif()) == {}
        assert picture.info.keys().isdisjoint({"exif", "comment", "xmp"})
        for hidden in (b"GPS", b"Camera", b"my home", b"alert", b"PK\3\4"):
            assert hidden not in data


ODD_NAMES = [
    ("../../x{}", "x"),
    ("..\\..\\x{}", "x"),
    ("/etc/cron.d/x{}", "x"),
    ("x\0{}", "x"),
    ("\u202egnp.x{}", "gnpx"),
    ("x" * 300 + "{}", "x" * 60),
    ("%2e%2e%2fx{}", "2e2e2fx"),
    ("x{}\r", "x"),
    ("大阪{}", "picture"),
]


def test_picture_of_an_odd_name_lies_where_it_should(
    editor_client, settings, picture_form
):
    for name, _kept in ODD_NAMES:
        body = Body(picture_form, name.format(".png"), picture_data("PNG"))
        assert post(editor_client, ADD, body).status_code == 302

    names = list(Picture.objects.order_by("pk").values_list("file", flat=True))
    assert set(files_in(settings.MEDIA_ROOT)) == set(names)
    assert [name.partition("_")[0].removesuffix(".png") for name in names] == [
        f"pictures/{kept}" for _name, kept in ODD_NAMES
    ]


# ---- documents ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("page.pdf", b"<!DOCTYPE html>" + SCRIPT, NO_PDF),
        ("program.pdf", b"MZ" + bytes(100), NO_PDF),
        ("nothing.pdf", b"", "The submitted file is empty."),
        (
            "page.html",
            b"%PDF-1.7" + SCRIPT,
            "File extension “html” is not allowed. Allowed extensions are: pdf.",
        ),
    ],
    ids=["page", "program", "0 bytes", "PDF that is called a page"],
)
def test_document_is_refused_in_a_sentence_and_leaves_nothing(
    editor_client, settings, tie_page, document_form, name, content, sentence
):
    response = post(editor_client, tie_page, Body(document_form, name, content))

    assert errors_of(response) == {"documents-0-file": [sentence]}
    assert AgreementDocument.objects.count() == 0
    assert files_in(settings.MEDIA_ROOT) == {}


def test_document_of_an_odd_name_lies_where_it_should(
    editor_client, settings, tie_page, document_form
):
    content = b"%PDF-1.7"
    for name in ["../../協定{}", "\u202efdp.exe{}", '<img src="x">{}']:
        name = name.format(".pdf").replace('"', "%22")
        response = post(editor_client, tie_page, Body(document_form, name, content))
        assert response.status_code == 302

    assert set(files_in(settings.MEDIA_ROOT)) == {
        "agreements/協定.pdf",
        "agreements/fdp.exe.pdf",
        "agreements/img_src22x22.pdf",
    }


def test_page_inside_a_document_is_never_opened_as_one(
    editor_client, tie_page, document_form
):
    content = b"%PDF-1.7\n<!DOCTYPE html>" + SCRIPT
    post(editor_client, tie_page, Body(document_form, "agreement.pdf", content))
    Affiliation.objects.update(status=Status.PUBLISHED)

    answer = Client().get("/media/agreements/agreement.pdf")

    assert answer.getvalue() == content
    assert {
        name: answer[name]
        for name in (
            "Content-Type",
            "Content-Disposition",
            "X-Content-Type-Options",
            "Content-Security-Policy",
        )
    } == {
        "Content-Type": "application/pdf",
        "Content-Disposition": 'attachment; filename="agreement.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": (
            "default-src 'none'; frame-ancestors 'none'; sandbox"
        ),
    }
