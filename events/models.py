from datetime import date
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Case, DateField, Exists, F, OuterRef, Prefetch, Q, When
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from translated_fields import to_attribute

from network import anniversaries
from network.models import (
    Affiliation,
    ExternalLink,
    Facility,
    Partner,
    Picture,
    SearchEntry,
    Source,
)
from osaka_site import clock
from osaka_site.dates import PartialDateField
from osaka_site.fields import BodyTextField, WebAddressField
from osaka_site.publishing import Publishable, PublishableQuerySet, Status
from osaka_site.searching import words_of
from osaka_site.translation import Translated


class FieldQuerySet(PublishableQuerySet):
    def in_use(self):
        """The fields that some published exchange belongs to."""
        exchanges = Exchange.objects.published().filter(fields=OuterRef("pk"))
        return self.filter(Exists(exchanges))


class Field(Publishable):
    """A field of exchange: culture, sports, water …"""

    name = Translated(models.CharField(_("name"), max_length=80), is_required=True)
    aliases = Translated(
        models.CharField(
            _("other words"),
            max_length=200,
            help_text=_(
                "Parted by commas; people who search for them find this field."
            ),
        )
    )
    order = models.PositiveSmallIntegerField(
        pgettext_lazy("place in a list", "order"), default=100
    )

    objects = FieldQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ["order", "slug"]
        verbose_name = _("field of exchange")
        verbose_name_plural = _("fields of exchange")

    def __str__(self):
        return self.name


class ExchangeQuerySet(PublishableQuerySet):
    def upcoming(self):
        """Not over yet, the next one first; of two, the one known more exactly."""
        return self.filter(last_day__gte=clock.today()).order_by(
            "first_day", "-starts_on", "slug"
        )

    def past(self):
        return self.filter(last_day__lt=clock.today()).newest_first()

    def newest_first(self):
        """Known to the year only: after the dated ones of that year."""
        return self.order_by("-starts_on", "slug")

    def oldest_first(self):
        return self.order_by("starts_on", "-slug")

    def upcoming_first(self):
        """What is to come, the next one first; then what was, the latest first."""
        is_upcoming = Q(last_day__gte=clock.today())
        return self.order_by(
            Case(When(is_upcoming, then=F("first_day")), output_field=DateField()).asc(
                nulls_last=True
            ),
            "-starts_on",
            "slug",
        )

    def planned(self):
        """What takes place or took place, as far as staff have written it down."""
        return (
            self.kept()
            .exclude(status=Status.ARCHIVED)
            .exclude(state=Exchange.State.CANCELLED)
        )

    def in_year(self, year):
        """Those whose days touch the year: one from 31 December to 2 January is
        in both."""
        return self.filter(first_day__lte=f"{year:04}-12-31").filter(
            last_day__gte=f"{year:04}-01-01"
        )

    def in_fiscal_year(self, year):
        """The same from April to March, as Japanese public bodies count (Local
        Autonomy Act, art. 208)."""
        return self.between(date(year, 4, 1), date(year + 1, 3, 31))

    def between(self, first=None, last=None):
        """Those whose days touch the time from ``first`` to ``last``."""
        exchanges = self.filter(first_day__lte=last) if last else self
        return exchanges.filter(last_day__gte=first) if first else exchanges

    def open(self):
        """Those that people can still apply for."""
        return self.filter(is_open())

    def at_the_house(self):
        return self.filter(is_at_the_house())

    def with_partner_in(self, country):
        partners = Partner.objects.published().filter(country=country)
        return self.filter(Exists(_together(partner__in=partners)))

    def with_partner_tied_by(self, category):
        partners = Partner.objects.published().tied_by(category)
        return self.filter(Exists(_together(partner__in=partners)))

    def in_fields(self, slugs):
        """Those in any of the fields."""
        memberships = Exchange.fields.through.objects.filter(
            exchange=OuterRef("pk"), field__slug__in=slugs
        )
        return self.filter(Exists(memberships))

    def matching(self, text):
        """Those with all the words of a query; without a word, none."""
        if not (words := words_of(text)):
            return self.none()
        pks = SearchEntry.objects.pks_matching(SearchEntry.Kind.EXCHANGE, words)
        return self.filter(pk__in=pks)

    def celebrating(self):
        """Those of an anniversary of a tie that visitors see."""
        return self.with_tie().filter(celebrates__in=Affiliation.objects.published())

    def with_tie(self):
        """The tie it celebrates, and what that tie's being public depends on."""
        return self.select_related(
            "celebrates__partner", "celebrates__category__parent"
        )

    def known_to_the_day(self):
        return self.filter(is_known_to_the_day())

    def for_list(self):
        """Everything an exchange card shows, in a fixed number of queries."""
        return self.with_tie().prefetch_related(*card_relations())


def exchange_ids_matching(text):
    """What ``matching`` finds, published or not, as a list: to be met with others."""
    if not (words := words_of(text)):
        return []
    return SearchEntry.objects.list_pks_matching(SearchEntry.Kind.EXCHANGE, words)


