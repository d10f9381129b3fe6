"""The publishing calendar: what begins, ends and takes place in a month."""

from dataclasses import dataclass
from datetime import datetime, time
from itertools import chain

from django.contrib import admin
from django.db.models import F, Model, OuterRef, Q, Subquery, TextChoices, Value
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from events.models import Exchange
from network import anniversaries
from network.models import Affiliation
from network.templatetags.network_tags import anniversary as anniversary_name
from osaka_site import clock
from osaka_site.characters import in_one_line
from osaka_site.dates import PartialDate
from osaka_site.months import (
    FIRST_YEAR,
    LAST_YEAR,
    MonthForm,
    months_later,
    precision_of,
    weekdays,
    weeks_of,
)
from osaka_site.publishing import Status

from .across import address_of, fetch, number_of
from .models import WorkingCopy
from .todo import RECORDS


class Kind(TextChoices):
    GOES_LIVE = "goes-live", _("Goes live")
    COMES_DOWN = "comes-down", _("Comes down")
    EXCHANGE = "exchange", _("Exchange")
    ANNIVERSARY = "anniversary", _("Anniversary")
    ENDS = "ends", _("Agreement ends")

    @property
    def sign(self):
        """So that the kinds differ by more than their colour."""
        return {
            Kind.GOES_LIVE: "▲",
            Kind.COMES_DOWN: "▼",
            Kind.EXCHANGE: "●",
            Kind.ANNIVERSARY: "★",
            Kind.ENDS: "■",
        }[self]


@dataclass(frozen=True)
class Occasion:
    """Something in the calendar, as exactly as its date is known."""

    kind: Kind
    record: Model
    starts_on: PartialDate
    ends_on: PartialDate | None = None
    at: time | None = None
    note: str = ""

    @property
    def first_day(self):
        return self.starts_on.first_day

    @property
    def last_day(self):
        return (self.ends_on or self.starts_on).last_day

    @property
    def precision(self):
        return precision_of(self.starts_on, self.ends_on)

    @property
    def address(self):
        return address_of(self.record)

    @property
    def anchor(self):
        opts = self.record._meta
        return f"on-{self.kind}-{opts.model_name}-{self.record.pk}"

    @property
    def status(self):
        """The status of what citizens do not see; ``None`` of what is published."""
        if self.record.status == Status.PUBLISHED:
            return None
        return self.record.get_status_display()


@require_safe
def month(request):
    form = MonthForm(request.GET)
    today = clock.today()
    this_month = PartialDate(today.year, today.month)
    chosen = form.is_valid() and (form.cleaned_data["month"] or this_month)
    return render(
        request,
        "admin/desk/calendar.html",
        {
            **admin.site.each_context(request),
            "title": _("Publishing calendar"),
            "kinds": Kind,
            "month_field": form["month"],
            "month_sent": in_one_line(request.GET.get("month", ""))[:40],
            "month": chosen,
            "this_month": "" if chosen != this_month else None,
            **(_month(request, chosen, today) if chosen else {}),
        },
    )


def _month(request, month, today):
    occasions = [
        occasion
        for occasion in chain(
            _exchanges(request, month), _ties(request, month), _moments(request, month)
        )
        if occasion.first_day <= month.last_day and occasion.last_day >= month.first_day
    ]
    known_to_the = {
        precision: [found for found in occasions if found.precision == precision]
        for precision in ("year", "month", "day")
    }
    return {
        "weekdays": weekdays(month),
        "weeks": weeks_of(sorted(known_to_the["day"], key=_bars_first), month, today),
        "occasions": sorted(known_to_the["day"], key=_in_time),
        "of_month": known_to_the["month"],
        "of_year": known_to_the["year"],
        "neighbours": list(_neighbours(month)),
    }


def _bars_first(occasion):
    return (occasion.first_day == occasion.last_day, *_in_time(occasion))


def _in_time(occasion):
    return (occasion.first_day, occasion.at or time.min, occasion.kind)


def _neighbours(month):
    if month > PartialDate(FIRST_YEAR, 1):
        earlier = months_later(month, -1)
        yield "prev", earlier, f"?month={earlier}"
    if month < PartialDate(LAST_YEAR, 12):
        later = months_later(month, 1)
        yield "next", later, f"?month={later}"


def _shown(request, model):
    """Those that the person may see, without what is over and done with."""
    model_admin = admin.site.get_model_admin(model)
    records = model_admin.get_queryset(request).exclude(status=Status.ARCHIVED)
    return records if model_admin.has_view_permission(request) else records.none()


def _exchanges(request, month):
    exchanges = _shown(request, Exchange).between(month.first_day, month.last_day)
    for exchange in exchanges:
        is_as_planned = exchange.state == Exchange.State.AS_PLANNED
        yield Occasion(
            Kind.EXCHANGE,
            exchange,
            exchange.starts_on,
            exchange.ends_on,
            exchange.starts_at,
            note="" if is_as_planned else exchange.get_state_display(),
        )


def _ties(request, month):
    """Anniversaries and ends."""
    year = month.year
    ends = Q(ended_on__gte=PartialDate(year), ended_on__lt=PartialDate(year + 1))
    has_anniversaries = Q(
        signed_on__isnull=False, category__anniversary_interval__isnull=False
    )
    for tie in _shown(request, Affiliation).for_list().filter(ends | has_anniversaries):
        if found := anniversaries.in_year(tie, year):
            name = anniversary_name(found.number)
            yield Occasion(Kind.ANNIVERSARY, tie, found.date, note=name)
        if tie.ended_on and tie.ended_on.year == year:
            yield Occasion(Kind.ENDS, tie, tie.ended_on)


def _moments(request, month):
    """What begins or ceases to show by itself, of every kind in one query."""
    following = months_later(month, 1).first_day
    begin, end = (
        timezone.make_aware(datetime.combine(day, time.min))
        for day in (month.first_day, following)
    )
    rows = list(_rows(request, begin, end))
    records = fetch([(of_kind, pk) for _kind, of_kind, pk, _moment in rows])
    for kind, of_kind, pk, moment in rows:
        at = timezone.localtime(moment)
        if record := records.get((of_kind, pk)):
            day = PartialDate.from_date(at.date())
            yield Occasion(Kind(kind), record, day, at=at.time())


def _rows(request, begin, end):
    """``(kind, number of the kind of record, pk, moment)``"""
    parts = []
    for model in RECORDS:
        shown = _shown(request, model).order_by()
        public = shown.filter(status=Status.PUBLISHED)
        copies = WorkingCopy.objects.of_kind(model).filter(
            state=WorkingCopy.State.APPROVED,
            goes_live_at__gte=begin,
            goes_live_at__lt=end,
        )
        moments = copies.filter(object_id=OuterRef("pk")).values("goes_live_at")
        for kind, records, moment in [
            (
                Kind.GOES_LIVE,
                public.filter(publish_at__gte=begin, publish_at__lt=end),
                F("publish_at"),
            ),
            (
                Kind.GOES_LIVE,
                shown.filter(pk__in=copies.values("object_id")),
                Subquery(moments[:1]),
            ),
            (
                Kind.COMES_DOWN,
                public.filter(unpublish_at__gte=begin, unpublish_at__lt=end),
                F("unpublish_at"),
            ),
        ]:
            annotated = records.annotate(
                occasion=Value(kind.value),
                of_kind=Value(number_of(model)),
                moment=moment,
            )
            parts.append(annotated.values_list("occasion", "of_kind", "pk", "moment"))
    return parts[0].union(*parts[1:], all=True)
