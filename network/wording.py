"""Sentences whose facts are filled in from the records.

Staff write "Osaka has {count} sister cities"; the page says "Osaka has 8 sister
cities", and is right again the day a tie begins or ends.
"""

import re

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import apnumber
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from translated_fields import to_attribute

from osaka_site.translation import TranslatedText

PLACEHOLDERS = (
    "count",
    "count_in_words",
    "first",
    "first_year",
    "first_ended",
    "others",
    "established",
    "interval",
)
_PLACEHOLDER = re.compile(r"{(\w*)}")


def fill(text, facts):
    """``text`` with each ``{name}`` that is known replaced, its language kept."""
    filled = _PLACEHOLDER.sub(lambda found: str(facts.get(found[1], found[0])), text)
    return TranslatedText(filled, text.language) if text else text


def check_placeholders(record, name):
    """Raise ``ValidationError`` at the language whose text has an unknown one."""
    errors = {}
    for language, _language_name in settings.LANGUAGES:
        column = to_attribute(name, language)
        unknown = set(_PLACEHOLDER.findall(getattr(record, column))) - {*PLACEHOLDERS}
        if unknown:
            errors[column] = _(
                "“{%(unknown)s}” is not a word that can be filled in. Use one of: "
                "%(known)s."
            ) % {
                "unknown": min(unknown),
                "known": ", ".join(f"{{{known}}}" for known in PLACEHOLDERS),
            }
    if errors:
        raise ValidationError(errors)


def with_country(partner):
    """ "Shanghai (China)" as the active language writes it."""
    return country_pattern().format(partner=partner.name, country=partner.country.name)


def country_pattern():
    return pgettext("partner and country", "{partner} ({country})")


def enumerate_in_words(words):
    """ "A", "A and B", "A, B, and C" as the active language writes it."""
    *rest, last = words or [""]
    if not rest:
        return last
    if len(rest) == 1:
        return pgettext("two things", "%(one)s and %(other)s") % {
            "one": rest[0],
            "other": last,
        }
    return pgettext("last of a list", "%(rest)s, and %(last)s") % {
        "rest": pgettext("between the words of a list", ", ").join(rest),
        "last": last,
    }


def facts_of(category):
    """What the placeholders of a category's introduction stand for.

    ``first`` is the tie the category began with, even if it has ended since;
    ``others`` are the current ones besides it.
    """
    begun = [tie for tie in category.ties if not tie.is_awaited]
    first = begun[0] if begun else None
    count = len({tie.partner_id for tie in category.current_ties})
    return {
        "count": count,
        "count_in_words": apnumber(count),
        "first": with_country(first.partner) if first else "",
        "first_year": first.signed_on.year if first and first.signed_on else "",
        "first_ended": first.ended_on.format() if first and first.ended_on else "",
        "others": enumerate_in_words(
            [with_country(tie.partner) for tie in category.current_ties if tie != first]
        ),
        "established": (
            category.established_on.format() if category.established_on else ""
        ),
        "interval": category.anniversary_interval or "",
    }
