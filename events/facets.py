"""The filter as its page shows it: choices with counts, chips, ways out of nothing."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import mark_safe

from osaka_site.filters import WordsField

TYPED = ("text", "day")
SELECTED, CHECKED = mark_safe(" selected"), mark_safe(" checked")


class Choice(NamedTuple):
    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """One group of the form. ``look`` is checks, select, text or day."""

    name: str
    label: str
    look: str
    choices: list[Choice]
    empty_label: str
    errors: list[str]
    value: str = ""

    @property
    def options(self):
        return mark_safe(
            "\n".join(
                f"{_option(value, str(label), _lang(label), is_chosen)} ({count})</option>"
                for value, label, count, is_chosen in self.choices
            )
        )

    @property
    def checks(self):
        return format_html_join(
            "\n",
            '<label class="check"><input type="checkbox" name="{}" value="{}"{}>'
            '<span>{}</span> <span class="num">{}</span></label>',
            (
                (
                    self.name,
                    choice.value,
                    CHECKED if choice.is_chosen else "",
                    choice.label,
                    choice.count,
                )
                for choice in self.choices
            ),
        )


@dataclass(frozen=True)
class Chip:
    """A choice that narrows the list, and the list without it."""

    label: str
    word: str
    query: str
    count: int  # of the list without it


def facets_of(found):
    """The groups that can narrow the list or do, in the order of the address."""
    facets = (_facet(found, bound) for bound in found.form if bound.name != "sort")
    count = len(found.matches)
    return [
        facet
        for facet in facets
        if facet.look in TYPED
        or facet.errors
        or any(choice.is_chosen or choice.count != count for choice in facet.choices)
    ]


def chips_of(found):
    if not found.is_valid():
        return []
    return [
        Chip(
            label=found.form[name].label,
            word=word,
            query=query_of(pair for pair in found.pairs if pair != (name, value)),
            count=found.count_without(name, value),
        )
        for name, value, word in found.words
    ]


def query_of(pairs):
    """The address of a list: "?field=culture&year=2018", empty without filters."""
    pairs = list(pairs)
    return "?" + urlencode(pairs) if pairs else ""


def _facet(found, bound):
    field = bound.field
    chosen = _sent(found, bound)
    is_typed = _look(field) in TYPED
    choices = [] if is_typed else _choices(found, bound, chosen)
    return Facet(
        name=bound.name,
        label=bound.label,
        look=_look(field),
        choices=choices,
        empty_label=getattr(field, "empty_label", "") or "",
        errors=list(bound.errors),
        value=chosen[0][: WordsField.longest] if is_typed and chosen else "",
    )


@lru_cache(4096)
def _option(value, label, lang, is_chosen):
    """An option up to its number. Lists hold hundreds, so each is made once."""
    selected = SELECTED if is_chosen else ""
    return format_html('<option value="{}"{}{}>{}', value, selected, lang, label)


def _lang(label):
    """The mark of a label in another language, where no ``span`` can stand."""
    if getattr(label, "is_fallback", False):
        return format_html(' lang="{}"', label.lang)
    return ""


def _look(field):
    if isinstance(field, forms.MultipleChoiceField):
        return "checks"
    if isinstance(field, forms.ChoiceField):
        return "select"
    return "text" if isinstance(field, WordsField) else "day"


def _sent(found, bound):
    return [value for value in found.data.getlist(bound.name) if value]


def _choices(found, bound, chosen):
    """Without those that would give nothing, unless they are chosen."""
    left = found.without(bound.name) if found.is_valid() else found.index.everything
    counts = found.index.counts(bound.name, left)
    choices = (
        Choice(value, label, counts.get(value, 0), value in chosen)
        for value, label in found.choices[bound.name]
    )
    return [choice for choice in choices if choice.count or choice.is_chosen]
