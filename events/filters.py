"""The one filter of exchanges: the page, the feeds, the calendar and the exports
take the same parameters and show the same records."""

from datetime import date
from functools import cached_property, reduce
from operator import and_

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from django_filters.fields import ChoiceField

from network.models import Category, Partner
from osaka_site.dates import PartialDate
from osaka_site.filters import FilterForm, ListFilterSet, WordsField
from osaka_site.searching import words_of

from .eras import fiscal_year_name
from .finding import current_index
from .models import Exchange, Field, exchange_ids_matching

WHEN = [("upcoming", _("Upcoming")), ("past", _("Past"))]
OPEN = [("1", _("Open for application"))]
HOUSE = [("1", _("At the International House"))]


class Matches:
    """Some exchanges of the index in an order; only what is cut out is read."""

    def __init__(self, index, bits, order):
        self.index, self.bits, self.order = index, bits, order

    def __len__(self):
        return self.bits.bit_count()

    def __getitem__(self, part):
        pks = self.index.page(self.bits, part.start or 0, part.stop, order=self.order)
        return self.index.read(pks)


class YearFormField(ChoiceField):
    """Any year in four digits; the list offers those that have exchanges."""

    unknown_choice = _("Write the year in four digits, such as 2018.")

    def valid_value(self, value):
        return (
            len(value) == 4
            and value.isascii()
            and value.isdigit()
            and 1 < int(value) < date.max.year
        )


class YearFilter(django_filters.ChoiceFilter):
    field_class = YearFormField


class DayFormField(forms.CharField):
    """A date as far as somebody wants to give it: 2018, 2018-04 or 2018-04-01."""

    def to_python(self, value):
        value = super().to_python(value)
        if not value:
            return None
        try:
            return PartialDate.parse(value)
        except ValueError:
            raise ValidationError(
                _("Write the date as 2018, 2018-04 or 2018-04-01.")
            ) from None


class DayFilter(django_filters.Filter):
    field_class = DayFormField


class TextFormField(WordsField):
    """Here a text without a word would be a filter that says nothing."""

    def validate(self, value):
        super().validate(value)
        if value and not words_of(value):
            raise ValidationError(self.error_messages["no_word"])


class TextFilter(django_filters.Filter):
    field_class = TextFormField


