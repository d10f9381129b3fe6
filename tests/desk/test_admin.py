"""Divisions, people and mails in the admin."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.urls import reverse

from osaka_site.desk.models import Division, OutgoingMail, StaffMember

from ..conftest import staff
from ..forms import errors_of, form_data
from ..reading import words_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def test_division_needs_a_name(admin_client):
    address = reverse("admin:desk_division_add")
    shown = form_data(admin_client.get(address))

    refused = admin_client.post(address, shown)
    admin_client.post(address, {**shown, "name_ja": "国際担当"})

    assert list(errors_of(refused)) == ["name_ja"]
    assert list(Division.objects.values_list("name_ja", "is_active")) == [
        ("国際担当", True)
    ]


def test_list_of_divisions_counts_their_members(admin_client):
    division = Division.objects.create(name_en="Ports")
    for name in ("one", "two"):
        user = get_user_model().objects.create_user(name)
        StaffMember.objects.create(user=user, division=division)

    response = admin_client.get(reverse("admin:desk_division_changelist"))

    assert "Ports 2" in words_of(response)


def test_person_has_division_language_and_mails_on_one_page(admin_client):
    division = Division.objects.create(name_en="Ports")
    user = get_user_model().objects.create_user("editor", is_staff=True)
    address = reverse("admin:auth_user_change", args=[user.pk])

    shown = form_data(admin_client.get(address))
    response = admin_client.post(
        address,
        {
            **shown,
            "staff_member-0-division": division.pk,
            "staff_member-0-language": "en",
        },
    )

    assert response.status_code == 302
    member = StaffMember.objects.get(user=user)
    assert (member.division, member.language, member.wants_mails) == (
        division,
        "en",
        True,
    )
    listed = admin_client.get(reverse("admin:auth_user_changelist"))
    assert "Ports" in words_of(listed)


def test_new_account_is_a_name_and_a_password(admin_client):
    address = reverse("admin:auth_user_add")
    typed = {"username": "new", "password1": "a-long-word-9", "usable_password": "true"}
    shown = form_data(admin_client.get(address))

    admin_client.post(address, {**shown, **typed, "password2": "a-long-word-9"})

    assert get_user_model().objects.filter(username="new").exists()
    assert not any(name.startswith("staff_member") for name in shown)


def test_mails_are_read_and_not_written(admin_client):
    written = OutgoingMail.objects.create(
        to="a@example.org", subject="A subject", body="A text", last_error="Refused"
    )

    listed = admin_client.get(reverse("admin:desk_outgoingmail_changelist"))
    read = admin_client.get(
        reverse("admin:desk_outgoingmail_change", args=[written.pk])
    )
    added = admin_client.get(reverse("admin:desk_outgoingmail_add"))

    assert "A subject" in words_of(listed)
    assert "A text" in words_of(read)
    assert read.context["has_change_permission"] is False
    assert added.status_code == 403


def test_administrator_makes_no_superuser_and_takes_no_role(client, admin_user):
    administrator, other = (staff(n, "Administrators") for n in ("boss", "other"))
    publishers = Group.objects.get(name="Publishers")
    client.force_login(administrator)

    def send(user, **typed):
        address = reverse("admin:auth_user_change", args=[user.pk])
        return client.post(address, {**form_data(client.get(address)), **typed})

    send(administrator, is_superuser="on", groups=[publishers.pk])
    send(other, is_superuser="on", groups=[publishers.pk])
    reset = reverse("admin:auth_user_password_change", args=[admin_user.pk])
    refused = client.post(reset, {"password1": "a", "password2": "a"})

    administrator.refresh_from_db()
    other.refresh_from_db()
    assert (administrator.is_superuser, other.is_superuser) == (False, False)
    assert [group.name for group in administrator.groups.all()] == ["Administrators"]
    assert [group.name for group in other.groups.all()] == ["Publishers"]
    assert refused.status_code == 403
