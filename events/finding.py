"""The index that tells which exchanges match, and what every other choice would give.

It is made from the records and kept in the process until one of them changes or a
scheduled moment passes, in whichever process that happens. The plain queries of
``ExchangeFilter.qs`` stay the definition of what matches; the tests compare the two.
"""

from collections import defaultdict
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import BooleanField, CharField, ExpressionWrapper, F, Value
from django.utils import timezone

from network.models import Affiliation, Facility, Partner
from osaka_site import clock
from osaka_site.schedule import next_moment

from .index import ATTACHED, Bits, Index
from .models import (
    ContentVersion,
    Exchange,
    Field,
    fiscal_year,
    is_at_the_house,
    is_known_to_the_day,
    is_open,
)

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
RELATIONS = ("fields", "partners", *ATTACHED)


def current_index():
    """The index of what is public now. While nothing changes, it costs one query."""
    shelf, token, now = _shelf.get(), ContentVersion.token_now(), clock.now()
    index = shelf.index  # read once: another thread may put another one there
    if index is None or not index.serves(token, now):
        index = shelf.index = _build(token, now)
    return index


@contextmanager
def apart():
    """An index that is made inside is of no use outside: it knows a draft, or another
    day. So it is kept elsewhere, and goes at the end."""
    token = _shelf.set(Shelf(_shelf.get().index))
    try:
        yield
    finally:
        _shelf.reset(token)


@dataclass
class Shelf:
    """Where the last index is kept."""

    index: Index | None = None


_shelf = ContextVar("shelf", default=Shelf())  # noqa: B039 (one for the process)


def _build(token, now):
    """Reads every public exchange, in a number of queries that does not grow."""
    exchanges = list(
        Exchange.objects.published()
        .annotate(
            house=ExpressionWrapper(is_at_the_house(), BooleanField()),
            open=ExpressionWrapper(is_open(), BooleanField()),
            exact=ExpressionWrapper(is_known_to_the_day(), BooleanField()),
            start=ExpressionWrapper(F("starts_on"), CharField()),  # its text
        )
        .oldest_first()
        .values_list(*COLUMNS, named=True)
    )
    size = len(exchanges)
    today = timezone.localdate(now)
    groups = defaultdict(lambda: defaultdict(lambda: Bits(size)))
    several_days, place_of = [], {}
    for place, row in enumerate(exchanges):
        pk, kind, state, first, last, house, is_open_now, is_exact, *_order = row
        place_of[pk] = place
        groups["kind"][kind].add(place)
        groups["state"][state].add(place)
        groups["when"]["upcoming" if last >= today else "past"].add(place)
        if house:
            groups["house"]["1"].add(place)
        if is_open_now:
            groups["open"]["1"].add(place)
        groups["known"]["to the day" if is_exact else "roughly"].add(place)
        for year in range(first.year, last.year + 1):
            groups["year"][str(year)].add(place)
        for year in range(fiscal_year(first), fiscal_year(last) + 1):
            groups["fiscal"][str(year)].add(place)
        if last != first:
            several_days.append((first, last, place))

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
    countries = {pk: partner.country.code for pk, partner in partners.items()}

    fields_of, partners_of, attached = defaultdict(list), defaultdict(list), set()
    for relation, pk, other in _linked():
        if (place := place_of.get(pk)) is None:
            continue
        if relation == "fields" and other in fields:
            fields_of[pk].append(other)
            groups["field"][fields[other].slug].add(place)
        elif relation == "partners" and other in partners:
            partners_of[pk].append(other)
            groups["partner"][partners[other].slug].add(place)
            groups["country"][countries[other]].add(place)
            for category in slugs_of_ties[other]:
                groups["category"][category].add(place)
        elif relation in ATTACHED:
            attached.add((relation, pk))

    return Index(
        token=token,
        built_at=now,
        valid_until=next_moment(now),
        pks=[row.pk for row in exchanges],
        place_of=place_of,
        first_days=[row.first_day for row in exchanges],
        coming=_coming(exchanges, today),
        several_days=several_days,
        longest=max(
            (last - first for first, last, _ in several_days), default=timedelta()
        ),
        choices=defaultdict(
            dict,
            {
                group: {value: bits.number for value, bits in values.items()}
                for group, values in groups.items()
            },
        ),
        fields=fields,
        partners=partners,
        ties=ties,
        facilities={
            facility.pk: facility
            for facility in Facility.objects.published().select_related("parent")
        },
        fields_of=fields_of,
        partners_of=partners_of,
        attached=attached,
        categories=categories,
    )


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
    return in_order, slugs, shapes


def _linked():
    """What exchanges are linked with: ``(relation, exchange, other record)``."""
    fields = [Exchange._meta.get_field(name) for name in RELATIONS]
    first, *others = (
        field.remote_field.through.objects.order_by().values_list(
            Value(field.name), field.m2m_field_name(), field.m2m_reverse_field_name()
        )
        for field in fields
    )
    return first.union(*others, all=True).iterator()


def _coming(exchanges, today):
    """The places of what is not over, in the order of ``ExchangeQuerySet.upcoming``."""
    places = [place for place, row in enumerate(exchanges) if row.last_day >= today]
    places.sort(key=lambda place: exchanges[place].slug)
    places.sort(key=lambda place: exchanges[place].start, reverse=True)
    places.sort(key=lambda place: exchanges[place].first_day)
    return places
