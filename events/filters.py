import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from django_filters.fields import ChoiceField

from network.models import Partner
from osaka_site.filters import FilterForm, ListFilterSet, TranslatedSelect

from .models import Exchange, Field


class YearFormField(ChoiceField):
    """Any year in four digits; the list offers those that have exchanges."""

    unknown_choice = _("Write the year in four digits, such as 2018.")

    def valid_value(self, value):
        return (
            len(value) == 4 and value.isascii() and value.isdigit() and value != "0000"
        )


class YearFilter(django_filters.ChoiceFilter):
    field_class = YearFormField


class ExchangeFilter(ListFilterSet):
    """The one filter of exchanges: by field, kind, partner and year."""

    field = django_filters.MultipleChoiceFilter(
        label=_("Field"), method="filter_field", widget=forms.CheckboxSelectMultiple
    )
    kind = django_filters.MultipleChoiceFilter(
        label=_("Kind"), method="filter_kind", widget=forms.CheckboxSelectMultiple
    )
    partner = django_filters.ChoiceFilter(
        label=_("Partner"),
        field_name="partners__slug",
        empty_label=_("All partners"),
        widget=TranslatedSelect,
    )
    year = YearFilter(label=_("Year"), method="filter_year", empty_label=_("All years"))

    class Meta:
        model = Exchange
        fields = ["field", "kind", "partner", "year"]
        form = FilterForm

    def get_choices(self):
        exchanges = Exchange.objects.published()
        found = set(
            exchanges.order_by()
            .values_list("kind", "first_day__year", "last_day__year")
            .distinct()
        )
        kinds = {kind for kind, _first, _last in found}
        years = {
            year for _kind, first, last in found for year in range(first, last + 1)
        }
        return {
            "field": [
                (field.slug, field.name) for field in Field.objects.published().in_use()
            ],
            "kind": [choice for choice in Exchange.Kind.choices if choice[0] in kinds],
            "partner": [
                (partner.slug, partner.name)
                for partner in Partner.objects.published()
                .filter(pk__in=exchanges.values("partners"))
                .by_name()
            ],
            "year": [(year, year) for year in sorted(years, reverse=True)],
        }

    def filter_field(self, exchanges, name, slugs):
        return exchanges.in_fields(slugs)

    def filter_kind(self, exchanges, name, kinds):
        return exchanges.filter(kind__in=kinds)

    def filter_year(self, exchanges, name, year):
        return exchanges.in_year(int(year))
