from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from translated_fields import to_attribute

from ..translation import translated_fields

UNTRANSLATED = {"alt", "aliases"}  # checked apart; not all languages have any


def missing_japanese(record):
    for name in translated_fields(type(record)):
        written = [
            language_name
            for language, language_name in settings.LANGUAGES
            if getattr(record, to_attribute(name, language)).strip()
        ]
        is_missing = not getattr(record, to_attribute(name, "ja")).strip()
        if written and is_missing and name not in UNTRANSLATED:
            yield (
                name,
                "ja",
                _(
                    "There is no Japanese, only: %(languages)s. Readers of Japanese get "
                    "another language."
                )
                % {
                    "languages": pgettext("between the words of a list", ", ").join(
                        written
                    )
                },
            )
