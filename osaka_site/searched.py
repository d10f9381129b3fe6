"""What the search knows of each kind of record, and how it is kept up to date."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.signals import post_delete, post_save
from django.urls import reverse
from django.utils.translation import override
from translated_fields import to_attribute

from events.models import Exchange, Field
from network.models import (
    Affiliation,
    Category,
    ExternalLink,
    Facility,
    OverseasOffice,
    PageText,
    Partner,
    Programme,
    SearchEntry,
)

from .body_text import plain_text
from .fields import BodyTextField
from .searching import normalise
from .translation import TranslatedText, reading_order, translated

Kind = SearchEntry.Kind
BATCH = 500
_PLACEHOLDER = re.compile(r"{\w*}")

# The pages that show each page text, by its slug.
PAGES = {
    "home": "home",
    "home-introduction": "home",
    "network": "network:network",
    "offices": "network:office_list",
    "residents": "network:house",
    "exchanges": "events:exchange_list",
    "links": "network:link_list",
    "about-data": "about_data",
}


@dataclass(frozen=True)
class Searched:
    """``title`` and ``body`` name translated texts, those of a whole by its name:
    ``partner.name``."""

    kind: Kind
    model: type[Model]
    title: list[str]
    body: list[str]
    public: Callable[[], QuerySet]
    order: Callable[[], list]
    address: Callable[[Model], str] = lambda record: record.get_absolute_url()
    joined: tuple[str, ...] = ()
    parts: Callable[[list[int]], QuerySet] | None = None  # whose entries name it

    def titles_of(self, record):
        return _texts(record, self.title)

    def bodies_of(self, record):
        return _texts(record, self.body)

    def entry_of(self, record):
        return tuple(
            normalise("\n".join(texts))
            for texts in (self.titles_of(record), self.bodies_of(record))
        )


def _by_name(prefix=""):
    return lambda: [translated("name", prefix), "slug"]


def _by_title():
    return [translated("title"), "slug"]


SEARCHED = {
    searched.kind: searched
    for searched in (
        Searched(
            Kind.PARTNER,
            Partner,
            title=["name", "formal_name", "aliases"],
            body=["introduction", "country"],
            public=lambda: Partner.objects.published(),
            order=_by_name(),
            parts=lambda pks: Affiliation.objects.filter(partner__in=pks),
        ),
        Searched(
            Kind.CATEGORY,
            Category,
            title=["name", "tie_name", "aliases"],
            body=["summary", "told_introduction"],
            public=lambda: Category.objects.published(),
            order=lambda: ["order", "slug"],
            parts=lambda pks: Affiliation.objects.filter(category__in=pks),
        ),
        Searched(
            Kind.TIE,
            Affiliation,
            title=["partner.name", "wording", "category.tie_name"],
            body=[
                "content",
                "counterpart",
                "partner.aliases",
                "category.name",
                "category.aliases",
            ],
            public=lambda: Affiliation.objects.published(),
            order=_by_name("partner__"),
            joined=("partner", "category"),
        ),
        Searched(
            Kind.EXCHANGE,
            Exchange,
            title=["title"],
            body=["summary", "body", "place", "host", "how_to_apply"],
            public=lambda: Exchange.objects.published(),
            order=lambda: ["-starts_on", "slug"],
        ),
        Searched(
            Kind.FIELD,
            Field,
            title=["name", "aliases"],
            body=[],
            public=lambda: Field.objects.published().in_use(),
            order=lambda: ["order", "slug"],
            address=lambda field: (
                f"{reverse('events:exchange_list')}?field={field.slug}"
            ),
        ),
        Searched(
            Kind.PROGRAMME,
            Programme,
            title=["title"],
            body=["text"],
            public=lambda: Programme.objects.published(),
            order=lambda: ["order", "slug"],
        ),
        Searched(
            Kind.FACILITY,
            Facility,
            title=["name"],
            body=[
                "lead",
                "introduction",
                "services",
                "languages_served",
                "hours",
                "address",
                "access",
            ],
            public=lambda: Facility.objects.published(),
            order=lambda: ["order", "slug"],
        ),
        Searched(
            Kind.OFFICE,
            OverseasOffice,
            title=["name"],
            body=["introduction", "operator", "address"],
            public=lambda: OverseasOffice.objects.published(),
            order=lambda: ["order", "slug"],
        ),
        Searched(
            Kind.LINK,
            ExternalLink,
            title=["title"],
            body=["description"],
            public=lambda: ExternalLink.objects.published().filter(is_listed=True),
            order=lambda: ["order", "slug"],
            address=lambda link: link.url,
        ),
        Searched(
            Kind.PAGE_TEXT,
            PageText,
            title=["title"],
            body=["body"],
            public=lambda: PageText.objects.published().filter(slug__in=PAGES),
            order=_by_title,
            address=lambda text: reverse(PAGES[text.slug]),
        ),
    )
}
_BY_MODEL = {searched.model: searched for searched in SEARCHED.values()}


def _texts(record, names):
    """The texts that there are, in each language, the visitor's first."""
    return [
        TranslatedText(text, language)
        for language in reading_order()
        for name in names
        if (text := _text(record, name, language))
    ]


