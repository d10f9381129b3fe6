"""The site's charts: plain geometry here, mark-up in ``templates/charts``.

Positions are degrees WGS 84, north and east positive; distances are kilometres
on a sphere. Drawings carry no colour: each part has a class for the style sheet.
"""

from .bearing import Bearing, compass_point
from .compass import Compass, compass, empty_compass
from .geometry import OSAKA, distance_km, heading
from .shapes import SHAPES
from .world import Point, WorldChart, world

__all__ = [
    "OSAKA",
    "SHAPES",
    "Bearing",
    "Compass",
    "Point",
    "WorldChart",
    "compass",
    "compass_point",
    "distance_km",
    "empty_compass",
    "heading",
    "world",
]
