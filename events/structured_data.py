"""An exchange in the vocabulary of schema.org."""

from datetime import datetime

from django.utils import timezone

from network.structured_data import place_of
from osaka_site.structured_data import absolute, image_of, thing

from .models import Exchange

STATUS = {
    Exchange.State.AS_PLANNED: "https://schema.org/EventScheduled",
    Exchange.State.POSTPONED: "https://schema.org/EventPostponed",
    Exchange.State.CANCELLED: "https://schema.org/EventCancelled",
}
ONLINE = "https://schema.org/OnlineEventAttendanceMode"


def event_of(exchange):
    ends_on = exchange.ends_on or (exchange.ends_at and exchange.starts_on)
    return thing(
        "Event",
        name=exchange.title,
        description=exchange.summary,
        url=absolute(exchange.get_absolute_url()),
        inLanguage=exchange.title.lang,
        startDate=_date(exchange.starts_on, exchange.starts_at),
        endDate=ends_on and _date(ends_on, exchange.ends_at),
        eventStatus=STATUS[exchange.state],
        eventAttendanceMode=exchange.kind == Exchange.Kind.ONLINE and ONLINE,
        location=_location(exchange),
        organizer=exchange.host and thing("Organization", name=exchange.host),
        image=image_of(exchange),
    )


def _date(day, time):
    """As far as it is known: 2010, 2010-07, 2010-07-15 or 2010-07-15T10:30+09:00.

    A Date of the vocabulary is "in ISO 8601 date format" (schema.org/Date), which
    lets the least significant parts be left out; its editors say that a year alone
    is "perfectly fine" (github.com/schemaorg/schemaorg/issues/723).
    """
    if time is None or day.precision != "day":
        return str(day)
    moment = timezone.make_aware(datetime.combine(day.first_day, time))
    return moment.isoformat(timespec="minutes")


def _location(exchange):
    if exchange.venue and exchange.venue.is_published:
        return place_of(exchange.venue)
    return exchange.place and thing("Place", name=exchange.place)
