"""A record with its parts as data, to be kept, compared, merged and put in again.

A snapshot is a dictionary with one entry for each row: the record itself, the rows
that tie it to others (pictures, partners …) and those its form edits with it::

    {"network.partner:12": {"name_en": "Milan", …},
     "network.partner_pictures:40": {"partner": "12", "picture": "7"}}

Values are the text that Django's serializers write, or ``None``. Rows that exist in
a working copy only have negative numbers; they get real ones when it is put in.
"""

from dataclasses import dataclass, field

from django.apps import apps
from django.core.exceptions import (
    NON_FIELD_ERRORS,
    ObjectDoesNotExist,
    ValidationError,
)

# These change at once and by their own ways, not by being written and approved.
STATE = {
    "status",
    "publish_at",
    "unpublish_at",
    "trashed_at",
    "confirmed_on",
    "updated_at",
    "owner",
    "staff_note",
}


def take(record):
    """The snapshot of the record as the database has it."""
    return {label_of(row): _values(row) for row in rows(record)}


def label_of(row):
    return f"{row._meta.label_lower}:{row.pk}"


def model_and_pk(label):
    model, _colon, pk = label.partition(":")
    return apps.get_model(model), int(pk)


def rows(record):
    """The record and what belongs to it, fresh from the database."""
    model = type(record)
    yield model._base_manager.get(pk=record.pk)
    for relation in _relations(model):
        parts = relation.model._base_manager.filter(**{relation.name: record.pk})
        yield from parts.order_by("pk")


def _relations(model):
    """The foreign keys by which rows belong to a record of the model."""
    for many in model._meta.many_to_many:
        yield many.remote_field.through._meta.get_field(many.m2m_field_name())
    for name in getattr(model, "edited_with_it", ()):
        yield model._meta.get_field(name).field


def _fields(model):
    return [
        found
        for found in model._meta.concrete_fields
        if found.editable and not found.primary_key and found.name not in STATE
    ]


def _values(row):
    return {
        found.name: None
        if found.value_from_object(row) is None
        else found.value_to_string(row)
        for found in _fields(type(row))
    }


def value_of(column, text):
    """What a row has in the column whose snapshot says ``text``."""
    return None if text is None else column.to_python(text)


# ---- what differs, and merging ---------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One row that is ``before`` in one snapshot and ``after`` in another; either is
    ``None`` where there is no such row."""

    label: str
    before: dict | None
    after: dict | None

    @property
    def fields(self):
        """The names of the columns that differ; one that the later snapshot does not
        know is of another time, not of another opinion."""
        if self.after is None:
            return list(self.before)
        before = self.before or {}
        return [name for name, text in self.after.items() if before.get(name) != text]


def changes(before, after):
    """Every row that differs, in the order of the later snapshot."""
    found = (
        Change(label, before.get(label), after.get(label))
        for label in dict.fromkeys([*after, *before])
    )
    return [change for change in found if change.before is None or change.fields]


@dataclass
class Merged:
    """``data`` holds both sides' changes; where both changed one text, "ours" won
    and the row's label and column are in ``conflicts`` with the text of the other."""

    data: dict
    conflicts: dict = field(default_factory=dict)  # {(label, column): their text}


def merge(base, ours, theirs):
    """What both made of ``base``.

    A row that one deleted and the other changed stays as it was changed; its column
    is then named ``None`` in the conflicts.
    """
    merged = Merged(dict(theirs))
    for change in changes(base, ours):
        label, there = change.label, theirs.get(change.label)
        if change.after is None:
            if there is not None and there != change.before:
                merged.conflicts[label, None] = there
            else:
                merged.data.pop(label, None)
        elif there is None:
            if change.before is not None:
                merged.conflicts[label, None] = None
            merged.data[label] = change.after
        else:
            merged.data[label] = dict(there)
            for name in change.fields:
                mine, base_text = change.after[name], (change.before or {}).get(name)
                if there.get(name) not in (base_text, mine):
                    merged.conflicts[label, name] = there.get(name)
                merged.data[label][name] = mine
    return merged


def renumbered(data, base):
    """``data`` with a negative number for each row that ``base`` does not know."""
    taken = [model_and_pk(label)[1] for label in data]
    next_pk = min([0, *taken]) - 1
    result = {}
    for label, values in data.items():
        model, pk = model_and_pk(label)
        if label not in base and pk > 0:
            label, next_pk = f"{model._meta.label_lower}:{next_pk}", next_pk - 1
        result[label] = values
    return result


# ---- putting in ------------------------------------------------------------------


def put(before, after, *, keep_numbers=False):
    """Make the rows of the database what ``after`` says where it differs from
    ``before``; what does not differ is left as it is.

    ``keep_numbers`` is for what will be rolled back: new rows keep their negative
    numbers, so that a form that is shown and a form that is sent mean the same ones.
    Returns the rows that are new. Raises ``ValidationError`` for a row that cannot be
    as it should.
    """
    found = changes(before, after)
    for change in found:
        if change.after is None:
            model, pk = model_and_pk(change.label)
            model._base_manager.filter(pk=pk).delete()
    written = [
        (change, _write(change, keep_numbers))
        for change in found
        if change.after is not None
    ]
    return [row for change, row in written if change.before is None]


def _write(change, keep_numbers):
    model, pk = model_and_pk(change.label)
    try:
        row = model._base_manager.get(pk=pk)
    except ObjectDoesNotExist:
        row = model(pk=pk if pk > 0 or keep_numbers else None)
        names = change.after
    else:
        names = change.fields
    known = {column.name for column in model._meta.concrete_fields}
    names = [name for name in names if name in known]
    for name in names:
        column = model._meta.get_field(name)
        setattr(row, column.attname, value_of(column, change.after[name]))
    if not keep_numbers:
        _check(row, names)
    row.save()
    return row


def _check(row, names):
    others = [found.name for found in row._meta.fields if found.name not in names]
    try:
        row.full_clean(exclude=others)
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            sentences = [
                f"{_label(row, name)}: {sentence}"
                for name, found in error.message_dict.items()
                for sentence in found
            ]
            raise ValidationError(sentences) from error
        raise


def _label(row, name):
    if name == NON_FIELD_ERRORS:
        return str(row)
    return str(row._meta.get_field(name).verbose_name)
