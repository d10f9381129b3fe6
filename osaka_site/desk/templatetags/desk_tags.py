"""The editorial desk on pages of the admin: fragments that fetch their own data."""

from django import template

from ..snapshots import label_of
from ..todo import SHOWN, items_of

register = template.Library()


@register.inclusion_tag("admin/desk/to_do.html")
def to_do(request):
    found = items_of(request)
    return {"first": found[:SHOWN], "others": found[SHOWN:]}


@register.filter
def label(record):
    """What stands for a record of any kind in a form: "network.partner:12"."""
    return label_of(record)
