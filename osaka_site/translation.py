"""Content stored once per language, read in the visitor's.

``name = Translated(models.CharField(...))`` makes one column per language
(``name_en``, ``name_ja``, …) and one accessor, ``record.name``.
"""

from functools import cache

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.html import escape, format_html
from django.utils.text import capfirst
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _
from translated_fields import TranslatedField, to_attribute


@cache
def language_tag(code):
    """The BCP 47 tag of a Django language code: ``zh-hans`` is ``zh-Hans``."""
    return to_locale(code).replace("_", "-")


def reading_order(active=None):
    """The visitor's language, then the languages to fall back to."""
    active = active or get_language() or settings.LANGUAGE_CODE
    return list(dict.fromkeys([active, *settings.CONTENT_FALLBACKS]))


@cache
def _columns(name, active):
    """The columns of ``name`` with their languages, in the order of reading."""
    return [
        (to_attribute(name, language), language) for language in reading_order(active)
    ]


class TranslatedText(str):
    """A text that knows its language.

    Printed in a template in another language than the page's, it marks itself
    with ``lang``, so no template has to remember to. Where mark-up cannot stand
    (``<title>``, an attribute), print ``{{ text|plain }}``.
    """

    def __new__(cls, text, language):
        self = super().__new__(cls, text)
        self.language = language
        return self

    def __getnewargs__(self):  # for pickle
        return str(self), self.language

    def __deepcopy__(self, memo):  # nothing in it changes; forms copy their choices
        return self

    @property
    def is_fallback(self):
        return bool(self) and self.language != get_language()

    @property
    def lang(self):
        return language_tag(self.language)

    def __html__(self):
        text = escape(str(self))
        if self.is_fallback:
            return format_html('<span lang="{}">{}</span>', self.lang, text)
        return text


def _read(name, field):
    def getter(record):
        for column, language in _columns(name, get_language()):
            if text := getattr(record, column):
                return TranslatedText(text, language)
        return ""

    return getter


class _Translated(TranslatedField, property):
    """Being a ``property`` makes ``Model(name=…)`` set the active language."""

    def __init__(self, field, *, is_required):
        super().__init__(
            field,
            {language: {"blank": True} for language, _name in settings.LANGUAGES},
            attrgetter=_read,
        )
        self.is_required = is_required


def Translated(field, *, is_required=False):  # noqa: N802 (reads as a field type)
    """One column per language for ``field``, which must be a text field.

    ``is_required`` asks for Japanese or English: with neither, nobody could
    recognise the record.
    """
    return _Translated(field, is_required=is_required)


def translated(name, prefix=""):
    """The text of ``name`` as the database sees it, with the same fallbacks.

    For ordering and annotating: ``order_by(translated("name"))``.
    """
    columns = [
        NullIf(F(prefix + to_attribute(name, language)), Value(""))
        for language in reading_order()
    ]
    return Coalesce(*columns, Value(""))


def translated_fields(model):
    """The ``Translated`` accessors of a model: ``{"name": accessor}``."""
    return {
        name: accessor
        for cls in reversed(model.__mro__)
        for name, accessor in vars(cls).items()
        if isinstance(accessor, _Translated)
    }


def check_required_languages(record):
    """Raise ``ValidationError`` for required texts in neither Japanese nor English."""
    errors = {}
    for name, accessor in translated_fields(type(record)).items():
        texts = [getattr(record, to_attribute(name, code)) for code in ("ja", "en")]
        if accessor.is_required and not any(text.strip() for text in texts):
            errors[to_attribute(name, "ja")] = _(
                "Write this in Japanese or in English: the other languages "
                "fall back to one of the two."
            )
    if errors:
        raise ValidationError(errors)


def base_field(model, name):
    """The column of ``name`` in the first language, or the plain field itself."""
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return model._meta.get_field(to_attribute(name, settings.LANGUAGES[0][0]))


def columns_of(model):
    """Every translated column of a model: ``name_en``, ``name_ja``, …"""
    return [
        to_attribute(name, code)
        for name in translated_fields(model)
        for code in dict(settings.LANGUAGES)
    ]


def column_label(model, name):
    """What staff call a column: "Introduction (日本語)"."""
    field = model._meta.get_field(name)
    text = capfirst(field.verbose_name)
    if code := getattr(field, "_translated_field_language_code", None):
        return _("%(text)s (%(language)s)") % {
            "text": text,
            "language": dict(settings.LANGUAGES)[code],
        }
    return text
