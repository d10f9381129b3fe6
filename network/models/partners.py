from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from translated_fields import to_attribute

from osaka_site.charts import Bearing
from osaka_site.fields import BodyTextField, WebAddressField
from osaka_site.publishing import (
    Publishable,
    PublishableQuerySet,
    not_its_own_parent,
)
from osaka_site.translation import Translated, TranslatedText, translated

from .library import ExternalLink, Picture, Source


class PartnerQuerySet(PublishableQuerySet):
    def by_name(self):
        return self.order_by(translated("name"), "slug")

    def tied_by(self, slug):
        """Those with a current tie of the category with ``slug``, or of a part of it."""
        from .affiliations import Affiliation

        ties = Affiliation.objects.published().current()
        return self.filter(
            Exists(
                ties.filter(partner=OuterRef("pk")).filter(
                    Q(category__slug=slug) | Q(category__parent__slug=slug)
                )
            )
        )

    def with_shape(self):
        """Annotate ``shape``: the sign of the category of the main current tie."""
        from .affiliations import Affiliation

        main = (
            Affiliation.objects.published()
            .current()
            .filter(partner=OuterRef("pk"))
            .order_by("category__order", F("signed_on").asc(nulls_last=True), "pk")
        )
        return self.annotate(shape=Subquery(main.values("category__shape")[:1]))


class Partner(Publishable):
    class Kind(models.TextChoices):
        CITY = "city", _("City")
        REGION = "region", _("Region or combined authority")
        PORT = "port", _("Port")
        INSTITUTION = "institution", _("Institution")
        EMBASSY = "embassy", _("Embassy")

    class LabelSide(models.TextChoices):
        NONE = "", _("No name on the chart")
        EAST = "e", _("To the right")
        WEST = "w", _("To the left")
        NORTH = "n", _("Above")
        SOUTH = "s", _("Below")

    edited_with_it = ("affiliations",)
    taken_along = ("affiliations",)

    NATIVE_LANGUAGES = {"CN": "zh-hans", "KR": "ko"}

    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.CITY)
    name = Translated(
        models.CharField(
            _("name"), max_length=120, help_text=_("As used in running text: Shanghai.")
        ),
        is_required=True,
    )
    formal_name = Translated(
        models.CharField(
            _("full name"),
            max_length=200,
            help_text=_("As in agreements, where it differs: Nanjing City."),
        )
    )
    aliases = Translated(
        models.CharField(
            _("other names"),
            max_length=200,
            help_text=_(
                "Parted by commas; people who search for them find this partner."
            ),
        )
    )
    country = CountryField(_("country"))
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("belongs to"),
        help_text=_("The port of Shanghai belongs to Shanghai."),
    )
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
        help_text=_("Degrees, south negative. Without a position: not on the chart."),
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
        help_text=_("Degrees, west negative."),
    )
    label_side = models.CharField(
        _("name on the chart"),
        max_length=1,
        choices=LabelSide,
        blank=True,
        help_text=_("Where the name stands beside the sign on the world chart."),
    )
    introduction = Translated(BodyTextField(_("introduction")))
    website = WebAddressField(_("official site"), blank=True)
    wikidata_id = models.CharField(
        _("Wikidata number"), max_length=12, blank=True, help_text=_("Such as Q8686.")
    )
    geonames_id = models.PositiveIntegerField(
        _("GeoNames number"), null=True, blank=True
    )
    pictures = models.ManyToManyField(
        Picture, blank=True, related_name="partners", verbose_name=_("pictures")
    )
    links = models.ManyToManyField(
        ExternalLink, blank=True, related_name="partners", verbose_name=_("links")
    )
    sources = models.ManyToManyField(
        Source, blank=True, related_name="partners", verbose_name=_("sources")
    )

    objects = PartnerQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ["slug"]
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        constraints = [
            *Publishable.Meta.constraints,
            models.CheckConstraint(
                name="partner_latitude_with_longitude",
                condition=Q(latitude=None, longitude=None)
                | Q(latitude__isnull=False, longitude__isnull=False),
                violation_error_message=_(
                    "Give both the latitude and the longitude, or neither."
                ),
            ),
            not_its_own_parent("partner"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("network:partner_detail", args=[self.slug])

    @property
    def full_name(self):
        return self.formal_name or self.name

    @property
    def native_name(self):
        """The name in the partner's own script, where it differs from the shown."""
        language = self.NATIVE_LANGUAGES.get(self.country.code)
        text = language and getattr(self, to_attribute("name", language))
        return TranslatedText(text, language) if text and text != self.name else ""

    @cached_property
    def bearing(self):
        """Distance and heading from Osaka, ``None`` without a position."""
        if self.latitude is None:
            return None
        return Bearing.from_osaka(float(self.latitude), float(self.longitude))
