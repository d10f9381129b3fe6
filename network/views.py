from functools import cache, partial

from django.db.models import Prefetch, Q, prefetch_related_objects
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.generic import DetailView, ListView
from django_filters.views import FilterView

from osaka_site.charts import compass

from .filters import PartnerFilter
from .models import (
    Affiliation,
    Category,
    ExternalLink,
    Facility,
    OverseasOffice,
    PageText,
    Partner,
    Picture,
    Programme,
    Source,
)
from .presentation import say_also, sections_of


@require_safe
def network(request):
    """Every category with its ties, the offices, and what has ended."""
    categories = _categories()
    return render(
        request,
        "network/network.html",
        {
            "sections": sections_of(categories),
            "ended_ties": [tie for part in categories for tie in part.ended_ties],
            "offices": OverseasOffice.objects.published().whole(),
            "texts": PageText.objects.by_slug("network", "offices"),
        },
    )


@require_safe
def category_detail(request, slug):
    categories = _categories()
    category = next((found for found in categories if found.slug == slug), None)
    if category is None:
        raise Http404
    parts = [part for part in categories if part.parent == category] or [category]
    return render(
        request,
        "network/category_detail.html",
        {
            "category": category,
            "parts": parts,
            "ended_ties": [tie for part in parts for tie in part.ended_ties],
            "awaited_ties": [tie for part in parts for tie in part.awaited_ties],
        },
    )


def _categories():
    """The whole network, which is small: a card says "also" from all of it."""
    categories = list(Category.objects.published().select_related("parent").with_ties())
    say_also([tie for category in categories for tie in category.current_ties])
    return categories


class PartnerList(FilterView):
    filterset_class = PartnerFilter
    template_name = "network/partner_list.html"

    def get_queryset(self):
        return Partner.objects.published().with_shape().by_name()


class PartnerDetail(DetailView):
    def get_queryset(self):
        return Partner.objects.published()

    def get_context_data(self, **kwargs):
        contents = cache(partial(_contents_of_page, self.object))
        return super().get_context_data(contents=contents, **kwargs)


def _contents_of_page(partner):
    prefetch_related_objects(
        [partner],
        Prefetch("pictures", Picture.objects.published()),
        Prefetch("links", ExternalLink.objects.published()),
    )
    ties = list(
        Affiliation.objects.published()
        .filter(Q(partner=partner) | Q(partner__parent=partner))
        .for_list()
        .in_time()
        .prefetch_related("documents")
    )
    current = sorted(
        (tie for tie in ties if tie.is_current), key=lambda tie: tie.category.order
    )
    upcoming = [tie.next_anniversary for tie in current if tie.next_anniversary]
    return {
        "ties": ties,
        "current_ties": current,
        "main_tie": current[0] if current else None,
        "next_anniversary": min(
            upcoming, key=lambda found: str(found.date), default=None
        ),
        "offices": partner.offices.published().whole(),
        "sources": Source.objects.published().cited_by(partner, ties),
        "shape": current[0].category.shape if current else "office",
        "compass": partner.bearing
        and compass(partner.bearing.lat, partner.bearing.lon),
    }


class OfficeList(ListView):
    template_name = "network/office_list.html"

    def get_queryset(self):
        parts = OverseasOffice.objects.published().select_related("city")
        return (
            OverseasOffice.objects.published()
            .whole()
            .with_pictures()
            .with_links()
            .prefetch_related(
                Prefetch("parts", parts),
                Prefetch("sources", Source.objects.published()),
            )
        )

    def get_context_data(self, **kwargs):
        texts = PageText.objects.by_slug("offices")
        return super().get_context_data(text=texts.get("offices"), **kwargs)


@require_safe
def house(request):
    """The International House: the first facility that is inside no other."""
    facilities = list(
        Facility.objects.published()
        .select_related("parent")
        .with_pictures()
        .with_links()
        .prefetch_related(Prefetch("programmes", Programme.objects.published()))
    )
    house = next((place for place in facilities if place.parent is None), None)
    return render(
        request,
        "network/house.html",
        {
            "house": house,
            "inside": [place for place in facilities if place.parent_id],
            "residents": PageText.objects.by_slug("residents").get("residents"),
        },
    )


class LinkList(ListView):
    template_name = "network/link_list.html"

    def get_queryset(self):
        return ExternalLink.objects.published().filter(is_listed=True)

    def get_context_data(self, **kwargs):
        texts = PageText.objects.by_slug("links")
        return super().get_context_data(text=texts.get("links"), **kwargs)
