"""Dates known to the year, the month or the day: stored, typed in and printed."""

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date
from functools import total_ordering
from typing import Self

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import dateformat, formats
from django.utils.dates import MONTHS
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

ISO_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")

TYPED_YEAR = re.compile(
    r"([0-9]{4})年?|(昭和|平成|令和|[SHR]) ?(元|0?[1-9]|[1-9][0-9])年?"
)
FIRST_YEARS = {
    "昭和": 1926,
    "S": 1926,
    "平成": 1989,
    "H": 1989,
    "令和": 2019,
    "R": 2019,
}


@total_ordering
@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as far as it is known; ordered by its ISO text, so 2010 < 2010-07."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self):
        if not 1 <= self.year <= 9999:
            raise ValueError(_("The year must be between 1 and 9999."))
        if self.month is None and self.day is not None:
            raise ValueError(
                _("Give the month as well: a day without a month cannot be stored.")
            )
        if self.month is not None and not 1 <= self.month <= 12:
            raise ValueError(_("There is no month %(month)s.") % {"month": self.month})
        if (
            self.day is not None
            and not 1 <= self.day <= monthrange(self.year, self.month)[1]
        ):
            # Translators: "There is no 30 February 2010."; the month has its year.
            sentence = _("There is no %(day)s %(month)s.")
            month = replace(self, day=None).format()
            raise ValueError(sentence % {"day": self.day, "month": month})

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ISO 8601 text: 2010, 2010-07 or 2010-07-15, and nothing else."""
        match = ISO_DATE.fullmatch(text)
        if not match:
            sentence = _(
                "“%(text)s” is not a date such as 2010, 2010-07 or 2010-07-15."
            )
            raise ValueError(sentence % {"text": text})
        return cls(*(int(part) for part in match.groups() if part))

    @classmethod
    def from_date(cls, value: date) -> Self:
        return cls(value.year, value.month, value.day)

    def __str__(self):
        parts = [f"{self.year:04}"]
        parts += [f"{part:02}" for part in (self.month, self.day) if part]
        return "-".join(parts)

    def __lt__(self, other):
        if not isinstance(other, PartialDate):
            return NotImplemented
        return str(self) < str(other)

    @property
    def precision(self) -> str:
        """The finest part that is known: "year", "month" or "day"."""
        if self.day:
            return "day"
        return "month" if self.month else "year"

    @property
    def first_day(self) -> date:
        """The earliest day this may mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last_day(self) -> date:
        """The latest day this may mean."""
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    def in_year(self, year: int) -> Self:
        """The same month and day, as far as known, of another year.

        29 February becomes 28 February in a common year: Japan's Civil Code, art.
        143(2), ends a period on the last day of the month when the month has no
        corresponding day.
        """
        if self.day:
            last_day = PartialDate(year, self.month).last_day.day
            return replace(self, year=year, day=min(self.day, last_day))
        return replace(self, year=year)

    def format(self) -> str:
        """The date in the active language, never finer than it is known."""
        name = {
            "year": "YEAR_FORMAT",
            "month": "YEAR_MONTH_FORMAT",
            "day": "DATE_FORMAT",
        }[self.precision]
        return dateformat.format(self.first_day, _get_format(name))


def format_period(start: PartialDate, end: PartialDate | None = None) -> str:
    """A period in the active language: what both dates share is printed once."""
    if end is None or end == start:
        return start.format()
    return "".join(period_parts(start, end))


def period_parts(start: PartialDate, end: PartialDate) -> tuple[str, str, str]:
    """The printed start, the sign between, and the printed end of a period."""
    precision = start.precision if start.precision == end.precision else None
    same_year = start.year == end.year
    if precision == "day" and same_year and start.month == end.month:
        name = "PERIOD_OF_DAYS_IN_MONTH"
    elif precision == "day" and same_year:
        name = "PERIOD_OF_DAYS_IN_YEAR"
    elif precision == "month" and same_year:
        name = "PERIOD_OF_MONTHS_IN_YEAR"
    elif precision == "year":
        name = "PERIOD_OF_YEARS"
    else:
        return start.format(), _get_format("PERIOD_SIGN"), end.format()
    start_format, sign, end_format = _get_format(name)
    return (
        dateformat.format(start.first_day, start_format),
        sign,
        dateformat.format(end.first_day, end_format),
    )


