from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


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
