"""Exchanges as data, in JSON and CSV.

JSON is one object: ``title``, ``language`` (BCP 47), ``link`` (the list that people
read), ``count`` and ``items``. An item has

``id``          a tag URI, the same in every language and as in the Atom feed
``url``         the page of the exchange
``title``       ``{"text", "lang"}``: another language than the list's where the text
                is not translated; so every text below
``summary``, ``place``  a text or null
``kind``        visit-from-abroad, visit-abroad, commemorative, seminar, house, online
                or document
``state``       as-planned, postponed or cancelled
``starts_on``, ``ends_on``  ISO 8601 as far as it is known: 2010, 2010-07 or
                2010-07-15; ``ends_on`` is the last day and null for one day
``precision``   of ``starts_on``: year, month or day
``starts_at``, ``ends_at``  the time in Japan, 10:30, or null
``partners``    ``[{"slug", "name": text, "country": ISO 3166-1}]``
``fields``      ``[{"slug", "name": text}]``
``celebrates``  ``{"tie": slug, "name": text, "partner": slug, "anniversary": number}``
                or null
``updated``     when the record changed last, RFC 3339

CSV has the same facts, one row each and one column each. Where there are several,
they are parted by ``"; "``; ``…_lang`` is the language of the text beside it.
"""

import csv
import io
import json
from functools import cache

from osaka_site.characters import clean, in_one_line
from osaka_site.spreadsheets import safe_cell

from .records import address_of, id_of, moment, place_of

COLUMNS = (
    "id",
    "url",
    "title",
    "title_lang",
    "summary",
    "summary_lang",
    "kind",
    "state",
    "starts_on",
    "ends_on",
    "precision",
    "starts_at",
    "ends_at",
    "place",
    "place_lang",
    "partners",
    "partner_names",
    "countries",
    "fields",
    "field_names",
    "celebrates",
    "celebrated_partner",
    "anniversary",
    "updated",
)


def json_of(exchanges, **about):
    """The list with what ``about`` says of it, an item a line."""
    items = [_dump(item) for item in _items(exchanges)]
    start = _dump({**about, "count": len(items), "items": []})
    return start.removesuffix("]}") + "\n" + ",\n".join(items) + "\n]}\n"


def csv_of(exchanges):
    """Begins with a byte order mark: without it, Excel in Japan reads Shift-JIS."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for item in _items(exchanges):
        row = _row(item)
        writer.writerow([safe_cell(row[column]) for column in COLUMNS])
    return table.getvalue().encode("utf-8-sig")


def _dump(value):
    return json.dumps(value, ensure_ascii=False)


def _items(exchanges):
    # What many exchanges name is told once for all of them.
    partner_of, field_of = cache(_partner), cache(_field)
    for exchange in exchanges:
        yield _item(exchange, partner_of, field_of)


def _item(exchange, partner_of, field_of):
    return {
        "id": id_of(exchange),
        "url": address_of(exchange),
        "title": _text(exchange.title),
        "summary": _text(exchange.summary),
        "kind": exchange.kind,
        "state": exchange.state,
        "starts_on": str(exchange.starts_on),
        "ends_on": str(exchange.ends_on) if exchange.ends_on else None,
        "precision": exchange.starts_on.precision,
        "starts_at": _time(exchange.starts_at),
        "ends_at": _time(exchange.ends_at),
        "place": _text(place_of(exchange)),
        "partners": [partner_of(partner) for partner in exchange.partners.all()],
        "fields": [field_of(field) for field in exchange.fields.all()],
        "celebrates": _celebrated(exchange),
        "updated": moment(exchange.updated_at),
    }


def _partner(partner):
    return {
        "slug": partner.slug,
        "name": _text(partner.name),
        "country": partner.country.code,
    }


def _field(field):
    return {"slug": field.slug, "name": _text(field.name)}


def _text(text):
    return {"text": clean(text), "lang": text.lang} if text else None


def _time(time):
    return f"{time:%H:%M}" if time else None


def _celebrated(exchange):
    tie = exchange.celebrates
    if tie is None or not tie.is_published:
        return None
    return {
        "tie": tie.slug,
        "name": _text(tie.tie_name),
        "partner": tie.partner.slug,
        "anniversary": exchange.anniversary_number,
    }


def _row(item):
    row = {name: value or "" for name, value in item.items()}
    for name in ("title", "summary", "place"):
        row[name], row[f"{name}_lang"] = _words(item[name])
    tie = item["celebrates"] or {}
    return {
        **row,
        "partners": _join(partner["slug"] for partner in item["partners"]),
        "partner_names": _join_names(item["partners"]),
        "countries": _join(partner["country"] for partner in item["partners"]),
        "fields": _join(field["slug"] for field in item["fields"]),
        "field_names": _join_names(item["fields"]),
        "celebrates": tie.get("tie", ""),
        "celebrated_partner": tie.get("partner", ""),
        "anniversary": tie.get("anniversary") or "",
    }


def _join(words):
    return "; ".join(words)


def _join_names(records):
    return _join(_words(record["name"])[0] for record in records)


def _words(text):
    return (in_one_line(text["text"]), text["lang"]) if text else ("", "")
