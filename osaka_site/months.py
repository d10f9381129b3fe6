"""A month as a calendar: which one is asked for, and what lies on its days."""

from calendar import SUNDAY, Calendar
from dataclasses import dataclass, replace
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .dates import PartialDate
from .filters import FilterForm

FIRST_YEAR, LAST_YEAR = 2, date.max.year - 1  # those the filter of the list takes
PRECISIONS = ["year", "month", "day"]
WEEKS = Calendar(firstweekday=SUNDAY)  # as calendars in Japan are printed


class MonthFormField(forms.CharField):
    def to_python(self, value):
        value = super().to_python(value)
        if not value:
            return None
        try:
            month = PartialDate.parse(value)
        except ValueError:
            month = None
        if (
            month is None
            or month.precision != "month"
            or not FIRST_YEAR <= month.year <= LAST_YEAR
        ):
            raise ValidationError(_("Write the month as 2027-01."))
        return month


class MonthForm(FilterForm):
    month = MonthFormField(label=_("Month"), required=False)


@dataclass(frozen=True)
class Entry:
    """Something that has a first and a last day, on one of its days."""

    what: object
    is_first_day: bool
    is_last_day: bool
    is_named: bool  # here; on its other days a bar goes on

    @property
    def takes_several_days(self):
        return not (self.is_first_day and self.is_last_day)


@dataclass(frozen=True)
class Day:
    date: date
    entries: list[Entry]
    is_today: bool

    @property
    def latest(self):
        """The one to begin reading at in the list, where the others are above it."""
        return max(self.entries, key=lambda entry: entry.what.first_day).what


def weekdays(month):
    return WEEKS.monthdatescalendar(month.year, month.month)[0]


def weeks_of(things, month, today):
    """The days of each week, ``None`` for those of another month."""
    return [
        [_day(things, day, today) if day.month == month.month else None for day in week]
        for week in WEEKS.monthdatescalendar(month.year, month.month)
    ]


def _day(things, day, today):
    is_new_line = day.day == 1 or day.weekday() == SUNDAY
    entries = [
        Entry(
            what,
            is_first_day=day == what.first_day,
            is_last_day=day == what.last_day,
            is_named=day == what.first_day or is_new_line,
        )
        for what in things
        if what.first_day <= day <= what.last_day
    ]
    return Day(day, entries, day == today)


def precision_of(*dates):
    """That of a period, where the less exact of two dates decides."""
    known = {date.precision for date in dates if date}
    return next(precision for precision in PRECISIONS if precision in known)


def months_later(month, months):
    number = month.year * 12 + month.month - 1 + months
    return PartialDate(number // 12, number % 12 + 1)


def day_months_later(day, months):
    """The same day of a later month, or the last day of a month that is shorter."""
    month = months_later(PartialDate(day.year, day.month), months)
    return replace(month, day=min(day.day, month.last_day.day)).first_day
