"""Words of records in templates: their language, their paragraphs."""

import re

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import mark_safe

from ..translation import TranslatedText

register = template.Library()

_BLANK_LINES = re.compile(r"\n\s*\n")


@register.filter
def plain(text):
    """The text without its ``lang`` mark-up: for attributes, titles and options."""
    return str.__str__(text) if isinstance(text, str) else text


@register.filter
def paragraphs(text):
    """A ``<p>`` for each block between blank lines, in the language of the text."""
    blocks = [block.strip() for block in _BLANK_LINES.split(_unix(text))]
    return format_html_join(
        "\n",
        "<p{}>{}</p>",
        ((_lang(text), _with_breaks(block)) for block in blocks if block),
    )


@register.filter
def lines(text):
    """The lines of a text, each in its language."""
    language = getattr(text, "language", None)
    found = [line.strip() for line in _unix(text).splitlines() if line.strip()]
    return [TranslatedText(line, language) if language else line for line in found]


@register.inclusion_tag("includes/fallback_notice.html", takes_context=True)
def fallback_notice(context, *texts):
    """Says in which language the main text of the page is, where it is another."""
    fallen = (text for text in texts if getattr(text, "is_fallback", False))
    names = {language["code"]: language["name"] for language in context["languages"]}
    text = next(fallen, None)
    return {"name": names[text.language], "lang": text.lang} if text else {}


@register.inclusion_tag("includes/external_link.html")
def external_link(url, title):
    return {"url": url, "title": title}


def _unix(text):
    return str(text).replace("\r\n", "\n")


def _with_breaks(block):
    return mark_safe(conditional_escape(block).replace("\n", "<br>"))


def _lang(text):
    if getattr(text, "is_fallback", False):
        return format_html(' lang="{}"', text.lang)
    return ""
