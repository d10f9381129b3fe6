"""The smallest valid row of each kind; every field can be given."""

import itertools

from events.models import Exchange, Field
from network.models import (
    Affiliation,
    Category,
    ExternalLink,
    Facility,
    OverseasOffice,
    PageText,
    Partner,
    Picture,
    Programme,
    Source,
)
from osaka_site.dates import PartialDate, PartialDateField
from osaka_site.publishing import Status

_numbers = itertools.count(1)


def _make(model, **fields):
    many = {
        field.name: fields.pop(field.name)
        for field in model._meta.many_to_many
        if field.name in fields
    }
    for field in model._meta.fields:
        is_date = isinstance(field, PartialDateField)
        if is_date and isinstance(fields.get(field.name), str):
            fields[field.name] = PartialDate.parse(fields[field.name])
    number = next(_numbers)
    record = model(
        **{
            "slug": f"{model._meta.model_name}-{number}",
            "status": Status.PUBLISHED,
            **fields,
        }
    )
    record.save()
    for name, records in many.items():
        getattr(record, name).set(records)
    return record


def make_picture(**fields):
    defaults = {"file": "pictures/test.png", "width": 3, "height": 2}
    return _make(Picture, **{**defaults, "alt_en": "A pier", **fields})


def make_source(**fields):
    defaults = {"kind": Source.Kind.OFFICIAL, "title": "A page", "language": "en"}
    return _make(Source, **{**defaults, **fields})


def make_link(**fields):
    defaults = {"title_en": "A site", "url": "https://example.com/"}
    return _make(ExternalLink, **{**defaults, **fields})


def make_page_text(**fields):
    return _make(PageText, **{"title_en": "A page", **fields})


def make_partner(**fields):
    defaults = {"name_en": "Springfield", "country": "US"}
    return _make(Partner, **{**defaults, **fields})


def make_category(**fields):
    defaults = {
        "name_en": "Sister cities",
        "tie_name_en": "Sister city",
        "shape": Category.Shape.SISTER,
        "anniversary_interval": 5,
    }
    return _make(Category, **{**defaults, **fields})


def make_affiliation(**fields):
    if "partner" not in fields:
        fields["partner"] = make_partner()
    if "category" not in fields:
        fields["category"] = make_category()
    return _make(Affiliation, **{"signed_on": "1974-04-18", **fields})


def make_office(**fields):
    return _make(OverseasOffice, **{"name_en": "Office abroad", **fields})


def make_facility(**fields):
    return _make(Facility, **{"name_en": "A house", **fields})


def make_programme(**fields):
    if "facility" not in fields:
        fields["facility"] = make_facility()
    return _make(Programme, **{"title_en": "If you are new", **fields})


def make_field(**fields):
    return _make(Field, **{"name_en": "Culture", **fields})


def make_exchange(**fields):
    defaults = {
        "kind": Exchange.Kind.VISIT_FROM_ABROAD,
        "title_en": "A choir comes to Osaka",
        "starts_on": "2019-05-04",
    }
    return _make(Exchange, **{**defaults, **fields})
