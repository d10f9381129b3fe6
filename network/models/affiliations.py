from contextlib import suppress

from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from osaka_site import clock
from osaka_site.dates import PartialDate, PartialDateField, format_period
from osaka_site.fields import BodyTextField
from osaka_site.publishing import (
    Publishable,
    PublishableQuerySet,
    check_parent,
    is_public,
    not_its_own_parent,
)
from osaka_site.translation import Translated
from osaka_site.uploads import DocumentField, check_size

from .. import anniversaries
from ..wording import check_placeholders, facts_of, fill
from .library import Source
from .partners import Partner


class CategoryQuerySet(PublishableQuerySet):
    def published(self):
        """A part shows only while its whole does."""
        return super().published().filter(Q(parent=None) | is_public("parent__"))

    def in_use(self):
        """Those with a current tie that visitors see, and what these are part of."""
        ties = Affiliation.objects.published().current()
        return self.filter(
            Exists(ties.filter(category=OuterRef("pk")))
            | Exists(ties.filter(category__parent=OuterRef("pk")))
        )

    def with_ties(self):
        """Every published tie of each category as ``ties``, oldest first."""
        ties = Affiliation.objects.published().for_list().in_time()
        return self.prefetch_related(
            Prefetch("affiliations", queryset=ties, to_attr="ties")
        )


