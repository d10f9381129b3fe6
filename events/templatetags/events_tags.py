"""Exchanges on pages of the network: fragments that fetch their own data."""

from collections import defaultdict
from datetime import timedelta

from django import template
from django.conf import settings
from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from osaka_site.structured_data import script_of

from ..facets import query_of
from ..filters import Matches
from ..finding import current_index
from ..structured_data import event_of

register = template.Library()

RECENT = 50
UPCOMING_AT_HOUSE = 5
RELATED = 3
NEAR = timedelta(days=2 * 365)


# What a part of a page is made from: the number that a change of it moves on.
MADE_FROM = {
    "everything": lambda index, _values: index.serial,
    "records": lambda index, _values: index.records_serial,
    "history": lambda index, values: index.history_serial(values[-1].pk),
}


@register.tag
def kept(parser, token):
    """``{% kept records "partner" partner with contents %}…{% endkept %}``: a part of a
    page, rendered once for each language and value, until what it is made from changes:

    - ``everything``;
    - ``records``: all but the exchanges, of which the part shows nothing;
    - ``history``: these records, and the exchanges with the partner that stands last.

    ``contents`` is a function of the view that reads what the part shows, called when
    it is rendered. That follows from the values, from the records as the database has
    them and from the time: not from the visitor, nor from a record being edited.
    """
    _name, made_from, *values = token.split_contents()
    contents = None
    if "with" in values:
        *values, _with, contents = values
    nodes = parser.parse(["endkept"])
    parser.delete_first_token()
    return KeptNode(
        nodes,
        MADE_FROM[made_from],
        [parser.compile_filter(value) for value in values],
        contents and parser.compile_filter(contents),
    )


def _index_of(context):
    """The index for all of a page, asked for once."""
    found = context.render_context
    if "index" not in found:
        found["index"] = current_index()
    return found["index"]


class KeptNode(template.Node):
    child_nodelists = ("nodes",)

    def __init__(self, nodes, made_from, values, contents):
        self.nodes, self.made_from = nodes, made_from
        self.values, self.contents = values, contents

    def render(self, context):
        index = _index_of(context)
        values = [value.resolve(context) for value in self.values]
        key = (get_language(), self.made_from(index, values), *map(_key_of, values))
        return index.pieces.once(key, lambda: self._render(context))

    def _render(self, context):
        contents = self.contents.resolve(context) if self.contents else {}
        with context.push(**contents):
            return self.nodes.render(context)


def _key_of(value):
    """A record stands for all its columns: it was read before the index was asked for,
    and may be older than what the part else is made from."""
    if isinstance(value, Model):
        columns = (field.attname for field in value._meta.concrete_fields)
        return type(value), *(value.__dict__[column] for column in columns)
    return value


@register.simple_tag
def exchange_card(exchange, level, anchor=""):
    """An exchange in a list, its title a heading of the level.

    The cards of exchanges that the index reads are kept with them.
    """
    cards = getattr(exchange, "cards", {})
    key = level, anchor
    if key not in cards:
        context = {"exchange": exchange, "level": level, "anchor": anchor}
        html = render_to_string("events/includes/exchange_card.html", context)
        cards[key] = mark_safe(html)
    return cards[key]


@register.inclusion_tag("events/includes/partner_history.html", takes_context=True)
def partner_history(context, partner):
    """The latest exchanges with a partner by year, and how many there are in all."""
    index = _index_of(context)
    bits = index.any_of("partner", [partner.slug])
    exchanges = Matches(index, bits, "newest")
    recent = exchanges[:RECENT]
    by_year = defaultdict(list)
    for exchange in recent:
        for year in exchange.years:
            by_year[year].append(exchange)
    return {
        "partner": partner,
        "years": sorted(by_year.items(), reverse=True),
        "count": len(exchanges),
        "shown": len(recent),
        **_table(index, bits, partner),
    }


@register.simple_tag
def count_cells(cells, list_url):
    """Cells of a table: each number leads to the list that its query gives. Pages have
    hundreds of them, so they are not rendered by a template."""
    return mark_safe(
        "".join(
            f'<td><a href="{escape(list_url + query)}">{count}</a></td>'
            if count
            else '<td><span class="vh">0</span></td>'
            for count, query in cells
        )
    )


def _table(index, bits, partner):
    """A row for each year: how many there are in all and of each field, with the
    query of the list that shows them; nothing where no exchange has a field."""
    fields, years = index.by_year_and_field(bits)
    columns = [
        query_of([("partner", partner.slug)]),
        *(
            query_of([("field", field.slug), ("partner", partner.slug)])
            for field in fields
        ),
    ]
    return {
        "fields": fields,
        "rows": [
            (
                year,
                [
                    (count, f"{query}&year={year}")
                    for query, count in zip(columns, [total, *counts], strict=True)
                ],
            )
            for year, total, counts in years
        ],
    }


@register.inclusion_tag("events/includes/related_exchanges.html")
def related_exchanges(exchange, index):
    """The nearest in time with its partners; then those of its fields, if they are
    near."""
    partners, fields = exchange.partners.all(), exchange.fields.all()
    together = index.near(
        exchange, index.any_of("partner", [found.slug for found in partners]), RELATED
    )
    alike = index.near(
        exchange,
        index.any_of("field", [found.slug for found in fields]),
        RELATED,
        within=NEAR,
        but=together,
    )
    read = {found.pk: found for found in index.read([*together, *alike])}
    return {
        "partners": partners,
        "together": [read[pk] for pk in together if pk in read],
        "alike": [read[pk] for pk in alike if pk in read],
    }


@register.simple_tag
def event_data(exchange):
    return script_of(event_of(exchange))


@register.inclusion_tag("events/includes/house_events.html")
def house_events():
    """What takes place at the House next, in whichever part of it."""
    index = current_index()
    bits = index.any_of("house", ["1"]) & index.any_of("when", ["upcoming"])
    return {"exchanges": Matches(index, bits, "")[:UPCOMING_AT_HOUSE]}


@register.simple_tag
def webcal(query=""):
    """The calendar of a list, as an address that opens in a calendar program."""
    address = settings.SITE_URL + reverse("events:exchange_calendar") + query
    return "webcal:" + address.partition(":")[2]
