import inspect
import re

from django.apps import apps
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import apnumber
from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db import models
from translated_fields import to_attribute

from osaka_site.translation import translated_fields

DOCUMENT = settings.BASE_DIR / "docs" / "data-model.md"
APPS = ["network", "events"]
LANGUAGES = list(dict(settings.LANGUAGES))

# Where the name of the field's class says too much.
TYPES = {
    "char": "text",
    "positive_integer": "number",
    "positive_small_integer": "number",
    "decimal": "number",
    "boolean": "yes_or_no",
}

PAGE = """\
# Data model

Written from the models by `python manage.py draw_data_model`: change the models, not
this file.

- `text{count}` is a text kept in {languages} languages, in columns of their own:
  `name_en`, `name_ja` …
- `partial_date` is a date known to the year, the month or the day.
- What a model shares with others stands once, at the end.

```mermaid
erDiagram
{diagram}
```

## Models

| model | staff read | what it is | shares |
|---|---|---|---|
{models}

## What they share
{shared}
"""


class Command(BaseCommand):
    help = "Writes docs/data-model.md from the models."

    def add_arguments(self, parser):
        parser.add_argument(
            "--check",
            action="store_true",
            help="write nothing; fail when the file is not what would be written",
        )

    @no_translations
    def handle(self, *, check, **options):
        page = draw()
        if not check:
            DOCUMENT.write_text(page, encoding="utf-8")
        elif not DOCUMENT.exists() or DOCUMENT.read_text(encoding="utf-8") != page:
            raise CommandError(
                "docs/data-model.md is not what the models say. "
                "Run: python manage.py draw_data_model"
            )


def draw():
    drawn = [m for label in APPS for m in apps.get_app_config(label).get_models()]
    shared = dict.fromkeys(base for model in drawn for base in abstract_bases(model))
    diagram = [line for part in (box, lines) for model in drawn for line in part(model)]
    return PAGE.format(
        count=len(LANGUAGES),
        languages=apnumber(len(LANGUAGES)),
        diagram="\n".join(f"    {line}" for line in diagram),
        models="\n".join(map(model_row, drawn)),
        shared="".join(map(shared_section, shared)),
    )


def box(model):
    """The model and the columns of its own."""
    yield f"{model.__name__} {{"
    for kind, name, meaning in columns(model):
        yield f"    {kind} {name}" + (f' "{meaning}"' if meaning else "")
    yield "}"


def lines(model):
    """From the model to every model it names, with how many stand at each end."""
    for field in model._meta.fields:
        if field.is_relation:
            ends = "|o--o{" if field.null else "||--o{"
            target = field.related_model.__name__
            yield f"{target} {ends} {model.__name__} : {field.name}"
    for field in model._meta.many_to_many:
        target = field.related_model.__name__
        yield f"{model.__name__} }}o--o{{ {target} : {field.name}"


def columns(model):
    """Type, name and meaning of each column that comes from no abstract base."""
    inherited = {f.name for base in abstract_bases(model) for f in base._meta.fields}
    texts = {
        to_attribute(name, code): name
        for name in translated_fields(model)
        for code in LANGUAGES
    }
    own = {
        texts.get(field.name, field.name): field
        for field in model._meta.fields
        if not (field.name in inherited or field.is_relation or field.primary_key)
    }
    for name, field in own.items():
        is_usual = str(field.verbose_name) == name.replace("_", " ")
        meanings = [] if is_usual else [str(field.verbose_name)]
        if field.name in texts:
            meanings.append(f"in {apnumber(len(LANGUAGES))} languages")
            yield f"text{len(LANGUAGES)}", name, ", ".join(meanings)
        else:
            yield kind_of(field), name, ", ".join(meanings)


def kind_of(field):
    """ "partial_date" for a ``PartialDateField``."""
    words = re.findall("[A-Z]+[a-z]*", type(field).__name__.removesuffix("Field"))
    kind = "_".join(words).lower()
    return TYPES.get(kind, kind)


def abstract_bases(model):
    return [
        base
        for base in model.__mro__[1:]
        if issubclass(base, models.Model) and base is not models.Model
    ]


def description(model):
    """The docstring's first paragraph; Django writes one where we wrote none."""
    text = inspect.getdoc(model)
    if text.startswith(f"{model.__name__}("):
        return ""
    return " ".join(text.partition("\n\n")[0].split())


def model_row(model):
    cells = [
        model.__name__,
        str(model._meta.verbose_name),
        description(model),
        ", ".join(base.__name__ for base in abstract_bases(model)),
    ]
    return f"| {' | '.join(cells)} |"


def shared_section(base):
    rows = [f"| {' | '.join(row)} |" for row in columns(base)]
    return "\n".join(
        [
            f"\n### {base.__name__}\n",
            f"{description(base)}\n",
            "| type | name | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )
