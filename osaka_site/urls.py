from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from . import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path(f"{settings.MEDIA_URL.lstrip('/')}<path:name>", views.media, name="media"),
    *i18n_patterns(
        path("", views.home, name="home"),
        path("about-this-data/", views.about_data, name="about_data"),
        path("", include("network.urls")),
        path("", include("events.urls")),
    ),
]
