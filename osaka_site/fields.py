from django.core.validators import URLValidator
from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .tidying import tidy


class WebAddressField(models.URLField):
    """A page on the web: http or https, nothing else."""

    default_validators = [
        URLValidator(
            schemes=["http", "https"],
            message=_(
                "Write the whole address of a page, starting with https:// or http://."
            ),
        )
    ]

    def __init__(self, *args, max_length=500, **kwargs):
        super().__init__(*args, max_length=max_length, **kwargs)

    def formfield(self, **kwargs):
        words = {"invalid": self.default_validators[0].message}
        return super().formfield(
            **{"assume_scheme": "https", "error_messages": words, **kwargs}
        )


class BodyTextField(models.TextField):
    """A long text in Markdown, tidied when a form saves it.

    In the database it is a text, which is what migrations are told.
    """

    signs = _(
        "“## ” before a line makes a heading, “- ” an item of a list. **Words** are "
        "bold, [words](address) a link, ![](picture) a picture; | parts the cells of "
        "a table."
    )

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def clean(self, value, model_instance):
        return tidy(super().clean(value, model_instance))

    def formfield(self, **kwargs):
        purpose = self.help_text or _("A blank line starts a new paragraph.")
        help_text = format_lazy("{} {}", purpose, self.signs)
        return super().formfield(**{"help_text": help_text, **kwargs})
