"""What there is to do: the items of the start page, and the records behind each.

An item is one question. Asked of one kind of record, it is a filter of that kind's
list; asked of several, it has a page of its own, and is a filter of their lists too.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from translated_fields import to_attribute

from events.models import Exchange, Field
from network import anniversaries
from network.models import Affiliation, Picture
from osaka_site import clock
from osaka_site.dates import PartialDate
from osaka_site.months import day_months_later
from osaka_site.publishing import Publishable, Status

from .across import is_of, number_of
from .link_models import CheckedLink
from .models import (
    OlderTranslation,
    OutgoingMail,
    Revision,
    UnmergedEdit,
    WorkingCopy,
)
from .translations import texts_to_translate
from .workflow import WRITING, editable

SHOWN = 7  # the others are under "more"
SOON = timedelta(days=14)

RECORDS = [model for model in apps.get_models() if issubclass(model, Publishable)]
# What happened stays as it was; the names of fields and pictures state no facts.
FACTS = [model for model in RECORDS if model not in (Exchange, Field, Picture)]


@dataclass(frozen=True)
class Item:
    """``narrow`` leaves of some records those that the item is about, for a user.

    ``verb`` is the permission without which there is nothing to do about it.
    """

    name: str
    title: str
    hint: str
    models: list
    narrow: Callable
    verb: str = "change"
    query: str = ""  # of a list that has a filter of its own for it

    @property
    def address(self):
        opts = self.models[0]._meta
        changelist = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        return f"{changelist}?{self.query or f'to_do={self.name}'}"

    def is_for(self, request, model_admin):
        if model_admin.model not in self.models:
            return False
        return getattr(model_admin, f"has_{self.verb}_permission")(request)

    def among(self, records, user):
        if self.verb == "change":
            records = editable(records, user)
        return self.narrow(records, user)

    def admins(self, request):
        """Those of the kinds about which the person can do something."""
        admins = map(admin.site.get_model_admin, self.models)
        return [found for found in admins if self.is_for(request, found)]

    def found(self, request):
        """A query for the records of each of these kinds."""
        return [
            self.among(model_admin.get_queryset(request).order_by(), request.user)
            for model_admin in self.admins(request)
        ]

    def count(self, request):
        pks = [records.values("pk") for records in self.found(request)]
        return pks[0].union(*pks[1:], all=True).count() if pks else 0


@dataclass(frozen=True)
class ItemAcross(Item):
    """An item about several kinds of record, with a page of its own.

    The page orders by ``moment``, an expression for the records of a kind, and names
    who did the last of ``actions``; ``what`` says more about the records.
    """

    moment: Callable = lambda model: F("updated_at")
    moment_label: str = _("last changed")
    actions: tuple = tuple(Revision.Action)
    who_label: str = _("who")
    what: Callable | None = None
    what_label: str = ""
    can_be_confirmed: bool = False
    page: str = "change"  # the page of the record that a row leads to

    @property
    def address(self):
        return reverse("admin:desk_todo", args=[self.name])

    def rows(self, request):
        """``(kind, pk, moment)`` of every record, the earliest first."""
        rows = [
            records.annotate(
                of_kind=Value(number_of(records.model)),
                moment=self.moment(records.model),
            ).values_list("of_kind", "pk", "moment")
            for records in self.found(request)
        ]
        return rows[0].union(*rows[1:], all=True).order_by("moment", "of_kind", "pk")


# ---- with whom a record is --------------------------------------------------


def waiting_for_approval(records, user):
    """What is in review, as a whole or as a working copy. While it takes a second
    pair of eyes, not what the person wrote or sent."""
    copies = WorkingCopy.objects.of_kind(records.model).filter(
        state=WorkingCopy.State.IN_REVIEW
    )
    in_review = records.filter(
        Q(status=Status.IN_REVIEW) | Q(pk__in=copies.values("object_id"))
    )
    if not settings.SECOND_PAIR_OF_EYES:
        return in_review
    revisions = Revision.objects.of_kind(records.model)
    own = revisions.filter(by=user, action__in=[*WRITING, Revision.Action.SENT])
    return in_review.exclude(pk__in=own.not_over().values("object_id"))


def sent_back(records, user):
    sendings = Revision.objects.of_kind(records.model).filter(by=user).come_back()
    return records.filter(pk__in=_of_all(sendings))


def to_merge(records, user):
    edits = UnmergedEdit.objects.of_kind(records.model).filter(user=user)
    return records.filter(pk__in=_of_all(edits))


def _of_all(rows):
    """The numbers of the records that the rows hang on, as a list of its own: with
    no limit PostgreSQL may join the two, and look for the rows once per record."""
    return rows.values("object_id")[:1_000_000]


def _last(model, *actions):
    revisions = Revision.objects.of_kind(model).filter(object_id=OuterRef("pk"))
    return revisions.filter(action__in=actions).order_by("-pk")


def last_time(*actions):
    """When one of ``actions`` was done last to a record, else when it was changed."""
    return lambda model: Coalesce(
        Subquery(_last(model, *actions).values("at")[:1]), F("updated_at")
    )


# ---- what comes by itself ---------------------------------------------------


def going_live(records, user):
    """A record that begins to show, or a working copy that takes its place."""
    until = clock.now() + SOON
    copies = _scheduled(records.model).filter(goes_live_at__lte=until)
    begins_to_show = records.going_live(until).values("pk")
    return records.filter(
        Q(pk__in=copies.values("object_id")) | Q(pk__in=begins_to_show)
    )


def _scheduled(model):
    copies = WorkingCopy.objects.of_kind(model)
    return copies.filter(state=WorkingCopy.State.APPROVED).exclude(goes_live_at=None)


def goes_live_at(model):
    copies = _scheduled(model).filter(object_id=OuterRef("pk"))
    return Coalesce(Subquery(copies.values("goes_live_at")[:1]), F("publish_at"))


def coming_down(records, user):
    return records.coming_down(clock.now() + SOON)


# ---- what is missing or old -------------------------------------------------


def ending(ties, user):
    return ties.published().ending(day_months_later(clock.today(), 6))


def uncelebrated(ties, user):
    """Those with an anniversary in the next 12 months, and no exchange of its year
    that celebrates it."""
    in_year = defaultdict(list)
    celebrating = ties.published().celebrating().select_related("category")
    for found in anniversaries.coming(celebrating, clock.today(), years=1):
        in_year[found.year].append(found.tie.pk)
    without = Q(pk__in=[])
    for year, pks in in_year.items():
        planned = Exchange.objects.planned().in_year(year)
        without |= Q(pk__in=pks) & ~Exists(planned.filter(celebrates=OuterRef("pk")))
    return ties.filter(without)


def quiet(ties, user):
    """Those that are older than 3 years, and no exchange has taken place with the
    partner since or is planned."""
    since = day_months_later(clock.today(), -3 * 12)
    exchanges = Exchange.objects.planned().between(since)
    together = exchanges.filter(partners=OuterRef("partner"))
    celebrations = exchanges.filter(celebrates=OuterRef("pk"))
    return (
        ties.published()
        .current()
        .filter(Q(signed_on=None) | Q(signed_on__lt=PartialDate.from_date(since)))
        .filter(~Exists(together) & ~Exists(celebrations))
    )


def untranslated(records, user):
    older = OlderTranslation.objects.of_kind(records.model).values("object_id")
    return records.lacking_translations() | records.filter(pk__in=older)


def languages_wanted(records):
    """For each of the records, the languages in which a text is missing, and those
    in which one is older than the Japanese."""
    older = {
        (kind, pk, column)
        for kind, pk, column in OlderTranslation.objects.filter(
            is_of(records)
        ).values_list("content_type", "object_id", "column")
    }
    return {
        key: list(_languages_wanted(record, key, older))
        for key, record in records.items()
    }


def _languages_wanted(record, key, older):
    names = texts_to_translate(type(record))
    written = [name for name in names if getattr(record, to_attribute(name, "ja"))]
    for code, language in settings.LANGUAGES:
        columns = [to_attribute(name, code) for name in written]
        if not all(getattr(record, column) for column in columns):
            yield language
        elif any((*key, column) in older for column in columns):
            yield _("%(language)s (older)") % {"language": language}


def unchecked(records, user):
    return records.unchecked_since(day_months_later(clock.today(), -2 * 12))


# What matters first, first.
ITEMS = [
    ItemAcross(
        name="approval",
        title=_("Waiting for your approval"),
        hint=_("Look at what has changed, then approve it or send it back."),
        models=RECORDS,
        narrow=waiting_for_approval,
        verb="publish",
        moment=last_time(Revision.Action.SENT),
        moment_label=_("sent"),
        actions=(Revision.Action.SENT,),
        who_label=_("sent by"),
        page="review",
    ),
    ItemAcross(
        name="sent-back",
        title=_("Sent back to you"),
        hint=_("Mend what was asked for, and send it for review again."),
        models=RECORDS,
        narrow=sent_back,
        moment=last_time(Revision.Action.SENT_BACK),
        moment_label=_("sent back"),
        actions=(Revision.Action.SENT_BACK,),
        who_label=_("sent back by"),
    ),
    ItemAcross(
        name="to-merge",
        title=_("Your versions that wait to be merged"),
        hint=_("Somebody changed the same words: decide what shall stand."),
        models=RECORDS,
        narrow=to_merge,
        who_label=_("last changed by"),
    ),
    Item(
        name="unsent-mails",
        title=_("Mails that are not sent yet"),
        hint=_("If they stay, the mail server does not answer."),
        models=[OutgoingMail],
        narrow=lambda mails, user: mails.unsent(),
        verb="view",
    ),
    ItemAcross(
        name="comes-down",
        title=_("Comes down in the next 14 days"),
        hint=_("Give it a later end if citizens still need it."),
        models=RECORDS,
        narrow=coming_down,
        moment=lambda model: F("unpublish_at"),
        moment_label=_("comes down"),
        who_label=_("last changed by"),
    ),
    ItemAcross(
        name="goes-live",
        title=_("Goes live in the next 14 days"),
        hint=_("The last chance to look at it before citizens do."),
        models=RECORDS,
        narrow=going_live,
        moment=goes_live_at,
        moment_label=_("goes live"),
        who_label=_("last changed by"),
    ),
    Item(
        name="ending",
        title=_("Agreements that end in the next 6 months"),
        hint=_("Ask the partner whether it is to go on."),
        models=[Affiliation],
        narrow=ending,
    ),
    Item(
        name="anniversaries",
        title=_("Anniversaries of the next 12 months without a planned exchange"),
        hint=_("A draft of an exchange that celebrates the tie is plan enough."),
        models=[Affiliation],
        narrow=uncelebrated,
    ),
    Item(
        name="broken-links",
        title=_("Broken links"),
        hint=_("What became of each is said there, and it is mended everywhere."),
        models=[CheckedLink],
        narrow=lambda links, user: links.broken(),
        verb="check",
        query="repair=broken",
    ),
    Item(
        name="alternative-texts",
        title=_("Pictures without a proper alternative text"),
        hint=_("It is missing, or only the name of a file."),
        models=[Picture],
        narrow=lambda pictures, user: pictures.without_proper_alt(),
    ),
    ItemAcross(
        name="translations",
        title=_("Translations that are missing, or older than the Japanese"),
        hint=_("If an older one is still right, confirm the record."),
        models=RECORDS,
        narrow=untranslated,
        who_label=_("last changed by"),
        what=languages_wanted,
        what_label=_("translations to write"),
    ),
    ItemAcross(
        name="facts",
        title=_("Facts that nobody has checked for 2 years"),
        hint=_("What is still right is confirmed with one click."),
        models=FACTS,
        narrow=unchecked,
        moment=lambda model: F("last_check"),
        moment_label=_("last checked"),
        who_label=_("last changed by"),
        can_be_confirmed=True,
    ),
    Item(
        name="quiet-ties",
        title=_("Ties without an exchange for 3 years"),
        hint=_("Ask the partner, or write down what took place."),
        models=[Affiliation],
        narrow=quiet,
    ),
]


def items_of(request):
    """``[(item, count), …]`` of what the person has to do."""
    counts = ((item, item.count(request)) for item in ITEMS)
    return [(item, count) for item, count in counts if count]
