from django.urls import path

from osaka_site.desk.former_slugs import follows_former_slugs

from . import views
from .models import Category, Partner

app_name = "network"
urlpatterns = [
    path("network/", views.network, name="network"),
    path(
        "network/<slug:slug>/",
        follows_former_slugs(Category, views.category_detail),
        name="category_detail",
    ),
    path("partners/", views.PartnerList.as_view(), name="partner_list"),
    path(
        "partners/<slug:slug>/",
        follows_former_slugs(Partner, views.PartnerDetail.as_view()),
        name="partner_detail",
    ),
    path("offices/", views.OfficeList.as_view(), name="office_list"),
    path("house/", views.house, name="house"),
    path("links/", views.LinkList.as_view(), name="link_list"),
]
