from django.urls import path

from osaka_site.desk.former_slugs import follows_former_slugs

from . import anniversary_views, feeds, overviews, views
from .models import Exchange

app_name = "events"
urlpatterns = [
    path("exchanges/", views.exchange_list, name="exchange_list"),
    path("exchanges/calendar/", overviews.exchange_month, name="exchange_month"),
    path("exchanges/years/", overviews.exchange_years, name="exchange_years"),
    path(
        "exchanges/<slug:slug>/",
        follows_former_slugs(Exchange, views.ExchangeDetail.as_view()),
        name="exchange_detail",
    ),
    path("exchanges.ics", feeds.exchange_calendar, name="exchange_calendar"),
    path("exchanges.atom", feeds.exchange_feed, name="exchange_feed"),
    path("exchanges.json", feeds.exchange_json, name="exchange_json"),
    path("exchanges.csv", feeds.exchange_csv, name="exchange_csv"),
    path("exchanges/<str:slug>.ics", feeds.exchange_event, name="exchange_event"),
    path("anniversaries/", anniversary_views.anniversary_list, name="anniversary_list"),
    path(
        "anniversaries.ics",
        anniversary_views.anniversary_calendar,
        name="anniversary_calendar",
    ),
]
