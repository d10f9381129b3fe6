"""Uploaded pictures: what is accepted, and the master that is kept of them."""

from contextlib import suppress
from io import BytesIO
from pathlib import Path

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext as _
from PIL import ExifTags, Image

from osaka_site.media import StorageAway
from osaka_site.uploads import MAX_BYTES, check_size, check_storage, too_large

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 50_000_000
LONGEST_SIDE = 2560  # pixels; what the largest screen shows full width
# How a picture is turned upright, by what the camera noted of its own position.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Pillow's own guard raises at twice this number, before a pixel is read.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def master_of(upload):
    """The picture we keep: upright, at most ``LONGEST_SIDE``, without EXIF or GPS.

    Raises ``ValidationError`` for what is no JPEG, PNG or WebP, is damaged, or
    is too large.
    """
    check_size(upload)
    try:
        kept, kept_as = _made_anew(upload)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValidationError(
            _("The picture has more than %(limit)d megapixels. Make it smaller first.")
            % {"limit": MAX_PIXELS // 1_000_000},
            code="too_many_pixels",
        ) from None
    except Exception:  # noqa: BLE001 (broken files make Pillow raise anything)
        raise ValidationError(
            _("This is not a picture we can read. Use a JPEG, PNG or WebP file."),
            code="not_a_picture",
        ) from None
    # Latin only: a long Japanese name has more bytes than a file system allows.
    name = slugify(Path(upload.name).stem)[:60] or "picture"
    return SimpleUploadedFile(
        name + {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}[kept_as],
        kept,
        content_type=Image.MIME[kept_as],
    )


def _made_anew(upload):
    """The bytes of the picture and their format; nothing else of the file is left."""
    image = Image.open(upload, formats=FORMATS)
    if image.width * image.height > MAX_PIXELS:
        raise Image.DecompressionBombError
    # Many phones put a second picture behind the first: a JPEG named MPO.
    kept_as = "JPEG" if image.format == "MPO" else image.format
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    profile = image.info.get("icc_profile")
    turn = TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    if image.mode == "CMYK":
        image, profile = image.convert("RGB"), None
    elif image.mode == "I;16":  # a scan in 65,536 greys, which no screen shows
        image = image.point(lambda grey: grey / 256).convert("L")
    if turn is not None:
        image = image.transpose(turn)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    kept = BytesIO()
    image.save(kept, kept_as, quality=85, icc_profile=profile, exif=b"", comment=b"")
    return kept.getvalue(), kept_as


class PictureFormField(forms.ImageField):
    def widget_attrs(self, widget):
        """What ``js/upload.js`` has to know and to say."""
        return {
            "accept": ",".join(f"image/{kind.lower()}" for kind in FORMATS),
            "data-max-bytes": MAX_BYTES,
            "data-too-large": too_large(),
            "data-wrong-type": _("Choose a JPEG, PNG or WebP file."),
            "data-sending": _("The picture is being sent."),
            "data-interrupted": _(
                "The picture did not arrive. What you wrote is still here: try again."
            ),
        }

    def to_python(self, data):
        if data in self.empty_values:
            return None
        picture = super().to_python(master_of(data))
        check_storage()
        return picture


class PictureField(models.ImageField):
    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": PictureFormField, **kwargs})

    def update_dimension_fields(self, instance, *args, **kwargs):
        """A file lost since keeps its measures, so that its words can be edited; so
        does one that cannot be reached now."""
        with suppress(FileNotFoundError, StorageAway):
            super().update_dimension_fields(instance, *args, **kwargs)
