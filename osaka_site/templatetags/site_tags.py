"""Words of records in templates: their language, their mark-up."""

from itertools import cycle

from django import template
from django.template.base import token_kwargs
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from network.models import Picture

from ..body_text import render
from ..desk.former_slugs import current_slugs
from ..structured_data import breadcrumbs_of, script_of
from ..translation import TranslatedText

register = template.Library()


@register.filter
def plain(text):
    """The text without its ``lang`` mark-up: for attributes, titles and options."""
    return str.__str__(text) if isinstance(text, str) else text


@register.simple_tag(takes_context=True)
def body_text(context, text, level=2):
    """A long text in its language; ``level`` is that of its uppermost headings.

    The first picture in a text costs the page a query, for all that follow; what is
    not found, or has another name by now, costs one or two more.
    """
    if not (text and text.strip()):
        return ""
    parts = render(text, level)
    known = _published_pictures(context, parts[1::2]) if len(parts) > 1 else {}
    pieces = [
        _figure(known.get(part)) if is_slug else part
        for part, is_slug in zip(parts, cycle((False, True)), strict=False)
    ]
    lang = format_html(' lang="{}"', text.lang) if _is_fallback(text) else ""
    return format_html(
        '<div class="body-text flow"{}>\n{}</div>', lang, mark_safe("".join(pieces))
    )


@register.filter
def lines(text):
    """The lines of a text, each in its language."""
    language = getattr(text, "language", None)
    found = [line.strip() for line in str(text).splitlines() if line.strip()]
    return [TranslatedText(line, language) if language else line for line in found]


@register.inclusion_tag("includes/fallback_notice.html", takes_context=True)
def fallback_notice(context, *texts):
    """Says in which language the main text of the page is, where it is another."""
    fallen = (text for text in texts if _is_fallback(text))
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


@register.tag
def once(parser, token):
    """``{% once view=view_name %}…{% endonce %}``: for the frame of every page, rendered
    once for each language and value. Inside, only those values are known.
    """
    _name, *bits = token.split_contents()
    values = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError("“once” takes name=value pairs.")
    nodes = parser.parse(["endonce"])
    parser.delete_first_token()
    return OnceNode(nodes, values)


class OnceNode(template.Node):
    child_nodelists = ("nodes",)

    def __init__(self, nodes, values):
        self.nodes, self.values, self.rendered = nodes, values, {}

    def render(self, context):
        values = {name: value.resolve(context) for name, value in self.values.items()}
        key = (get_language(), *values.values())
        if key not in self.rendered:
            self.rendered[key] = self.nodes.render(context.new(values))
        return self.rendered[key]


def _is_fallback(text):
    return getattr(text, "is_fallback", False)


def _published_pictures(context, slugs):
    page = getattr(context, "request", None) or context
    if not hasattr(page, "published_pictures"):
        page.published_pictures = Picture.objects.published().in_bulk(field_name="slug")
    known = page.published_pictures
    if unknown := [slug for slug in slugs if slug not in known]:
        current = current_slugs(Picture, unknown)
        known.update({slug: known.get(current.get(slug)) for slug in unknown})
    return known


def _figure(picture):
    """Nothing where there is no such picture that visitors may see."""
    if picture is None:
        return ""
    return render_to_string("includes/picture.html", {"picture": picture})
