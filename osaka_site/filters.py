"""What the filters of every list share: one answer to bad input."""

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .desk.former_slugs import with_current_slugs
from .searching import words_of


class FilterForm(forms.Form):
    """Names what is wrong at its field, without repeating what was sent."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["invalid_choice"] = getattr(
                field, "unknown_choice", _("There is no such choice. Use the list.")
            )

    def clean(self):
        for name, field in self.fields.items():
            sent = self.data.getlist(name) if hasattr(self.data, "getlist") else []
            takes_several = isinstance(field, forms.MultipleChoiceField)
            if len(sent) > 1 and not takes_several:
                self.add_error(name, _("Choose one only."))
        return super().clean()


class WordsField(forms.CharField):
    """What somebody looks for. A NUL says as little as any other control character."""

    longest = 200  # characters
    most_words = 12

    default_error_messages = {
        "max_length": _(
            "This is too long to search for. Write at most %(limit_value)d characters."
        ),
        "too_many": _("Write at most %(count)s words."),
        "no_word": _(
            "There is no letter and no number in this, so nothing was searched."
        ),
    }

    def __init__(self, **kwargs):
        super().__init__(**{"max_length": self.longest, **kwargs})

    def to_python(self, value):
        return super().to_python(str(value or "").replace("\0", " "))

    def validate(self, value):
        super().validate(value)
        if len(words_of(value)) > self.most_words:
            raise ValidationError(
                self.error_messages["too_many"], params={"count": self.most_words}
            )


class TranslatedSelect(forms.Select):
    """A list of names: one that is shown in another language says so."""

    def create_option(self, name, value, label, *args, **kwargs):
        option = super().create_option(name, value, str(label), *args, **kwargs)
        if getattr(label, "is_fallback", False):
            option["attrs"]["lang"] = label.lang
        return option


class ListFilterSet(django_filters.FilterSet):
    """A filter whose choices are what visitors can find, read once a request.

    Subclasses return the choices from ``get_choices()``: ``{"field": [(value,
    label), …]}``, and name in ``slugs_of`` whose slugs they are, so that a slug that
    a record had before is understood.
    """

    slugs_of = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.choices = self.get_choices()
        self.data = with_current_slugs(self.data, self.slugs_of, self.choices)
        for name, choices in self.choices.items():
            # A form copies its choices for every request, but no function.
            self.filters[name].extra["choices"] = lambda choices=choices: choices

    def get_choices(self):
        return {}

    @property
    def active(self):
        """The filters that narrow the list: ``[(label, [words]), …]``."""
        if not self.is_valid():
            return []
        return [
            (bound.label, self._words(bound))
            for bound in self.form
            if self.form.cleaned_data[bound.name]
        ]

    def _words(self, bound):
        chosen = self.form.cleaned_data[bound.name]
        chosen = chosen if isinstance(chosen, list) else [chosen]
        choices = getattr(bound.field, "choices", ())  # a text has none
        labels = {str(value): label for value, label in choices}
        return [labels.get(str(value), value) for value in chosen]
