"""What search engines read of a page: the schema.org vocabulary, in JSON-LD.

A data block is not a script: browsers neither run it nor ask the content security
policy about it.
"""

import json

from django.conf import settings
from django.utils.safestring import mark_safe

from .characters import clean

# As ``json_script`` of Django does: nothing in a text can end the element.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def thing(kind, **facts):
    """A thing of the vocabulary, with the facts that are known of it."""
    known = {name: _clean(fact) for name, fact in facts.items() if fact}
    return {"@type": kind, **known}


def absolute(path):
    return settings.SITE_URL + path


def image_of(record):
    """The address of its first picture; prefetch the published ones."""
    picture = next(iter(record.pictures.all()), None)
    return picture and absolute(picture.file.url)


def geo_of(record):
    if record.latitude is None or record.longitude is None:
        return None
    return {
        "@type": "GeoCoordinates",
        "latitude": float(record.latitude),
        "longitude": float(record.longitude),
    }


def breadcrumbs_of(crumbs):
    """The trail of ``[(name, path), …]``; the page itself, last, has no path."""
    return thing(
        "BreadcrumbList",
        itemListElement=[
            thing("ListItem", position=number, name=name, item=path and absolute(path))
            for number, (name, path) in enumerate(crumbs, start=1)
        ],
    )


def script_of(data):
    text = json.dumps({"@context": "https://schema.org", **data}, ensure_ascii=False)
    return mark_safe(
        f'<script type="application/ld+json">{text.translate(_ESCAPES)}</script>'
    )


def _clean(fact):
    if isinstance(fact, list):
        return [_clean(part) for part in fact]
    return clean(fact) if isinstance(fact, str) else fact
