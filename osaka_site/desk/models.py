"""Who writes, what is being written, and what was written before."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from osaka_site.translation import Translated, check_required_languages


def name_of(user):
    """A person as colleagues write the name: 山田花子, Hanako Yamada."""
    if user.last_name and not user.last_name.isascii():
        return f"{user.last_name}{user.first_name}"
    return user.get_full_name() or user.get_username()


class Division(models.Model):
    """A division of the city, which keeps the records it owns."""

    name = Translated(models.CharField(_("name"), max_length=120), is_required=True)
    is_active = models.BooleanField(
        _("in use"),
        default=True,
        help_text=_("Off after a reorganisation: nothing new is given to it."),
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("division")
        verbose_name_plural = _("divisions")

    def __str__(self):
        return str(self.name)

    def clean(self):
        super().clean()
        check_required_languages(self)


class StaffMember(models.Model):
    """What the desk knows of a person beside the account."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="staff_member",
        verbose_name=_("user"),
    )
    division = models.ForeignKey(
        Division,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
        verbose_name=_("division"),
        help_text=_("Contributors write the records of their own division only."),
    )
    language = models.CharField(
        _("language of mails"),
        max_length=10,
        choices=settings.LANGUAGES,
        default="ja",
    )
    wants_mails = models.BooleanField(
        _("gets mails"),
        default=True,
        help_text=_("Off: what there is to do shows on the start page only."),
    )

    class Meta:
        verbose_name = _("at the desk")
        verbose_name_plural = _("at the desk")

    def __str__(self):
        return str(self.user)


class OfRecord(models.Model):
    """What hangs on one publishable record of any kind."""

    content_type = models.ForeignKey(
        ContentType, models.CASCADE, verbose_name=_("kind of record")
    )
    object_id = models.PositiveBigIntegerField(_("number of the record"))
    record = GenericForeignKey()

    class Meta:
        abstract = True


class OfRecordQuerySet(models.QuerySet):
    def of(self, record):
        return self.of_kind(record).filter(object_id=record.pk)

    def of_kind(self, model):
        return self.filter(content_type=ContentType.objects.get_for_model(model))


