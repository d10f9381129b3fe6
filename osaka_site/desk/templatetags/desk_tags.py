"""The editorial desk on pages of the admin: fragments that fetch their own data."""

from django import template

from ..models import Revision
from ..snapshots import label_of
from ..todo import SHOWN, items_of

STEPS_SHOWN = 10

register = template.Library()


@register.inclusion_tag("admin/desk/to_do.html")
def to_do(request):
    found = items_of(request)
    return {"first": found[:SHOWN], "others": found[SHOWN:]}


@register.inclusion_tag("admin/desk/my_steps.html")
def my_steps(user):
    """What the person did last, each with the way back to its record."""
    steps = Revision.objects.filter(by=user).select_related("content_type")
    return {"steps": steps.defer("data")[:STEPS_SHOWN]}


@register.filter
def label(record):
    """What stands for a record of any kind in a form: "network.partner:12"."""
    return label_of(record)