def _get_format(name):
    """Our formats exist per language, so one is needed even inside `migrate`."""
    return formats.get_format(name, get_language() or settings.LANGUAGE_CODE)


class YearFormField(forms.Field):
    """A year as Osaka's staff type it: 1957, １９５７, 昭和32, S32, 平成元年."""

    default_error_messages = {
        "invalid": _("Write the year in four digits, such as 1957."),
        "incomplete": _("Give the year as well: a date needs one."),
    }

    def to_python(self, value):
        if value in self.empty_values:
            return None
        text = unicodedata.normalize("NFKC", str(value)).strip().upper()
        match = TYPED_YEAR.fullmatch(text)
        if not match:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        year, era, year_of_era = match.groups()
        if year:
            return int(year)
        # 元年, "the origin year", is how the first year of an era is written.
        return FIRST_YEARS[era] + int(year_of_era.replace("元", "1")) - 1


class PartialDateWidget(forms.MultiWidget):
    def __init__(self, attrs=None):
        year = {
            "aria-label": pgettext_lazy("part of a date", "Year"),
            "inputmode": "numeric",
            "size": 4,
        }
        month = {"aria-label": pgettext_lazy("part of a date", "Month")}
        day = {
            "aria-label": pgettext_lazy("part of a date", "Day"),
            "inputmode": "numeric",
            "size": 2,
        }
        widgets = {
            "year": forms.TextInput(year),
            "month": forms.Select(month, choices=[("", "—"), *MONTHS.items()]),
            "day": forms.TextInput(day),
        }
        super().__init__(widgets, attrs)

    def decompress(self, value):
        """Reads whatever has ISO text, such as `?signed_on=2010-07` in a link."""
        try:
            known = PartialDate.parse(str(value))
        except ValueError:
            return [None, None, None]
        return [f"{known.year:04}", known.month, known.day]


class PartialDateFormField(forms.MultiValueField):
    """Year, month and day; a month or a day left empty is not known."""

    widget = PartialDateWidget

    def __init__(self, **kwargs):
        # The year is required as soon as anything at all is filled in.
        fields = [
            YearFormField(),
            forms.TypedChoiceField(
                choices=MONTHS, coerce=int, empty_value=None, required=False
            ),
            forms.IntegerField(
                required=False,
                error_messages={"invalid": _("Write the day as a number, such as 7.")},
            ),
        ]
        super().__init__(fields, require_all_fields=False, **kwargs)

    def compress(self, data_list):
        if not data_list:
            return None
        try:
            return PartialDate(*data_list)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error


class PartialDateField(models.Field):
    """A PartialDate in one column of ISO text: "2010", "2010-07" or "2010-07-15".

    One column, because the date is one fact: a date beside a separate precision
    would hold a month and a day that nobody knows, and nothing would stop the two
    from disagreeing. As text, it cannot say more than is known. The order of the
    text is the order of the dates, with a year before its months and a month before
    its days, so indexes, `order_by()` and comparisons need nothing special.
    """

    description = _("Date known to the year, the month or the day")
    empty_strings_allowed = False

    def __init__(self, verbose_name=None, **kwargs):
        kwargs["max_length"] = 10
        super().__init__(verbose_name, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def get_internal_type(self):
        return "CharField"

    def to_python(self, value):
        if value in self.empty_values:
            return None
        try:
            # The text of a PartialDate is ISO, and so is that of a date.
            return PartialDate.parse(str(value))
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def from_db_value(self, value, expression, connection):
        return None if value is None else PartialDate.parse(value)

    def get_prep_value(self, value):
        value = self.to_python(super().get_prep_value(value))
        return None if value is None else str(value)

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": PartialDateFormField, **kwargs})
