"""All public exchanges as sets of bits.

Each exchange is one bit, its place in the order of time; a choice ("culture", "2018")
is the set of the bits of its exchanges. Combining choices and counting what they leave
is then a handful of operations on integers, however many exchanges there are.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, reduce
from itertools import islice
from operator import or_
from typing import NamedTuple

from django.utils.translation import get_language

from network.models import Affiliation, Category, Facility, Partner
from osaka_site.kept import Kept

from .models import Exchange, Field

ATTACHED = ("pictures", "links", "sources")
CHUNK = 64  # bytes counted together on the way to a page far down the list
EXCHANGES_KEPT = 1000  # with their cards, about 10 MB
PIECES_KEPT = 300  # of pages, up to 100 KB each
TEXTS_KEPT = 100  # what they find, 12 KB each where there are 100,000 exchanges
ZERO, ONE = b"01"


class Ahead(NamedTuple):
    """An exchange that is not over, with what it stands in order by."""

    first_day: date
    start: str
    slug: str
    pk: int


@dataclass(frozen=True)
class Index:
    token: int
    position: int | None  # of the change that gave the token, where it is known
    # Numbers that no other content has: of all that is here, of all but the exchanges,
    # and of the exchanges with each partner that changed since.
    serial: int
    records_serial: int
    built_at: datetime
    valid_until: datetime
    pks: list[int]  # in the order of time, the earliest first
    first_days: list[date]
    ahead: list[Ahead]  # the next one first
    several_days: list[tuple[date, date, int]]  # first day, last day, primary key
    choices: dict[str, dict[str, int]]  # {"field": {"culture": bits}}
    fields: dict[int, Field]
    partners: dict[int, Partner]  # each with its ``shape``
    ties: dict[int, Affiliation]
    facilities: dict[int, Facility]
    categories: list[Category]
    fields_of: dict[int, list[int]]  # {exchange: [field, …]}, primary keys
    partners_of: dict[int, list[int]]
    attached: set[tuple[str, int]]  # {("pictures", exchange), …}
    keys: tuple  # what of the other records decides about the choices
    history_serials: dict[int, int] = field(default_factory=dict)
    # What pages derive from all this while it serves:
    memo: dict = field(default_factory=dict)  # a few things for each language
    lasting: dict = field(default_factory=dict)  # the same
    exchanges: Kept = field(default_factory=lambda: Kept(EXCHANGES_KEPT))
    pieces: Kept = field(default_factory=lambda: Kept(PIECES_KEPT))
    texts: Kept = field(default_factory=lambda: Kept(TEXTS_KEPT))

    def serves(self, token, now):
        return self.token == token and self.is_of(now)

    def is_of(self, now):
        """Whether nothing has changed by itself since it was built."""
        return self.built_at <= now < self.valid_until

    def history_serial(self, partner):
        """A number that changes with every change of the exchanges with a partner, or
        of what else they show."""
        return self.records_serial, self.history_serials.get(partner)

    @cached_property
    def everything(self):
        return (1 << len(self.pks)) - 1

    @cached_property
    def place_of(self):
        return dict(zip(self.pks, range(len(self.pks)), strict=True))

    @cached_property
    def longest(self):
        """How long the longest takes."""
        return max(
            (last - first for first, last, _pk in self.several_days),
            default=timedelta(),
        )

    @cached_property
    def coming(self):
        """The places of what is not over."""
        return [self._place(found.pk, found.first_day) for found in self.ahead]

    def _place(self, pk, first_day):
        return self.pks.index(pk, bisect_left(self.first_days, first_day))

    def places_of_day(self, day):
        """From where to where those stand that begin on it."""
        return bisect_left(self.first_days, day), bisect_right(self.first_days, day)

    def once(self, what, make):
        """What ``make`` gives, asked once while the index serves."""
        if what not in self.memo:
            self.memo[what] = make()
        return self.memo[what]

    def once_lasting(self, what, make):
        """The same for what follows from the other records and from which choices the
        exchanges have: asked again only when one of those changes."""
        if what not in self.lasting:
            self.lasting[what] = make()
        return self.lasting[what]

    def read(self, pks):
        """The exchanges with these primary keys, in this order, as cards show them.

        They are shared by all who read them: nobody may change them.
        """
        language = get_language()
        found = {pk: self.exchanges.get((language, pk)) for pk in pks}
        if missing := [pk for pk, exchange in found.items() if exchange is None]:
            found |= Exchange.objects.published().in_bulk(missing)
            for pk in missing:
                if exchange := found[pk]:
                    self.equip(exchange)
                    exchange.cards = {}
                    self.exchanges.put((language, pk), exchange)
        return [found[pk] for pk in pks if found[pk]]

    def equip(self, exchange):
        """Give an exchange what lists and feeds show of other records."""
        partners = [self.partners[pk] for pk in self.partners_of[exchange.pk]]
        partners.sort(key=lambda found: (found.name, found.slug))
        fields = [self.fields[pk] for pk in self.fields_of[exchange.pk]]
        fields.sort(key=lambda found: (found.order, found.slug))
        exchange._prefetched_objects_cache = {"partners": partners, "fields": fields}
        exchange.celebrates = self.ties.get(exchange.celebrates_id)
        exchange.venue = self.facilities.get(exchange.venue_id)
        return exchange

    def equip_page(self, exchange):
        """The same for its page, with what hangs on it alone: the database is asked
        for that only where there is some."""
        self.equip(exchange)
        for name in ATTACHED:
            is_there = (name, exchange.pk) in self.attached
            records = list(getattr(exchange, name).published()) if is_there else []
            exchange._prefetched_objects_cache[name] = records

    def any_of(self, group, values):
        """The exchanges of any of the values; an unknown value has none."""
        return reduce(or_, (self.choices[group].get(str(v), 0) for v in values), 0)

    def counts(self, group, bits):
        """How many of ``bits`` each choice of the group has: ``{"culture": 5}``."""
        if bits == self.everything:
            return self.once(("counts", group), lambda: self._count(group, bits))
        return self._count(group, bits)

    def _count(self, group, bits):
        return {
            value: (bits & having).bit_count()
            for value, having in self.choices[group].items()
        }

    def between(self, first, last):
        """Those whose days touch the time from ``first`` to ``last``; either may
        be ``None``."""
        begun = bisect_right(self.first_days, last) if last else len(self.pks)
        bits = (1 << begun) - 1
        if first is None:
            return bits
        later = bisect_left(self.first_days, first)
        kept = bits >> later << later
        start = bisect_left(self.several_days, (first - self.longest,))
        for first_day, last_day, pk in self.several_days[start:]:
            if first_day >= first:
                break
            if last_day >= first:
                kept |= bits & (1 << self._place(pk, first_day))
        return kept

    def with_words(self, text, find):
        """The bits of those that have the words of ``text``, whose primary keys
        ``find`` gives; kept, as people turn pages and choose more filters."""
        return self.texts.once(text, lambda: self._of_pks(find(text)))

    def _of_pks(self, pks):
        """The bits of those with these primary keys that are public. They may be all,
        and a digit for each takes half the time of setting bits."""
        size = len(self.pks)
        digits = bytearray(b"0" * (size + 1))
        for pk in pks:
            digits[self.place_of.get(pk, size)] = ONE
        digits[size] = ZERO
        return int(digits[::-1], 2)

    def near(self, exchange, bits, count, *, within=timedelta.max, but=()):
        """The primary keys of those of ``bits`` that begin nearest to when
        ``exchange`` does: at most ``count``, the latest first."""
        day = exchange.first_day
        try:
            place = self._place(exchange.pk, day)
        except ValueError:  # it has just gone
            return []
        # Of what is before and after it, more than those to leave out are enough.
        earlier, later = bits & ((1 << place) - 1), bits >> (place + 1)
        found = []
        for _number in range(count + len(but)):
            if earlier:
                found.append(earlier.bit_length() - 1)
                earlier ^= 1 << found[-1]
            if later:
                lowest = later & -later
                found.append(place + lowest.bit_length())
                later ^= lowest
        nearest = sorted(
            (abs(self.first_days[other] - day), other)
            for other in found
            if self.pks[other] not in but
        )
        chosen = [other for distance, other in nearest[:count] if distance <= within]
        return [self.pks[other] for other in sorted(chosen, reverse=True)]

    def by_year_and_field(self, bits):
        """How ``bits`` are spread: the fields they have, and for each year they have,
        the latest first, its number and that of each field."""
        fields = {
            record: found
            for record in self.fields.values()
            if (found := bits & self.choices["field"].get(record.slug, 0))
        }
        years = sorted(
            (
                (int(year), bits & of_year)
                for year, of_year in self.choices["year"].items()
                if bits & of_year
            ),
            reverse=True,
        )
        return list(fields), [
            (
                year,
                of_year.bit_count(),
                [(of_year & of_field).bit_count() for of_field in fields.values()],
            )
            for year, of_year in years
        ]

    def page(self, bits, start, stop, *, order):
        """The primary keys of a part of the list.

        ``order`` is "oldest", "newest", or "" for what is to come, the next one
        first, and then what was, the latest first.
        """
        if order == "oldest":
            return self._upwards(bits, start, stop)
        if order == "newest":
            return self._downwards(bits, start, stop)
        chosen = bits.to_bytes(len(self.pks) // 8 + 1, "little")
        coming = [
            self.pks[place]
            for place in self.coming
            if chosen[place >> 3] >> (place & 7) & 1
        ]
        past = bits & self.choices["when"].get("past", 0)
        return coming[start:stop] + self._downwards(
            past, max(start - len(coming), 0), max(stop - len(coming), 0)
        )

    def _upwards(self, bits, start, stop):
        pks, seen = [], 0
        chosen = bits.to_bytes(len(self.pks) // 8 + 1, "little")
        for byte in range(0, len(chosen), CHUNK):
            chunk = int.from_bytes(chosen[byte : byte + CHUNK], "little")
            found = chunk.bit_count()
            if seen + found > start:
                places = islice(_places(chunk), max(start - seen, 0), stop - seen)
                pks += [self.pks[byte * 8 + place] for place in places]
            seen += found
            if seen >= stop:
                break
        return pks

    def _downwards(self, bits, start, stop):
        """The same from the other end: the last is the first."""
        count = bits.bit_count()
        upwards = self._upwards(bits, max(count - stop, 0), max(count - start, 0))
        return upwards[::-1]


def _places(chunk):
    while chunk:
        lowest = chunk & -chunk
        yield lowest.bit_length() - 1
        chunk ^= lowest


def bits_of(places, size):
    """The number that these bits make, in linear time."""
    made = bytearray(size // 8 + 1)
    for place in places:
        made[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(made, "little")