def _together(**conditions):
    """The rows that put an exchange and a partner together."""
    return Exchange.partners.through.objects.filter(
        exchange=OuterRef("pk"), **conditions
    )


def is_open():
    """The condition for being open for application now."""
    columns = [to_attribute("how_to_apply", code) for code, _ in settings.LANGUAGES]
    says_how = reduce(or_, (~Q(**{column: ""}) for column in columns))
    return (
        (says_how | ~Q(apply_url=""))
        & (Q(apply_until=None) | Q(apply_until__gt=clock.now()))
        & Q(state=Exchange.State.AS_PLANNED, last_day__gte=clock.today())
    )


def is_at_the_house():
    return Q(venue__in=Facility.objects.published())


def is_known_to_the_day():
    """The condition for having a place in a calendar; dates are stored as ISO text."""
    length = len("2010-07-15")
    ends_on_a_day = Q(ends_on=None) | Q(Exact(Length("ends_on"), length))
    return Q(Exact(Length("starts_on"), length)) & ends_on_a_day


def fiscal_year(day):
    """The Japanese fiscal year of a day: it begins on 1 April."""
    return day.year if day.month >= 4 else day.year - 1


def card_relations():
    """What a card shows beside the exchange itself, for ``prefetch_related``."""
    return [
        Prefetch("partners", Partner.objects.published().with_shape().by_name()),
        Prefetch("fields", Field.objects.published()),
    ]


class Exchange(Publishable):
    named_by = "title"
    reserved_slugs = Publishable.reserved_slugs | {"calendar", "years"}

    class Kind(models.TextChoices):
        VISIT_FROM_ABROAD = "visit-from-abroad", _("Visit from abroad")
        VISIT_ABROAD = "visit-abroad", _("Visit abroad")
        COMMEMORATIVE = "commemorative", _("Commemorative event")
        SEMINAR = "seminar", _("Seminar or course")
        HOUSE = "house", _("Event at the International House")
        ONLINE = "online", _("Online")
        DOCUMENT = "document", _("Letter or signing")

    KINDS = dict(Kind.choices)

    class State(models.TextChoices):
        AS_PLANNED = "as-planned", _("As planned")
        POSTPONED = "postponed", _("Postponed")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    state = models.CharField(
        _("takes place"),
        max_length=10,
        choices=State,
        default=State.AS_PLANNED,
        help_text=_("A cancelled exchange stays on the site and says so."),
    )
    title = Translated(models.CharField(_("title"), max_length=200), is_required=True)
    summary = Translated(
        models.CharField(
            _("summary"), max_length=400, help_text=_("One or two sentences for lists.")
        )
    )
    body = Translated(
        BodyTextField(_("text"), help_text=_("A blank line starts a new paragraph."))
    )
    starts_on = PartialDateField(
        _("first day"),
        help_text=_("As exactly as it is known. Leave month or day empty if not."),
    )
    ends_on = PartialDateField(
        _("last day"), null=True, blank=True, help_text=_("Empty: one day.")
    )
    starts_at = models.TimeField(_("from"), null=True, blank=True)
    ends_at = models.TimeField(_("until"), null=True, blank=True)
    first_day = models.DateField(editable=False)
    last_day = models.DateField(editable=False)
    place = Translated(
        models.CharField(_("place"), max_length=200, help_text=_("City, or hall."))
    )
    venue = models.ForeignKey(
        Facility,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="exchanges",
        verbose_name=_("at the House"),
        help_text=_("Shown on the page of the International House too."),
    )
    partners = models.ManyToManyField(
        Partner, blank=True, related_name="exchanges", verbose_name=_("partners")
    )
    fields = models.ManyToManyField(
        Field, blank=True, related_name="exchanges", verbose_name=_("fields")
    )
    celebrates = models.ForeignKey(
        Affiliation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="celebrations",
        verbose_name=_("celebrates"),
        help_text=_(
            "The tie whose anniversary this is. Which anniversary follows from the "
            "dates."
        ),
    )
    host = Translated(models.CharField(_("host"), max_length=200))
    how_to_apply = Translated(
        BodyTextField(_("how to take part"), help_text=_("Who can come, and how."))
    )
    apply_url = WebAddressField(_("page to apply on"), blank=True)
    apply_until = models.DateTimeField(_("apply until"), null=True, blank=True)
    capacity = models.PositiveIntegerField(_("places"), null=True, blank=True)
    fee = Translated(
        models.CharField(_("fee"), max_length=120, help_text=_("Such as: Free."))
    )
    languages_offered = Translated(
        models.CharField(_("languages offered"), max_length=120)
    )
    pictures = models.ManyToManyField(
        Picture, blank=True, related_name="exchanges", verbose_name=_("pictures")
    )
    links = models.ManyToManyField(
        ExternalLink, blank=True, related_name="exchanges", verbose_name=_("links")
    )
    sources = models.ManyToManyField(
        Source, blank=True, related_name="exchanges", verbose_name=_("sources")
    )

    objects = ExchangeQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ["-starts_on", "slug"]
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")
        constraints = [
            *Publishable.Meta.constraints,
            models.CheckConstraint(
                name="exchange_last_day_not_before_first",
                condition=Q(last_day__gte=F("first_day")),
            ),
        ]
        indexes = [
            models.Index(fields=["-starts_on", "slug"], name="exchange_newest_first"),
            models.Index(fields=["first_day", "last_day"], name="exchange_days"),
            # When the next of them changes by itself, every page that is made asks.
            models.Index(fields=["publish_at"], name="exchange_publish_at"),
            models.Index(fields=["unpublish_at"], name="exchange_unpublish_at"),
            models.Index(fields=["apply_until"], name="exchange_apply_until"),
        ]

    def __str__(self):
        return self.title

    def clean(self):
        super().clean()
        if not self.starts_on:
            return
        if self.ends_on and self.ends_on.last_day < self.starts_on.first_day:
            raise ValidationError(
                {"ends_on": _("The last day cannot be before the first day.")}
            )
        if self.starts_at and self.starts_on.precision != "day":
            raise ValidationError(
                {"starts_at": _("A time needs a first day that is known to the day.")}
            )
        if self.ends_at and not self.starts_at:
            raise ValidationError({"starts_at": _("Give the time it starts as well.")})
        if (
            self.starts_at
            and self.ends_at
            and self.ends_at <= self.starts_at
            and self.ends_on in (None, self.starts_on)
        ):
            raise ValidationError(
                {"ends_at": _("It must end after it starts on the same day.")}
            )

    def save(self, *args, **kwargs):
        self.set_days()
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "first_day", "last_day"}
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("events:exchange_detail", args=[self.slug])

    def get_kind_display(self):
        """The same as Django's, which goes through all kinds for each record."""
        return self.KINDS.get(self.kind, self.kind)

    def set_days(self):
        """Derive the first and the last day it may touch, for searching by date."""
        self.first_day = self.starts_on.first_day
        self.last_day = (self.ends_on or self.starts_on).last_day

    @property
    def years(self):
        """Every year its days touch, the latest first."""
        return range(self.last_day.year, self.first_day.year - 1, -1)

    @property
    def is_upcoming(self):
        return self.last_day >= clock.today()

    @property
    def is_known_to_the_day(self):
        ends_on = self.ends_on or self.starts_on
        return self.starts_on.precision == ends_on.precision == "day"

    @property
    def is_open_for_application(self):
        return bool(
            (self.how_to_apply or self.apply_url)
            and self.is_upcoming
            and self.state == self.State.AS_PLANNED
            and (self.apply_until is None or self.apply_until > clock.now())
        )

    @property
    def anniversary_number(self):
        """50 for an event of the fiftieth anniversary of the tie it celebrates."""
        if self.celebrates is None or not self.celebrates.is_published:
            return None
        return anniversaries.nearest(self.celebrates, self.first_day.year)

    @property
    def anniversary(self):
        """The anniversary itself; ``None`` too if the tie had ended by then."""
        if not (number := self.anniversary_number):
            return None
        tie = self.celebrates
        return anniversaries.in_year(tie, tie.signed_on.year + number)


