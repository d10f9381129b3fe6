from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class OsakaSiteConfig(AppConfig):
    name = "osaka_site"
    verbose_name = _("the site")


class OsakaAdminConfig(AdminConfig):
    default_site = "osaka_site.admin.OsakaAdminSite"
