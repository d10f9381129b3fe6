"""How the index of exchanges is made from the records.

``build`` reads every public exchange: that is the definition of an index. ``patched``
(``events/patching.py``) gives the same after a few changes, from the parts here.
"""

from collections import defaultdict
from functools import cache
from itertools import count
from typing import NamedTuple

from django.db.models import BooleanField, CharField, ExpressionWrapper, F, Value
from django.utils import timezone

from network.models import Affiliation, Category, Facility, Partner
from osaka_site.schedule import next_moment

from .index import ATTACHED, Ahead, Index, bits_of
from .models import (
    Exchange,
    Field,
    fiscal_year,
    is_at_the_house,
    is_known_to_the_day,
    is_open,
)

RELATIONS = ("fields", "partners", *ATTACHED)
COLUMNS = (
    "pk",
    "kind",
    "state",
    "first_day",
    "last_day",
    "house",
    "open",
    "exact",
    "start",
    "slug",
)
# The tables of the records that every index has all of.
RECORDS = {
    model._meta.db_table for model in (Field, Partner, Affiliation, Category, Facility)
}

serials = count(1)


class Keys(NamedTuple):
    """What of the other records decides which choices an exchange belongs to."""

    fields: dict[int, str]
    partners: dict[int, tuple[str, str]]  # slug and country
    ties: dict[int, set[str]]  # of each partner: the slugs of its categories
    facilities: set[int]

    def choices_of(self, relation, pk):
        """``(group, value)`` of each choice of what is linked with this record."""
        if relation == "fields" and pk in self.fields:
            yield "field", self.fields[pk]
        elif relation == "partners" and pk in self.partners:
            slug, country = self.partners[pk]
            yield "partner", slug
            yield "country", country
            for category in self.ties.get(pk, ()):
                yield "category", category


def build(token, position, now):
    """Reads every public exchange, in a number of queries that does not grow."""
    exchanges = list(rows_of(Exchange.objects.published()))
    size = len(exchanges)
    today = timezone.localdate(now)
    places = defaultdict(list)  # {(group, value): [place, …]}
    place_of = {}
    for place, row in enumerate(exchanges):
        place_of[row[0]] = place
        for choice in choices_of(row, today):
            places[choice].append(place)

    records, keys = read_records()
    choices_by = cache(lambda *link: tuple(keys.choices_of(*link)))
    fields_of, partners_of, attached = defaultdict(list), defaultdict(list), set()
    for relation, pk, other in linked():
        if (place := place_of.get(pk)) is None:
            continue
        note_link(relation, pk, other, keys, fields_of, partners_of, attached)
        for choice in choices_by(relation, other):
            places[choice].append(place)

    choices = defaultdict(dict)
    for (group, value), found in places.items():
        choices[group][value] = bits_of(found, size)
    serial = next(serials)
    return Index(
        token=token,
        position=position,
        serial=serial,
        records_serial=serial,
        built_at=now,
        valid_until=next_moment(now),
        pks=[row.pk for row in exchanges],
        first_days=[row.first_day for row in exchanges],
        ahead=in_order(ahead_of(exchanges, today)),
        several_days=several_days_of(exchanges),
        choices=choices,
        keys=keys,
        fields_of=fields_of,
        partners_of=partners_of,
        attached=attached,
        **records,
    )


def rows_of(exchanges):
    """What the index keeps of exchanges, the earliest first."""
    return (
        exchanges.annotate(
            house=ExpressionWrapper(is_at_the_house(), BooleanField()),
            open=ExpressionWrapper(is_open(), BooleanField()),
            exact=ExpressionWrapper(is_known_to_the_day(), BooleanField()),
            start=ExpressionWrapper(F("starts_on"), CharField()),  # its text
        )
        .oldest_first()
        .values_list(*COLUMNS, named=True)
    )


def choices_of(row, today):
    """``(group, value)`` of each choice that an exchange has by itself."""
    _pk, kind, state, first, last, house, is_open_now, is_exact, *_order = row
    yield "kind", kind
    yield "state", state
    yield "when", "upcoming" if last >= today else "past"
    if house:
        yield "house", "1"
    if is_open_now:
        yield "open", "1"
    yield "known", "to the day" if is_exact else "roughly"
    for year in range(first.year, last.year + 1):
        yield "year", str(year)
    for year in range(fiscal_year(first), fiscal_year(last) + 1):
        yield "fiscal", str(year)


def read_records():
    """The records that exchanges show, by their names in the index, and their keys."""
    fields = {record.pk: record for record in Field.objects.published()}
    ties = {
        tie.pk: tie
        for tie in Affiliation.objects.published()
        .select_related("category__parent", "partner")
        .order_by("category__order", F("signed_on").asc(nulls_last=True), "pk")
    }
    categories, slugs_of_ties, shapes = _current_ties(ties.values())
    partners = {partner.pk: partner for partner in Partner.objects.published()}
    for partner in partners.values():
        partner.shape = shapes.get(partner.pk)
    facilities = {
        facility.pk: facility
        for facility in Facility.objects.published().select_related("parent")
    }
    keys = Keys(
        {pk: record.slug for pk, record in fields.items()},
        {pk: (partner.slug, partner.country.code) for pk, partner in partners.items()},
        slugs_of_ties,
        set(facilities),
    )
    return {
        "fields": fields,
        "partners": partners,
        "ties": ties,
        "facilities": facilities,
        "categories": categories,
    }, keys


def _current_ties(ties):
    """The categories of current ties in their order, the slugs of those of each
    partner, and the sign of each partner's main one."""
    categories, slugs, shapes = {}, defaultdict(set), {}
    for tie in ties:
        if tie.is_current:
            shapes.setdefault(tie.partner_id, tie.category.shape)
            for category in filter(None, (tie.category, tie.category.parent)):
                categories[category.pk] = category
                slugs[tie.partner_id].add(category.slug)
    in_order = sorted(categories.values(), key=lambda found: (found.order, found.slug))
    return in_order, dict(slugs), shapes


def linked(exchanges=None):
    """What exchanges are linked with: ``(relation, exchange, other record)``; all of
    them, or those with these primary keys."""
    fields = [Exchange._meta.get_field(name) for name in RELATIONS]
    only = {} if exchanges is None else {"exchange__in": exchanges}
    first, *others = (
        field.remote_field.through.objects.filter(**only)
        .order_by()
        .values_list(
            Value(field.name), field.m2m_field_name(), field.m2m_reverse_field_name()
        )
        for field in fields
    )
    return first.union(*others, all=True).iterator()


def note_link(relation, pk, other, keys, fields_of, partners_of, attached):
    if relation == "fields" and other in keys.fields:
        fields_of[pk].append(other)
    elif relation == "partners" and other in keys.partners:
        partners_of[pk].append(other)
    elif relation in ATTACHED:
        attached.add((relation, pk))


def ahead_of(exchanges, today):
    """What is not over."""
    return [
        Ahead(row.first_day, row.start, row.slug, row.pk)
        for row in exchanges
        if row.last_day >= today
    ]


def in_order(ahead):
    """In the order of ``ExchangeQuerySet.upcoming``."""
    ahead.sort(key=lambda found: found.slug)
    ahead.sort(key=lambda found: found.start, reverse=True)
    ahead.sort(key=lambda found: found.first_day)
    return ahead


def several_days_of(exchanges):
    return sorted(
        (row.first_day, row.last_day, row.pk)
        for row in exchanges
        if row.last_day != row.first_day
    )