def _text(record, name, language):
    *path, name = name.split(".")
    for part in path:
        record = getattr(record, part)
    if name == "country":
        with override(language):
            return str(record.country.name)
    is_told = name == "told_introduction"
    column = to_attribute("introduction" if is_told else name, language)
    text = getattr(record, column)
    if not text or not isinstance(record._meta.get_field(column), BodyTextField):
        return text
    # The facts of a told introduction follow from other records.
    return plain_text(_PLACEHOLDER.sub("…", text) if is_told else text)


# ---- keeping the entries in step ------------------------------------------------


def connect():
    """Follow every save and deletion of a record, fixtures included.

    By signals, because ``save()`` must not write other tables, and ``loaddata`` does
    not call it. What changes words by other ways (``update()``, ``bulk_create()``)
    calls ``refresh`` itself, or ``manage.py rebuild_search`` follows it.
    """
    for model in _BY_MODEL:
        post_save.connect(_follow_save, sender=model, dispatch_uid="search")
        post_delete.connect(_follow_deletion, sender=model, dispatch_uid="search")


def _follow_save(sender, instance, **kwargs):
    refresh(sender, [instance.pk])


def _follow_deletion(sender, instance, **kwargs):
    SearchEntry.objects.forget(_BY_MODEL[sender].kind, [instance.pk])


def refresh(model, pks):
    """Write the entries of these records again, and of those that name them, where
    their words have changed."""
    searched = _BY_MODEL[model]
    for start in range(0, len(pks), BATCH):
        batch = pks[start : start + BATCH]
        records = model.objects.filter(pk__in=batch).select_related(*searched.joined)
        texts = {record.pk: searched.entry_of(record) for record in records}
        known = {
            pk: (title, body)
            for pk, title, body in SearchEntry.objects.filter(
                id__in=[searched.kind.entry(pk) for pk in batch]
            ).values_list("record_id", "title", "body")
        }
        changed = {pk: text for pk, text in texts.items() if known.get(pk) != text}
        if changed:
            SearchEntry.objects.write(searched.kind, changed)
        if searched.parts and changed:
            parts = searched.parts(list(changed))
            refresh(parts.model, list(parts.values_list("pk", flat=True)))


def rebuild():
    """Every entry anew. Returns how many there are."""
    SearchEntry.objects.forget_all()
    for searched in SEARCHED.values():
        pks = list(searched.model.objects.order_by("pk").values_list("pk", flat=True))
        refresh(searched.model, pks)
    return SearchEntry.objects.count()


def rebuild_if_empty():
    """After ``migrate``, which may have gone back to before there was a search."""
    tables = set(connection.introspection.table_names())
    needed = {"network_searchindex", *(model._meta.db_table for model in _BY_MODEL)}
    if needed <= tables and not SearchEntry.objects.exists():
        rebuild()
