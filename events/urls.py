from django.urls import path

from . import views

app_name = "events"
urlpatterns = [
    path("exchanges/", views.ExchangeList.as_view(), name="exchange_list"),
    path(
        "exchanges/<slug:slug>/",
        views.ExchangeDetail.as_view(),
        name="exchange_detail",
    ),
]
