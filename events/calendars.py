"""Exchanges as iCalendar (RFC 5545), for people's own calendars.

The library makes the calendar with its time zone. The events are lines written
here, as a list has thousands and the library takes half a millisecond for each; the
tests read them with the library and with a second one.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from icalendar import Calendar, Timezone

from osaka_site.characters import clean, in_one_line
from osaka_site.translation import language_tag

from .models import Exchange, is_known_to_the_day
from .records import address_of, host, place_of

TOKYO = ZoneInfo("Asia/Tokyo")
REFRESH = timedelta(hours=12)
STATUS = {
    Exchange.State.AS_PLANNED: "CONFIRMED",
    Exchange.State.POSTPONED: "TENTATIVE",
    Exchange.State.CANCELLED: "CANCELLED",
}
# SEQUENCE has to fit in 31 bits: seconds since 1970 would not after 2038.
FIRST_SEQUENCE_AT = datetime(2020, 1, 1, tzinfo=UTC)
END = b"END:VCALENDAR\r\n"
LONGEST_LINE = 75  # bytes without its end
ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def left_out_of_calendar(exchanges):
    """How many have no day to be entered at: known to the month or the year only."""
    return exchanges.filter(~is_known_to_the_day()).order_by().count()


def calendar_of(exchanges, *, name="", link=""):
    """An event for each; all must be known to the day.

    ``name`` and ``link`` are of a list that people subscribe to.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{host()}//Exchanges//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if name:
        calendar.add("x-wr-calname", in_one_line(name))
        calendar.add("name", in_one_line(name))
        calendar.add("url", link)
        calendar.add("refresh-interval", REFRESH, {"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT12H")  # the same, as Outlook reads it
    calendar.add_component(_japan_time())
    start = calendar.to_ical().removesuffix(END)
    lines = (line for exchange in exchanges for line in _event_of(exchange))
    return b"".join([start, *map(_folded, lines), END])


@cache
def _japan_time():
    """What ``add_missing_timezones()`` adds, made once: the library takes its time.

    From 1952, when Japan had had its last summer time: the zone is then one line, and
    not every reader understands the others. No hour of an earlier day is recorded.
    """
    return Timezone.from_tzid(
        str(TOKYO), first_date=date(1952, 1, 1), last_date=date(2100, 1, 1)
    )


def _event_of(exchange):
    """The lines of an event."""
    # The time of the change, not of the request: what did not change reads the same.
    changed_at = f"{exchange.updated_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    address = address_of(exchange)
    start, end = _span(exchange)
    yield "BEGIN:VEVENT"
    yield f"UID:{exchange.slug}.exchange@{host()}"
    yield f"DTSTAMP:{changed_at}"
    yield f"LAST-MODIFIED:{changed_at}"
    yield f"SEQUENCE:{_sequence(exchange.updated_at)}"
    yield f"DTSTART{_moment(start)}"
    if end:
        yield f"DTEND{_moment(end)}"
    yield f"STATUS:{STATUS[exchange.state]}"
    yield _text("SUMMARY", in_one_line(exchange.title), exchange.title)
    description = f"{clean(exchange.summary)}\n\n{address}".strip()
    yield _text("DESCRIPTION", description, exchange.summary)
    if place := place_of(exchange):
        yield _text("LOCATION", in_one_line(place), place)
    if fields := exchange.fields.all():
        names = (in_one_line(field.name).translate(ESCAPES) for field in fields)
        yield f"CATEGORIES:{','.join(names)}"
    yield f"URL:{address}"
    yield "TRANSP:TRANSPARENT"  # to know of it is not to be busy
    yield "END:VEVENT"


def _span(exchange):
    """When it starts and ends; no end where none is known.

    Several days without an hour that it ends at are whole days: any hour would be
    made up. The end is the moment or the day that no longer belongs to it.
    """
    first = exchange.starts_on.first_day
    last = (exchange.ends_on or exchange.starts_on).first_day
    if exchange.starts_at and (exchange.ends_at or first == last):
        start = datetime.combine(first, exchange.starts_at, TOKYO)
        if not exchange.ends_at:
            return start, None
        end = datetime.combine(last, exchange.ends_at, TOKYO)
        return start, end if end > start else None
    return first, last + timedelta(days=1) if last < date.max else None


def _sequence(changed_at):
    """A number that grows with every change, as programs expect of an event that
    reaches them by more than one way."""
    return max(0, int((changed_at - FIRST_SEQUENCE_AT).total_seconds()))


def _moment(moment):
    day = f"{moment.year:04}{moment:%m%d}"
    if isinstance(moment, datetime):
        return f";TZID={TOKYO}:{day}T{moment:%H%M%S}"
    return f";VALUE=DATE:{day}"


def _text(name, text, told):
    """``told`` is the text of the record, which knows its language."""
    language = getattr(told, "lang", None) or language_tag(get_language())
    return f"{name};LANGUAGE={language}:{text.translate(ESCAPES)}"


def _folded(line):
    """Long lines go on in the next one, after a space; no character is cut in two,
    and none from the sign that escapes it."""
    rest, parts, longest = line.encode(), [], LONGEST_LINE
    while len(rest) > longest:
        end = longest
        while rest[end] & 0b1100_0000 == 0b1000_0000:
            end -= 1
        end -= (end - len(rest[:end].rstrip(b"\\"))) % 2
        parts.append(rest[:end])
        rest, longest = rest[end:], LONGEST_LINE - 1
    return b"\r\n ".join([*parts, rest]) + b"\r\n"
