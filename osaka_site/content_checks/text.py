from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from django.utils.translation import pgettext
from translated_fields import to_attribute

from ..body_text import parse, plain_text

QUOTED = 3
LONGEST_QUOTE = 40


@dataclass(frozen=True)
class Text:
    """One text of a record, in one language."""

    name: str
    language: str
    source: str
    is_body: bool  # in Markdown
    is_title: bool  # by which lists link to the record

    @property
    def column(self):
        return to_attribute(self.name, self.language)

    @cached_property
    def words(self):
        return plain_text(self.source) if self.is_body else self.source

    @cached_property
    def tokens(self):
        return parse(self.source) if self.is_body else []

    @property
    def inlines(self):
        """The tokens that hold words, with the one that opens each."""
        for opening, token in pairwise(self.tokens):
            if token.type == "inline":
                yield opening, token


def quote(found):
    """The first of what was found, each once, for a sentence to name them."""
    different = list(dict.fromkeys(map(_shortened, found)))
    more = ["…"] if len(different) > QUOTED else []
    return pgettext("between quoted words", "”, “").join(different[:QUOTED] + more)


def _shortened(words):
    words = " ".join(words.split("\n"))
    return words if len(words) <= LONGEST_QUOTE else words[:LONGEST_QUOTE] + "…"
