"""How categories, ties and offices are gathered for the pages that show them all."""

from collections import defaultdict
from dataclasses import dataclass

from osaka_site.charts import Point, world

from .models import Category


@dataclass(frozen=True)
class Section:
    """A category of the network page: itself alone, or the parts it consists of."""

    category: Category
    parts: list[Category]

    @property
    def ties(self):
        """The current ties of all parts, the oldest first within each part."""
        return [tie for part in self.parts for tie in part.current_ties]

    @property
    def count(self):
        """How many partners, each counted once."""
        return len({tie.partner_id for tie in self.ties})


def sections_of(categories):
    """Sections of ``categories``, which must come ``with_ties()``."""
    parts = defaultdict(list)
    for category in categories:
        parts[category.parent_id].append(category)
    return [
        Section(category, parts[category.pk] or [category]) for category in parts[None]
    ]


def home_port(partner):
    """The partner a port belongs to, where visitors may see that one."""
    parent = partner.parent
    return parent if parent and parent.is_published else partner


def say_also(ties):
    """Set ``tie.also`` of each: Osaka's ties of other categories with its partner.

    The ties of a city's port count as the city's own.
    """
    of_partner = defaultdict(list)
    for tie in ties:
        of_partner[home_port(tie.partner).pk].append(tie)
    for tie in ties:
        tie.also = [
            other
            for other in of_partner[home_port(tie.partner).pk]
            if other.category_id != tie.category_id
        ]


def chart_of(ties):
    """The world chart of the partners in ``ties``; a city's port is under its city.

    The sign is that of the partner's first tie in the order of categories.
    """
    partners = {}
    for tie in sorted(ties, key=lambda tie: tie.category.order):
        place = home_port(tie.partner)
        if place.bearing:
            partners.setdefault(place.pk, (place, tie.category.shape))
    return world(
        Point(
            slug=partner.slug,
            name=partner.name,
            url=partner.get_absolute_url(),
            lat=partner.bearing.lat,
            lon=partner.bearing.lon,
            shape=shape,
            label=partner.label_side,
        )
        for partner, shape in partners.values()
    )
