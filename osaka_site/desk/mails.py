"""Mails to those whom something that was done at the desk concerns.

A mail is written down with what it tells of, and leaves when that is certain. A mail
server that is down stops nobody's work: ``manage.py send_mails`` tries again.
"""

from functools import partial

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import get_connection, send_mail
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from osaka_site.characters import clean, in_one_line

from .across import address_of
from .models import OutgoingMail, Revision

Action = Revision.Action

WRITING = [Action.CREATED, Action.EDITED, Action.REVERTED]

# What the mail says first. Of other actions nobody is told.
SENTENCES = {
    Action.SENT: _(
        "You are asked to look at this before it is published: approve it, or send it "
        "back with a reason."
    ),
    Action.SENT_BACK: _(
        "This was sent back. Mend what is asked for below, and send it for review "
        "again."
    ),
    Action.APPROVED: _("This was approved."),
    Action.SCHEDULED: _("The day was set on which this goes live or comes down."),
    Action.PUBLISHED: _("This was approved, and everybody can see it now."),
    Action.COMMENTED: _("Somebody has commented on this."),
    Action.REMARKED: _(
        "Somebody to whom the draft was shown by a link has written a remark."
    ),
}


def concerned_by(revision):
    """Whom to tell of it: those who approve, or those who write."""
    if revision.action == Action.SENT:
        return approvers_of(revision.record)
    if revision.action in SENTENCES:
        writers = writers_of(revision.record)
        if revision.through:
            writers |= get_user_model().objects.filter(pk=revision.through.made_by_id)
        return writers
    return get_user_model().objects.none()


def approvers_of(record):
    """Those who may publish records of its kind."""
    opts = record._meta
    return get_user_model().objects.with_perm(
        f"{opts.app_label}.publish_{opts.model_name}",
        backend="django.contrib.auth.backends.ModelBackend",
    )


def writers_of(record):
    """Whoever sent it for review last, and whoever edited it last."""
    done = Revision.objects.of(record).exclude(by=None)
    pks = [
        done.filter(action__in=actions).values_list("by", flat=True).first()
        for actions in ([Action.SENT], WRITING)
    ]
    return get_user_model().objects.filter(pk__in=[pk for pk in pks if pk])


def notify(revision, people=None):
    """Write a mail to each of ``people``, by default those concerned, in their
    language; never to whoever did it. They leave when the transaction is over."""
    if people is None:
        people = concerned_by(revision)
    mails = OutgoingMail.objects.bulk_create(
        _mail(revision, user)
        for user in get_user_model()
        .objects.filter(pk__in=[user.pk for user in people])
        .filter(is_active=True, is_staff=True)
        .filter(Q(staff_member=None) | Q(staff_member__wants_mails=True))
        .exclude(pk=revision.by_id)
        .exclude(email="")
        .select_related("staff_member")
        .order_by("pk")
    )
    pks = [mail.pk for mail in mails]
    if pks:
        written = OutgoingMail.objects.filter(pk__in=pks)
        transaction.on_commit(partial(send, written), robust=True)
    return mails


def _mail(revision, user):
    member = getattr(user, "staff_member", None)
    page = "change" if revision.action == Action.SENT_BACK else "review"
    with override(member.language if member else "ja"):
        name = in_one_line(revision.record)
        subject = _("%(action)s: %(record)s") % {
            "action": revision.get_action_display(),
            "record": name,
        }
        body = render_to_string(
            "desk/mail.txt",
            {
                "sentence": SENTENCES.get(revision.action, ""),
                "revision": revision,
                "name": name,
                "who": in_one_line(revision.by_name),
                "comment": clean(revision.comment).strip(),
                "kind": revision.record._meta.verbose_name,
                "address": settings.SITE_URL + address_of(revision.record, page),
            },
        )
    return OutgoingMail(to=user.email, subject=subject[:300], body=body.strip() + "\n")


def send(mails):
    """Try those of ``mails`` that are due; returns how many were sent.

    Whatever a mail server does is written at the mail, and the next one is tried. If
    there is none to talk to, all wait: people should not wait with them.
    """
    due = list(mails.due().order_by("pk"))
    if not due:
        return 0
    server = get_connection()
    try:
        server.open()
    except OSError as error:
        mails.due().update(
            tried_at=timezone.now(), attempts=F("attempts") + 1, last_error=_said(error)
        )
        return 0
    try:
        return sum(_send(mail, server) for mail in due if mail.claim())
    finally:
        server.close()


def _send(mail, server):
    """Whether it was sent."""
    written = OutgoingMail.objects.filter(pk=mail.pk)
    try:
        send_mail(mail.subject, mail.body, None, [mail.to], connection=server)
    except (OSError, ValueError) as error:  # what SMTP says, an odd address
        written.update(last_error=_said(error))
        return False
    written.update(sent_at=timezone.now(), last_error="")
    return True


def _said(error):
    return f"{type(error).__name__}: {error}"[:1000]
