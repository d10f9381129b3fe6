"""Who gets which mail, and what becomes of those that cannot be sent."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from osaka_site.desk import mails, workflow
from osaka_site.desk.models import OutgoingMail, Revision, StaffMember
from osaka_site.publishing import Status

from ..factories import make_partner
from .test_sharing import share

pytestmark = pytest.mark.django_db

LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


class Down(EmailBackend):
    """A mail server that does not answer."""

    def open(self):
        raise ConnectionRefusedError("Connection refused")


class Picky(EmailBackend):
    """One that takes no mail to some."""

    def send_messages(self, messages):
        if "refused@" in messages[0].to[0]:
            raise OSError("550 no such user")
        return super().send_messages(messages)


def use(settings, backend):
    settings.EMAIL_BACKEND = f"{__name__}.{backend.__name__}"


def person(name, group="Editors", **member):
    user = get_user_model().objects.create_user(
        name, f"{name}@example.org", is_staff=True
    )
    user.groups.add(Group.objects.get(name=group))
    StaffMember.objects.create(user=user, **{"language": "en", **member})
    return user


@pytest.fixture
def record():
    return make_partner(name_en="Milan", name_ja="ミラノ", status=Status.DRAFT)


def done(record, action, by, **fields):
    name = by.username if by else ""
    return Revision.objects.create(
        record=record, action=action, by=by, by_name=name, **fields
    )


def sent_to(told):
    return sorted(written.to.partition("@")[0] for written in told)


# ---- who ----------------------------------------------------------------------


def test_what_is_sent_for_review_is_told_to_those_who_publish(record):
    editor, _other = person("editor"), person("other")
    publisher = person("publisher", "Publishers")
    person("silent", "Publishers", wants_mails=False)
    gone = person("gone", "Publishers")
    get_user_model().objects.filter(pk=gone.pk).update(is_active=False)
    without = person("without", "Publishers")
    get_user_model().objects.filter(pk=without.pk).update(email="")
    get_user_model().objects.create_superuser("admin", "admin@example.org")

    by_editor = mails.notify(done(record, "sent", editor))
    by_publisher = mails.notify(done(record, "sent", publisher))

    assert sent_to(by_editor) == ["admin", "publisher"]
    assert sent_to(by_publisher) == ["admin"]


@pytest.mark.parametrize(
    "action", ["sent_back", "scheduled", "published", "commented", "remarked"]
)
def test_answers_are_told_to_whoever_sent_or_edited_it_last(record, action):
    first, sender, last = (person(name) for name in ("first", "sender", "last"))
    for who, what in [
        (first, "created"),
        (first, "sent"),
        (sender, "edited"),
        (sender, "sent"),
        (last, "edited"),
    ]:
        done(record, what, who)

    assert sent_to(mails.notify(done(record, action, None))) == ["last", "sender"]
    assert sent_to(mails.notify(done(record, action, sender))) == ["last"]


def test_remark_is_told_to_whoever_shared_the_draft(record, client):
    done(record, "edited", person("editor"))
    _link, address = share(record, made_by=person("sharer"))

    client.post(address, {"name": "Kim\x0bX", "remark": "It is Milano."})

    assert sent_to(OutgoingMail.objects.all()) == ["editor", "sharer"]
    assert "By: Kim X\n" in OutgoingMail.objects.first().body


def test_steps_of_the_desk_are_told(record):
    editor, publisher = person("editor"), person("publisher", "Publishers")

    workflow.send(record, editor)
    workflow.send_back(record, publisher, "Which Milan?")
    workflow.comment(record, editor, "The Italian one.")
    workflow.send(record, editor)
    workflow.approve(record, publisher)

    assert [
        (written.to.partition("@")[0], written.subject.partition(":")[0])
        for written in OutgoingMail.objects.order_by("pk")
    ] == [
        ("publisher", "Sent for review"),
        ("editor", "Sent back"),
        ("publisher", "Sent for review"),
        ("editor", "Published"),
    ]


@pytest.mark.parametrize("action", ["edited", "withdrawn", "confirmed", "trashed"])
def test_of_other_things_nobody_is_told(record, action):
    done(record, "sent", person("editor"))
    person("publisher", "Publishers")

    assert mails.notify(done(record, action, None)) == []


# ---- what ---------------------------------------------------------------------


def test_mail_says_what_was_done_and_leads_there(
    record, settings, django_capture_on_commit_callbacks
):
    settings.SITE_URL = "https://network.example.org"
    done(record, "sent", person("editor"))
    publisher = person("publisher", "Publishers")

    with django_capture_on_commit_callbacks(execute=True):
        mails.notify(done(record, "sent_back", publisher, comment="The year\nis 1981."))

    (message,) = mail.outbox
    address = reverse("admin:network_partner_change", args=[record.pk])
    assert message.subject == "Sent back: Milan"
    assert message.to == ["editor@example.org"]
    assert message.body == (
        "This was sent back. Mend what is asked for below, and send it for review "
        "again.\n"
        "\n"
        "Record: Milan (partner)\n"
        "What was done: Sent back\n"
        "By: publisher\n"
        "\n"
        "Comment:\n"
        "The year\nis 1981.\n"
        "\n"
        f"https://network.example.org{address}\n"
        "\n"
        "If you do not want these mails, ask an administrator to turn them off in "
        "your account.\n"
    )


def test_each_gets_the_mail_in_their_language(record):
    person("english", "Publishers")
    person("korean", "Publishers", language="ko")
    without = person("unknown", "Publishers")
    without.staff_member.delete()

    told = mails.notify(done(record, "sent", None))

    subjects = {written.to: written.subject for written in told}
    assert subjects["english@example.org"] == "Sent for review: Milan"
    assert subjects["korean@example.org"].endswith("Milan")
    assert subjects["unknown@example.org"].endswith("ミラノ")


def test_line_breaks_of_a_name_stay_out_of_the_subject(record):
    record.name_en = "Milan\r\nBcc: everybody@example.org"
    person("publisher", "Publishers")

    (written,) = mails.notify(done(record, "sent", None))

    assert written.subject == "Sent for review: Milan Bcc: everybody@example.org"


# ---- when ---------------------------------------------------------------------


def test_mail_leaves_when_the_work_is_saved_and_not_otherwise(
    record, django_capture_on_commit_callbacks
):
    person("publisher", "Publishers")

    with django_capture_on_commit_callbacks(execute=True):
        mails.notify(done(record, "sent", None))
        before = len(mail.outbox)
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        try:
            with transaction.atomic():
                mails.notify(done(record, "sent", None))
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass

    assert (before, len(mail.outbox), callbacks) == (0, 1, [])
    assert OutgoingMail.objects.get().sent_at is not None


def send_mails():
    output = StringIO()
    call_command("send_mails", stdout=output)
    return output.getvalue()


def test_mail_server_that_is_down_stops_nobody_and_is_asked_again(
    record, settings, time_machine, django_capture_on_commit_callbacks
):
    for name in ("one", "two"):
        person(name, "Publishers")
    use(settings, Down)

    with django_capture_on_commit_callbacks(execute=True):
        mails.notify(done(record, "sent", None))
    down = list(OutgoingMail.objects.values_list("sent_at", "attempts", "last_error"))
    settings.EMAIL_BACKEND = LOCMEM
    at_once = send_mails()
    time_machine.move_to(timezone.now() + timedelta(minutes=11))
    later, again = send_mails(), send_mails()

    error = "ConnectionRefusedError: Connection refused"
    assert down == [(None, 1, error), (None, 1, error)]
    assert (at_once, later, again) == (
        "Mails sent: 0, waiting: 2.\n",
        "Mails sent: 2, waiting: 0.\n",
        "Mails sent: 0, waiting: 0.\n",
    )
    assert len(mail.outbox) == 2
    assert set(OutgoingMail.objects.values_list("attempts", "last_error")) == {(2, "")}


def test_mail_that_is_refused_keeps_no_other_back(settings):
    use(settings, Picky)
    for name in ("refused", "taken"):
        OutgoingMail.objects.create(to=f"{name}@example.org", subject="A", body="B")

    said = send_mails()

    assert said == "Mails sent: 1, waiting: 1.\n"
    assert dict(OutgoingMail.objects.values_list("to", "last_error")) == {
        "refused@example.org": "OSError: 550 no such user",
        "taken@example.org": "",
    }


class Meanwhile(EmailBackend):
    """While it takes a mail, another process sends mails as well."""

    def send_messages(self, messages):
        if not mail.outbox:
            with override_settings(EMAIL_BACKEND=LOCMEM):
                send_mails()
        return super().send_messages(messages)


def test_several_that_send_at_once_send_each_mail_once(settings):
    OutgoingMail.objects.bulk_create(
        OutgoingMail(to=f"{number}@example.org", subject="A", body="B")
        for number in range(3)
    )
    use(settings, Meanwhile)

    said = send_mails()

    assert said == "Mails sent: 1, waiting: 0.\n"
    assert [message.to[0][0] for message in mail.outbox] == ["1", "2", "0"]
