import django_filters
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from osaka_site.filters import FilterForm, ListFilterSet, TranslatedSelect

from .models import Category, Partner


class PartnerFilter(ListFilterSet):
    slugs_of = {"category": Category}

    country = django_filters.ChoiceFilter(
        label=_("Country or region"), empty_label=_("All countries and regions")
    )
    category = django_filters.ChoiceFilter(
        label=_("Kind of tie"),
        empty_label=_("All kinds of tie"),
        method="filter_category",
        widget=TranslatedSelect,
    )
    kind = django_filters.ChoiceFilter(
        label=_("Kind of partner"), empty_label=_("All kinds of partner")
    )

    class Meta:
        model = Partner
        fields = ["country", "category", "kind"]
        form = FilterForm

    def get_choices(self):
        found = set(
            Partner.objects.published()
            .order_by()
            .values_list("country", "kind")
            .distinct()
        )
        codes = {country for country, _kind in found}
        kinds = {kind for _country, kind in found}
        return {
            "country": [choice for choice in countries if choice[0] in codes],
            "kind": [choice for choice in Partner.Kind.choices if choice[0] in kinds],
            "category": [
                (category.slug, category.name)
                for category in Category.objects.published().in_use()
            ],
        }

    def filter_category(self, partners, name, slug):
        return partners.tied_by(slug)
