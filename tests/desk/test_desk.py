"""The way of a change through the desk, as staff go it in the admin."""

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from network.models import Partner
from osaka_site.desk import workflow
from osaka_site.desk.models import Presence, Revision, UnmergedEdit, WorkingCopy
from osaka_site.publishing import Status
from tests.conftest import staff
from tests.factories import make_exchange, make_partner, make_picture
from tests.forms import form_data, messages_of
from tests.test_admin import page

pytestmark = pytest.mark.django_db


@pytest.fixture
def milan():
    return make_partner(slug="milan", name_en="Milan", introduction_en="A city.")


def write(client, record, **typed):
    """Open the form and send it; returns the page that follows."""
    address = page(type(record), "change", record.pk)
    return client.post(address, form_data(client.get(address), **typed), follow=True)


def step(client, record, name, **words):
    """Returns the messages that follow."""
    address = page(type(record), "review", record.pk)
    response = client.post(address, {"step": name, **words}, follow=True)
    return messages_of(response)


def actions():
    return list(Revision.objects.order_by("pk").values_list("action", flat=True))


def public_page(client, record):
    return client.get(record.get_absolute_url()).content.decode()


def test_change_waits_for_approval_and_is_all_in_the_history(
    client, milan, editor, publisher
):
    picture = make_picture(alt_en="The cathedral")
    client.force_login(editor)
    rows = int(
        form_data(client.get(page(Partner, "change", milan.pk)))[
            "Partner_pictures-TOTAL_FORMS"
        ]
    )
    write(
        client,
        milan,
        introduction_en="A large city.",
        **{
            "Partner_pictures-TOTAL_FORMS": rows + 1,
            f"Partner_pictures-{rows}-picture": picture.pk,
        },
    )
    step(client, milan, "send")

    assert "A large city." not in public_page(client, milan)
    assert "The cathedral" not in public_page(client, milan)

    client.force_login(publisher)
    review = client.get(page(Partner, "review", milan.pk)).content.decode()
    assert '<td lang="en">A city.</td>' in review
    assert '<td lang="en">A<ins> large</ins> city.</td>' in review
    assert "The cathedral" in review
    assert step(client, milan, "send_back") == [
        "Say why you send it back, so that it can be mended."
    ]
    step(client, milan, "send_back", comment="How large?")

    client.force_login(editor)
    opened = client.get(page(Partner, "change", milan.pk)).content.decode()
    assert "How large?" in opened
    write(client, milan, introduction_en="A city of 1.4 million.")
    step(client, milan, "send")
    assert WorkingCopy.objects.count() == 1

    client.force_login(publisher)
    step(client, milan, "approve")

    assert "A city of 1.4 million." in public_page(client, milan)
    assert "The cathedral" in public_page(client, milan)
    assert WorkingCopy.objects.count() == 0
    assert actions() == [
        "found",
        "edited",
        "sent",
        "sent_back",
        "edited",
        "sent",
        "published",
    ]
    history = client.get(page(Partner, "history", milan.pk)).content.decode()
    assert "Introduction (en), Pictures" in history


def test_earlier_version_is_brought_back_as_a_working_copy(
    client, milan, editor, publisher
):
    client.force_login(editor)
    write(client, milan, introduction_en="Nonsense.")
    client.force_login(publisher)
    step(client, milan, "approve")
    found = Revision.objects.get(action="found")
    shown = client.get(page(Partner, "version", milan.pk, found.pk))

    client.post(page(Partner, "version", milan.pk, found.pk))

    assert "A city." in shown.content.decode()
    assert "Nonsense." in public_page(client, milan)
    client.force_login(editor)
    assert step(client, milan, "send")[-1] == "“Milan” is sent for review."
    workflow.approve(milan, staff("other", "Publishers"))
    assert "<p>A city.</p>" in public_page(client, milan)


def test_approved_for_a_day_it_is_public_on_that_day(
    client, milan, editor, publisher, time_machine
):
    client.force_login(editor)
    write(client, milan, introduction_en="Tomorrow's words.")
    step(client, milan, "send")
    client.force_login(publisher)
    tomorrow = timezone.localtime() + timedelta(days=1)

    step(client, milan, "approve", at_0=f"{tomorrow:%Y-%m-%d}", at_1="00:00")
    client.logout()

    assert "Tomorrow" not in public_page(client, milan)
    time_machine.move_to(tomorrow)
    assert "Tomorrow" in public_page(client, milan)
    assert actions()[-2:] == ["scheduled", "published"]
    assert WorkingCopy.objects.count() == 0


