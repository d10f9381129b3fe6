"""Where records link to other sites: kept in step with them, checked and replaced."""

import re
from collections import defaultdict
from functools import cache

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db import models, transaction
from django.db.models.signals import post_delete, post_save

from network.models import Affiliation
from osaka_site.link_checking import LONGEST_ADDRESS, Checker, check_all, host_of
from osaka_site.publishing import publishable_models
from osaka_site.translation import columns_of

from .link_models import CheckedLink, LinkUse

BATCH = 500
HOSTS_TO_TELL = 5  # none of so many answers: that is not their fault
# An address within words ends with its last ASCII letter, as Japanese puts no space
# after it, and without the full stop of the sentence; in Markdown it may be any.
_IN_TEXT = re.compile(
    r"""
    (?<=\]\() https?://(?:[^\s<>()]|\([^\s<>()]*\))+    # [words](address)
    | (?<=<) https?://[^\s<>]+(?=>)                     # <address>
    | https?://(?:[-\w.~:/?\#@!$&'*+,;=%]|\([-\w.~:/?\#@!$&'*+,;=%]*\))+
      (?<![.,;:!?'*])
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


# ---- what a record links to ------------------------------------------------------


@cache
def _columns(model):
    """Those that are an address, and the texts in which one may stand."""
    fields = model._meta.fields
    addresses = [field.name for field in fields if isinstance(field, models.URLField)]
    return addresses, columns_of(model)


def uses_in(record):
    """``{(column, address), …}`` of a record as it is."""
    addresses, texts = _columns(type(record))
    found = {(name, value) for name in addresses if (value := getattr(record, name))}
    found |= {
        (name, address)
        for name in texts
        for address in _IN_TEXT.findall(getattr(record, name))
    }
    return {use for use in found if len(use[1].encode()) <= LONGEST_ADDRESS}


def uses_of(url):
    """The uses of an address, each with its ``record`` and the ``label`` of a field."""
    uses = LinkUse.objects.filter(link__url=url).select_related("content_type")
    return uses.prefetch_related(with_names("record"))


def kept(uses):
    """Those of records that are not deleted; they are followed a night late."""
    return [use for use in uses if use.record and use.record.trashed_at is None]


def with_names(lookup):
    """A prefetch of records that also fetches what the name of one is made of."""
    ties = Affiliation.objects.select_related("partner", "category")
    return GenericPrefetch(lookup, [ties])


# ---- keeping the uses in step ----------------------------------------------------


def connect():
    """Follow every save and deletion, as the search does and for the same reasons."""
    for model in publishable_models():
        post_save.connect(_follow_save, sender=model, dispatch_uid="link_uses")
        post_delete.connect(_follow_deletion, sender=model, dispatch_uid="link_uses")


def _follow_save(sender, instance, created, **kwargs):
    if instance.pk < 0:
        return  # it is there for a working copy's page only
    content_type = ContentType.objects.get_for_model(sender)
    known = {} if created else _known_uses(content_type, [instance])
    _write(content_type, [instance], known)


def _follow_deletion(sender, instance, **kwargs):
    LinkUse.objects.of(instance).delete()


def rebuild():
    """Follow what changed by other ways: ``update()``, ``bulk_create()``, SQL."""
    for model in publishable_models():
        content_type = ContentType.objects.get_for_model(model)
        kept = model._base_manager.values("pk")
        LinkUse.objects.filter(content_type=content_type).exclude(
            object_id__in=kept
        ).delete()
        pks = list(model._base_manager.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(pks), BATCH):
            records = model._base_manager.filter(pk__in=pks[start : start + BATCH])
            _write(content_type, records, _known_uses(content_type, records))


def _known_uses(content_type, records):
    """The number of each use: ``{(record, column, address): number, …}``."""
    uses = LinkUse.objects.filter(
        content_type=content_type, object_id__in=[record.pk for record in records]
    )
    return {
        (pk, column, address): use
        for use, pk, column, address in uses.values_list(
            "pk", "object_id", "field", "link__url"
        )
    }


def _write(content_type, records, known):
    """What is in the trash links to nothing."""
    wanted = {
        (record.pk, column, address)
        for record in records
        if record.trashed_at is None
        for column, address in uses_in(record)
    }
    if gone := [use for key, use in known.items() if key not in wanted]:
        LinkUse.objects.filter(pk__in=gone).delete()
    if new := sorted(wanted - known.keys()):
        addresses = {address for _pk, _column, address in new}
        CheckedLink.objects.bulk_create(
            [CheckedLink(url=address) for address in sorted(addresses)],
            ignore_conflicts=True,
        )
        links = CheckedLink.objects.in_bulk(addresses, field_name="url")
        LinkUse.objects.bulk_create(
            [
                LinkUse(
                    link=links[address],
                    content_type=content_type,
                    object_id=pk,
                    field=column,
                )
                for pk, column, address in new
            ],
            ignore_conflicts=True,
        )


# ---- checking and replacing ------------------------------------------------------


def usual_checker(**options):
    agent = f"OsakaNetworkLinkCheck/1.0 (+{settings.SITE_URL}/)"
    return Checker(user_agent=agent, **options)


class CutOffError(Exception):
    """No host answers at all, so that it is this machine that nothing reaches."""


def check(links, checker=None, until=float("inf")):
    """Ask for the links and keep what was found; yields each as its answer comes.

    A failure is kept once any host has answered. Where of several none does, nothing is
    kept, and ``CutOffError`` raised: every link would be broken after two such nights.
    """
    by_url = {link.url: link for link in links}
    waiting, is_online = [], False
    for result in check_all(by_url, checker or usual_checker(), until):
        waiting.append(result)
        is_online = is_online or result.is_answer
        if is_online:
            yield from _keep(waiting, by_url)
            waiting = []
    if len({host_of(result.address) for result in waiting}) >= HOSTS_TO_TELL:
        raise CutOffError
    yield from _keep(waiting, by_url)


def _keep(results, by_url):
    for result in results:
        link = by_url[result.address]
        link.keep(result)
        yield link


def columns_with(uses):
    """``{record: [column, …]}`` of uses fetched with their records."""
    columns = defaultdict(list)
    for use in kept(uses):
        columns[use.record].append(use.field)
    return dict(columns)


@transaction.atomic
def replace(old, new, may_change):
    """Write ``new`` wherever ``old`` stands, in all records or in none.

    ``may_change(record)`` is asked of each as it is stored now. Returns the changed
    records; raises ``PermissionError`` with those that may not be changed, and
    ``ValidationError`` where the new address is too long for a text.
    """
    records = [
        type(record)._base_manager.select_for_update().get(pk=record.pk)
        for record in columns_with(uses_of(old))
    ]
    if locked := [record for record in records if not may_change(record)]:
        raise PermissionError(locked)
    for record in records:
        _replace_in(record, old, new)
    return records


def _replace_in(record, old, new):
    columns = {column for column, address in uses_in(record) if address == old}
    for column in columns:
        text = getattr(record, column)
        if isinstance(record._meta.get_field(column), models.URLField):
            text = new
        else:
            text = _IN_TEXT.sub(
                lambda found: new if found[0] == old else found[0], text
            )
        setattr(record, column, text)
    others = {field.name for field in record._meta.fields} - columns
    record.clean_fields(exclude=others)
    record.save()