class Category(Publishable):
    reserved_slugs = Publishable.reserved_slugs | {"ended", "offices"}

    class Shape(models.TextChoices):
        SISTER = "sister", _("Disc, blue")
        COOPERATION = "cooperation", _("Ring, green-blue")
        BPC = "bpc", _("Diamond, brown")
        MOU = "mou", _("Square, violet")
        PORT = "port", _("Triangle, green")

    class Layout(models.TextChoices):
        CARDS = "cards", _("Partners with distance and heading")
        TABLE = "table", _("Table of partner, date and content")

    class Members(models.TextChoices):
        CITY = "city", _("City")
        INSTITUTION = "institution", _("Institution")
        PORT = "port", _("Port")

    name = Translated(models.CharField(_("name"), max_length=120), is_required=True)
    tie_name = Translated(
        models.CharField(
            _("name of one tie"),
            max_length=80,
            help_text=_("In the singular: Sister city. A tie may have its own."),
        ),
        is_required=True,
    )
    aliases = Translated(
        models.CharField(
            _("other names"),
            max_length=200,
            help_text=_(
                "Parted by commas; people who search for them find this category."
            ),
        )
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
        verbose_name=_("part of"),
        help_text=_("It then shows as a section of that category."),
    )
    members = models.CharField(
        _("its partners are"), max_length=12, choices=Members, default=Members.CITY
    )
    shape = models.CharField(_("sign"), max_length=12, choices=Shape)
    layout = models.CharField(
        _("shown as"), max_length=6, choices=Layout, default=Layout.CARDS
    )
    summary = Translated(
        models.CharField(
            _("one line"),
            max_length=120,
            help_text=_("Under the count on the home page."),
        )
    )
    introduction = Translated(
        BodyTextField(
            _("introduction"),
            help_text=_(
                "A blank line starts a new paragraph. Words in braces are filled in "
                "from the records, so they are never out of date: {count}, "
                "{count_in_words}, {first}, {first_year}, {first_ended}, {others}, "
                "{established}, {interval}."
            ),
        )
    )
    established_on = PartialDateField(_("established"), null=True, blank=True)
    anniversary_interval = models.PositiveSmallIntegerField(
        _("years between anniversaries"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: its ties celebrate none."),
    )
    order = models.PositiveSmallIntegerField(
        pgettext_lazy("place in a list", "order"), default=100
    )

    objects = CategoryQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ["order", "slug"]
        verbose_name = _("affiliation category")
        verbose_name_plural = _("affiliation categories")
        constraints = [*Publishable.Meta.constraints, not_its_own_parent("category")]

    def __str__(self):
        return self.name

    def clean(self):
        super().clean()
        check_parent(self)
        check_placeholders(self, "introduction")

    def get_absolute_url(self):
        return reverse("network:category_detail", args=[self.slug])

    @property
    def is_published(self):
        return super().is_published and (
            self.parent is None or self.parent.is_published
        )

    # What follows reads ``ties``: fetch the category with ``with_ties()``.

    @cached_property
    def current_ties(self):
        return [tie for tie in self.ties if tie.is_current]

    @cached_property
    def ended_ties(self):
        return [tie for tie in self.ties if tie.has_ended]

    @cached_property
    def awaited_ties(self):
        return [tie for tie in self.ties if tie.is_awaited]

    @property
    def told_introduction(self):
        """The introduction with its placeholders filled in from the records.

        A text that is shown in another language takes its facts in that one.
        """
        text = self.introduction
        if not text:
            return text
        with override(text.language):
            return fill(text, facts_of(self))


class AffiliationQuerySet(PublishableQuerySet):
    def published(self):
        """A tie shows only while its partner and its category do."""
        return (
            super()
            .published()
            .filter(is_public("partner__"), is_public("category__"))
            .filter(Q(category__parent=None) | is_public("category__parent__"))
        )

    def current(self):
        """In force today; dates known to the month count as a whole month.

        ISO text sorts as dates do, so a prefix such as "2026-11" is not after
        any day of its month.
        """
        return self.begun().exclude(self._ended())

    def ended(self):
        return self.filter(self._ended())

    def begun(self):
        today = PartialDate.from_date(clock.today())
        return self.filter(Q(signed_on=None) | Q(signed_on__lte=today))

    @staticmethod
    def _ended():
        today = clock.today()
        still_running = [f"{today:%Y}", f"{today:%Y-%m}"]
        return Q(ended_on__lte=PartialDate.from_date(today)) & ~Q(
            ended_on__in=still_running
        )

    def awaited(self):
        today = PartialDate.from_date(clock.today())
        return self.filter(signed_on__gt=today)

    def ending(self, until):
        """Those that are not over and end no later than ``until``, as far as it is
        known: an end in 2027 may be on its first day."""
        limit = PartialDate.from_date(until)
        return self.filter(ended_on__lte=limit).exclude(self._ended())

    def celebrating(self):
        """Those in force that have anniversaries."""
        return self.current().filter(
            signed_on__isnull=False, category__anniversary_interval__isnull=False
        )

    def in_time(self):
        return self.order_by(F("signed_on").asc(nulls_last=True), "slug")

    def for_list(self):
        return self.select_related("partner__parent", "category__parent")


class Affiliation(Publishable):
    """A tie between Osaka and a partner."""

    named_by = ""
    edited_with_it = ("documents",)

    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="affiliations", verbose_name=_("partner")
    )
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        related_name="affiliations",
        verbose_name=_("category"),
    )
    wording = Translated(
        models.CharField(
            _("its own name"),
            max_length=80,
            help_text=_("Where it differs from the category’s: Friendship city."),
        )
    )
    signed_on = PartialDateField(
        _("signed on"),
        null=True,
        blank=True,
        help_text=_("As exactly as it is known. Leave month or day empty if not."),
    )
    ended_on = PartialDateField(
        _("ended on"),
        null=True,
        blank=True,
        help_text=_(
            "From then on it no longer counts and celebrates no anniversaries; "
            "it stays on the partner’s page."
        ),
    )
    content = Translated(
        BodyTextField(
            _("content"), help_text=_("What the two sides agreed to do together.")
        )
    )
    counterpart = Translated(
        models.CharField(
            _("counterpart"), max_length=200, help_text=_("The body that signed.")
        )
    )
    sources = models.ManyToManyField(
        Source, blank=True, related_name="affiliations", verbose_name=_("sources")
    )

    objects = AffiliationQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ["slug"]
        verbose_name = _("affiliation")
        verbose_name_plural = _("affiliations")

    def __str__(self):
        return f"{self.partner}: {self.tie_name}"

    def clean(self):
        super().clean()
        if self.ends_before_it_starts():
            raise ValidationError(
                {"ended_on": _("A tie cannot end before it was signed.")}
            )
        if self.category_id and self.category.parts.exists():
            raise ValidationError(
                {"category": _("Choose one of the parts of this category.")}
            )
        if self.partner_id and self.category_id and (other := self.overlapping()):
            raise ValidationError(
                {
                    "category": _(
                        "This partner already has a tie of this category in that "
                        "time: %(period)s. Correct that one, or give it an end."
                    )
                    % {"period": other.period or _("date not recorded")}
                }
            )

    def get_absolute_url(self):
        return f"{self.partner.get_absolute_url()}#{self.slug}"

    def slug_source(self):
        return f"{self.category.slug} {self.partner.slug}"

    def ends_before_it_starts(self):
        return bool(
            self.signed_on
            and self.ended_on
            and self.ended_on.last_day < self.signed_on.first_day
        )

    def overlapping(self):
        """A tie of the same category and partner that certainly shares a day."""
        others = Affiliation.objects.filter(
            partner=self.partner_id, category=self.category_id
        ).exclude(pk=self.pk)
        return next((tie for tie in others if _certainly_overlap(self, tie)), None)

    @property
    def is_published(self):
        return (
            super().is_published
            and self.partner.is_published
            and self.category.is_published
        )

    @property
    def tie_name(self):
        return self.wording or self.category.tie_name

    @property
    def period(self):
        """ "1957–2018" with what is known of it; empty without any date."""
        if self.signed_on and self.ended_on:
            return format_period(self.signed_on, self.ended_on)
        return self.signed_on.format() if self.signed_on else ""

    @property
    def has_ended(self):
        today = clock.today()
        return bool(self.ended_on) and (
            self.ended_on.last_day < today
            or self.ended_on == PartialDate.from_date(today)
        )

    @property
    def is_awaited(self):
        """Signed for a day to come."""
        return bool(self.signed_on) and self.signed_on.first_day > clock.today()

    @property
    def is_current(self):
        return not self.has_ended and not self.is_awaited

    @property
    def full_years(self):
        """How long it has lasted, as far as its date tells."""
        return anniversaries.full_years(self, clock.today())

    @property
    def next_anniversary(self):
        return anniversaries.next_of(self, clock.today())


def _certainly_overlap(one, other):
    def starts_before_end_of(a, b):
        return (
            a.signed_on is None
            or b.ended_on is None
            or a.signed_on.last_day < b.ended_on.first_day
        )

    return starts_before_end_of(one, other) and starts_before_end_of(other, one)


class AgreementDocument(models.Model):
    affiliation = models.ForeignKey(
        Affiliation,
        models.CASCADE,
        related_name="documents",
        verbose_name=_("affiliation"),
    )
    title = Translated(models.CharField(_("title"), max_length=200), is_required=True)
    file = DocumentField(
        _("file"),
        upload_to="agreements/",
        validators=[FileExtensionValidator(["pdf"]), check_size],
        help_text=_("PDF. It is public as soon as the tie is."),
    )
    language = models.CharField(
        _("language"), max_length=10, default="ja", help_text=_("Its code: ja, en …")
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("agreement document")
        verbose_name_plural = _("agreement documents")

    def __str__(self):
        return self.title

    @property
    def size(self):
        """In bytes; ``None`` for a file that was lost."""
        with suppress(FileNotFoundError):
            return self.file.size
        return None
