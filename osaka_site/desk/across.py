"""Records of several kinds in one list."""

from collections import defaultdict
from functools import reduce
from operator import or_

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.urls import reverse


def number_of(model):
    """The number that stands for a kind of record."""
    return ContentType.objects.get_for_model(model).pk


def address_of(record, page="change"):
    """Where a page of the record is in the admin."""
    opts = record._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=[record.pk])


def _by_kind(keys):
    pks = defaultdict(list)
    for kind, pk in keys:
        pks[kind].append(pk)
    return pks.items()


def fetch(keys):
    """``{(kind, pk): record, …}``, with what their names are made of: a query for
    each kind among the keys."""
    found = {}
    for kind, pks in _by_kind(keys):
        model = ContentType.objects.get_for_id(kind).model_class()
        joined = admin.site.get_model_admin(model).list_select_related or ()
        records = model._default_manager.select_related(*joined)
        for pk, record in records.in_bulk(pks).items():
            found[kind, pk] = record
    return found


def is_of(keys):
    """The condition for what hangs on one of these records."""
    hangs = (Q(content_type=kind, object_id__in=pks) for kind, pks in _by_kind(keys))
    return reduce(or_, hangs, Q(pk__in=[]))