class WorkingCopy(OfRecord):
    """Changes to a published record that the public does not see yet.

    ``base`` is the record as it was when the work began and ``data`` as it shall be,
    both as ``snapshots.take`` gives them. Approving puts in what differs between the
    two, so that what others changed in the meantime stays.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Being edited")
        IN_REVIEW = "in_review", _("In review")
        APPROVED = "approved", _("Approved, waits for its day")

    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.DRAFT
    )
    base = models.JSONField(encoder=DjangoJSONEncoder)
    data = models.JSONField(encoder=DjangoJSONEncoder)
    goes_live_at = models.DateTimeField(_("goes live"), null=True, blank=True)
    begun_at = models.DateTimeField(_("begun at"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated at"), default=timezone.now)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("last changed by"),
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("approved by"),
    )

    objects = OfRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("working copy")
        verbose_name_plural = _("working copies")
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id"], name="desk_one_working_copy"
            ),
            models.CheckConstraint(
                name="desk_only_the_approved_wait_for_a_day",
                condition=Q(goes_live_at=None) | Q(state="approved"),
            ),
        ]
        indexes = [models.Index(fields=["goes_live_at"], name="desk_goes_live")]

    def __str__(self):
        return str(self.record)

    @property
    def writer(self):
        return name_of(self.updated_by) if self.updated_by else ""


class RevisionQuerySet(OfRecordQuerySet):
    def not_over(self):
        """What was done since the record was last published, or given up."""
        ends = [Revision.Action.PUBLISHED, Revision.Action.DISCARDED]
        end = _later().filter(action__in=ends)
        return self.alias(end=_first_of(end)).filter(end=None)

    def come_back(self):
        """What was sent for review last and has been sent back: the sendings."""
        steps = _later().filter(action__in=Revision.STEPS).order_by("-pk")
        again = steps.filter(action=Revision.Action.SENT)
        return (
            self.filter(action=Revision.Action.SENT)
            .alias(answer=Subquery(steps.values("action")[:1]), again=_first_of(again))
            .filter(answer=Revision.Action.SENT_BACK, again=None)
        )


def _later():
    """What was done to the record of a revision after it."""
    return Revision.objects.filter(
        content_type=OuterRef("content_type"),
        object_id=OuterRef("object_id"),
        pk__gt=OuterRef("pk"),
    )


def _first_of(revisions):
    """Looked up for each row by the index. As EXISTS, PostgreSQL may make a join of
    it that compares every revision with every other."""
    return Subquery(revisions.values("pk")[:1])


class Revision(OfRecord):
    """One thing that was done to a record: who, when, what, and how it was then."""

    class Action(models.TextChoices):
        FOUND = "found", _("As it was before the first recorded change")
        CREATED = "created", _("Created")
        EDITED = "edited", _("Edited")
        SENT = "sent", _("Sent for review")
        SENT_BACK = "sent_back", _("Sent back")
        WITHDRAWN = "withdrawn", _("Withdrawn from review")
        COMMENTED = "commented", _("Comment")
        APPROVED = "approved", _("Approved")
        SCHEDULED = "scheduled", _("Approved for later")
        PUBLISHED = "published", _("Published")
        ARCHIVED = "archived", _("Archived")
        DISCARDED = "discarded", _("Working copy discarded")
        TRASHED = "trashed", _("Moved to the trash")
        RESTORED = "restored", _("Restored from the trash")
        REVERTED = "reverted", _("An earlier version brought back")
        HANDED_OVER = "handed_over", _("Handed over to another division")
        CONFIRMED = "confirmed", _("Confirmed as still right")
        SHARED = "shared", _("Draft shared")
        UNSHARED = "unshared", _("Shared link withdrawn")
        REMARKED = "remarked", _("Remark through a shared link")

    # Those that say with whom the record is: who writes it, who approves it, or nobody.
    STEPS = [
        Action.SENT,
        Action.SENT_BACK,
        Action.WITHDRAWN,
        Action.APPROVED,
        Action.SCHEDULED,
        Action.PUBLISHED,
        Action.ARCHIVED,
        Action.DISCARDED,
    ]

    action = models.CharField(_("what"), max_length=12, choices=Action)
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    by_name = models.CharField(_("who"), max_length=150, blank=True)
    record_name = models.CharField(
        _("name of the record"), max_length=300, blank=True, editable=False
    )
    comment = models.TextField(_("comment"), blank=True)
    data = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    through = models.ForeignKey(
        "SharedDraft",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="remarks",
        verbose_name=_("through the link"),
    )
    is_of_working_copy = models.BooleanField(_("not public yet"), default=False)
    was_own_approval = models.BooleanField(
        _("approved by whoever wrote it"), default=False
    )

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        get_latest_by = "pk"
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        permissions = [
            ("send_for_review", _("Can send records for review")),
            ("edit_every_division", _("Can edit the records of every division")),
        ]
        indexes = [
            models.Index(
                fields=["content_type", "object_id", "-id"], name="desk_revisions"
            ),
            models.Index(fields=["by", "-at"], name="desk_revisions_by"),
        ]

    def __str__(self):
        return f"{self.get_action_display()} ({self.at:%Y-%m-%d %H:%M})"

    @property
    def address(self):
        """The history of the record, in the admin."""
        kind = self.content_type
        return reverse(
            f"admin:{kind.app_label}_{kind.model}_history", args=[self.object_id]
        )


class OlderTranslation(OfRecord):
    """A translation that has stayed as it was while its Japanese changed.

    ``japanese`` is the text it was made from: with that again it is not older.
    """

    column = models.CharField(max_length=60)
    japanese = models.TextField()

    objects = OfRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("older translation")
        verbose_name_plural = _("older translations")
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "column"],
                name="desk_one_older_translation",
            )
        ]

    def __str__(self):
        return f"{self.record}: {self.column}"


class UnmergedEdit(OfRecord):
    """What somebody wrote while another person changed the same words: kept until
    its writer has decided what shall stand.

    ``base`` is the record as the writer had it in the form, ``data`` as sent.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(_("when"), default=timezone.now)
    base = models.JSONField(encoder=DjangoJSONEncoder)
    data = models.JSONField(encoder=DjangoJSONEncoder)

    objects = OfRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("edit to be merged")
        verbose_name_plural = _("edits to be merged")

    def __str__(self):
        return str(self.record)