def test_record_approved_for_a_day_shows_from_then_until_it_comes_down(
    client, editor, publisher, time_machine
):
    partner = make_partner(slug="utopia", status=Status.IN_REVIEW)
    client.force_login(publisher)
    step(
        client,
        partner,
        "approve",
        at_0="2040-04-01",
        at_1="00:00",
        until_0="2040-04-02",
        until_1="00:00",
    )
    seen = []
    for day in ("2040-03-31T14:59Z", "2040-03-31T15:00Z", "2040-04-01T15:00Z"):
        time_machine.move_to(datetime.fromisoformat(day))
        seen.append(client.get(partner.get_absolute_url()).status_code)

    assert seen == [404, 200, 404]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"at_0": "2001-01-01", "at_1": "00:00"}, "goes live lies in the past"),
        ({"until_0": "2001-01-01", "until_1": "00:00"}, "comes down lies in the past"),
        (
            {
                "at_0": "2041-01-01",
                "at_1": "00:00",
                "until_0": "2040-01-01",
                "until_1": "00:00",
            },
            "would come down before it goes live",
        ),
    ],
)
def test_impossible_schedule_is_refused(publisher_client, words, sentence):
    partner = make_partner(status=Status.IN_REVIEW)

    (message,) = step(publisher_client, partner, "approve", **words)

    assert sentence in message
    partner.refresh_from_db()
    assert partner.status == Status.IN_REVIEW
    assert actions() == []


def test_time_that_is_none_is_named_at_its_field(publisher_client):
    partner = make_partner(status=Status.IN_REVIEW)
    address = page(Partner, "review", partner.pk)

    response = publisher_client.post(
        address, {"step": "approve", "at_0": "soon", "at_1": "00:00"}
    )

    assert response.context["form"].errors == {"at": ["Enter a valid date."]}


@pytest.mark.parametrize(
    ("status", "name", "sentence"),
    [
        ("in_review", "send", "It is in review already."),
        ("draft", "withdraw", "It is not in review."),
        ("draft", "send_back", "It is not in review."),
        ("draft", "archive", "It is not public."),
        ("draft", "discard", "There is no working copy."),
        ("published", "approve", "There is nothing new to approve."),
        ("published", "send", "There is nothing new to review."),
    ],
)
def test_step_that_is_out_of_turn_is_refused(publisher_client, status, name, sentence):
    partner = make_partner(status=status)

    messages = step(publisher_client, partner, name, comment="Because")

    assert messages == [sentence]
    partner.refresh_from_db()
    assert (partner.status, actions()) == (status, [])


def test_nothing_changed_makes_no_copy(editor_client, milan):
    response = write(editor_client, milan)

    assert messages_of(response) == ["Nothing was changed."]
    assert (WorkingCopy.objects.count(), actions()) == (0, [])


def test_copy_that_is_discarded_leaves_the_public_text(editor_client, milan):
    write(editor_client, milan, introduction_en="Other words.")

    step(editor_client, milan, "discard")

    assert WorkingCopy.objects.count() == 0
    assert "A city." in public_page(editor_client, milan)
    lost = Revision.objects.get(action="edited")
    assert "Other words." in str(lost.data)


def test_note_for_staff_waits_for_nobody(editor_client, milan):
    write(editor_client, milan, staff_note="Call them.")

    milan.refresh_from_db()
    assert milan.staff_note == "Call them."
    assert WorkingCopy.objects.count() == 0


def test_archived_record_is_gone_and_can_be_published_again(
    client, editor, publisher, milan
):
    client.force_login(publisher)
    step(client, milan, "archive")
    gone = client.get(milan.get_absolute_url()).status_code
    step(client, milan, "approve")

    assert gone == 404
    assert "A city." in public_page(client, milan)


# ---- two people ------------------------------------------------------------------


def two_forms(client, record, one, other):
    """Both have the form open before either sends it."""
    address = page(type(record), "change", record.pk)
    sent = []
    for user in (one, other):
        client.force_login(user)
        sent.append(form_data(client.get(address)))
    return address, sent


def test_changes_of_two_people_to_different_texts_are_both_kept(
    client, milan, editor, publisher
):
    address, (first, second) = two_forms(client, milan, editor, publisher)

    client.force_login(editor)
    client.post(address, {**first, "introduction_en": "By the editor."})
    client.force_login(publisher)
    response = client.post(address, {**second, "name_ja": "ミラノ"}, follow=True)

    data = WorkingCopy.objects.get().data[f"network.partner:{milan.pk}"]
    assert (data["introduction_en"], data["name_ja"]) == ("By the editor.", "ミラノ")
    assert any("editor had changed this record" in m for m in messages_of(response))


def test_changes_of_two_people_to_one_text_are_put_side_by_side(
    client, milan, editor, publisher
):
    address, (first, second) = two_forms(client, milan, editor, publisher)
    client.force_login(editor)
    client.post(address, {**first, "introduction_en": "By the editor."})
    client.force_login(publisher)

    merge = client.post(
        address,
        {**second, "introduction_en": "By the publisher.", "name_ja": "ミラノ"},
        follow=True,
    )

    html = merge.content.decode()
    assert "editor changed this record at" in html
    assert "By the <del>editor</del>." in html
    assert "By the <ins>publisher</ins>." in html
    client.post(merge.request["PATH_INFO"], {"text_0": "By both."})
    data = WorkingCopy.objects.get().data[f"network.partner:{milan.pk}"]
    assert (data["introduction_en"], data["name_ja"]) == ("By both.", "ミラノ")
    assert UnmergedEdit.objects.count() == 0


