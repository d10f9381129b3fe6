"""Land: Natural Earth (naturalearthdata.com), public domain, without Antarctica.

``land.json`` is the 1:110m outline of the world, ``land-near.json`` the 1:50m
outline within 2,100 km of Osaka. Coordinates are (lon, lat), as in GeoJSON.
"""

import json
from pathlib import Path


def outlines(*, near: bool = False) -> list[list[tuple[float, float]]]:
    """Closed outlines of (lon, lat). Not kept: charts keep the paths made of them."""
    file = Path(__file__).with_name("land-near.json" if near else "land.json")
    return json.loads(file.read_text())["rings"]
