"""From draft to public and back: what may be done with a record, by whom, and when.

Every step is one transaction, is checked here whichever door it comes through, and
leaves a revision. ``WorkflowError`` says in words why a step is refused.
"""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from osaka_site.content_checks import ERROR
from osaka_site.publishing import Status, dependents_of

from . import copies, mails, snapshots, translations
from .models import Revision, WorkingCopy, name_of

Action = Revision.Action
WRITING = (Action.CREATED, Action.EDITED, Action.REVERTED)
TRASH_KEEPS = timedelta(days=90)
# Written out, as every request asks it. Only an approved copy has such a moment.
DUE = (
    f"SELECT id FROM {WorkingCopy._meta.db_table}"
    " WHERE goes_live_at <= %s ORDER BY goes_live_at"
)


class WorkflowError(ValidationError):
    pass


class Case:
    """A record and its working copy as one user has it on the desk."""

    def __init__(self, record, user):
        self.record, self.user = record, user

    @cached_property
    def copy(self):
        return copies.copy_of(self.record)

    @property
    def state(self):
        """The state of what is being written: of the working copy, if there is one."""
        return self.copy.state if self.copy else self.record.status

    @property
    def is_in_review(self):
        return self.state == Status.IN_REVIEW

    @property
    def is_public_or_was(self):
        return self.record.status in (Status.PUBLISHED, Status.ARCHIVED)

    def has_perm(self, verb):
        opts = self.record._meta
        return self.user.has_perm(f"{opts.app_label}.{verb}_{opts.model_name}")

    # ---- who may do what -------------------------------------------------------

    def may_edit(self):
        if self.record.trashed_at or not self.has_perm("change"):
            return False
        if self.user.has_perm("desk.edit_every_division"):
            return True
        return not self.is_public_or_was and owns(self.user, self.record)

    def may_publish(self):
        return not self.record.trashed_at and self.has_perm("publish")

    def may_send(self):
        return (
            self.may_edit()
            and self.user.has_perm("desk.send_for_review")
            and self.is_written
            and not self.is_in_review
        )

    @property
    def is_written(self):
        """Whether there is something that is not public yet."""
        return self.record.status != Status.PUBLISHED or (
            self.copy is not None and self.copy.state != WorkingCopy.State.APPROVED
        )

    def may_withdraw(self):
        return (
            self.is_in_review
            and self.may_edit()
            and self.user.has_perm("desk.send_for_review")
        )

    def may_decide(self):
        """Whether there is something to approve, and this is a person who may; see
        ``objection`` for whether this one may."""
        return self.may_publish() and self.is_written

    def may_discard(self):
        return self.copy is not None and self.may_edit()

    def may_schedule(self):
        return self.may_publish() and self.record.status == Status.PUBLISHED

    def may_archive(self):
        return self.may_publish() and self.record.status == Status.PUBLISHED

    def may_trash(self):
        if self.record.trashed_at or not self.has_perm("delete"):
            return False
        if self.is_public_or_was:
            return self.has_perm("publish")
        return self.may_edit()

    def may_restore(self):
        if not self.record.trashed_at or not self.has_perm("delete"):
            return False
        return self.has_perm("publish") or (
            not self.is_public_or_was and owns(self.user, self.record)
        )

    def writers(self):
        """The primary keys of those who wrote what is not public yet; who replaced a
        link or a picture everywhere changed what is public at once."""
        revisions = Revision.objects.of(self.record)
        last = revisions.filter(action__in=(Action.PUBLISHED, Action.DISCARDED)).first()
        if last:
            revisions = revisions.filter(pk__gt=last.pk)
        written = revisions.filter(action__in=WRITING, was_own_approval=False)
        return set(written.values_list("by", flat=True))

    def is_own(self):
        return self.user.pk in self.writers()

    def objection(self):
        """Why this person cannot approve it now, as a sentence; empty if they can."""
        if settings.SECOND_PAIR_OF_EYES and self.is_own():
            return _(
                "You wrote this yourself: somebody else has to approve it. Send it for "
                "review."
            )
        return ""


def division_of(user):
    """The primary key of the user's division, or ``None``."""
    member = getattr(user, "staff_member", None)
    return member and member.division_id


def has_division(user):
    """Whether there are records that the user may write."""
    return user.has_perm("desk.edit_every_division") or division_of(user) is not None


def owns(user, record):
    """Whether the record belongs to the user's division."""
    return record.owner_id is not None and record.owner_id == division_of(user)


def editable(records, user):
    """Those that the user may edit, who has the permission for their kind: for many
    what ``Case.may_edit`` says of one."""
    if user.has_perm("desk.edit_every_division"):
        return records
    return records.filter(
        owner__members__user=user, status__in=(Status.DRAFT, Status.IN_REVIEW)
    )


