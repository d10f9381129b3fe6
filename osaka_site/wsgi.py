import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osaka_site.settings")

application = get_wsgi_application()

from .metrics import Metrics  # after Django is set up
from .page_cache import PageCache
from .page_cache.shared import SharedPages

if settings.KEEP_PAGES:
    shared = SharedPages() if "LOCATION" in settings.CACHES["pages"] else None
    application = PageCache(application, shared=shared)
if settings.METRICS_TOKEN:
    application = Metrics(application)
