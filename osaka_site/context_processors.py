from django.conf import settings
from django.utils.translation import get_language

from .translation import language_tag


def languages(request):
    """This page in each language, for the switch and for ``hreflang``.

    Records have one slug for all languages, so only the first part of the
    address differs. Off the public pages the links lead to the home pages.
    """
    active = get_language()
    prefix, _slash, rest = request.path.removeprefix("/").partition("/")
    if prefix not in dict(settings.LANGUAGES):
        rest = ""
    query = request.META.get("QUERY_STRING", "")
    return {
        "languages": [
            {
                "code": code,
                "tag": language_tag(code),
                "name": name,
                "path": f"/{code}/{rest}",
                "url": f"/{code}/{rest}" + (f"?{query}" if query else ""),
                "is_active": code == active,
            }
            for code, name in settings.LANGUAGES
        ],
        "page_lang": language_tag(active or settings.LANGUAGE_CODE),
        "site_url": settings.SITE_URL,
    }
