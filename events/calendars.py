"""Exchanges as iCalendar (RFC 5545), for people's own calendars."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from icalendar import Calendar, Event, Timezone

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


def left_out_of_calendar(exchanges):
    """How many have no day to be entered at: known to the month or the year only."""
    return exchanges.filter(~is_known_to_the_day()).order_by().count()


def calendar_of(exchanges, *, name="", link=""):
    """An event for each; all must be known to the day.

    ``name`` and ``link`` are of a list that people subscribe to. The events are
    written one by one: all of them as objects would fill the memory.
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
    return b"".join([start, *(_event_of(found).to_ical() for found in exchanges), END])


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
    # The time of the change, not of the request: what did not change reads the same.
    changed_at = exchange.updated_at
    start, end = _span(exchange)
    event = Event()
    event.add("uid", f"{exchange.slug}.exchange@{host()}")
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("sequence", _sequence(changed_at))
    event.add("dtstart", start)
    if end:
        event.add("dtend", end)
    event.add("status", STATUS[exchange.state])
    _add_text(event, "summary", in_one_line(exchange.title), exchange.title)
    description = f"{clean(exchange.summary)}\n\n{address_of(exchange)}".strip()
    _add_text(event, "description", description, exchange.summary)
    if place := place_of(exchange):
        _add_text(event, "location", in_one_line(place), place)
    if fields := [in_one_line(field.name) for field in exchange.fields.all()]:
        event.add("categories", fields)
    event.add("url", address_of(exchange))
    event.add("transp", "TRANSPARENT")  # to know of it is not to be busy
    return event


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


def _add_text(event, name, text, told):
    """``told`` is the text of the record, which knows its language."""
    language = getattr(told, "lang", None) or language_tag(get_language())
    event.add(name, text, {"LANGUAGE": language})
