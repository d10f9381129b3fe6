"""Reading what the fixtures are made from."""

import csv
import json

from django.conf import settings
from translated_fields import to_attribute

FIXTURES = settings.BASE_DIR / "fixtures"
ONE_A_LINE = ("services", "access")


def table(name):
    """The rows of ``data/<name>.csv``."""
    return _rows(FIXTURES / "data" / f"{name}.csv")


def house():
    """The facts of ``data/house.json``: ``{"house": {"phone": {"value": …}}}``."""
    return _json(FIXTURES / "data" / "house.json")


def texts(name):
    """``texts/<name>.json``: our words, by slug."""
    return _json(FIXTURES / "texts" / f"{name}.json")


def exchanges_in_japanese():
    """The rows of ``texts/exchanges_ja.csv`` by slug: a table, as they are many."""
    path = FIXTURES / "texts" / "exchanges_ja.csv"
    return {row.pop("slug"): row for row in _rows(path)} if path.exists() else {}


def columns(entry):
    """An entry of a text file as columns of its model.

    ``{"name": {"en": "Milan"}, "order": 1}`` is ``{"name_en": "Milan", "order": 1}``.
    A list is the paragraphs of a text, or its lines where the model says so.
    """
    found = {}
    for name, value in entry.items():
        if isinstance(value, dict):
            for language, text in value.items():
                found[to_attribute(name, language)] = _joined(name, text)
        else:
            found[name] = value
    return found


def split(cell):
    """The parts of a cell that holds a list."""
    return [part for part in cell.split(";") if part]


def partial_date(date, precision):
    """ "2010-07-01", known to the month, is "2010-07"."""
    return date[: {"year": 4, "month": 7, "day": 10}[precision]] if date else None


def _joined(name, text):
    if isinstance(text, str):
        return text
    return ("\n" if name in ONE_A_LINE else "\n\n").join(text)


def _rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _json(path):
    return json.loads(path.read_text(encoding="utf-8"))
