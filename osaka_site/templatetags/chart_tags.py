from functools import cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from osaka_site.charts import SHAPES

register = template.Library()


@register.simple_tag
def shape(kind):
    """The sign of a kind of affiliation."""
    return _sign("charts/shape.html", kind=kind, path=SHAPES[kind])


@register.simple_tag
def heading_glyph(bearing):
    """A compass with its needle on the heading; without a bearing, no needle."""
    return _sign("charts/heading.html", degrees=bearing.degrees if bearing else None)


@cache
def _sign(template_name, **context):
    """Lists show dozens of signs, so each is rendered once: six kinds, 360 headings.

    Stripped, because a line break would put a space beside the word that follows.
    """
    return mark_safe(render_to_string(template_name, context).strip())


@register.inclusion_tag("charts/world.html")
def world_chart(chart):
    return {"chart": chart}


@register.inclusion_tag("charts/compass.html")
def compass_chart(compass, shape=""):
    """``shape`` is the kind to draw at the target; an empty compass needs none."""
    return {
        "compass": compass,
        "shape": shape,
        "shape_path": SHAPES[shape] if compass.target else "",
    }
