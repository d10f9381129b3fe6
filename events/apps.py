from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = _("exchanges")

    def ready(self):
        post_migrate.connect(install_triggers, sender=self)


def install_triggers(using, **kwargs):
    from .triggers import install

    install(connections[using])
