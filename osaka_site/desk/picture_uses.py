"""Where records show a picture, and another in its place."""

import re
from functools import cache
from itertools import product

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from network.models import Picture
from osaka_site.publishing import Status, publishable_models
from osaka_site.translation import column_label, columns_of

from .former_slugs import former_slugs_of

IN_A_LIST = gettext_lazy("Pictures")


@cache
def _columns(model):
    """The relations to pictures, and the long texts in which one may stand."""
    relations = [
        field for field in model._meta.many_to_many if field.related_model is Picture
    ]
    texts = [
        name
        for name in columns_of(model)
        if isinstance(model._meta.get_field(name), models.TextField)
    ]
    return relations, texts


def _in_text(slugs):
    """The picture in a Markdown text: ``![words](slug)``, with or without a title."""
    names = "|".join(map(re.escape, slugs))
    return re.compile(rf"(!\[[^\]]*\]\()(?:{names})(?=[\s)])")


def _slugs_of(picture):
    """It shows under those that it had before as well."""
    return [picture.slug, *(former.slug for former in former_slugs_of(picture))]


def uses_of(picture):
    """``{record: [label of the place, …]}`` of all that are not in the trash."""
    found = {}
    slugs = _slugs_of(picture)
    pattern = _in_text(slugs)
    for model in publishable_models():
        relations, texts = _columns(model)
        condition = Q()
        for field in relations:
            condition |= Q(**{field.name: picture})
        for name, slug in product(texts, slugs):
            condition |= Q(**{f"{name}__contains": f"]({slug}"})
        if not condition:
            continue
        shown_by = {
            field: set(
                field.remote_field.through._base_manager.filter(
                    picture=picture
                ).values_list(field.m2m_column_name(), flat=True)
            )
            for field in relations
        }
        records = model._base_manager.filter(condition, trashed_at=None).distinct()
        for record in records.select_related().order_by("pk"):
            labels = [IN_A_LIST for pks in shown_by.values() if record.pk in pks] + [
                column_label(model, name)
                for name in texts
                if pattern.search(getattr(record, name))
            ]
            if labels:
                found[record] = labels
    return found


@transaction.atomic
def replace(old, new, may_change):
    """``new`` wherever ``old`` shows, in all records or in none.

    ``may_change(record)`` is asked of each as it is stored now. Returns the changed
    records; raises ``PermissionError`` with those that may not be changed.
    """
    records = [
        type(record)._base_manager.select_for_update().get(pk=record.pk)
        for record in uses_of(old)
    ]
    if locked := [record for record in records if not may_change(record)]:
        raise PermissionError(locked)
    is_public = any(record.status == Status.PUBLISHED for record in records)
    if is_public and not new.is_published:
        raise ValidationError(
            _("Visitors do not see the other picture yet. Publish it first.")
        )
    for record in records:
        _replace_in(record, old, new)
    return records


def _replace_in(record, old, new):
    relations, texts = _columns(type(record))
    for field in relations:
        rows = field.remote_field.through._base_manager.filter(
            **{field.m2m_field_name(): record}
        )
        if rows.filter(picture=new).exists():
            rows.filter(picture=old).delete()
        else:
            rows.filter(picture=old).update(picture=new)
    pattern = _in_text(_slugs_of(old))
    for name in texts:
        text = getattr(record, name)
        setattr(record, name, pattern.sub(rf"\g<1>{new.slug}", text))
    record.save()
