"""Objects of a fixture, which name each other by slug."""

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist


def record(label, slug, **values):
    """A published record of the model ``label``.

    Empty values are left out, because they are the defaults: a fixture says only
    what there is. Django's serializers cannot do this for records that are not in
    a database, as they cannot read their many-to-many relations.
    """
    names = {
        field.name
        for field in apps.get_model(label)._meta.get_fields()
        if field.concrete
    }
    if unknown := values.keys() - names:
        raise FieldDoesNotExist(f"{label} {slug} has no {', '.join(sorted(unknown))}.")
    filled = {
        name: value for name, value in values.items() if value not in ("", None, [])
    }
    return {"model": label, "fields": {"slug": slug, "status": "published"} | filled}


def key(slug):
    """The natural key that another record is named by."""
    return [slug] if slug else None


def keys(slugs):
    return [key(slug) for slug in slugs]
