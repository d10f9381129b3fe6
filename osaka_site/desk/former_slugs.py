"""The address that a public record had before leads to the one it has now.

Followed by a signal: ``save()`` must not write other tables, and the admin is not the
only door, as imports and approved changes save as well.
"""

from functools import wraps

from django.contrib.contenttypes.models import ContentType
from django.core.validators import slug_re
from django.db.models.signals import post_delete, pre_save
from django.http import Http404, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import timezone

from osaka_site.publishing import Status, publishable_models

from .link_models import FormerSlug


def connect():
    for model in publishable_models():
        pre_save.connect(_remember, sender=model, dispatch_uid="former_slugs")
        post_delete.connect(_forget, sender=model, dispatch_uid="former_slugs")


def _remember(sender, instance, raw, update_fields, **kwargs):
    """Of records that visitors may have met: nobody has the address of a draft."""
    if raw or instance.pk is None or "slug" not in (update_fields or ["slug"]):
        return
    before = (
        sender._base_manager.filter(pk=instance.pk)
        .values("slug", "status", "publish_at")
        .first()
    )
    if before and before["slug"] != instance.slug and _was_public(**before):
        FormerSlug.objects.update_or_create(
            content_type=ContentType.objects.get_for_model(sender),
            slug=before["slug"],
            defaults={"object_id": instance.pk},
        )


def _was_public(slug, status, publish_at):
    has_been = status in (Status.PUBLISHED, Status.ARCHIVED)
    return has_been and (publish_at is None or publish_at <= timezone.now())


def _forget(sender, instance, **kwargs):
    former_slugs_of(instance).delete()


def former_slugs_of(record):
    return FormerSlug.objects.filter(
        content_type=ContentType.objects.get_for_model(record), object_id=record.pk
    )


def current_slugs(model, slugs):
    """``{former: current}`` for those that public records had before."""
    if not (slugs := [slug for slug in slugs if slug_re.fullmatch(slug)]):
        return {}
    former = dict(
        FormerSlug.objects.filter(
            content_type=ContentType.objects.get_for_model(model), slug__in=slugs
        ).values_list("slug", "object_id")
    )
    if not former:
        return {}
    current = dict(
        model.objects.published()
        .filter(pk__in=former.values())
        .values_list("pk", "slug")
    )
    return {slug: current[pk] for slug, pk in former.items() if pk in current}


def follows_former_slugs(model, view):
    """``view`` shows the record of ``model`` with the ``slug`` of the address. Where
    there is none, and one had that slug before, this leads to where it is now."""

    @wraps(view)
    def followed(request, slug):
        try:
            return view(request, slug=slug)
        except Http404:
            if response := redirect_to_current(request, model, slug):
                return response
            raise

    return followed


def redirect_to_current(request, model, slug):
    """To the same page under the slug of today; ``None`` if there is no such page."""
    if not (current := current_slugs(model, [slug])):
        return None
    address = reverse(request.resolver_match.view_name, args=[current[slug]])
    query = request.GET.urlencode()
    response = HttpResponsePermanentRedirect(address + (query and f"?{query}"))
    # Browsers would keep it for ever, even when another record takes this address.
    response["Cache-Control"] = "max-age=3600"
    return response


def with_current_slugs(query, models, choices):
    """The query of a list with the slugs of today, so that what was bookmarked or
    subscribed to goes on. ``models`` are those of the parameters that take a slug."""
    for name, model in models.items():
        known = {value for value, _label in choices[name]}
        sent = query.getlist(name) if name in query else []
        unknown = [slug for slug in sent if slug not in known]
        if unknown and (current := current_slugs(model, unknown)):
            query = query.copy()
            query.setlist(name, [current.get(slug, slug) for slug in sent])
    return query
