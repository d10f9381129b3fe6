from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OsakaSiteConfig(AppConfig):
    name = "osaka_site"
    verbose_name = _("the site")

    def ready(self):
        from .log_in import checks  # noqa: F401
        from .logs import time_queries
        from .searched import connect

        connect()
        connection_created.connect(time_queries)
        post_migrate.connect(fill_search, sender=apps.get_app_config("network"))


def fill_search(**kwargs):
    """Records that were there before the search came are known to it at once."""
    from .searched import rebuild_if_empty

    rebuild_if_empty()


class OsakaAdminConfig(AdminConfig):
    default_site = "osaka_site.admin.OsakaAdminSite"
