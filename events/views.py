from itertools import groupby

from django.db.models import Prefetch
from django.views.generic import DetailView
from django_filters.views import FilterView

from network.models import ExternalLink, PageText, Picture, Source

from .filters import ExchangeFilter
from .models import Exchange, card_relations


class ExchangeList(FilterView):
    filterset_class = ExchangeFilter
    template_name = "events/exchange_list.html"
    paginate_by = 20

    def get_queryset(self):
        return Exchange.objects.published().for_list().upcoming_first()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(
            text=PageText.objects.by_slug("exchanges").get("exchanges"), **kwargs
        )
        page = context["page_obj"]
        context["page_range"] = page.paginator.get_elided_page_range(
            page.number, on_each_side=2, on_ends=1
        )
        context["groups"] = [
            (year, list(exchanges))
            for year, exchanges in groupby(context["object_list"], key=_heading)
        ]
        return context


def _heading(exchange):
    """The year it stands under; ``None`` for what is to come."""
    return None if exchange.is_upcoming else exchange.first_day.year


class ExchangeDetail(DetailView):
    def get_queryset(self):
        return (
            Exchange.objects.published()
            .with_tie()
            .select_related("venue__parent")
            .prefetch_related(
                *card_relations(),
                Prefetch("pictures", Picture.objects.published()),
                Prefetch("links", ExternalLink.objects.published()),
                Prefetch("sources", Source.objects.published()),
            )
        )