# ---- the steps -----------------------------------------------------------------


def record_step(record, action, user, comment="", **fields):
    """Note what was done and what follows, and write to those whom it concerns."""
    revision = Revision.objects.create(
        record=record,
        record_name=str(record)[:300],
        action=action,
        by=user,
        by_name=name_of(user) if user else "",
        comment=comment,
        **fields,
    )
    translations.note(revision)
    mails.notify(revision)
    return revision


def lock(record):
    """The record as it is now, kept from others until the transaction ends."""
    manager = type(record)._base_manager
    return manager.select_for_update().get(pk=record.pk)


def _case(record, user):
    return Case(lock(record), user)


def _demand(condition, sentence):
    if not condition:
        raise WorkflowError(sentence)


def _move(case, state):
    """Give what is being written another state."""
    if case.copy:
        case.copy.state = state
        case.copy.save(update_fields=["state"])
    else:
        type(case.record)._base_manager.filter(pk=case.record.pk).update(
            status=state, updated_at=timezone.now()
        )


@transaction.atomic
def send(record, user, comment=""):
    case = _case(record, user)
    _demand(not case.is_in_review, _("It is in review already."))
    _demand(case.is_written, _("There is nothing new to review."))
    _demand(case.may_send(), _("You cannot send this record for review."))
    _move(case, Status.IN_REVIEW)
    return _done(case, Action.SENT, comment)


@transaction.atomic
def withdraw(record, user, comment=""):
    case = _case(record, user)
    _demand(case.is_in_review, _("It is not in review."))
    _demand(case.may_withdraw(), _("You cannot withdraw this record from review."))
    _move(case, Status.DRAFT)
    return _done(case, Action.WITHDRAWN, comment)


@transaction.atomic
def send_back(record, user, comment):
    case = _case(record, user)
    _demand(case.is_in_review, _("It is not in review."))
    _demand(case.may_publish(), _("Only publishers can send a record back."))
    _demand(comment.strip(), _("Say why you send it back, so that it can be mended."))
    _move(case, Status.DRAFT)
    return _done(case, Action.SENT_BACK, comment)


@transaction.atomic
def comment(record, user, comment):
    case = _case(record, user)
    _demand(case.may_edit() or case.may_publish(), _("You cannot write here."))
    _demand(comment.strip(), _("Write your comment first."))
    return _done(case, Action.COMMENTED, comment)


@transaction.atomic
def approve(record, user, comment="", *, at=None, until=None):
    """Publish what is written, now or ``at`` a moment to come, and perhaps ``until``
    another; both are aware datetimes."""
    case = _case(record, user)
    _demand(case.may_publish(), _("Only publishers can approve and publish."))
    _demand(case.is_written, _("There is nothing new to approve."))
    _demand(not (objection := case.objection()), objection)
    _check_times(at, until)
    _demand(not (errors := _errors(case)), errors)
    fields = {"was_own_approval": case.is_own()}
    if case.copy is None:
        copies.publish(case.record, publish_at=at, unpublish_at=until)
        action = Action.SCHEDULED if at else Action.PUBLISHED
    elif at:
        case.copy.state, case.copy.goes_live_at = WorkingCopy.State.APPROVED, at
        case.copy.approved_by = user
        case.copy.save()
        action = Action.SCHEDULED
    else:
        copies.put_in(case.record, case.copy)
        action = Action.PUBLISHED
    if case.copy and until:
        _set_times(case.record, unpublish_at=until)
    data = case.copy.data if case.copy and at else snapshots.take(case.record)
    return _done(
        case, action, comment, data=data, is_of_working_copy=bool(at), **fields
    )


@transaction.atomic
def schedule(record, user, comment="", *, until):
    """Say until when a public record stays; ``None``: it stays."""
    case = _case(record, user)
    _demand(case.may_schedule(), _("Only publishers can schedule a public record."))
    _check_times(case.record.publish_at, until, past_start=True)
    _set_times(case.record, unpublish_at=until)
    return _done(case, Action.SCHEDULED, comment)


def _errors(case):
    """What has to be mended first, as sentences."""
    with copies.holding(case.record, copies.shown(case.record)):
        return [
            f"{row}: {finding.message}"
            for row, finding in copies.findings(case.record)
            if finding.level == ERROR
        ]


def _set_times(record, **times):
    type(record)._base_manager.filter(pk=record.pk).update(
        updated_at=timezone.now(), **times
    )


