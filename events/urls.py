from django.urls import path

from . import anniversary_views, views

app_name = "events"
urlpatterns = [
    path("exchanges/", views.exchange_list, name="exchange_list"),
    path(
        "exchanges/<slug:slug>/",
        views.ExchangeDetail.as_view(),
        name="exchange_detail",
    ),
    path("anniversaries/", anniversary_views.anniversary_list, name="anniversary_list"),
    path(
        "anniversaries.ics",
        anniversary_views.anniversary_calendar,
        name="anniversary_calendar",
    ),
]
