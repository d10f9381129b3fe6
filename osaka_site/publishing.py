"""The draft/published switch that every public record has."""

import itertools
from functools import reduce
from operator import or_

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from translated_fields import to_attribute

from . import clock
from .translation import check_required_languages, translated_fields


class Status(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    PUBLISHED = "published", _("Published")
    ARCHIVED = "archived", _("Archived")


def is_public(path=""):
    """The condition under which visitors see a record now.

    ``path`` leads to the record from the queried model: ``"partner__"``. Times
    are compared when the query runs, so nothing has to happen for a record to
    appear or to go.
    """
    now = clock.now()
    return (
        Q(**{f"{path}status": Status.PUBLISHED, f"{path}trashed_at": None})
        & (Q(**{f"{path}publish_at": None}) | Q(**{f"{path}publish_at__lte": now}))
        & (Q(**{f"{path}unpublish_at": None}) | Q(**{f"{path}unpublish_at__gt": now}))
    )


def check_parent(record):
    """Raise ``ValidationError`` where something would be a part and have parts.

    A part shows only while its whole does: that is asked one level up, no further.
    """
    parent = record.parent
    if parent and (parent.parent_id or (record.pk and record.parts.exists())):
        raise ValidationError(
            {"parent": _("What is a part of something cannot have parts itself.")}
        )


def not_its_own_parent(name):
    """The constraint, for a model whose ``parent`` is another of its kind."""
    return models.CheckConstraint(
        name=f"{name}_is_not_its_own_parent",
        condition=Q(parent=None) | ~Q(parent=F("pk")),
        violation_error_message=_("A record cannot belong to itself."),
    )


class PublishableQuerySet(models.QuerySet):
    def published(self):
        """What visitors may see; every public query says this aloud."""
        return self.filter(is_public())

    def kept(self):
        """What is not in the trash."""
        return self.filter(trashed_at=None)

    def going_live(self, until):
        """Those that show from a moment to come on, no later than ``until``."""
        return self.filter(
            status=Status.PUBLISHED, publish_at__gt=clock.now(), publish_at__lte=until
        )

    def coming_down(self, until):
        return self.filter(
            status=Status.PUBLISHED,
            unpublish_at__gt=clock.now(),
            unpublish_at__lte=until,
        )

    def lacking_translations(self):
        """Those with a Japanese text that some other language does not have."""
        texts = translated_fields(self.model).keys() - self.model.not_translated
        lacking = (
            ~Q(**{to_attribute(name, "ja"): ""}) & Q(**{to_attribute(name, code): ""})
            for name in sorted(texts)
            for code, _language in settings.LANGUAGES
            if code != "ja"
        )
        return self.filter(reduce(or_, lacking, Q(pk__in=[])))

    def with_last_check(self):
        """Annotate ``last_check``: the day somebody last said that it is right, or
        else changed it."""
        return self.annotate(
            last_check=Coalesce("confirmed_on", TruncDate("updated_at"))
        )

    def unchecked_since(self, day):
        """What is public and was last checked before ``day``."""
        checked = self.filter(status=Status.PUBLISHED).with_last_check()
        return checked.filter(last_check__lt=day)

    def get_by_natural_key(self, slug):
        return self.get(slug=slug)


class Publishable(models.Model):
    """A record with an address of its own that staff write and the public reads."""

    named_by = "name"  # the translated text that a record goes by, if there is one
    edited_with_it = ()  # the relations whose rows stand in its form
    taken_along = ()  # those whose records go to the trash with it
    not_translated = frozenset({"aliases"})  # each language has other names of its own
    # What would lead to another page, or to another part of the page it is a part of.
    reserved_slugs = frozenset({"main", "site-search"})

    slug = models.SlugField(
        _("address name"),
        max_length=100,
        unique=True,
        blank=True,
        help_text=_(
            "The last part of the page’s address: small Latin letters, digits and "
            "hyphens. Empty: it is made from the English name. Where a public page "
            "gets another one, the old address leads to the new."
        ),
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=Status,
        default=Status.DRAFT,
        db_index=True,
        help_text=_("Visitors see published records only."),
    )
    publish_at = models.DateTimeField(
        _("publish from"),
        null=True,
        blank=True,
        help_text=_(
            "A published record stays hidden until this time (Japan time). "
            "Empty: it shows at once."
        ),
    )
    unpublish_at = models.DateTimeField(
        _("publish until"),
        null=True,
        blank=True,
        help_text=_("From this time on it is hidden again. Empty: it stays."),
    )
    owner = models.ForeignKey(
        "desk.Division",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("kept by"),
        help_text=_("The division that answers for this record."),
    )
    trashed_at = models.DateTimeField(
        _("moved to the trash"), null=True, blank=True, editable=False, db_index=True
    )
    confirmed_on = models.DateField(
        _("last confirmed"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When somebody last said that it is still right."),
    )
    staff_note = models.TextField(
        _("note for staff"),
        blank=True,
        help_text=_("Never shown to the public."),
    )
    updated_at = models.DateTimeField(
        _("updated at"), default=timezone.now, editable=False
    )

    objects = PublishableQuerySet.as_manager()

    class Meta:
        abstract = True
        default_permissions = ("add", "change", "delete", "view", "publish")
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_publish_before_unpublish",
                condition=Q(publish_at=None)
                | Q(unpublish_at=None)
                | Q(unpublish_at__gt=F("publish_at")),
                violation_error_message=_(
                    "“Publish until” must be later than “publish from”."
                ),
            )
        ]

    def save(self, *args, **kwargs):
        self.slug = self.slug or self._free_slug()
        self.updated_at = timezone.now()
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "updated_at"}
        super().save(*args, **kwargs)

    def clean_fields(self, exclude=None):
        super().clean_fields(exclude)
        if self.slug in self.reserved_slugs and "slug" not in (exclude or ()):
            raise ValidationError(
                {"slug": _("The site itself uses this name. Choose another one.")}
            )

    def clean(self):
        super().clean()
        check_required_languages(self)

    def natural_key(self):
        return (self.slug,)

    @property
    def is_published(self):
        """Whether visitors see this record now: ``published()`` for one row."""
        now = clock.now()
        return (
            self.status == Status.PUBLISHED
            and self.trashed_at is None
            and (self.publish_at is None or self.publish_at <= now)
            and (self.unpublish_at is None or self.unpublish_at > now)
        )

    def goes_with(self):
        """What is put in the trash together with the record."""
        return [
            row
            for name in self.taken_along
            for row in self._meta.get_field(name).related_model._base_manager.filter(
                **{self._meta.get_field(name).field.name: self.pk}
            )
        ]

    def needed_by(self):
        """The records that could not be without this one, those in the trash aside."""
        return [
            row
            for relation in self._meta.related_objects
            if getattr(relation, "on_delete", None) is models.PROTECT
            and relation.name not in self.taken_along
            for row in relation.related_model._base_manager.filter(
                **{relation.field.name: self.pk}
            )
            if row.trashed_at is None
        ]

    def slug_source(self):
        """What a missing slug is made from: the English name."""
        return getattr(self, to_attribute(self.named_by, "en")) if self.named_by else ""

    def _free_slug(self):
        """The slug of ``slug_source()``, with a number where that is taken."""
        model = type(self)
        wanted = slugify(self.slug_source())[:90].rstrip("-") or model._meta.model_name
        taken = set(
            model._default_manager.filter(slug__startswith=wanted)
            .exclude(pk=self.pk)
            .values_list("slug", flat=True)
        )
        numbered = (f"{wanted}-{number}" for number in itertools.count(2))
        return next(
            slug
            for slug in itertools.chain([wanted], numbered)
            if slug not in taken and slug not in model.reserved_slugs
        )


def publishable_models():
    return [model for model in apps.get_models() if issubclass(model, Publishable)]


def dependents_of(record):
    """The public records that point at this one, and would lose it with it."""
    pointing = [
        relation
        for relation in record._meta.related_objects
        if issubclass(relation.related_model, Publishable)
    ]
    found = [
        dependent
        for relation in pointing
        for dependent in relation.related_model.objects.published()
        .filter(**{relation.field.name: record})
        .select_related()  # what its name is made of
    ]
    return list(dict.fromkeys(found))  # one may point here twice
