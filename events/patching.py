"""The index after a few changes, without reading every exchange again.

Tested against ``build``, which reads them: the two must give the same.
"""

from collections import defaultdict
from dataclasses import replace

from django.db.models import Q
from django.utils import timezone

from network.models import SearchEntry
from osaka_site.kept import Kept
from osaka_site.schedule import next_moment

from .building import (
    RECORDS,
    ahead_of,
    choices_of,
    in_order,
    linked,
    note_link,
    read_records,
    rows_of,
    serials,
    several_days_of,
)
from .index import EXCHANGES_KEPT, TEXTS_KEPT
from .models import Exchange
from .triggers import exchange_columns

MOST = 50  # exchanges; each costs a search for its place
# No page shows them; the working copies change when the next moment is.
NOT_SHOWN = {SearchEntry._meta.db_table, "desk_workingcopy"}


def patched(index, token, changes, now):
    """The index with these rows of ``ContentChange``, which follow the one that it was
    made at; none where they do not tell all, or are too many."""
    if not _lead(changes, index, token):
        return None
    tables = {change.table for change in changes[1:]}
    of_exchanges = exchange_columns().keys()
    exchanges = {
        change.exchange for change in changes[1:] if change.table in of_exchanges
    }
    if None in exchanges or len(exchanges) > MOST:
        return None
    facts = {"token": token, "position": changes[-1].position, "built_at": now}
    others = tables - of_exchanges - NOT_SHOWN
    if others & RECORDS:
        records, keys = read_records()
        if keys != index.keys:
            return None
        facts |= records | {"exchanges": Kept(EXCHANGES_KEPT)}
    if others:
        serial = next(serials)
        facts |= {"serial": serial, "records_serial": serial}
        facts |= {"memo": {}, "lasting": {}}
    index = replace(index, **facts, texts=Kept(TEXTS_KEPT))
    if exchanges:
        index = _with_exchanges(index, exchanges, now)
    return replace(index, valid_until=next_moment(now))


def _lead(changes, index, token):
    """Whether the changes are all there were from the token of the index to this."""
    return (
        changes
        and (changes[0].position, changes[0].token) == (index.position, index.token)
        and changes[-1].token == token
    )


def _with_exchanges(index, changed, now):
    """With the exchanges of these primary keys as they are now, or without them.

    All of a day are put in anew, because the database knows their order.
    """
    today = timezone.localdate(now)
    rows_of_day = _rows_of_days(index, changed)
    rows = [row for day in rows_of_day.values() for row in day]

    partners = {
        pk for exchange in changed for pk in index.partners_of.get(exchange, ())
    }
    fields_of, partners_of = index.fields_of.copy(), index.partners_of.copy()
    attached = {link for link in index.attached if link[1] not in changed}
    for pk in changed:
        fields_of.pop(pk, None)
        partners_of.pop(pk, None)
    public = {row.pk for row in rows}
    for relation, pk, other in linked(changed):
        if pk in public:
            note_link(relation, pk, other, index.keys, fields_of, partners_of, attached)
    partners.update(pk for exchange in changed for pk in partners_of.get(exchange, ()))

    parts = [
        Part(index, day, found, today, fields_of, partners_of)
        for day, found in sorted(rows_of_day.items(), reverse=True)
    ]
    pks, first_days = index.pks.copy(), index.first_days.copy()
    for part in parts:
        pks[part.start : part.stop] = part.pks
        first_days[part.start : part.stop] = [part.day] * len(part.pks)
    choices = _choices(index.choices, parts)
    serial = next(serials)
    return replace(
        index,
        serial=serial,
        history_serials={**index.history_serials, **dict.fromkeys(partners, serial)},
        pks=pks,
        first_days=first_days,
        ahead=in_order(
            [found for found in index.ahead if found.first_day not in rows_of_day]
            + ahead_of(rows, today)
        ),
        several_days=sorted(
            [found for found in index.several_days if found[0] not in rows_of_day]
            + several_days_of(rows)
        ),
        choices=choices,
        fields_of=fields_of,
        partners_of=partners_of,
        attached=attached,
        memo={},
        lasting=index.lasting if _offered(choices) == _offered(index.choices) else {},
        exchanges=index.exchanges.without(lambda key: key[1] in changed),
    )


def _rows_of_days(index, changed):
    """All exchanges of the days on which these began or begin now."""
    days = {index.first_days[place] for place in _places(index.pks, changed)}
    days_now = Exchange.objects.filter(pk__in=changed).values("first_day")
    exchanges = Exchange.objects.published().filter(
        Q(first_day__in=days) | Q(first_day__in=days_now)
    )
    rows_of_day = {day: [] for day in days}
    for row in rows_of(exchanges):
        # What has come to a day since the changes were read waits for the next time,
        # or it would stand here twice.
        start, stop = index.places_of_day(row.first_day)
        if row.pk in changed or row.pk in index.pks[start:stop]:
            rows_of_day.setdefault(row.first_day, []).append(row)
    return rows_of_day


def _places(pks, changed):
    """Where those that are in the list stand."""
    for pk in changed:
        try:
            yield pks.index(pk)
        except ValueError:
            continue


class Part:
    """The exchanges that begin on one day: where they stood, and how they are now."""

    def __init__(self, index, day, rows, today, fields_of, partners_of):
        self.day = day
        self.start, self.stop = index.places_of_day(day)
        self.pks = [row.pk for row in rows]
        self.choices = defaultdict(int)  # {(group, value): bits}
        for place, row in enumerate(rows):
            for choice in choices_of(row, today):
                self.choices[choice] |= 1 << place
            for relation, of in (("fields", fields_of), ("partners", partners_of)):
                for other in of.get(row.pk, ()):
                    for choice in index.keys.choices_of(relation, other):
                        self.choices[choice] |= 1 << place

    def put_into(self, bits, own):
        """The bits of a choice with those that it has of this day now."""
        before = bits & ((1 << self.start) - 1)
        after = bits >> self.stop << len(self.pks)
        return before | (after | own) << self.start


def _offered(choices):
    return {group: values.keys() for group, values in choices.items() if values}


def _choices(choices, parts):
    """The sets of bits; ``parts`` from the last to the first, so that a place that
    moves is not counted from any more."""
    new = {choice for part in parts for choice in part.choices}
    all_choices = new.union(
        (group, value) for group, values in choices.items() for value in values
    )
    found = defaultdict(dict)
    for choice in all_choices:
        group, value = choice
        bits = choices[group].get(value, 0)
        for part in parts:
            bits = part.put_into(bits, part.choices.get(choice, 0))
        if bits:
            found[group][value] = bits
    return found
