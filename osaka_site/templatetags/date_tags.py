from datetime import time

from django import template
from django.utils import dateformat
from django.utils.formats import get_format, time_format
from django.utils.html import format_html

from ..dates import PartialDate, period_parts

register = template.Library()


@register.filter
def date_html(value: PartialDate | None) -> str:
    return _time(value, value.format()) if value else ""


@register.filter
def in_words(year: int) -> str:
    """A year as a heading: 2024, in Japanese 2024年."""
    return PartialDate(year).format()


@register.simple_tag
def period(start: PartialDate | None, end: PartialDate | None = None) -> str:
    """Nothing without a start: an end alone would read as the day it happened."""
    if not (start and end) or start == end:
        return date_html(start)
    start_text, sign, end_text = period_parts(start, end)
    return format_html("{}{}{}", _time(start, start_text), sign, _time(end, end_text))


@register.simple_tag
def date_block(value: PartialDate) -> str:
    """The date of a list entry as large figures, no finer than it is known."""
    day = format_html('<span class="d">{}</span>', value.day) if value.day else ""
    month = ""
    if value.month:
        name = dateformat.format(value.first_day, get_format("MONTH_FORMAT"))
        month = format_html('<span class="m">{}</span> ', name)
    return format_html(
        '<time class="event-date" datetime="{}">{}{}<span class="y">{}</span></time>',
        value,
        day,
        month,
        in_words(value.year),
    )


@register.simple_tag
def time_range(start: time, end: time | None = None) -> str:
    if end is None:
        return time_format(start)
    return f"{time_format(start)}{get_format('PERIOD_SIGN')}{time_format(end)}"


def _time(value, text):
    return format_html('<time datetime="{}">{}</time>', value, text)
