from django import template
from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import npgettext, pgettext

from osaka_site.dates import PartialDate
from osaka_site.structured_data import script_of

from ..structured_data import house_of, partner_of
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
def partner_and_years(anniversary):
    """ "Melbourne 50 years", the name a link."""
    partner = anniversary.tie.partner
    return format_html(
        _years_pattern(anniversary),
        partner=format_html(
            '<a href="{}">{}</a>', partner.get_absolute_url(), partner.name
        ),
        number=anniversary.number,
    )


@register.simple_tag
def anniversaries_of_year(year, anniversaries):
    """ "In 2028: Melbourne 50 years, Chicago 55 years." without mark-up."""
    found = [
        _years_pattern(anniversary).format(
            partner=anniversary.tie.partner.name, number=anniversary.number
        )
        for anniversary in anniversaries
    ]
    return _("In %(year)s: %(anniversaries)s.") % {
        "year": PartialDate(year).format(),
        "anniversaries": pgettext("between the words of a list", ", ").join(found),
    }


def _years_pattern(anniversary):
    return npgettext(
        "anniversary",
        "{partner} {number} year",
        "{partner} {number} years",
        anniversary.number,
    )


@register.simple_tag
def full_name_and_country(partner):
    """The first cell of a table of ties: "Nanjing City (China)", the name a link."""
    link = format_html(
        '<a href="{}">{}</a>', partner.get_absolute_url(), partner.full_name
    )
    return format_html(country_pattern(), partner=link, country=partner.country.name)


@register.simple_tag
def partner_data(partner):
    return script_of(partner_of(partner))


@register.simple_tag
def house_data(house):
    return script_of(house_of(house))


@register.simple_tag
def members_and_country(category):
    """Its heading: "City (Country)"."""
    return country_pattern().format(
        partner=category.get_members_display(), country=pgettext("heading", "Country")
    )
