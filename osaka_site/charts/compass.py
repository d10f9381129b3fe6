"""The compass of a partner page: azimuthal equidistant, centred on Osaka.

Distance and heading from the centre are true on it, so the way to the partner
is a straight line.
"""

import math
from dataclasses import dataclass
from functools import cache

from .geometry import OSAKA, XY, LatLon, distance_km, heading
from .land import outlines
from .paths import clip, outline_path

REACHES_KM = (2000, 5000, 10_000, 20_000)
RADIUS = 150  # the template draws the rim around it
FILL = 0.93  # a target farther out than this would touch the rim
QUIET_HEADING = 118  # over the Pacific, for ring labels with no line to keep clear of


@dataclass(frozen=True)
class Ring:
    """A circle of equal distance, and where its figure stands."""

    km: int
    radius: float
    x: float
    y: float


@dataclass(frozen=True)
class Compass:
    """``reach`` is the distance at the rim; without a target no line is drawn."""

    reach: int
    land: str
    rings: tuple[Ring, ...]
    target: XY | None


def compass(lat: float, lon: float) -> Compass:
    there = float(lat), float(lon)
    km = distance_km(OSAKA, there)
    reach = next((r for r in REACHES_KM if km <= r * FILL), REACHES_KM[-1])
    x, y = _project(there, reach)
    return Compass(
        reach=reach,
        land=_land(reach),
        rings=_rings(reach, label_heading=heading(OSAKA, there) + 140),
        target=XY(round(x, 1), round(y, 1)),
    )


def empty_compass() -> Compass:
    """The whole globe from Osaka, with nowhere to go: for the page not found."""
    reach = REACHES_KM[-1]
    return Compass(reach, _land(reach), _rings(reach, QUIET_HEADING), target=None)


def _project(there: LatLon, reach: int) -> XY:
    return _polar(distance_km(OSAKA, there) / reach * RADIUS, heading(OSAKA, there))


def _polar(radius: float, degrees: float) -> XY:
    angle = math.radians(degrees)
    return XY(radius * math.sin(angle), -radius * math.cos(angle))


def _rings(reach: int, label_heading: float) -> tuple[Ring, ...]:
    rings = []
    for quarter in (1, 2, 3):
        radius = RADIUS * quarter / 4
        x, y = _polar(radius, label_heading)
        # Text stands on its baseline: four units down puts its middle on the ring.
        km = reach * quarter // 4
        rings.append(Ring(km, radius, round(x, 1), round(y + 4, 1)))
    return tuple(rings)


@cache
def _land(reach: int) -> str:
    """The same for every partner of one reach, so there are four of them."""
    # Wide enough that the shallows along a clipped edge stay out of sight.
    edge = RADIUS + 10
    paths = []
    for outline in outlines(near=reach == REACHES_KM[0]):
        on_paper = [_project((lat, lon), reach) for lon, lat in outline]
        paths.append(outline_path(clip(on_paper, -edge, -edge, edge, edge), 0.5))
    return "".join(paths)
