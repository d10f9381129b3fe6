"""The alternative texts of pictures, for people who do not see them."""

import re

from django.utils.translation import gettext as _
from translated_fields import to_attribute

from ..translation import translated_fields
from .text import quote

NEEDED = ("ja", "en")  # the other languages fall back to English

_FILE_NAME = re.compile(
    r"\S+\.(jpe?g|png|webp|gif|heic|tiff?|bmp|svg)"
    r"|(img|image|dscn?|dscf|dsc|pxl|mvimg|photo|pict?|picture|screenshot|scan|p)"
    r"[ _-]*[0-9][0-9 _.-]*"
    r"|(画像|写真|図|スクリーンショット|图片|照片|사진|이미지)[ _-]*[0-9０-９ _.-]*"
    r"|(image|photo|photograph|picture|img|untitled|no title|無題)",
    re.IGNORECASE,
)


def missing_texts(record):
    for language in NEEDED:
        if _has_alternatives(record) and not _alternative(record, language):
            yield (
                "alt",
                language,
                _(
                    "The alternative text is missing. Say in a sentence what matters in "
                    "the picture, for people who do not see it."
                ),
            )


def missing_translations(record):
    """Of a language whose readers get a caption, but in it only."""
    for language in ("zh-hans", "ko"):
        if (
            _has_alternatives(record)
            and getattr(record, to_attribute("caption", language))
            and not _alternative(record, language)
        ):
            yield (
                "alt",
                language,
                _(
                    "There is a caption in this language, but no alternative text: "
                    "people who do not see the picture get it in another language."
                ),
            )


def file_names(text):
    is_file_name = text.name == "alt" and _FILE_NAME.fullmatch(text.source.strip())
    return is_file_name and _(
        "“%(words)s” is a file name or only says that there is a picture. Say in a "
        "sentence what matters in it, for people who do not see it."
    ) % {"words": quote([text.source])}


def _has_alternatives(record):
    return "alt" in translated_fields(type(record))


def _alternative(record, language):
    return getattr(record, to_attribute("alt", language)).strip()
