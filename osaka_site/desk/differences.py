"""What differs between two snapshots, in words that staff read."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.formats import date_format, time_format
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from osaka_site.dates import PartialDateField
from osaka_site.translation import language_tag

from . import snapshots

# A Latin word is compared whole, of Japanese and Chinese each character.
_TOKEN = re.compile(r"[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+|\s+|.", re.DOTALL)
_LONGEST = 5000  # tokens; comparing takes their number squared


@dataclass(frozen=True)
class Difference:
    """One text that differs. ``key`` is the row's label and the column; ``part`` the
    name of the row, empty for the record itself."""

    key: tuple[str, str | None]
    part: str
    label: str
    lang: str
    before: str
    after: str

    @property
    def marked(self):
        """Before and after as HTML, with what differs in ``<del>`` and ``<ins>``."""
        return marked(self.before, self.after)


def differences(before, after):
    """Every text that differs, row by row, in the order of the columns."""
    found = snapshots.changes(before, after)
    root = next(iter(after or before), None)
    targets = targets_of(found)
    return [
        difference
        for change in found
        for difference in _of_row(change, targets, is_part=change.label != root)
    ]


def title_of(label, values):
    """What staff call the row: "Affiliation: Milan: Sister city"."""
    model, pk = snapshots.model_and_pk(label)
    if model._meta.auto_created:
        return _link(model)[0]
    columns = filter(None, (_column(model, name) for name in values))
    row = model(
        pk=pk,
        **{
            column.attname: snapshots.value_of(column, values[column.name])
            for column in columns
        },
    )
    return f"{capfirst(model._meta.verbose_name)}: {row}"


def column_names(change):
    """The columns of a row that differ, each with its language."""
    model, _pk = snapshots.model_and_pk(change.label)
    if model._meta.auto_created:
        return [_link(model)[0]]
    names = [name for name in change.fields if _column(model, name)]
    return [
        f"{column_label(change.label, name)} ({lang})"
        if (lang := column_lang(change.label, name))
        else column_label(change.label, name)
        for name in names
    ]


def column_label(label, name):
    model, _pk = snapshots.model_and_pk(label)
    return capfirst(model._meta.get_field(name).verbose_name)


def column_lang(label, name):
    """The BCP 47 tag of a column that holds one language, else empty."""
    model, _pk = snapshots.model_and_pk(label)
    code = getattr(model._meta.get_field(name), "_translated_field_language_code", None)
    return language_tag(code) if code else ""


def _of_row(change, targets, *, is_part):
    model, _pk = snapshots.model_and_pk(change.label)
    if model._meta.auto_created:
        yield _of_link(change, model, targets)
        return
    before, after = change.before or {}, change.after or {}
    part = title_of(change.label, after or before) if is_part else ""
    for name in change.fields:
        if (column := _column(model, name)) is None:
            continue
        texts = [readable(column, side.get(name), targets) for side in (before, after)]
        if texts[0] != texts[1]:
            key = change.label, name
            yield Difference(key, part, column_label(*key), column_lang(*key), *texts)


def _of_link(change, model, targets):
    """A row that ties the record to a picture, a partner … is that record's name."""
    title, column = _link(model)
    texts = [
        readable(column, side[column.name], targets) if side else ""
        for side in (change.before, change.after)
    ]
    return Difference((change.label, None), "", title, "", *texts)


def _link(model):
    """The many-to-many relation of its through table: its name, and the column that
    points at the other record."""
    relation = next(
        many
        for many in model._meta.auto_created._meta.many_to_many
        if many.remote_field.through is model
    )
    column = model._meta.get_field(relation.m2m_reverse_field_name())
    return capfirst(relation.verbose_name), column


def _column(model, name):
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:  # of an earlier time
        return None


def targets_of(found):
    """``{(model, pk): name}`` of every record that the changed rows point at, in one
    query for each kind."""
    wanted = {}
    for change in found:
        model, _pk = snapshots.model_and_pk(change.label)
        for column in model._meta.concrete_fields:
            if isinstance(column, models.ForeignKey):
                pks = wanted.setdefault(column.related_model, set())
                sides = (change.before or {}, change.after or {})
                pks |= {
                    int(side[column.name]) for side in sides if side.get(column.name)
                }
    return {
        (model, pk): str(record)
        for model, pks in wanted.items()
        for pk, record in model._base_manager.in_bulk(pks).items()
    }


def readable(column, text, targets):
    """The text of a snapshot as staff would write it."""
    if text in (None, ""):
        return ""
    if isinstance(column, models.ForeignKey):
        gone = _("(no longer there)")
        return targets.get((column.related_model, int(text)), gone)
    if isinstance(column, models.BooleanField):
        return _("Yes") if column.to_python(text) else _("No")
    if isinstance(column, PartialDateField):
        return column.to_python(text).format()
    if isinstance(column, models.DateTimeField):
        return date_format(localtime(column.to_python(text)), "DATETIME_FORMAT")
    if isinstance(column, models.TimeField):
        return time_format(column.to_python(text), "TIME_FORMAT")
    if column.choices:
        return str(dict(column.flatchoices).get(text, text))
    return text


def marked(before, after):
    """Both texts as HTML, with what differs in ``<del>`` and ``<ins>``."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(old) * len(new) > _LONGEST**2:
        return _html([("del", before)]), _html([("ins", after)])
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    steps = [
        (step != "equal", "".join(old[a:b]), "".join(new[c:d]))
        for step, a, b, c, d in matcher.get_opcodes()
    ]
    return (
        _html([("del" if differs else "", text) for differs, text, _new in steps]),
        _html([("ins" if differs else "", text) for differs, _old, text in steps]),
    )


def _html(parts):
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<{0}>{1}</{0}>", tag, text) if tag else text,)
            for tag, text in parts
            if text
        ),
    )