class ExchangeFilter(ListFilterSet):
    """By text, time, field, kind, partner and what people can do."""

    slugs_of = {"field": Field, "partner": Partner, "category": Category}

    q = TextFilter(label=_("Words"), method="filter_text")
    when = django_filters.ChoiceFilter(
        label=_("When"),
        empty_label=_("All"),
        method="filter_when",
    )
    field = django_filters.MultipleChoiceFilter(label=_("Field"), method="filter_field")
    kind = django_filters.MultipleChoiceFilter(label=_("Kind"), method="filter_kind")
    partner = django_filters.ChoiceFilter(
        label=_("Partner"), field_name="partners__slug", empty_label=_("All partners")
    )
    country = django_filters.ChoiceFilter(
        label=_("Country or region"),
        empty_label=_("All countries and regions"),
        method="filter_country",
    )
    category = django_filters.ChoiceFilter(
        label=_("Kind of affiliation"),
        empty_label=_("All kinds"),
        method="filter_category",
    )
    year = YearFilter(label=_("Year"), method="filter_year", empty_label=_("All years"))
    fiscal = YearFilter(
        label=_("Fiscal year (April to March)"),
        method="filter_fiscal",
        empty_label=_("All fiscal years"),
    )
    since = DayFilter(label=_("From"), method="filter_since")
    until = DayFilter(label=_("To"), method="filter_until")
    open = django_filters.ChoiceFilter(
        label=_("Taking part"),
        empty_label=_("All"),
        method="filter_open",
    )
    house = django_filters.ChoiceFilter(
        label=_("Place"),
        empty_label=_("All"),
        method="filter_house",
    )
    state = django_filters.MultipleChoiceFilter(
        label=_("Takes place"), method="filter_state"
    )
    sort = django_filters.ChoiceFilter(
        label=_("Sort by"),
        empty_label=_("Upcoming, then newest"),
        choices=[("newest", _("Newest first")), ("oldest", _("Oldest first"))],
        method="order",
    )

    class Meta:
        model = Exchange
        fields = []
        form = FilterForm

    def __init__(self, *args, **kwargs):
        self.index = current_index()
        super().__init__(*args, **kwargs)

    def get_choices(self):
        return self._once("choices", self._make_choices)

    def get_form_class(self):
        return self._once("form", super().get_form_class)

    def _once(self, what, make):
        """Made once for each language while it is the same."""
        return self.index.once_lasting((what, get_language()), make)

    def _make_choices(self):
        index = self.index
        partners = sorted(
            index.partners.values(), key=lambda found: (found.name, found.slug)
        )
        return {
            "when": _in_words(WHEN),
            "open": _in_words(OPEN),
            "house": _in_words(HOUSE),
            "field": _met(index, "field", index.fields.values()),
            "partner": _met(index, "partner", partners),
            "category": _met(index, "category", index.categories),
            "kind": _labelled(index, "kind", Exchange.Kind.choices),
            "state": _labelled(index, "state", Exchange.State.choices),
            "country": _labelled(index, "country", countries),
            "year": [
                (year, PartialDate(int(year)).format())
                for year in _years(index, "year")
            ],
            "fiscal": [
                (year, fiscal_year_name(int(year))) for year in _years(index, "fiscal")
            ],
        }

    # What matches, as plain queries: the definition that the index is tested against.

    def filter_text(self, exchanges, name, text):
        return exchanges.matching(text)

    def filter_when(self, exchanges, name, when):
        return exchanges.upcoming() if when == "upcoming" else exchanges.past()

    def filter_field(self, exchanges, name, slugs):
        return exchanges.in_fields(slugs) if slugs else exchanges

    def filter_kind(self, exchanges, name, kinds):
        return exchanges.filter(kind__in=kinds) if kinds else exchanges

    def filter_state(self, exchanges, name, states):
        return exchanges.filter(state__in=states) if states else exchanges

    def filter_country(self, exchanges, name, code):
        return exchanges.with_partner_in(code)

    def filter_category(self, exchanges, name, slug):
        return exchanges.with_partner_tied_by(slug)

    def filter_year(self, exchanges, name, year):
        return exchanges.in_year(int(year))

    def filter_fiscal(self, exchanges, name, year):
        return exchanges.in_fiscal_year(int(year))

    def filter_since(self, exchanges, name, day):
        return exchanges.between(first=day.first_day)

    def filter_until(self, exchanges, name, day):
        return exchanges.between(last=day.last_day)

    def filter_open(self, exchanges, name, value):
        return exchanges.open()

    def filter_house(self, exchanges, name, value):
        return exchanges.at_the_house()

    def order(self, exchanges, name, order):
        if order == "newest":
            return exchanges.newest_first()
        return exchanges.oldest_first()

    def filter_queryset(self, exchanges):
        """In the order of the page, whichever filters touched the order before."""
        found = super().filter_queryset(exchanges)
        return found if self.form.cleaned_data["sort"] else found.upcoming_first()

    # The same from the index, for the page and its counts.

    @cached_property
    def chosen(self):
        """The bits of each group that narrows the list: ``{"field": bits}``."""
        data = self.form.cleaned_data
        bits = {
            name: self.index.any_of(name, _list(data[name]))
            for name in self.choices
            if data[name]
        }
        if data["q"]:
            bits["q"] = self.index.with_words(data["q"], exchange_ids_matching)
        for name in ("since", "until"):
            if day := data[name]:
                bits[name] = (
                    self.index.between(day.first_day, None)
                    if name == "since"
                    else self.index.between(None, day.last_day)
                )
        return bits

    def without(self, *names):
        """The bits of what matches every group but those named."""
        groups = (bits for name, bits in self.chosen.items() if name not in names)
        return reduce(and_, groups, self.index.everything)

    @cached_property
    def matches(self):
        """What the page shows: a sequence of exchanges, read from it by slice."""
        bits = self.without() if self.is_valid() else 0
        order = self.form.cleaned_data["sort"] if self.is_valid() else ""
        return Matches(self.index, bits, order)

    @property
    def left_out_count(self):
        """How many of the list no calendar can hold: no day is known of them."""
        roughly = self.index.choices["known"].get("roughly", 0)
        return (self.matches.bits & roughly).bit_count()

    @property
    def orders(self):
        field = self.form.fields["sort"]
        return [(value, label) for value, label in field.choices]

    @property
    def order_chosen(self):
        return self.form.cleaned_data["sort"] if self.is_valid() else ""

    def count_without(self, name, value):
        """How many the list has when ``value`` is no longer chosen in its group."""
        rest = [
            other
            for other in _list(self.form.cleaned_data[name])
            if str(other) != value
        ]
        bits = self.index.any_of(name, rest) if rest else self.index.everything
        return (self.without(name) & bits).bit_count()

    @cached_property
    def pairs(self):
        """The parameters of the address in their order, without the empty ones; none
        where one of them is wrong."""
        if not self.is_valid():
            return []
        data = self.form.cleaned_data
        return [
            (name, str(value))
            for name in self.form.fields
            if data[name]
            for value in _list(data[name])
        ]

    @cached_property
    def words(self):
        """What narrows the list: ``[(parameter, value, word), …]``."""
        labels = {
            name: {str(value): label for value, label in choices}
            for name, choices in self.choices.items()
        }
        return [
            (name, value, labels[name].get(value, value) if name in labels else value)
            for name, value in self.pairs
            if name != "sort"
        ]


def _list(value):
    return value if isinstance(value, list) else [value]


def _met(index, group, records):
    """The choices that exchanges have, of records in their order."""
    met = index.choices[group]
    return [(record.slug, record.name) for record in records if record.slug in met]


def _labelled(index, group, choices):
    met = index.choices[group]
    return _in_words(choice for choice in choices if choice[0] in met)


def _in_words(choices):
    """Read in the language of the moment, as nothing else is here."""
    return [(value, str(label)) for value, label in choices]


def _years(index, group):
    return sorted(index.choices[group], reverse=True)
