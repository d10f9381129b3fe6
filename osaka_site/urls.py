from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView

from . import search_views, sitemaps, views
from .desk import sharing

handler400 = "osaka_site.errors.bad_request"
handler403 = "osaka_site.errors.permission_denied"
handler404 = "osaka_site.errors.not_found"
handler500 = "osaka_site.errors.server_error"
urlpatterns = [
    path("admin/account/", include("osaka_site.log_in.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path(f"{settings.MEDIA_URL.lstrip('/')}<path:name>", views.media, name="media"),
    path("shared/<str:key>/", sharing.shared_draft, name="shared_draft"),
    path(
        "shared/<str:key>/media/<str:signature>/<path:name>",
        sharing.shared_file,
        name="shared_file",
    ),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-<slug:section>.xml", sitemaps.section, name="sitemap_section"),
    path(
        "robots.txt",
        TemplateView.as_view(template_name="robots.txt", content_type="text/plain"),
        name="robots",
    ),
    *i18n_patterns(
        path("", views.home, name="home"),
        path("search/", search_views.search, name="search"),
        path("about-this-data/", views.about_data, name="about_data"),
        path("", include("network.urls")),
        path("", include("events.urls")),
    ),
]