def _check_times(at, until, *, past_start=False):
    now = timezone.now()
    if at and not past_start:
        _demand(at > now, _("The day it goes live lies in the past."))
    if until:
        _demand(until > now, _("The day it comes down lies in the past."))
        _demand(not at or until > at, _("It would come down before it goes live."))


@transaction.atomic
def archive(record, user, comment="", *, knowing=False):
    """Take a record down. ``knowing`` says that the user was told which public
    records point at it; unasked, that keeps it where it is."""
    case = _case(record, user)
    _demand(case.record.status == Status.PUBLISHED, _("It is not public."))
    _demand(case.may_archive(), _("Only publishers can take a record down."))
    dependents = [] if knowing else dependents_of(case.record)
    _demand(
        not dependents,
        _(
            "Public records point at it: %(records)s. Archive it on its own page if you "
            "mean it."
        )
        % {"records": ", ".join(str(other) for other in dependents[:10])},
    )
    type(record)._base_manager.filter(pk=record.pk).update(
        status=Status.ARCHIVED, updated_at=timezone.now()
    )
    if case.copy:
        case.copy.delete()
    return _done(case, Action.ARCHIVED, comment)


@transaction.atomic
def discard(record, user, comment=""):
    """Throw the working copy away; the history keeps what it said."""
    case = _case(record, user)
    _demand(case.copy is not None, _("There is no working copy."))
    _demand(case.may_discard(), _("You cannot discard this working copy."))
    case.copy.delete()
    return _done(case, Action.DISCARDED, comment, data=snapshots.take(case.record))


@transaction.atomic
def trash(record, user, comment=""):
    """Put the record and what belongs to it away; it comes back whole.

    Raises ``WorkflowError`` naming the records that still need it.
    """
    case = _case(record, user)
    _demand(not case.record.trashed_at, _("It is in the trash already."))
    _demand(case.may_trash(), _("You cannot delete this record."))
    needed_by = case.record.needed_by()
    _demand(
        not needed_by,
        _("These records need it: %(records)s. Change them first.")
        % {"records": ", ".join(str(other) for other in needed_by[:10])},
    )
    now = timezone.now()
    for row in [case.record, *case.record.goes_with()]:
        type(row)._base_manager.filter(pk=row.pk, trashed_at=None).update(
            trashed_at=now, updated_at=now
        )
    return _done(case, Action.TRASHED, comment, data=snapshots.take(case.record))


@transaction.atomic
def restore(record, user, comment=""):
    """Bring the record back from the trash, with everything that went with it."""
    case = _case(record, user)
    _demand(case.record.trashed_at, _("It is not in the trash."))
    _demand(case.may_restore(), _("You cannot restore this record."))
    moment = case.record.trashed_at
    for row in [case.record, *case.record.goes_with()]:
        type(row)._base_manager.filter(pk=row.pk, trashed_at=moment).update(
            trashed_at=None, updated_at=timezone.now()
        )
    return _done(case, Action.RESTORED, comment)


@transaction.atomic
def hand_over(record, user, division):
    case = _case(record, user)
    _demand(
        case.has_perm("change") and user.has_perm("desk.edit_every_division"),
        _("You cannot hand this over."),
    )
    type(record)._base_manager.filter(pk=record.pk).update(owner=division)
    return _done(case, Action.HANDED_OVER, str(division))


@transaction.atomic
def confirm(record, user):
    """Somebody has looked: what the record says is still right."""
    case = _case(record, user)
    _demand(case.may_edit(), _("You cannot confirm this record."))
    type(record)._base_manager.filter(pk=record.pk).update(
        confirmed_on=timezone.localdate()
    )
    return _done(case, Action.CONFIRMED)


def _done(case, action, comment="", **fields):
    return record_step(case.record, action, case.user, comment, **fields)


def publish_due(now=None):
    """Put in every approved working copy whose day has come. Returns how many.

    One that can no longer be put in goes back to review, with the reason.
    """
    moment = connection.ops.adapt_datetimefield_value(now or timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(DUE, [moment])
        pks = [pk for (pk,) in cursor.fetchall()]
    return sum(map(_put_in_due, pks))


def _put_in_due(pk):
    with transaction.atomic():
        copy = WorkingCopy.objects.select_for_update().filter(pk=pk).first()
        if copy is None or copy.state != WorkingCopy.State.APPROVED:
            return False  # another process was first
        record, by = copy.record, copy.approved_by
        try:
            with transaction.atomic():
                copies.put_in(record, copy)
        except ValidationError as error:
            copy.state, copy.goes_live_at = WorkingCopy.State.IN_REVIEW, None
            copy.save()
            record_step(record, Action.SENT, None, " ".join(error.messages))
            return False
        record_step(record, Action.PUBLISHED, by, data=snapshots.take(record))
        return True
