"""What several records share: pictures, links to other sites, sources."""

from contextlib import suppress
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest, TruncDate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from translated_fields import to_attribute

from osaka_site.dates import PartialDateField
from osaka_site.fields import WebAddressField
from osaka_site.publishing import Publishable, PublishableQuerySet
from osaka_site.translation import Translated

from ..pictures import PictureField
from ..renditions import jpeg_of, make_renditions, webps_of

# What cameras and programs call a picture: IMG_2041, DSC00012, P1010034, pier.jpg.
FILE_NAME = (
    r"^\s*(?:img|dscn?|dscf|p|pict|scan|image|screenshot)[-_ ]?[0-9]+\s*$"
    r"|\.(?:jpe?g|png|gif|webp|avif|heic|tiff?|bmp)\s*$"
)


class PictureQuerySet(PublishableQuerySet):
    def without_proper_alt(self):
        """Those whose alternative text is missing in both of the languages that the
        others fall back to, or is only the name of a file in some language."""
        columns = [to_attribute("alt", code) for code in dict(settings.LANGUAGES)]
        names = (Q(**{f"{column}__iregex": FILE_NAME}) for column in columns)
        return self.filter(reduce(or_, names, Q(alt_ja="", alt_en="")))


class Picture(Publishable):
    class Focus(models.TextChoices):
        """Where the crop of a card looks, row by row."""

        TOP_LEFT = "top-left", _("Top left")
        TOP = "top", _("Top")
        TOP_RIGHT = "top-right", _("Top right")
        LEFT = "left", _("Left")
        CENTRE = "centre", _("Centre")
        RIGHT = "right", _("Right")
        BOTTOM_LEFT = "bottom-left", _("Bottom left")
        BOTTOM = "bottom", _("Bottom")
        BOTTOM_RIGHT = "bottom-right", _("Bottom right")

    named_by = "alt"

    file = PictureField(
        _("file"),
        upload_to="pictures/",
        width_field="width",
        height_field="height",
        help_text=_(
            "JPEG, PNG or WebP, at most 50 megapixels. It is turned upright, made "
            "smaller where it is larger than a screen needs, and the place and "
            "camera recorded in it are removed."
        ),
    )
    focus = models.CharField(
        _("what matters is"),
        max_length=12,
        choices=Focus,
        default=Focus.CENTRE,
        help_text=_("Where a page has less room, this part of the picture stays."),
    )
    width = models.PositiveIntegerField(_("width"), default=0, editable=False)
    height = models.PositiveIntegerField(_("height"), default=0, editable=False)
    alt = Translated(
        models.CharField(
            _("alternative text"),
            max_length=200,
            help_text=_(
                "What matters in the picture, for people who do not see it. "
                "Not the file name, and without “picture of”."
            ),
        ),
        is_required=True,
    )
    caption = Translated(
        models.CharField(
            _("caption"), max_length=300, help_text=_("Who, what and when.")
        )
    )
    credit = models.CharField(
        _("credit"), max_length=200, blank=True, help_text=_("Who made it.")
    )
    licence = models.CharField(
        _("licence"),
        max_length=100,
        blank=True,
        help_text=_("Such as CC BY 4.0, or the permission we were given."),
    )

    objects = PictureQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ["slug"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self):
        return self.caption or self.alt

    def save(self, *args, **kwargs):
        """The smaller copies follow once the row is really stored: trial saves of a
        working copy make none."""
        super().save(*args, **kwargs)
        transaction.on_commit(self.make_renditions, robust=True)

    def make_renditions(self):
        with suppress(FileNotFoundError):
            make_renditions(self)

    @property
    def webps(self):
        return webps_of(self.file.name, self.width)

    @property
    def jpeg(self):
        return jpeg_of(self.file.name, self.width)


class SourceQuerySet(PublishableQuerySet):
    def with_last_check(self):
        """Reading the page of a source is a check as well."""
        last = Greatest(
            Coalesce("confirmed_on", "checked_on"),
            Coalesce("checked_on", "confirmed_on"),
        )
        return self.annotate(last_check=Coalesce(last, TruncDate("updated_at")))

    def cited_by(self, partner, ties):
        """The sources of a partner's page: its own, and those of its ties."""
        return self.filter(
            Q(partners=partner) | Q(affiliations__in=[tie.pk for tie in ties])
        ).distinct()


class Source(Publishable):
    named_by = ""

    class Kind(models.TextChoices):
        SEED = "seed", _("This site’s founding document")
        OFFICIAL = "official", _("Public body")
        PRESS = "press", _("Press")
        ASSOCIATION = "association", _("Association")
        ARCHIVE = "archive", _("Archived copy")
        BLOG = "blog", _("Blog")
        WIKI = "wiki", _("Wiki")
        DATASET = "dataset", _("Data set")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    title = models.CharField(
        _("title"), max_length=300, help_text=_("As it stands on the page.")
    )
    publisher = models.CharField(_("publisher"), max_length=200, blank=True)
    url = WebAddressField(_("address"), blank=True)
    language = models.CharField(
        _("language"),
        max_length=10,
        default="ja",
        help_text=_("Code of the language: ja, en, zh-Hans, ko, de …"),
    )
    page_date = PartialDateField(
        _("date of the page"), null=True, blank=True, help_text=_("As the page says.")
    )
    checked_on = models.DateField(
        _("checked on"),
        null=True,
        blank=True,
        help_text=_("When somebody last read it."),
    )

    objects = SourceQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ["publisher", "title"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")

    def __str__(self):
        return self.title

    def slug_source(self):
        return f"{self.publisher} {self.title}"


class ExternalLink(Publishable):
    named_by = "title"

    title = Translated(models.CharField(_("title"), max_length=200), is_required=True)
    url = WebAddressField(_("address"))
    description = Translated(models.CharField(_("description"), max_length=300))
    languages = models.CharField(
        _("languages of the site"),
        max_length=100,
        blank=True,
        help_text=_("Codes, parted by commas: ja, en, zh-Hans."),
    )
    is_listed = models.BooleanField(
        _("on the links page"),
        default=False,
        help_text=_("Otherwise it shows only on the records that use it."),
    )
    order = models.PositiveSmallIntegerField(
        pgettext_lazy("place in a list", "order"), default=100
    )

    class Meta(Publishable.Meta):
        ordering = ["order", "slug"]
        verbose_name = _("external link")
        verbose_name_plural = _("external links")

    def __str__(self):
        return self.title
