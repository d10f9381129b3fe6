"""Words of records in templates: their language, their paragraphs."""

import re

from django import template
from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from ..structured_data import breadcrumbs_of, script_of
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


@register.simple_tag
def trail(section, section_url, parent, here):
    """The way from the home page to this one: ``[(name, path), …]``."""
    crumbs = [(_("Home"), reverse("home"))]
    if section_url:
        crumbs.append((section, section_url))
    if parent:
        crumbs.append((parent.name, parent.get_absolute_url()))
    return [*crumbs, (here, "")]


@register.simple_tag
def breadcrumb_data(crumbs):
    return script_of(breadcrumbs_of(crumbs))


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
