"""How far a place is from Osaka, and which way."""

from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext_lazy as _

from .geometry import OSAKA, distance_km, heading

# The sixteen winds, clockwise from north.
WINDS = {
    "N": _("north"),
    "NNE": _("north-northeast"),
    "NE": _("northeast"),
    "ENE": _("east-northeast"),
    "E": _("east"),
    "ESE": _("east-southeast"),
    "SE": _("southeast"),
    "SSE": _("south-southeast"),
    "S": _("south"),
    "SSW": _("south-southwest"),
    "SW": _("southwest"),
    "WSW": _("west-southwest"),
    "W": _("west"),
    "WNW": _("west-northwest"),
    "NW": _("northwest"),
    "NNW": _("north-northwest"),
}


def compass_point(degrees: float) -> str:
    """The abbreviation of the wind nearest to a heading: 258 is "WSW"."""
    return list(WINDS)[int((degrees + 11.25) // 22.5) % 16]


@dataclass(frozen=True)
class Bearing:
    """A place as seen from Osaka, in the round figures shown to readers."""

    lat: float
    lon: float
    km: int
    degrees: int

    @classmethod
    def from_osaka(cls, lat: float, lon: float) -> Self:
        there = float(lat), float(lon)
        return cls(
            *there,
            km=round(distance_km(OSAKA, there)),
            degrees=round(heading(OSAKA, there)) % 360,
        )

    @property
    def point(self) -> str:
        """The wind of the degrees shown, so that the two never disagree."""
        return compass_point(self.degrees)

    @property
    def point_name(self) -> str:
        return str(WINDS[self.point])

    @property
    def position(self) -> str:
        """As on a chart, in degrees and minutes: "31°14′ N 121°28′ E"."""
        return f"{_minutes(self.lat, 'NS')} {_minutes(self.lon, 'EW')}"


def _minutes(angle: float, letters: str) -> str:
    degrees, minutes = divmod(round(abs(angle) * 60), 60)
    return f"{degrees}°{minutes:02}′ {letters[angle < 0]}"
