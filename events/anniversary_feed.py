"""Anniversaries as a calendar to subscribe to."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from osaka_site.translation import language_tag

# Besides controls, what some readers of calendars take for the end of a line.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def calendar_of(anniversaries):
    """One all-day event for each; all must be known to the day."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{_host()}//Anniversaries//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Anniversaries of Osaka’s affiliations"))
    for anniversary in anniversaries:
        calendar.add_component(_event_of(anniversary))
    return calendar.to_ical()


def _event_of(anniversary):
    tie, day = anniversary.tie, anniversary.date.first_day
    # Not the time of the request, so that what did not change reads the same.
    changed_at = max(record.updated_at for record in (tie, tie.partner, tie.category))
    address = settings.SITE_URL + tie.get_absolute_url()
    since = _("%(kind)s since %(date)s") % {
        "kind": tie.tie_name,
        "date": tie.signed_on.format(),
    }
    event = Event()
    event.add("uid", f"{tie.slug}-{anniversary.number}@{_host()}")
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    _add_text(event, "summary", _summary_of(anniversary))
    _add_text(event, "description", since)
    event.add("url", address)
    event.add("transp", "TRANSPARENT")  # nobody is busy that day
    return event


def _summary_of(anniversary):
    # xgettext:no-python-format
    return _("%(nth)s anniversary with %(partner)s (%(kind)s)") % {
        "nth": ordinal(anniversary.number),
        "number": anniversary.number,
        "partner": anniversary.tie.partner.name,
        "kind": anniversary.tie.tie_name,
    }


def _add_text(event, name, text):
    language = language_tag(get_language())
    event.add(name, _BREAKS.sub(" ", text).strip(), {"LANGUAGE": language})


def _host():
    return urlsplit(settings.SITE_URL).hostname
