"""Who may do what, at every door, for every kind of record."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.urls import reverse

from network.models import Partner, Picture
from osaka_site.desk import workflow
from osaka_site.desk.models import Division, Revision, StaffMember, WorkingCopy
from osaka_site.publishing import Status
from tests.factories import make_affiliation, make_partner
from tests.forms import form_data, messages_of
from tests.test_admin import RECORDS, ROWS, page

pytestmark = pytest.mark.one_database

ROLES = ["Contributors", "Editors", "Publishers", "Administrators"]

# What each role may do with a draft of its own division, with one of another, and
# with what is public: r(ead), w(rite), s(end for review), p(ublish), t(rash).
MAY = {
    "Contributors": {"own draft": "rwt", "other draft": "r", "public": "r"},
    "Editors": {"own draft": "rwst", "other draft": "rwst", "public": "rw"},
    "Publishers": {"own draft": "rwspt", "other draft": "rwspt", "public": "rwt"},
    "Administrators": {"own draft": "r", "other draft": "r", "public": "r"},
    "nobody": {"own draft": "", "other draft": "", "public": ""},
}


@pytest.fixture
def divisions(db):
    return [Division.objects.create(name_en=name) for name in ("Ports", "Culture")]


@pytest.fixture
def staff(divisions):
    """A person of each role, all of the first division, and one without a role."""
    people = {}
    for role in [*ROLES, "nobody"]:
        user = get_user_model().objects.create_user(role, is_staff=True)
        StaffMember.objects.create(user=user, division=divisions[0])
        if role != "nobody":
            user.groups.add(Group.objects.get(name=role))
        people[role] = user
    return people


def records_of(model, divisions):
    return {
        "own draft": ROWS[model](status=Status.DRAFT, owner=divisions[0]),
        "other draft": ROWS[model](status=Status.DRAFT, owner=divisions[1]),
        "public": ROWS[model](owner=divisions[0]),
    }


def with_role(client, user):
    client.force_login(user)
    return client


def doors(client, model, record):
    """The letters of what the person could do, each tried by hand and looked up."""
    found = ""
    if client.get(page(model, "history", record.pk)).status_code == 200:
        found += "r"
    if client.post(page(model, "change", record.pk)).status_code == 200:
        found += "w"  # the form, with what is missing in what was sent
    for letter, step, is_done in (
        ("s", "send", lambda: status_of(record) == Status.IN_REVIEW),
        ("p", "approve", lambda: record.status != status_of(record) == "published"),
    ):
        client.post(page(model, "review", record.pk), {"step": step})
        if is_done():
            found += letter
        type(record).objects.filter(pk=record.pk).update(status=record.status)
    client.post(page(model, "delete", record.pk), {"post": "yes"})
    if type(record).objects.get(pk=record.pk).trashed_at:
        found += "t"
    return found


def status_of(record):
    return type(record).objects.values_list("status", flat=True).get(pk=record.pk)


@RECORDS
def test_roles_open_the_doors_they_should(client, staff, divisions, model):
    found = {}
    for role, user in staff.items():
        found[role] = {
            name: doors(with_role(client, user), model, record)
            for name, record in records_of(model, divisions).items()
        }

    assert found == MAY


@RECORDS
def test_roles_hold_for_many_at_once(client, staff, divisions, model):
    found = {}
    for role, user in staff.items():
        record = ROWS[model](status=Status.DRAFT, owner=divisions[1])
        with_role(client, user)
        letters = ""
        for letter, action in (("s", "send_for_review"), ("p", "approve")):
            act(client, model, action, record)
            if status_of(record) != Status.DRAFT:
                letters += letter
            type(record).objects.update(status=Status.DRAFT)
        act(client, model, "delete_selected", record, post="yes")
        record.refresh_from_db()
        found[role] = letters + ("t" if record.trashed_at else "")

    expected = {role: MAY[role]["other draft"] for role in MAY}
    assert found == {
        role: "".join(letter for letter in may if letter in "spt")
        for role, may in expected.items()
    }


def act(client, model, action, *records, **more):
    return client.post(
        page(model, "changelist"),
        {"action": action, "_selected_action": [r.pk for r in records], **more},
        follow=True,
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.django_db
def test_status_that_is_typed_by_hand_changes_nothing(client, staff, role):
    client.force_login(staff[role])
    draft = make_partner(status=Status.DRAFT)

    for status in ("published", "archived", "in_review"):
        client.post(
            page(Partner, "change", draft.pk),
            {"name_en": "A", "country": "US", "status": status, "slug": draft.slug},
        )
        client.post(
            page(Partner, "add"),
            {"name_en": "B", "country": "US", "status": status, "publish_at_0": "2001"},
        )

    assert set(Partner.objects.values_list("status", flat=True)) == {"draft"}


@pytest.mark.django_db
def test_contributor_without_a_division_writes_nothing(client, staff):
    StaffMember.objects.update(division=None)
    client.force_login(staff["Contributors"])

    assert client.get(page(Partner, "add")).status_code == 403


@pytest.mark.django_db
def test_what_a_contributor_adds_belongs_to_the_division(client, staff, divisions):
    client.force_login(staff["Contributors"])
    sent = form_data(client.get(page(Partner, "add")), name_en="Utopia", country="PT")

    client.post(page(Partner, "add"), {**sent, "owner": divisions[1].pk})

    assert Partner.objects.get().owner == divisions[0]
    revision = Revision.objects.get()
    assert (revision.action, revision.by) == ("created", staff["Contributors"])


@pytest.mark.django_db
def test_nobody_approves_what_they_wrote(client, staff, divisions):
    client.force_login(staff["Publishers"])
    partner = make_partner(status=Status.DRAFT)
    sent = form_data(client.get(page(Partner, "change", partner.pk)), name_en="Other")
    client.post(page(Partner, "change", partner.pk), {**sent, "_publish": "1"})

    refused = client.post(
        page(Partner, "review", partner.pk), {"step": "approve"}, follow=True
    )

    assert messages_of(refused)[-1].startswith("You wrote this yourself")
    assert status_of(partner) == Status.DRAFT


@pytest.mark.django_db
def test_history_says_when_somebody_approved_their_own(client, staff, settings):
    settings.SECOND_PAIR_OF_EYES = False
    client.force_login(staff["Publishers"])
    partner = make_partner(status=Status.DRAFT)
    sent = form_data(client.get(page(Partner, "change", partner.pk)), name_en="Other")

    client.post(page(Partner, "change", partner.pk), {**sent, "_publish": "1"})

    assert status_of(partner) == Status.PUBLISHED
    revision = Revision.objects.first()
    assert (revision.action, revision.was_own_approval) == ("published", True)
    history = client.get(page(Partner, "history", partner.pk)).content.decode()
    assert "by its own writer" in history


@pytest.mark.django_db
def test_records_are_handed_over_by_those_who_write_for_every_division(
    client, staff, divisions
):
    partners = [make_partner(owner=divisions[0], status="draft") for _ in range(2)]
    client.force_login(staff["Contributors"])
    act(client, Partner, "hand_over", partners[0], division=divisions[1].pk)
    client.force_login(staff["Editors"])
    act(client, Partner, "hand_over", partners[1], division=divisions[1].pk)

    owners = Partner.objects.order_by("pk").values_list("owner__name_en", flat=True)
    assert list(owners) == ["Ports", "Culture"]


@pytest.mark.django_db
def test_what_is_in_the_trash_is_offered_nowhere(client, staff, publisher):
    partner = make_partner(name_en="Utopia", status=Status.DRAFT)
    tie = make_affiliation()
    workflow.trash(partner, publisher)
    client.force_login(staff["Publishers"])

    found = client.get(
        reverse("admin:autocomplete"),
        {
            "app_label": "network",
            "model_name": "affiliation",
            "field_name": "partner",
            "term": "Utopia",
        },
    ).json()["results"]
    listed = client.get(page(Partner, "changelist")).context["cl"].queryset
    opened = client.get(page(Partner, "change", partner.pk))
    chosen = form_data(client.get(page(type(tie), "change", tie.pk)))
    client.post(page(type(tie), "change", tie.pk), {**chosen, "partner": partner.pk})

    assert found == []
    assert list(listed) == [tie.partner]
    assert opened.status_code == 302
    assert WorkingCopy.objects.count() == 0


@pytest.mark.django_db
def test_pages_of_a_record_need_permission_to_view_it(client, staff):
    client.force_login(staff["nobody"])
    partner = make_partner()
    revision = workflow.record_step(partner, "edited", None, data={})

    answers = {
        name: client.get(page(Partner, name, *args)).status_code
        for name, args in {
            "change": [partner.pk],
            "review": [partner.pk],
            "history": [partner.pk],
            "version": [partner.pk, revision.pk],
            "merge": [partner.pk, 1],
            "changelist": [],
        }.items()
    }
    trash = client.get(reverse("admin:desk_trash"))

    assert set(answers.values()) == {403}
    assert trash.context["rows"] == []
    assert Picture not in [type(row["record"]) for row in trash.context["rows"]]
