import zlib
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from network.pictures import LONGEST_SIDE, PictureFormField

UNREADABLE = "This is not a picture we can read. Use a JPEG, PNG or WebP file."
TOO_LARGE = "The picture has more than 50 megapixels. Make it smaller first."
LATITUDE = {1: "N", 2: (34.0, 39.0, 0.0)}


def picture_data(kind="JPEG", size=(60, 40), mode="RGB", color=0, **options):
    data = BytesIO()
    Image.new(mode, size, color).save(data, kind, **options)
    return data.getvalue()


def upload(data, name="port.jpg"):
    return SimpleUploadedFile(name, data)


def kept(data, name="port.jpg"):
    return PictureFormField().clean(upload(data, name))


def photograph(kind):
    """Lying on its side, with the place, the camera and a remark in it."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter to the right
    exif[0x010F] = "Camera maker"
    exif.get_ifd(0x8825).update(LATITUDE)
    return picture_data(kind, exif=exif, comment=b"my home", icc_profile=b"colours")


def without_its_end(data):
    return data[: len(data) // 2]


def claiming(width, height):
    """A PNG of few bytes whose header promises this many pixels."""
    data = bytearray(picture_data("PNG", (1, 1)))
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_kept_picture_is_upright_and_tells_nothing_but_its_colours(kind):
    original = Image.open(BytesIO(photograph(kind)))

    picture = Image.open(kept(photograph(kind)))

    assert original.getexif().get_ifd(0x8825) == LATITUDE
    assert picture.size == (40, 60)
    assert dict(picture.getexif()) == {}
    assert picture.info.keys() & {"comment", "exif", "icc_profile"} == {"icc_profile"}


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((60, 40), (60, 40)),
        ((LONGEST_SIDE * 2, 100), (LONGEST_SIDE, 50)),
        ((100, LONGEST_SIDE * 2), (50, LONGEST_SIDE)),
    ],
)
def test_kept_picture_is_no_larger_than_a_screen_needs(size, expected):
    assert Image.open(kept(picture_data(size=size))).size == expected


@pytest.mark.parametrize(
    ("kind", "mode", "name", "expected"),
    [
        ("JPEG", "RGB", "a.jpeg", ("JPEG", "RGB", "a.jpg")),
        ("JPEG", "CMYK", "a.jpg", ("JPEG", "RGB", "a.jpg")),
        ("PNG", "RGBA", "a.png", ("PNG", "RGBA", "a.png")),
        ("PNG", "P", "a.png", ("PNG", "P", "a.png")),
        ("WEBP", "RGB", "a.webp", ("WEBP", "RGB", "a.webp")),
        ("PNG", "RGB", "a.jpg", ("PNG", "RGB", "a.png")),
    ],
)
def test_kept_picture_stays_of_its_kind(kind, mode, name, expected):
    file = kept(picture_data(kind, mode=mode), name)

    picture = Image.open(file)
    assert (picture.format, picture.mode, file.name) == expected


@pytest.mark.parametrize(
    ("kind", "hidden"),
    [
        ("JPEG", {"comment": b"<script>alert(1)</script>"}),
        ("JPEG", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0<?php system(1) ?>"}),
        ("PNG", {"pnginfo": "Comment"}),
        ("PNG", {"pnginfo": "XML:com.adobe.xmp"}),
        ("JPEG", {"xmp": b"<x:xmpmeta>alert(1)</x:xmpmeta>"}),
        ("WEBP", {"xmp": b"<x:xmpmeta>alert(1)</x:xmpmeta>"}),
    ],
)
def test_what_was_hidden_in_a_picture_or_behind_it_is_gone(kind, hidden):
    if "pnginfo" in hidden:
        text = PngInfo()
        text.add_itxt(hidden["pnginfo"], "<script>alert(1)</script>")
        hidden = {"pnginfo": text}
    data = picture_data(kind, **hidden) + b"PK\3\4<script>alert(2)</script>"

    file = kept(data).read()

    assert b"alert" in data
    assert [word for word in (b"alert", b"<?php", b"PK\3\4") if word in file] == []


@pytest.mark.parametrize("orientation", range(10))
def test_picture_is_turned_as_the_camera_was_held(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.new("RGB", (2, 3))
    image.putdata([(shade, 0, 0) for shade in (0, 50, 100, 150, 200, 250)])
    data = BytesIO()
    image.save(data, "PNG", exif=exif)

    picture = Image.open(kept(data.getvalue()))

    upright = ImageOps.exif_transpose(Image.open(data))
    assert (picture.size, picture.tobytes()) == (upright.size, upright.tobytes())


def test_photograph_is_kept_though_what_the_camera_noted_is_damaged():
    data = photograph("JPEG")
    # Its hemisphere, N, is said to be a number.
    damaged = data.replace(b"\0\1\0\2\0\0\0\2N", b"\0\1\0\3\0\0\0\2N")

    assert damaged != data
    assert Image.open(kept(damaged)).size == (40, 60)


def test_scan_in_many_greys_keeps_its_shades_on_screens():
    data = picture_data("PNG", (LONGEST_SIDE * 2, 50), "I;16", color=0x8000)

    picture = Image.open(kept(data, "scan.png"))

    assert (picture.mode, picture.size) == ("L", (LONGEST_SIDE, 25))
    assert picture.getpixel((5, 5)) == 0x80


def test_two_pictures_of_a_phone_become_its_first():
    second = Image.new("RGB", (60, 40), "blue")
    data = picture_data("MPO", save_all=True, append_images=[second])

    picture = Image.open(kept(data))

    assert Image.open(BytesIO(data)).format == "MPO"
    assert (picture.format, picture.getpixel((5, 5))) == ("JPEG", (0, 0, 0))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/My Port (1).JPG", "my-port-1.jpg"),
        ("大阪港" * 30 + ".jpg", "picture.jpg"),
        ("port" * 1250 + ".jpg", ("port" * 15) + ".jpg"),
        ("<script>.jpg", "script.jpg"),
        (".jpg", "jpg.jpg"),
    ],
)
def test_kept_picture_has_a_safe_name(name, expected):
    assert kept(picture_data(), name).name == expected


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", UNREADABLE),
        (b"only words", UNREADABLE),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', UNREADABLE),
        (b'<svg onload="alert(1)"><script>alert(1)</script></svg>', UNREADABLE),
        (b"GIF89a/*" + picture_data(), UNREADABLE),
        (b"%PDF-1.4\n" + picture_data(), UNREADABLE),
        (picture_data("GIF"), UNREADABLE),
        (picture_data("TIFF"), UNREADABLE),
        (without_its_end(picture_data()), UNREADABLE),
        (without_its_end(picture_data("PNG")), UNREADABLE),
        (claiming(7072, 7072), TOO_LARGE),
        (claiming(60_000, 60_000), TOO_LARGE),
    ],
    ids=[
        "nothing",
        "text",
        "SVG",
        "SVG with a script",
        "picture in a GIF",
        "picture in a PDF",
        "GIF",
        "TIFF",
        "half a JPEG",
        "half a PNG",
        "50.01 megapixels",
        "3600 megapixels",
    ],
)
def test_what_is_no_picture_we_keep_is_refused_in_a_sentence(data, sentence):
    with pytest.raises(ValidationError) as error:
        kept(data)

    assert error.value.messages == [sentence]


@pytest.mark.filterwarnings("ignore")
def test_large_picture_is_refused_where_warnings_are_not_errors():
    """As on a server, where Pillow's own guard only warns."""
    with pytest.raises(ValidationError) as error:
        kept(claiming(7072, 7072))

    assert error.value.messages == [TOO_LARGE]


def test_file_of_too_many_bytes_is_refused_unread():
    file = upload(b"")
    file.size = 30 * 1024 * 1024 + 1

    with pytest.raises(ValidationError) as error:
        PictureFormField().clean(file)

    assert error.value.messages == [
        "The file is larger than 30 MB. Make it smaller and try again."
    ]
