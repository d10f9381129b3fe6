"""One thing put in the place of another in many records at once."""

from django.contrib import admin
from django.urls import reverse

from osaka_site.publishing import Status

from . import copies, snapshots, workflow
from .models import Revision


def may_change(request, record):
    """Now, for the public too: what visitors see is for publishers only."""
    record_admin = admin.site.get_model_admin(type(record))
    return record_admin.has_change_permission(request, record) and (
        record.status in (Status.DRAFT, Status.IN_REVIEW)
        or record_admin.has_publish_permission(request)
    )


def record_replacement(request, record, comment):
    """In the history: who changed it, and, if it is public, approved that as well."""
    is_at_once = record.status == Status.PUBLISHED
    # Where a working copy waits, those who wrote it stay known as its writers.
    is_published = is_at_once and copies.copy_of(record) is None
    workflow.record_step(
        record,
        Revision.Action.PUBLISHED if is_published else Revision.Action.EDITED,
        request.user,
        comment,
        data=snapshots.take(record),
        was_own_approval=is_at_once,
    )


def admin_address(record):
    opts = record._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])


def places_of(labels_of, locked=()):
    """What a page lists of ``{record: [label of a place, …]}`` before it replaces."""
    return [
        {
            "record": record,
            "url": admin_address(record),
            "kind": record._meta.verbose_name,
            "labels": labels,
            "is_locked": record in locked,
        }
        for record, labels in labels_of.items()
    ]
