"""Smaller copies of a picture, for screens and connections that need no more.

They lie beside the master and are called after it: ``port.jpg.960.webp``. So nothing
has to be stored about them, a name tells whose copy it is, and where one is missing
the master is served in its place.
"""

import re
from dataclasses import dataclass
from io import BytesIO

from django.core.files.storage import default_storage
from PIL import Image

from osaka_site import media

WIDTHS = (480, 960, 1600)  # pixels
FALLBACK_WIDTH = 960  # of the one JPEG, for browsers that know no WebP
_NAME = re.compile(r"(?P<master>.+\.\w+)\.\d+\.(?:webp|jpg)")


@dataclass(frozen=True)
class Rendition:
    master: str
    width: int
    kind: str = "webp"

    @property
    def name(self):
        return f"{self.master}.{self.width}.{self.kind}"

    @property
    def url(self):
        return default_storage.url(self.name)


def webps_of(master, width):
    """Those of a master so wide, the smallest first; none is wider than it."""
    return [Rendition(master, each) for each in sorted({min(width, w) for w in WIDTHS})]


def jpeg_of(master, width):
    return Rendition(master, min(width, FALLBACK_WIDTH), "jpg")


def master_of(name):
    """The name of the picture that a file is a copy of, or that it is itself."""
    rendition = _NAME.fullmatch(name)
    return rendition["master"] if rendition else name


def make_renditions(picture, *, again=False):
    """Make those that are missing, or all ``again``. Returns how many were made."""
    master, width = picture.file.name, picture.width
    if not width:  # its file was never there
        return 0
    wanted = [
        rendition
        for rendition in [jpeg_of(master, width), *reversed(webps_of(master, width))]
        if again or not default_storage.exists(rendition.name)
    ]
    if not wanted:
        return 0
    with default_storage.open(master) as file, Image.open(file) as opened:
        profile = opened.info.get("icc_profile")
        image = _in_colours(opened)
    for rendition in wanted:
        media.put(rendition.name, _data_of(image, rendition, profile))
    return len(wanted)


def _in_colours(image):
    has_alpha = image.has_transparency_data
    return image.convert("RGBA" if has_alpha else "RGB")


def _data_of(image, rendition, profile):
    height = max(1, round(image.height * rendition.width / image.width))
    small = image.resize((rendition.width, height), Image.Resampling.LANCZOS)
    if rendition.kind == "webp":
        kind, options = "WEBP", {"quality": 78}
    else:
        small = _on_white(small)
        kind, options = "JPEG", {"quality": 80, "progressive": True}
    data = BytesIO()
    small.save(data, kind, icc_profile=profile, exif=b"", comment=b"", **options)
    return data.getvalue()


def _on_white(image):
    """A JPEG has no transparent parts."""
    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white
