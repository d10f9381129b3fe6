from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "osaka_site.desk"
    label = "desk"
    verbose_name = _("editorial desk")

    def ready(self):
        from . import former_slugs, link_uses, log_ins

        former_slugs.connect()
        link_uses.connect()
        log_ins.connect()
