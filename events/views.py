from itertools import groupby

from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.generic import DetailView

from network.models import PageText
from osaka_site import clock

from .facets import chips_of, facets_of, query_of
from .filters import ExchangeFilter
from .finding import current_index
from .models import Exchange

PER_PAGE = 20


@require_safe
def exchange_list(request):
    """The filtered list; an address that is not in its short form leads to that."""
    exchanges = Exchange.objects.published()
    found = ExchangeFilter(request.GET, queryset=exchanges, request=request)
    pages = Paginator(found.matches, PER_PAGE)
    page = _page(pages, request.GET.get("page") or "1")
    if found.is_valid() and (short := _short_form(found, page)) != _sent(request):
        return HttpResponseRedirect(request.path + query_of(short))
    chips = chips_of(found)
    return render(
        request,
        "events/exchange_list.html",
        {
            "filter": found,
            "facets": facets_of(found),
            "chips": chips,
            "ways_out": sorted(
                (chip for chip in chips if chip.count), key=lambda chip: -chip.count
            ),
            "query": query_of(found.pairs),
            "count": pages.count,
            "paginator": pages,
            "page_obj": page,
            "page_range": pages.get_elided_page_range(page.number, on_each_side=2),
            "exchange_list": page.object_list,
            "groups": [
                (year, list(group))
                for year, group in groupby(page.object_list, key=_heading(found))
            ],
            "text": found.index.once_lasting("text", _text),
        },
    )


def _text():
    return PageText.objects.by_slug("exchanges").get("exchanges")


def _short_form(found, page):
    """The parameters that matter, in their order."""
    page_pair = [("page", str(page.number))] if page.number > 1 else []
    return found.pairs + page_pair


def _sent(request):
    return [(name, value) for name, values in request.GET.lists() for value in values]


def _page(pages, number):
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    if not is_number or not 1 <= int(number) <= pages.num_pages:
        raise Http404(_("There is no such page of this list."))
    return pages.page(int(number))


def _heading(found):
    """The year an exchange stands under; ``None`` for what is to come."""
    today, by_year_only = clock.today(), bool(found.order_chosen)
    return lambda exchange: (
        None
        if exchange.last_day >= today and not by_year_only
        else exchange.first_day.year
    )


class ExchangeDetail(DetailView):
    def get_queryset(self):
        return Exchange.objects.published()

    def get_context_data(self, **kwargs):
        index = current_index()
        index.equip_page(self.object)
        return super().get_context_data(index=index, **kwargs)
