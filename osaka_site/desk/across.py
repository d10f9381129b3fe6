"""Records of several kinds in one list."""

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse


def number_of(model):
    """The number that stands for a kind of record."""
    return ContentType.objects.get_for_model(model).pk


def address_of(record, page="change"):
    """Where a page of the record is in the admin."""
    opts = record._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=[record.pk])


def fetch(keys):
    """``{(kind, pk): record, …}``, with what their names are made of: a query for
    each kind among the keys."""
    found = {}
    for kind in {kind for kind, _pk in keys}:
        model = ContentType.objects.get_for_id(kind).model_class()
        joined = admin.site.get_model_admin(model).list_select_related or ()
        records = model._default_manager.select_related(*joined)
        pks = [pk for of_kind, pk in keys if of_kind == kind]
        for pk, record in records.in_bulk(pks).items():
            found[kind, pk] = record
    return found
