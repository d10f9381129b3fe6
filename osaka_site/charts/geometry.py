"""Distances, headings and great circles on a sphere."""

import math
from typing import NamedTuple

# A (latitude, longitude) in degrees.
LatLon = tuple[float, float]

OSAKA: LatLon = (34.69379, 135.50107)  # GeoNames 1853909
EARTH_KM = 6371.0088  # mean radius, IUGG


class XY(NamedTuple):
    """A place on a drawing, in its own units; y grows downwards."""

    x: float
    y: float


def distance_km(a: LatLon, b: LatLon) -> float:
    """Great-circle distance, by the haversine formula."""
    lat_a, lat_b = math.radians(a[0]), math.radians(b[0])
    half_lat, half_lon = (lat_b - lat_a) / 2, math.radians(b[1] - a[1]) / 2
    chord = (
        math.sin(half_lat) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    )
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(chord)))


def heading(a: LatLon, b: LatLon) -> float:
    """Degrees clockwise from north in which the great circle to ``b`` leaves ``a``."""
    lat_a, lat_b, lon = (math.radians(v) for v in (a[0], b[0], b[1] - a[1]))
    east = math.sin(lon) * math.cos(lat_b)
    north = math.cos(lat_a) * math.sin(lat_b) - (
        math.sin(lat_a) * math.cos(lat_b) * math.cos(lon)
    )
    return math.degrees(math.atan2(east, north)) % 360


def destination(a: LatLon, degrees: float, km: float) -> LatLon:
    """Where one arrives who leaves ``a`` on a heading and keeps to the great circle."""
    lat_a, lon_a, course = (math.radians(v) for v in (*a, degrees))
    angle = km / EARTH_KM
    sin_lat = math.sin(lat_a) * math.cos(angle) + (
        math.cos(lat_a) * math.sin(angle) * math.cos(course)
    )
    lon = lon_a + math.atan2(
        math.sin(course) * math.sin(angle) * math.cos(lat_a),
        math.cos(angle) - math.sin(lat_a) * sin_lat,
    )
    lat = math.asin(max(-1.0, min(1.0, sin_lat)))
    return math.degrees(lat), wrap(math.degrees(lon))


def great_circle(a: LatLon, b: LatLon, steps: int = 96) -> list[LatLon]:
    """The shortest way from ``a`` to ``b``, both ends included."""
    km, degrees = distance_km(a, b), heading(a, b)
    return [destination(a, degrees, km * i / steps) for i in range(steps + 1)]


def wrap(lon: float) -> float:
    """A longitude brought into -180 ≤ lon < 180."""
    return (lon + 180) % 360 - 180
