import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osaka_site.settings")

application = get_wsgi_application()

from .metrics import Metrics  # after Django is set up
from .page_cache import PageCache

if settings.KEEP_PAGES:
    application = PageCache(application)
if settings.METRICS_TOKEN:
    application = Metrics(application)
