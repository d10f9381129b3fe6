"""What is wrong with the words of a record, told to whoever writes them.

An error keeps a record from being published, never from being saved: somebody would
not get at the words at all. That is so for

- pictures without an alternative text in Japanese or English, or with a file name;
- headings that skip a level or say nothing, tables without headings of their columns;
- links and pictures that lead nowhere or run a script, links without words;
- tags of HTML, which show as they are: colours among them, alone or not.

Everything else is a warning: what is read out badly, what is hard to read, what is
not there in Japanese. It has exceptions that only a person can judge.
"""

from dataclasses import dataclass

from django.conf import settings
from translated_fields import to_attribute

from ..fields import BodyTextField
from ..translation import translated_fields
from . import languages, markup, pictures, wording
from .text import Text

ERROR, WARNING = "error", "warning"
CHECKS = {
    ERROR: [
        markup.headings_in_disorder,
        markup.headings_without_words,
        markup.tables_without_heads,
        markup.links_to_nowhere,
        markup.links_without_words,
        markup.pictures_without_a_name,
        markup.tags,
        pictures.file_names,
    ],
    WARNING: [
        markup.vague_links,
        markup.bare_addresses,
        wording.dates_in_figures,
        wording.spaces_within_words,
        wording.half_width_kana,
        wording.full_width_letters,
        wording.characters_of_one_platform,
        wording.long_sentences,
        wording.capitals_only,
    ],
}
CHECKS_OF_RECORDS = {
    ERROR: [pictures.missing_texts],
    WARNING: [pictures.missing_translations, languages.missing_japanese],
}


@dataclass(frozen=True)
class Finding:
    level: str
    field: str  # the column: "body_ja"
    language: str
    message: str


def findings_of(record):
    """What is to be said of a record as it is now, saved or not; errors first.

    Of the record itself, or of any part of one. Asks nothing of the database. The
    messages are in the active language.
    """
    texts = list(_texts_of(record))
    return [
        Finding(level, column, language, message)
        for level in (ERROR, WARNING)
        for column, language, message in _said(record, texts, level)
    ]


def errors_of(record):
    """The findings that keep a record from being published."""
    texts = list(_texts_of(record))
    return [Finding(ERROR, *said) for said in _said(record, texts, ERROR)]


def _said(record, texts, level):
    for check in CHECKS_OF_RECORDS[level]:
        for name, language, message in check(record):
            yield to_attribute(name, language), language, message
    for text in texts:
        for check in CHECKS[level]:
            if message := check(text):
                yield text.column, text.language, message


def _texts_of(record):
    for name in translated_fields(type(record)):
        for language, _language_name in settings.LANGUAGES:
            column = to_attribute(name, language)
            if source := getattr(record, column):
                field = record._meta.get_field(column)
                yield Text(
                    name,
                    language,
                    source,
                    is_body=isinstance(field, BodyTextField),
                    is_title=name == getattr(record, "named_by", ""),
                )
