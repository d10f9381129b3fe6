from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime, AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from . import snapshots
from .differences import (
    column_label,
    column_lang,
    marked,
    readable,
    targets_of,
    title_of,
)


class StepForm(forms.Form):
    """What goes with a step at the desk: words, and for publishing its times."""

    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=2000,
        widget=AdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Needed for sending back. It stays in the history."),
    )
    at = forms.SplitDateTimeField(
        label=_("Goes live"),
        required=False,
        widget=AdminSplitDateTime,
        help_text=_("Date and time in Japan. Empty: at once."),
    )
    until = forms.SplitDateTimeField(
        label=_("Comes down"),
        required=False,
        widget=AdminSplitDateTime,
        help_text=_("Date and time in Japan. Empty: it stays."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("at", "until"):
            label = self.fields[name].label
            parts = self.fields[name].widget.widgets
            for part, word in zip(parts, (_("Date"), _("Time")), strict=True):
                part.attrs["aria-label"] = f"{label}: {word}"


class MergeForm(forms.Form):
    """One field for each text that two people changed: the writer's own is in it,
    the other's stands beside it."""

    OURS, THEIRS = "ours", "theirs"

    def __init__(self, edit, theirs, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.result = snapshots.merge(edit.base, edit.data, theirs)
        self.ours = edit.data
        self.keys = list(self.result.conflicts)
        self.questions = []
        for number, (label, name) in enumerate(self.keys):
            other = self.result.conflicts[label, name]
            field = f"text_{number}"
            if name is None:
                title, lang, texts = self._row(label, other)
                is_text = False
            else:
                title, lang, texts = self._column(label, name, other)
                model, _pk = snapshots.model_and_pk(label)
                column = model._meta.get_field(name)
                is_text = isinstance(column, (models.CharField, models.TextField))
                is_text = is_text and not column.choices
            if is_text:
                self.fields[field] = forms.CharField(
                    label=title,
                    required=False,
                    initial=self.ours[label][name],
                    widget=AdminTextareaWidget(attrs={"rows": 6, "lang": lang}),
                )
            else:
                self.fields[field] = forms.ChoiceField(
                    label=title,
                    initial=self.OURS,
                    widget=forms.RadioSelect,
                    choices=[
                        (self.OURS, _("Yours: %(text)s") % {"text": texts[1]}),
                        (self.THEIRS, _("Theirs: %(text)s") % {"text": texts[0]}),
                    ],
                )
            self.questions.append((self[field], lang, *marked(*texts)))

    def _column(self, label, name, other):
        model, _pk = snapshots.model_and_pk(label)
        column = model._meta.get_field(name)
        sides = [{name: other}, {name: self.ours[label][name]}]
        targets = targets_of([snapshots.Change(label, *sides)])
        texts = [readable(column, side[name], targets) for side in sides]
        return column_label(label, name), column_lang(label, name), texts

    def _row(self, label, other):
        deleted = str(_("(removed)"))
        ours = self.ours.get(label)
        name = title_of(label, other or ours)
        return name, "", [name if other else deleted, name if ours else deleted]

    def clean(self):
        for number, (label, name) in enumerate(self.keys):
            text = self.cleaned_data.get(f"text_{number}")
            if name is None or text in (self.OURS, self.THEIRS):
                continue
            model, _pk = snapshots.model_and_pk(label)
            try:
                model._meta.get_field(name).clean(text, None)
            except ValidationError as error:
                self.add_error(f"text_{number}", error)
        return self.cleaned_data

    def merged(self):
        """The snapshot as the writer decided."""
        data = {label: dict(row) for label, row in self.result.data.items()}
        for number, (label, name) in enumerate(self.keys):
            answer = self.cleaned_data[f"text_{number}"]
            other = self.result.conflicts[label, name]
            if name is None:
                row = other if answer == self.THEIRS else self.ours.get(label)
                data.pop(label, None)
                if row is not None:
                    data[label] = row
            elif isinstance(self.fields[f"text_{number}"], forms.ChoiceField):
                data[label][name] = (
                    other if answer == self.THEIRS else self.ours[label][name]
                )
            else:
                data[label][name] = answer
        return data
