import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osaka_site.settings")

application = get_wsgi_application()

# Most of what a process holds is the index of exchanges. To look through its new parts
# for cycles after every 700 objects took longer than to make them.
gc.set_threshold(10_000)

from .metrics import Metrics  # after Django is set up
from .page_cache import PageCache
from .page_cache.shared import SharedPages
from .page_cache.versions import VersionLink

if settings.KEEP_PAGES:
    shared = SharedPages() if "LOCATION" in settings.CACHES["pages"] else None
    link = VersionLink(path) if (path := settings.CONTENT_VERSION_LINK) else None
    application = PageCache(application, shared=shared, link=link)
    if link:
        link.follow()  # nginx looks for it from the first request on
        connection.close()
if settings.METRICS_TOKEN:
    application = Metrics(application)
