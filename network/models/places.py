from django.db import models
from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from osaka_site.dates import PartialDateField
from osaka_site.fields import BodyTextField, WebAddressField
from osaka_site.publishing import (
    Publishable,
    PublishableQuerySet,
    check_parent,
    is_public,
    not_its_own_parent,
)
from osaka_site.translation import Translated

from .library import ExternalLink, Picture, Source
from .partners import Partner


class PlaceQuerySet(PublishableQuerySet):
    def published(self):
        """A part shows only while its whole does."""
        return super().published().filter(Q(parent=None) | is_public("parent__"))

    def with_pictures(self):
        return self.prefetch_related(Prefetch("pictures", Picture.objects.published()))

    def with_links(self):
        return self.prefetch_related(
            Prefetch("links", ExternalLink.objects.published())
        )


class Place(Publishable):
    """What an overseas office and a facility have in common."""

    name = Translated(models.CharField(_("name"), max_length=200), is_required=True)
    introduction = Translated(BodyTextField(_("introduction")))
    address = Translated(models.CharField(_("postal address"), max_length=300))
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    website = WebAddressField(_("its own site"), blank=True)
    opened_on = PartialDateField(_("opened"), null=True, blank=True)
    order = models.PositiveSmallIntegerField(
        pgettext_lazy("place in a list", "order"), default=100
    )
    pictures = models.ManyToManyField(Picture, blank=True, verbose_name=_("pictures"))
    links = models.ManyToManyField(ExternalLink, blank=True, verbose_name=_("links"))
    sources = models.ManyToManyField(Source, blank=True, verbose_name=_("sources"))

    objects = PlaceQuerySet.as_manager()

    class Meta(Publishable.Meta):
        abstract = True
        ordering = ["order", "slug"]

    def __str__(self):
        return self.name

    def clean(self):
        super().clean()
        check_parent(self)

    @property
    def is_published(self):
        return super().is_published and (
            self.parent is None or self.parent.is_published
        )


class OverseasOfficeQuerySet(PlaceQuerySet):
    def published(self):
        """An office shows only while its city does, a part of one likewise."""
        return (
            super()
            .published()
            .filter(Q(city=None) | is_public("city__"))
            .filter(Q(parent__city=None) | is_public("parent__city__"))
        )

    def whole(self):
        """Not the parts of a joint office: those show within it."""
        return self.filter(parent=None).select_related("city")


class OverseasOffice(Place):
    taken_along = ("parts",)

    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
        verbose_name=_("part of"),
        help_text=_("The joint office that this one belongs to."),
    )
    city = models.ForeignKey(
        Partner,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="offices",
        verbose_name=_("city"),
        help_text=_("The office also shows on this partner’s page."),
    )
    operator = Translated(models.CharField(_("run by"), max_length=200))

    objects = OverseasOfficeQuerySet.as_manager()

    class Meta(Place.Meta):
        verbose_name = _("overseas office")
        verbose_name_plural = _("overseas offices")
        constraints = [*Place.Meta.constraints, not_its_own_parent("overseas_office")]

    def get_absolute_url(self):
        return f"{reverse('network:office_list')}#{self.slug}"

    @property
    def is_published(self):
        return super().is_published and (self.city is None or self.city.is_published)

    @property
    def japanese_name(self):
        """What stands on its door, beside the name in the visitor's language."""
        return self.name_ja if self.name_ja != self.name else ""


class Facility(Place):
    taken_along = ("parts", "programmes")
    reserved_slugs = Publishable.reserved_slugs | {"access", "events", "programmes"}

    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
        verbose_name=_("inside"),
        help_text=_("The house that this facility is in."),
    )
    lead = Translated(
        models.CharField(
            _("one sentence"), max_length=200, help_text=_("What it is for.")
        )
    )
    hours = Translated(BodyTextField(_("opening hours")))
    services = Translated(
        models.TextField(_("services"), help_text=_("One service a line."))
    )
    languages_served = Translated(
        models.CharField(_("languages served"), max_length=200)
    )
    access = Translated(
        models.TextField(_("how to get there"), help_text=_("One way a line."))
    )
    latitude = models.DecimalField(
        _("latitude"), max_digits=9, decimal_places=6, null=True, blank=True
    )
    longitude = models.DecimalField(
        _("longitude"), max_digits=9, decimal_places=6, null=True, blank=True
    )

    class Meta(Place.Meta):
        verbose_name = _("facility")
        verbose_name_plural = _("facilities")
        constraints = [*Place.Meta.constraints, not_its_own_parent("facility")]

    def get_absolute_url(self):
        return f"{reverse('network:house')}#{self.slug}"


class ProgrammeQuerySet(PublishableQuerySet):
    def published(self):
        """A programme shows only while its facility does."""
        return (
            super()
            .published()
            .filter(is_public("facility__"))
            .filter(Q(facility__parent=None) | is_public("facility__parent__"))
        )


class Programme(Publishable):
    named_by = "title"

    facility = models.ForeignKey(
        Facility,
        models.PROTECT,
        related_name="programmes",
        verbose_name=_("facility"),
    )
    title = Translated(
        models.CharField(
            _("title"),
            max_length=120,
            help_text=_("Named for its reader: If you moved to Osaka from abroad."),
        ),
        is_required=True,
    )
    text = Translated(BodyTextField(_("text")))
    url = WebAddressField(_("more about it"), blank=True)
    order = models.PositiveSmallIntegerField(
        pgettext_lazy("place in a list", "order"), default=100
    )

    objects = ProgrammeQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ["order", "slug"]
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"{reverse('network:house')}#{self.slug}"

    @property
    def is_published(self):
        return super().is_published and self.facility.is_published
