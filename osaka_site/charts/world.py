"""The world chart: Equal Earth, centred on the Pacific, with Osaka's partners.

Projection: Šavrič, Patterson and Jenny, "The Equal Earth map projection" (2018).
The land, the graticule and the rings are made once, each great circle once per
position; what remains for each request is to place the points.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from .geometry import (
    OSAKA,
    XY,
    LatLon,
    destination,
    distance_km,
    great_circle,
    wrap,
)
from .land import outlines
from .paths import clip, line_path, outline_path
from .shapes import SHAPES

CENTRE_LON = 150  # the cut then falls at 30° W, in the Atlantic
WIDTH = 1200
NORTH, SOUTH = 83.5, -56
RINGS_KM = (5000, 10_000, 15_000)
RING_LABEL_HEADING = 118  # over open water on all three rings
NEAREST_ARC_KM = 150  # a shorter line would hide under the post
GAP = 9  # between two points, so that both can be seen and pointed at
EDGE = 8  # between a point and the frame


@dataclass(frozen=True)
class Point:
    """A partner to draw. ``label`` is the side its name stands on: e, w, n, s or ""."""

    slug: str
    name: str
    url: str
    lat: float
    lon: float
    shape: str
    label: str = ""


@dataclass(frozen=True)
class Label:
    x: float
    y: float
    anchor: str = ""


LABELS = {
    "": None,
    "e": Label(10, 5),
    "w": Label(-10, 5, "end"),
    "n": Label(0, -12, "middle"),
    "s": Label(0, 21, "middle"),
}


@dataclass(frozen=True)
class RingLabel:
    km: int
    x: float
    y: float


@dataclass(frozen=True)
class Arc:
    slug: str
    shape: str
    path: str


@dataclass(frozen=True)
class DrawnPoint:
    slug: str
    shape: str
    shape_path: str
    name: str
    url: str
    x: float
    y: float
    label: Label | None


@dataclass(frozen=True)
class WorldChart:
    width: float
    height: float
    graticule: str
    land: str
    rings: str
    ring_labels: tuple[RingLabel, ...]
    osaka: XY
    arcs: tuple[Arc, ...]
    points: tuple[DrawnPoint, ...]


def world(points: Iterable[Point]) -> WorldChart:
    """The chart of the given points: the first kinds uppermost, and at their place.

    Where two points would cover each other, the lesser gives way.
    """
    rank = {shape: i for i, shape in enumerate(SHAPES)}
    osaka = _on_chart(*OSAKA)
    arcs, drawn, taken = [], [], [osaka]
    for point in sorted(points, key=lambda point: rank[point.shape]):
        # Two decimals are a kilometre, a thirtieth of a unit.
        position = round(float(point.lat), 2), round(float(point.lon), 2)
        wanted = _on_chart(*position)
        place = _free_place(wanted, taken)
        taken.append(place)
        if path := _arc(*position):
            if place != wanted:  # the line follows a point that gave way
                path += f"M{wanted.x} {wanted.y}L{place.x} {place.y}"
            arcs.append(Arc(point.slug, point.shape, path))
        drawn.append(
            DrawnPoint(
                slug=point.slug,
                shape=point.shape,
                shape_path=SHAPES[point.shape],
                # Exactly str: a name that prints itself as HTML cannot in SVG.
                name=str.__str__(str(point.name)),
                url=point.url,
                x=place.x,
                y=place.y,
                label=LABELS[point.label],
            )
        )
    return WorldChart(
        width=WIDTH,
        height=round(HEIGHT, 1),
        graticule=_graticule(),
        land=_land(),
        rings=_rings(),
        ring_labels=_ring_labels(),
        osaka=osaka,
        arcs=tuple(reversed(arcs)),
        points=tuple(reversed(drawn)),
    )


# ---- projection ---------------------------------------------------------------


def _equal_earth(lat: float, lon: float) -> XY:
    """On a sphere of radius 1; ``lon`` from the centre of the chart, y northwards."""
    a1, a2, a3, a4, m = 1.340264, -0.081106, 0.000893, 0.003796, math.sqrt(3) / 2
    t = math.asin(m * math.sin(math.radians(lat)))
    t2, t6 = t**2, t**6
    slope = m * (a1 + 3 * a2 * t2 + t6 * (7 * a3 + 9 * a4 * t2))
    return XY(
        math.radians(lon) * math.cos(t) / slope,
        t * (a1 + a2 * t2 + t6 * (a3 + a4 * t2)),
    )


SCALE = WIDTH / (2 * _equal_earth(0, 180).x)
TOP = _equal_earth(NORTH, 0).y * SCALE
HEIGHT = TOP - _equal_earth(SOUTH, 0).y * SCALE


def _project(lat: float, relative_lon: float) -> XY:
    x, y = _equal_earth(lat, relative_lon)
    return XY(WIDTH / 2 + x * SCALE, TOP - y * SCALE)


def _relative(lon: float) -> float:
    return wrap(lon - CENTRE_LON)


def _on_chart(lat: float, lon: float) -> XY:
    """Where to draw a point; at the edge, should it lie outside the frame."""
    x, y = _project(lat, _relative(lon))
    return XY(
        round(min(max(x, EDGE), WIDTH - EDGE), 1),
        round(min(max(y, EDGE), HEIGHT - EDGE), 1),
    )


def _free_place(wanted: XY, taken: list[XY]) -> XY:
    """The place nearest to the wanted one that keeps its distance from the others."""
    for distance in range(0, 100, 2):
        for turn in range(0, 360, 30):
            x = round(wanted.x + distance * math.cos(math.radians(turn)), 1)
            y = round(wanted.y + distance * math.sin(math.radians(turn)), 1)
            in_frame = EDGE <= x <= WIDTH - EDGE and EDGE <= y <= HEIGHT - EDGE
            if in_frame and all(math.dist((x, y), other) >= GAP for other in taken):
                return XY(x, y)
    return wanted


# ---- lines --------------------------------------------------------------------


@lru_cache(maxsize=512)
def _arc(lat: float, lon: float) -> str:
    """The great circle from Osaka, or nothing when it would be too short to see."""
    if distance_km(OSAKA, (lat, lon)) < NEAREST_ARC_KM:
        return ""
    return _lines_path(great_circle(OSAKA, (lat, lon)))


def _lines_path(positions: Iterable[LatLon]) -> str:
    lines = _broken_at_cut([(lat, _relative(lon)) for lat, lon in positions])
    return "".join(line_path(line, 0.25) for line in lines if len(line) > 1)


def _broken_at_cut(positions: list[LatLon]) -> Iterator[list[XY]]:
    """A line of (lat, relative lon) in parts, none of which leaps over the chart."""
    line = [_project(*positions[0])]
    for (from_lat, from_lon), (lat, lon) in pairwise(positions):
        if abs(lon - from_lon) > 180:
            side = math.copysign(180, from_lon)
            share = (side - from_lon) / (lon + 2 * side - from_lon)
            cut_lat = from_lat + (lat - from_lat) * share
            yield [*line, _project(cut_lat, side)]
            line = [_project(cut_lat, -side)]
        line.append(_project(lat, lon))
    yield line


# ---- what never changes -------------------------------------------------------


@cache
def _graticule() -> str:
    meridians = [
        [_project(lat, lon) for lat in range(-60, 84, 3)]
        for lon in range(-180, 181, 30)
    ]
    parallels = [[_project(lat, -180), _project(lat, 180)] for lat in (-30, 0, 30, 60)]
    return "".join(line_path(line, 0.2) for line in meridians + parallels)


@cache
def _rings() -> str:
    return "".join(
        _lines_path(destination(OSAKA, degrees, km) for degrees in range(0, 361, 3))
        for km in RINGS_KM
    )


@cache
def _ring_labels() -> tuple[RingLabel, ...]:
    places = [_on_chart(*destination(OSAKA, RING_LABEL_HEADING, km)) for km in RINGS_KM]
    return tuple(
        RingLabel(km, round(place.x + 4, 1), round(place.y - 4, 1))
        for km, place in zip(RINGS_KM, places, strict=True)
    )


@cache
def _land() -> str:
    paths = []
    for outline in outlines():
        unbroken = _unbroken(outline)
        # An outline over the cut shows a part of itself at either end.
        for shift in (-360, 0, 360):
            part = clip(
                [XY(lon + shift, lat) for lon, lat in unbroken], -180, -90, 180, 90
            )
            on_paper = [_project(lat, lon) for lon, lat in part]
            # Wide enough that the shallows along a clipped edge stay out of sight.
            in_frame = clip(on_paper, -20, -20, WIDTH + 20, HEIGHT + 20)
            paths.append(outline_path(in_frame, 0.35))
    return "".join(paths)


def _unbroken(outline: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """An outline of (relative lon, lat) that runs past ±180 rather than leap."""
    lons = [_relative(outline[0][0])]
    for (from_lon, _), (lon, _) in pairwise(outline):
        lons.append(lons[-1] + wrap(lon - from_lon))
    return [(lon, lat) for lon, (_, lat) in zip(lons, outline, strict=True)]
