"""The records of the app ``events``."""

import re

from events.models import Exchange
from osaka_site.dates import PartialDate

from .material import (
    columns,
    exchanges_in_japanese,
    partial_date,
    split,
    table,
    texts,
)
from .network import CATEGORIES, seed_partners
from .records import key, keys, record

KINDS = {
    "inbound": Exchange.Kind.VISIT_FROM_ABROAD,
    "outbound": Exchange.Kind.VISIT_ABROAD,
    "online": Exchange.Kind.ONLINE,
    "document": Exchange.Kind.DOCUMENT,
}

YEARS = re.compile(r"\b(\w+) (?:years|anniversary)\b")  # "fifty years", "40th …"
NUMBERS = {"tenth": 10, "forty": 40, "fifty": 50, "sixty": 60}
SLIP = 2  # years that a celebration may come before or after its day


def default():
    """Exchanges with partners of the seed; they name no later partner."""
    members = seed_partners()
    return [
        *(
            record("events.field", slug, **columns(entry))
            for slug, entry in texts("fields").items()
        ),
        *(
            _exchange(row, [slug for slug in _partners(row) if slug in members])
            for row in table("events")
            if members.intersection(_partners(row)) and not _tells_of_an_end(row)
        ),
    ]


def updates():
    """Exchanges with later partners, and those that tell of the end of a tie."""
    members = seed_partners()
    return [
        _exchange(row, _partners(row))
        for row in table("events")
        if not members.issuperset(_partners(row)) or _tells_of_an_end(row)
    ]


def celebrated_tie(row):
    """The slug of the tie whose anniversary ``row`` speaks of.

    Its title, description or slug names a number of years ("the 40th anniversary",
    "to look back on fifty years", "-45th") that the tie of one of its partners
    reached in that year, give or take ``SLIP``. The 300 years of St. Petersburg are
    thus no anniversary of a tie. It must be one that the tie's category celebrates.
    """
    words = f"{row['slug']} anniversary. {row['title_en']}. {row['description_en']}"
    numbers = {_number(found[1]) for found in YEARS.finditer(words)} - {None}
    categories = texts("categories")
    for tie in table("affiliations"):
        category = categories.get(CATEGORIES[tie["category"]], {})
        interval = category.get("anniversary_interval")
        if interval and tie["partner_slug"] in _partners(row):
            age = int(row["date"][:4]) - int(tie["date"][:4])
            if any(
                number % interval == 0 and abs(age - number) <= SLIP
                for number in numbers
            ):
                return tie["slug"]
    return None


def _exchange(row, partners):
    starts_on = partial_date(row["date"], row["precision"])
    ends_on = partial_date(row["end_date"], row["end_precision"])
    exchange = Exchange(
        starts_on=PartialDate.parse(starts_on),
        ends_on=PartialDate.parse(ends_on) if ends_on else None,
    )
    exchange.set_days()  # loading a fixture does not call save()
    return record(
        "events.exchange",
        row["slug"],
        kind=KINDS[row["direction"]].value,
        title_en=row["title_en"],
        summary_en=row["description_en"],
        place_en=row["place_en"],
        starts_on=starts_on,
        ends_on=ends_on,
        first_day=exchange.first_day.isoformat(),
        last_day=exchange.last_day.isoformat(),
        partners=keys(partners),
        fields=keys(split(row["fields"])),
        celebrates=key(celebrated_tie(row)),
        sources=keys(split(row["source_ids"])),
        staff_note=row["note"],
        **exchanges_in_japanese().get(row["slug"], {}),
    )


def _tells_of_an_end(row):
    """Whether a tie of one of its partners ended on that very day."""
    return any(
        tie["end_date"] == row["date"] and tie["partner_slug"] in _partners(row)
        for tie in table("affiliations")
    )


def _partners(row):
    return split(row["partner_slugs"])


def _number(word):
    """40 of "40", "40th" and "forty"; ``None`` of any other word."""
    digits = re.fullmatch(r"(\d+)(?:st|nd|rd|th)?", word)
    return int(digits[1]) if digits else NUMBERS.get(word)
