from django import template
from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ..wording import country_pattern

register = template.Library()


@register.filter
def anniversary(number):
    """50 is the "50th anniversary", in Japanese 50周年: it has no ordinal there."""
    # xgettext:no-python-format
    return _("%(nth)s anniversary") % {"nth": ordinal(number), "number": number}


@register.filter
def nth(number):
    """The same in large figures, where the heading says what it is."""
    # xgettext:no-python-format
    return pgettext("anniversary", "%(nth)s") % {
        "nth": ordinal(number),
        "number": number,
    }


@register.simple_tag
def full_name_and_country(partner):
    """The first cell of a table of ties: "Nanjing City (China)", the name a link."""
    link = format_html(
        '<a href="{}">{}</a>', partner.get_absolute_url(), partner.full_name
    )
    return format_html(country_pattern(), partner=link, country=partner.country.name)


@register.simple_tag
def members_and_country(category):
    """Its heading: "City (Country)"."""
    return country_pattern().format(
        partner=category.get_members_display(), country=pgettext("heading", "Country")
    )