def test_version_that_waits_to_be_merged_is_seen_by_its_writer_only(
    client, milan, editor, publisher
):
    address, (first, second) = two_forms(client, milan, editor, publisher)
    client.force_login(editor)
    client.post(address, {**first, "introduction_en": "By the editor."})
    client.force_login(publisher)
    client.post(address, {**second, "introduction_en": "By the publisher."})
    edit = UnmergedEdit.objects.get()

    offered = (
        "A version of yours waits to be merged." in client.get(address).content.decode()
    )
    client.force_login(editor)
    answer = client.get(page(Partner, "merge", milan.pk, edit.pk))

    assert offered
    assert answer.status_code == 404


def test_form_says_who_else_has_it_open(client, milan, editor, publisher):
    client.force_login(editor)
    client.get(page(Partner, "change", milan.pk))
    client.force_login(publisher)

    opened = client.get(page(Partner, "change", milan.pk))
    answer = client.post(page(Partner, "presence", milan.pk))

    assert "Open at the same time: <strong>editor</strong>" in opened.content.decode()
    assert answer.json() == {"others": ["editor"]}
    Presence.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    assert client.post(page(Partner, "presence", milan.pk)).json() == {"others": []}


def test_words_sent_after_the_log_in_ran_out_are_kept(client, milan, editor):
    client.force_login(editor)
    address = page(Partner, "change", milan.pk)
    sent = form_data(client.get(address), introduction_en="Typed for an hour.")
    client.logout()

    response = client.post(address, sent)
    assert response.status_code == 302
    client.post(response.url, {"username": "editor", "password": "editor"})
    kept = client.get("/admin/desk/kept-words/")
    again = dict(kept.context["words"])
    client.post(kept.context["path"], again)

    assert "Typed for an hour." in str(WorkingCopy.objects.get().data)


# ---- the trash -------------------------------------------------------------------


def test_record_goes_to_the_trash_and_comes_back(client, publisher, milan):
    exchange = make_exchange(partners=[milan])
    client.force_login(publisher)

    asked = client.get(page(Partner, "delete", milan.pk)).content.decode()
    client.post(page(Partner, "delete", milan.pk), {"post": "yes"})
    gone = client.get(milan.get_absolute_url()).status_code
    listed = client.get("/admin/desk/trash/").content.decode()
    client.post("/admin/desk/trash/", {"record": f"network.partner:{milan.pk}"})

    assert "can be brought back whole for 90 days" in asked
    assert gone == 404
    assert "Milan" in listed
    assert "A city." in public_page(client, milan)
    assert list(exchange.partners.published()) == [milan]


def test_record_that_others_need_stays(client, publisher, milan):
    make_partner(name_en="Port of Milan", parent=milan)
    client.force_login(publisher)

    asked = client.get(page(Partner, "delete", milan.pk)).content.decode()
    client.post(page(Partner, "delete", milan.pk), {"post": "yes"})

    assert "Port of Milan" in asked
    milan.refresh_from_db()
    assert milan.trashed_at is None


def test_trash_is_emptied_after_its_time(publisher, milan, capsys, time_machine):
    kept = make_partner()
    workflow.trash(milan, publisher)
    call_command("empty_trash")
    soon = Partner.objects.count()
    time_machine.move_to(timezone.now() + timedelta(days=91))

    call_command("empty_trash", dry_run=True)
    would = Partner.objects.count()
    call_command("empty_trash")

    assert (soon, would) == (2, 2)
    assert list(Partner.objects.all()) == [kept]
    assert capsys.readouterr().out == "partner: Milan\nDeleted partner: Milan\n"


# ---- checks ----------------------------------------------------------------------


def test_errors_keep_from_publishing_and_not_from_saving(client, editor, publisher):
    partner = make_partner(status=Status.DRAFT, name_en="Milan")
    client.force_login(editor)
    saved = write(client, partner, introduction_en="# One\n\n### Three")
    opened = client.get(page(Partner, "change", partner.pk)).content.decode()
    client.force_login(publisher)
    (refused,) = step(client, partner, "approve")
    client.force_login(editor)
    write(
        client, partner, introduction_en="Visit on 大　阪", introduction_ja="大　阪です"
    )
    client.force_login(publisher)
    (published,) = step(client, partner, "approve")

    assert "The checks found" in messages_of(saved)[-1]
    assert "Has to be mended before publishing" in opened
    assert refused.startswith("Milan: ")
    assert published == "“Milan” is approved."


def test_record_that_others_point_at_is_not_taken_down_unawares(
    publisher_client, milan
):
    make_exchange(partners=[milan], title_en="A visit")
    address = page(Partner, "changelist")

    many = publisher_client.post(
        address, {"action": "archive", "_selected_action": [milan.pk]}, follow=True
    )
    review = publisher_client.get(page(Partner, "review", milan.pk)).content.decode()
    milan.refresh_from_db()
    still = milan.status
    step(publisher_client, milan, "archive")

    assert "A visit" in messages_of(many)[0]
    assert "1 public record points at this one" in review
    milan.refresh_from_db()
    assert (still, milan.status) == (Status.PUBLISHED, Status.ARCHIVED)