class ContentVersion(models.Model):
    """A token that changes with every change to any record, however it is made.

    Triggers in the database see to that (``events/triggers.py``), so that what a
    process has worked out from the records is known to be out of date with the next
    request. It is random: a restored backup must not bring back one that was used.
    """

    token = models.BigIntegerField()

    def __str__(self):
        return str(self.token)

    @classmethod
    def token_now(cls):
        return cls.objects.values_list("token", flat=True).get()

    @classmethod
    def news(cls, position):
        """The token now, and the rows of ``ContentChange`` from ``position`` on, the
        last one of all in any case; read at one moment."""
        with connection.cursor() as cursor:
            cursor.execute(NEWS, [position])
            rows = [Change(*row) for row in cursor.fetchall()]
        return rows[0].token_now, [row for row in rows if row.position]


class ContentChange(models.Model):
    """What the triggers wrote down of the last changes, the next token after each.

    A process that knows a token finds after it what has changed since, and need not
    read everything again. A change without a row here makes it do that.
    """

    token = models.BigIntegerField()
    table = models.CharField(max_length=63)
    exchange = models.BigIntegerField(null=True)  # or whatever the table is about

    def __str__(self):
        return f"{self.table} {self.exchange}"


class Change(NamedTuple):
    token_now: int
    position: int
    token: int
    table: str
    exchange: int | None


NEWS = """
    SELECT version.token, change.id, change.token, change."table", change.exchange
    FROM events_contentversion AS version
    LEFT JOIN events_contentchange AS change
        ON change.id >= %s
        OR change.id = (SELECT max(id) FROM events_contentchange)
    ORDER BY change.id
"""
