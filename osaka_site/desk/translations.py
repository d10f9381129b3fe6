"""Which translations are older than the Japanese: told by what each save changes."""

from django.conf import settings
from translated_fields import to_attribute

from osaka_site.publishing import Publishable
from osaka_site.translation import translated_fields

from . import snapshots
from .models import OlderTranslation, Revision

CODES = [code for code, _language in settings.LANGUAGES if code != "ja"]


def texts_to_translate(model):
    return sorted(translated_fields(model).keys() - model.not_translated)


def note(revision):
    """Compare what was saved with what was saved before. To confirm a record says of
    its translations, too, that they are right."""
    if revision.action == Revision.Action.CONFIRMED:
        OlderTranslation.objects.of(revision.record).delete()
    if revision.data is None:
        return
    revisions = Revision.objects.of(revision.record).exclude(data=None)
    if before := revisions.filter(pk__lt=revision.pk).first():
        for change in snapshots.changes(before.data, revision.data):
            if change.before and change.after:
                _note_row(change)


def _note_row(change):
    model, pk = snapshots.model_and_pk(change.label)
    if pk < 0 or not issubclass(model, Publishable):
        return
    marks = OlderTranslation.objects.of_kind(model).filter(object_id=pk)
    known = dict(marks.values_list("column", "japanese"))
    older, current = _sorted(change, texts_to_translate(model), known)
    marks.filter(column__in=current).delete()
    record = model(pk=pk)
    OlderTranslation.objects.bulk_create(
        OlderTranslation(record=record, column=column, japanese=japanese)
        for column, japanese in older
    )


def _sorted(change, names, known):
    """``[(column, its Japanese), …]`` that are older now, and the columns that are
    not any more. ``known`` are those that were."""
    before, after = change.before, change.after
    older, current = [], []
    for name in names:
        japanese = to_attribute(name, "ja")
        for column in (to_attribute(name, code) for code in CODES):
            is_untouched = after.get(column) and after[column] == before.get(column)
            if not is_untouched or after.get(japanese) == known.get(column):
                current.append(column)
            elif (
                column not in known
                and before.get(japanese)
                and after.get(japanese) != before[japanese]
            ):
                older.append((column, before[japanese]))
    return older, current
