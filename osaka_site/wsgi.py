import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osaka_site.settings")

application = get_wsgi_application()

from .page_cache import PageCache  # after Django is set up

if settings.KEEP_PAGES:
    application = PageCache(application)
