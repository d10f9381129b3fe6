"""The addresses that records link to, and the addresses that records once had."""

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from osaka_site.link_checking import State
from osaka_site.translation import column_label

# Nobody need wait for a second opinion: the server itself says that the page is
# gone, or the address can never lead visitors anywhere.
BROKEN_AT_ONCE = (State.GONE, State.PRIVATE)
# A server may be down for a night, a name or a certificate may be renewed late.
BROKEN_ON_THE_SECOND_DAY = (
    State.CERTIFICATE,
    State.NO_HOST,
    State.TIMEOUT,
    State.OTHER,
)


def _link_use():
    return LinkUse.objects.filter(link=OuterRef("pk"))


class CheckedLinkQuerySet(models.QuerySet):
    def in_use(self):
        return self.filter(Exists(_link_use()))

    def broken(self):
        """Those that somebody has to repair.

        At once where the answer leaves no doubt, otherwise after the link failed on
        two different days in a row. One that refuses robots may work for people, and
        one that moved still does: neither is broken.
        """
        return self.in_use().filter(
            Q(state__in=BROKEN_AT_ONCE)
            | Q(state__in=BROKEN_ON_THE_SECOND_DAY, failed_days__gte=2)
        )

    def moved(self):
        """Those that work and whose new address is known."""
        return self.in_use().filter(state=State.MOVED)

    def longest_unchecked_first(self):
        return self.order_by(F("checked_at").asc(nulls_first=True), "pk")


class CheckedLink(models.Model):
    """An address that records link to, and what was found there last.

    One that no record links to any more stays, with what is known of it, and is
    neither checked nor shown.
    """

    url = models.CharField(_("address"), max_length=1000, unique=True)
    state = models.CharField(
        _("state"), max_length=12, choices=State, default=State.UNCHECKED
    )
    http_status = models.PositiveSmallIntegerField(
        _("number of the answer"), null=True, blank=True
    )
    moved_to = models.CharField(_("new address"), max_length=1000, blank=True)
    leads_to = models.CharField(
        _("where it leads in the end"), max_length=1000, blank=True
    )
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    failed_days = models.PositiveSmallIntegerField(
        _("days in a row on which it failed"), default=0
    )

    objects = CheckedLinkQuerySet.as_manager()

    class Meta:
        ordering = ["url"]
        verbose_name = _("checked link")
        verbose_name_plural = _("checked links")
        indexes = [models.Index(fields=["state"], name="desk_links_by_state")]

    def __str__(self):
        return self.url

    @property
    def has_failed(self):
        return self.state in (*BROKEN_AT_ONCE, *BROKEN_ON_THE_SECOND_DAY)

    @property
    def explanation(self):
        """What was found, and what to do about it, in a sentence or two."""
        match self.state:
            case State.OK:
                return gettext("It works.")
            case State.MOVED:
                return gettext(
                    "It has moved to %(address)s. Replace the old address by the new "
                    "one."
                ) % {"address": self.moved_to}
            case State.GONE:
                return gettext(
                    "The page is gone. Look for what took its place, or remove the "
                    "link."
                )
            case State.REFUSES:
                return gettext("The site refuses robots: open it by hand.")
            case State.CERTIFICATE:
                return gettext(
                    "Its certificate is not valid, so browsers warn of it. Tell those "
                    "who run the site, or link to another page."
                )
            case State.NO_HOST:
                return gettext(
                    "There is no site of that name. Look for its new one, or remove "
                    "the link."
                )
            case State.TIMEOUT:
                return gettext("The site did not answer in time.")
            case State.PRIVATE:
                return gettext(
                    "This is no address of the public internet, so it was not asked. "
                    "Visitors cannot open it: remove the link."
                )
            case State.OTHER if self.http_status and self.http_status >= 500:
                return gettext(
                    "The site answers that it has an error itself (%(number)d)."
                ) % {"number": self.http_status}
            case State.OTHER if self.http_status and 300 <= self.http_status < 400:
                return gettext("It leads from one address to the next without end.")
            case State.OTHER if self.http_status:
                return gettext("The site refuses the address (%(number)d).") % {
                    "number": self.http_status
                }
            case State.OTHER:
                return gettext("No connection to the site could be made.")
        return gettext("It was not checked yet.")

    def keep(self, result):
        """Take over what a check found. Failures count once a day."""
        now = timezone.now()
        is_same_day = self.checked_at is not None and (
            timezone.localdate(self.checked_at) == timezone.localdate(now)
        )
        had_failed = self.failed_days
        self.state = result.state
        self.http_status = result.http_status
        self.moved_to, self.leads_to = result.moved_to, result.leads_to
        self.checked_at = now
        if not self.has_failed:
            self.failing_since, self.failed_days = None, 0
        elif not had_failed:
            self.failing_since, self.failed_days = now, 1
        elif not is_same_day:
            self.failed_days += 1
        self.save()


class LinkUseQuerySet(models.QuerySet):
    def of(self, record):
        return self.filter(
            content_type=ContentType.objects.get_for_model(record), object_id=record.pk
        )


class LinkUse(models.Model):
    """A field of a record in which an address stands."""

    link = models.ForeignKey(
        CheckedLink, models.CASCADE, related_name="uses", verbose_name=_("link")
    )
    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    field = models.CharField(max_length=100)
    record = GenericForeignKey()

    objects = LinkUseQuerySet.as_manager()

    class Meta:
        ordering = ["content_type", "object_id", "pk"]
        verbose_name = _("use of a link")
        verbose_name_plural = _("uses of links")
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "field", "link"],
                name="desk_one_use_of_a_link",
            )
        ]

    def __str__(self):
        return f"{self.record}: {self.label}"

    @property
    def label(self):
        """What staff call the field."""
        return column_label(self.content_type.model_class(), self.field)


class FormerSlug(models.Model):
    """A slug that a record had while it was public; its old address leads on."""

    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    slug = models.SlugField(max_length=100)
    object_id = models.PositiveBigIntegerField()
    record = GenericForeignKey()

    class Meta:
        verbose_name = _("former address name")
        verbose_name_plural = _("former address names")
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "slug"], name="desk_one_record_per_former_slug"
            )
        ]

    def __str__(self):
        return self.slug
