"""Exchanges as an Atom feed (RFC 4287): what changed last, for feed readers."""

from xml.etree import ElementTree

from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from osaka_site.characters import clean, in_one_line
from osaka_site.dates import format_period
from osaka_site.templatetags.date_tags import time_range
from osaka_site.translation import language_tag

from .models import Exchange
from .records import address_of, host, id_of, moment, place_of

LIMIT = 100


def atom_of(exchanges, *, read, name, link, address):
    """The last changed of ``exchanges``, and how many it leaves out.

    ``read`` reads some of them with what they name; ``link`` is the list that people
    read, ``address`` the feed's own.
    """
    language = language_tag(get_language())
    entries = list(read(exchanges.order_by("-updated_at", "slug")[:LIMIT]))
    feed = ElementTree.Element(
        "feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": language}
    )
    _add(feed, "id", f"tag:{host()},2026:{address.removeprefix(settings.SITE_URL)}")
    _add(feed, "title", in_one_line(name))
    if len(entries) == LIMIT and (count := exchanges.count()) > LIMIT:
        _add(feed, "subtitle", _subtitle(count))
    _add(feed, "updated", moment(_updated_at(entries)))
    _add(feed, "link", rel="self", type="application/atom+xml", href=address)
    _add(feed, "link", rel="alternate", type="text/html", hreflang=language, href=link)
    author = _add(feed, "author")
    _add(author, "name", _("Osaka City"))
    _add(author, "uri", settings.SITE_URL)
    for exchange in entries:
        _add_entry(feed, exchange, language)
    return ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)


def _subtitle(count):
    return _("The %(shown)s that changed last, of %(count)s exchanges.") % {
        "shown": LIMIT,
        "count": count,
    }


def _updated_at(entries):
    """An empty feed is as it is since the day began; the format asks for a time."""
    if entries:
        return entries[0].updated_at
    return timezone.localtime().replace(hour=0, minute=0, second=0)


def _add_entry(feed, exchange, language):
    entry = _add(feed, "entry")
    _add(entry, "id", id_of(exchange))
    _add_text(entry, "title", exchange.title)
    _add(entry, "updated", moment(exchange.updated_at))
    _add(
        entry,
        "link",
        rel="alternate",
        type="text/html",
        hreflang=language,
        href=address_of(exchange),
    )
    for field in exchange.fields.all():
        _add(entry, "category", term=field.slug, label=in_one_line(field.name))
    if exchange.summary:
        _add_text(entry, "summary", exchange.summary)
    _add(entry, "content", clean(_content(exchange)), type="html")


def _content(exchange):
    """When and where, and whether it takes place; then what it is."""
    facts = [format_period(exchange.starts_on, exchange.ends_on)]
    if exchange.starts_at:
        facts.append(time_range(exchange.starts_at, exchange.ends_at))
    if place := place_of(exchange):
        facts.append(place)
    if exchange.state != Exchange.State.AS_PLANNED:
        facts.append(exchange.get_state_display())
    comma = pgettext("between the words of a list", ", ")
    told = format_html_join(comma, "{}", ((fact,) for fact in facts))
    parts = [part for part in (told, exchange.summary) if part]
    return format_html_join("", "<p>{}</p>", ((part,) for part in parts))


def _add_text(parent, name, text):
    """Says its language where that is not the feed's."""
    element = _add(parent, name, in_one_line(text))
    if getattr(text, "is_fallback", False):
        element.set("xml:lang", text.lang)


def _add(parent, name, text=None, **attributes):
    element = ElementTree.SubElement(parent, name, attributes)
    element.text = text
    return element