def _key():
    """256 random bits, as text for an address."""
    return secrets.token_urlsafe(32)


class SharedDraftQuerySet(OfRecordQuerySet):
    def working(self):
        """Those that were not withdrawn and whose time has not run out."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())

    def with_key(self, key):
        return self.filter(digest=SharedDraft.digest_of(key))

    def with_remark_counts(self):
        return self.annotate(remark_count=models.Count("remarks"))


class SharedDraft(OfRecord):
    """A link by which somebody without an account reads one record.

    Its key is known to those who were given it, and to nobody else: kept is only what
    a key can be recognised by.
    """

    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_for = models.CharField(
        _("for whom"), max_length=120, help_text=_("Such as: City of Melbourne.")
    )
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("made by"),
    )
    expires_at = models.DateTimeField(_("works until"))
    revoked_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    read_count = models.PositiveIntegerField(_("times read"), default=0)
    last_read_at = models.DateTimeField(_("last read"), null=True, blank=True)

    objects = SharedDraftQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("shared draft")
        verbose_name_plural = _("shared drafts")

    def __str__(self):
        return self.made_for

    new_key = staticmethod(_key)

    @staticmethod
    def digest_of(key):
        """Without a salt: a key of 256 random bits cannot be guessed from it."""
        return hashlib.sha256(key.encode()).hexdigest()

    @property
    def is_working(self):
        return self.revoked_at is None and self.expires_at > timezone.now()


class Presence(OfRecord):
    """Somebody has the form of a record open."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(default=timezone.now)

    objects = OfRecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "user"], name="desk_one_presence"
            )
        ]

    def __str__(self):
        return f"{self.user}, {self.record}"


class OutgoingMailQuerySet(models.QuerySet):
    PAUSE = timedelta(minutes=10)  # longer than a mail server is waited for

    def unsent(self):
        return self.filter(sent_at=None)

    def due(self):
        """Those to try now: what was tried a moment ago may be on its way. What was
        tried in the future, before the clock was put back, is not waited for."""
        now = timezone.now()
        is_recent = Q(tried_at__gt=now - self.PAUSE, tried_at__lt=now + self.PAUSE)
        return self.unsent().filter(Q(tried_at=None) | ~is_recent)


class OutgoingMail(models.Model):
    """A mail as it leaves: kept, so that one that cannot be sent is not lost."""

    to = models.EmailField(pgettext_lazy("of a mail", "to"))
    subject = models.CharField(_("subject"), max_length=300)
    body = models.TextField(_("text"))
    made_at = models.DateTimeField(_("written at"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    tried_at = models.DateTimeField(_("last tried"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("times tried"), default=0)
    last_error = models.TextField(_("why it was not sent"), blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        default_permissions = ("view", "delete")
        indexes = [
            models.Index(
                fields=["made_at"], name="desk_unsent_mails", condition=Q(sent_at=None)
            )
        ]

    def __str__(self):
        return self.subject

    def claim(self):
        """Whether it is ours to send: of several that ask, one is told yes.

        No lock is held while a mail server answers. If we are stopped before it
        did, somebody else tries again after a pause.
        """
        return (
            OutgoingMail.objects.filter(pk=self.pk)
            .due()
            .update(tried_at=timezone.now(), attempts=F("attempts") + 1)
        )


from .link_models import CheckedLink, FormerSlug, LinkUse  # noqa: F401
from .log_in_models import LogInEntry  # noqa: F401
