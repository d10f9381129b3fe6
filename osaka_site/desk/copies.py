"""Working copies: how a record will be, while the public still sees how it is."""

from contextlib import contextmanager

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from osaka_site.content_checks import ERROR, findings_of
from osaka_site.publishing import Publishable, Status

from . import snapshots
from .models import WorkingCopy

NO_SCHEDULE = {"publish_at": None, "unpublish_at": None, "trashed_at": None}


def copy_of(record):
    """The working copy of the record, or ``None``."""
    return WorkingCopy.objects.of(record).first()


def state_of(model):
    """The state of each record's working copy, to annotate the model's rows with."""
    content_type = ContentType.objects.get_for_model(model)
    found = WorkingCopy.objects.filter(
        content_type=content_type, object_id=OuterRef("pk")
    )
    return Subquery(found.values("state"))


def shown(record):
    """The snapshot that staff see in the record's form: its working copy put on what
    is public now, or simply what is there."""
    public = snapshots.take(record)
    if copy := copy_of(record):
        return snapshots.merge(copy.base, copy.data, public).data
    return public


@contextmanager
def undone():
    """What is written inside is there inside, and only there."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def holding(record, data):
    """Inside, the database has the record as ``data`` says; nothing of it stays.

    Gives the rows that are new in it.
    """
    with undone():
        public = snapshots.take(record)
        yield snapshots.put(public, data, keep_numbers=True)


@contextmanager
def as_it_will_be(record):
    """Inside, the database has the record as its working copy says, published,
    whatever its state; nothing of it stays."""
    with holding(record, shown(record)) as new:
        publish(record, new, **NO_SCHEDULE)
        yield


def findings(record):
    """What the checks say of the record, and of the parts its form edits, as the
    database has them now: ``[(row, finding), …]``, errors first."""
    found = [
        (row, finding)
        for row in snapshots.rows(record)
        if isinstance(row, Publishable)
        for finding in findings_of(row)
    ]
    return sorted(found, key=lambda pair: pair[1].level != ERROR)


def put_in(record, copy):
    """What the working copy changes becomes public, together with the parts it adds.

    Raises ``ValidationError`` where that is no longer possible.
    """
    public = snapshots.take(record)
    new = snapshots.put(public, snapshots.merge(copy.base, copy.data, public).data)
    publish(record, new)
    copy.delete()


def publish(record, new=(), **times):
    """Make the record public, with the parts that its form edits: all of its drafts if
    it was never public, else those that are ``new``."""
    if record.status != Status.PUBLISHED:
        new = snapshots.rows(record)
    parts = [row for row in new if isinstance(row, Publishable) and row != record]
    for row in (record, *parts):
        found = type(row)._base_manager.filter(pk=row.pk)
        if row != record:
            found = found.filter(status=Status.DRAFT)
        found.update(status=Status.PUBLISHED, updated_at=timezone.now(), **times)


def keep(record, data, user):
    """Store what somebody wrote: in the record itself while it is not public, else in
    its one working copy. Returns the snapshot as it is stored.

    Raises ``ValidationError`` where the record cannot be as ``data`` says.
    """
    public = snapshots.take(record)
    if record.status != Status.PUBLISHED:
        snapshots.put(public, data)
        return snapshots.take(record)
    if data == public:
        WorkingCopy.objects.of(record).delete()
        return public
    now = timezone.now()
    copy = copy_of(record) or WorkingCopy(record=record, begun_at=now)
    copy.base, copy.data = public, snapshots.renumbered(data, public)
    copy.state, copy.goes_live_at = WorkingCopy.State.DRAFT, None
    copy.updated_at, copy.updated_by, copy.approved_by = now, user, None
    copy.save()
    return copy.data
