"""Logging in as staff do: too often, with a phone, without it; and what is open to
whom then, and for how long."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.utils import timezone

from network.models import Partner
from osaka_site.desk.models import Division, LogInEntry, StaffMember
from osaka_site.publishing import Status
from tests.conftest import staff
from tests.factories import make_partner

from .conftest import axe_violations, log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture(autouse=True)
def _no_attempts_yet():
    cache.clear()
    yield
    cache.clear()


def try_password(page, user, password):
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def type_code(page, code, button):
    page.get_by_label("Code from your phone").fill(code)
    page.get_by_role("button", name=button, exact=True).click()


def test_too_many_attempts_are_slowed_down(page, editor):
    for _ in range(5):
        try_password(page, editor, "wrong")
    try_password(page, editor, editor.username)

    assert page.locator(".errornote").inner_text().strip() == (
        "There were too many attempts. Please wait five minutes, then try again."
    )
    page.get_by_role("button", name="日本語").click()
    assert page.locator("html").get_attribute("lang") == "ja"


def test_publisher_sets_up_the_phone_and_logs_in_with_and_without_it(
    page, publisher, settings
):
    settings.SECOND_FACTOR = True
    page.set_viewport_size({"width": 320, "height": 640})
    found = {}

    def look(name):
        found[name] = axe_violations(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        found[name] += [f"{width} px wide"] * (width > 320)

    try_password(page, publisher, publisher.username)
    look("set up")
    secret = page.locator("code").inner_text()
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    type_code(page, code, "Set up the second factor")
    recovery = page.locator(".recovery-codes code").first.inner_text()
    look("recovery codes")
    page.goto("/admin/account/")
    look("second factor")
    page.goto("/admin/account/phone/remove/")
    look("remove")
    page.get_by_role("link", name="Home").click()
    page.wait_for_url("**/admin/")
    page.get_by_role("button", name="Log out").click()

    try_password(page, publisher, publisher.username)
    look("code")
    type_code(page, "000000", "Log in")
    refused = page.locator(".errorlist").inner_text()
    type_code(page, code, "Log in")
    page.wait_for_url("**/admin/")
    page.get_by_role("button", name="Log out").click()

    try_password(page, publisher, publisher.username)
    type_code(page, recovery, "Log in")
    page.wait_for_url("**/admin/")

    assert refused == "This code is not right, or has been used already."
    assert found == {name: [] for name in found}


def plug_in_a_key(page):
    """Chromium's own, which answers at once."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    key = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return lambda: devices.send("WebAuthn.removeVirtualAuthenticator", key)


def test_publisher_logs_in_with_a_security_key(page, publisher, settings):
    settings.SECOND_FACTOR = True
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # http, as in debug mode
    page.set_viewport_size({"width": 320, "height": 640})
    found = {}

    def look(name):
        found[name] = axe_violations(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        found[name] += [f"{width} px wide"] * (width > 320)

    def log_out():
        page.goto("/admin/")
        page.get_by_role("button", name="Log out").click()
        page.get_by_role("link", name="Log in again").wait_for()

    unplug = plug_in_a_key(page)
    try_password(page, publisher, publisher.username)
    page.get_by_role("link", name="Use a security key or a passkey instead").click()
    look("add")
    page.get_by_label("Name of the key").fill("Key ring")
    page.get_by_role("button", name="Add the key").click()
    recovery = page.locator(".recovery-codes code").first.inner_text()
    log_out()

    try_password(page, publisher, publisher.username)
    look("log in")
    page.get_by_role("button", name="Log in with your security key").click()
    page.wait_for_url("**/admin/")
    page.goto("/admin/account/")
    look("second factor")
    page.get_by_role("link", name="Rename “Key ring”").click()
    page.get_by_label("Name of the key").fill("Blue key")
    page.get_by_role("button", name="Save").click()
    log_out()

    unplug()
    plug_in_a_key(page)
    try_password(page, publisher, publisher.username)
    page.get_by_role("button", name="Log in with your security key").click()
    page.get_by_text("The key did not answer. Try again.").wait_for()
    type_code(page, recovery, "Log in")
    page.wait_for_url("**/admin/")
    page.goto("/admin/account/")
    page.get_by_role("link", name="Remove “Blue key”").click()
    look("remove")
    page.get_by_role("button", name="Remove the key").click()
    page.wait_for_url("**/admin/account/phone/**")

    assert not Authenticator.objects.exists()
    entries = LogInEntry.objects.order_by("pk").values_list("event", flat=True)
    assert [event for event in entries if event != "logged_out"] == [
        "logged_in",
        "added",
        "logged_in",
        "recovery",
        "logged_in",
        "removed",
    ]
    assert found == {name: [] for name in found}


def test_editor_logs_in_as_before(page, editor, settings):
    settings.SECOND_FACTOR = True

    log_in(page, editor)

    assert page.get_by_role("link", name="Second factor").is_visible()


def test_log_in_lasts_for_eight_hours(page, editor, time_machine):
    start = timezone.now()
    log_in(page, editor)

    time_machine.move_to(start + timedelta(hours=8, minutes=-1))
    page.goto("/admin/network/partner/")
    still_in = page.url
    time_machine.move_to(start + timedelta(hours=8, minutes=1))
    page.goto("/admin/network/partner/")

    assert still_in.endswith("/admin/network/partner/")
    assert page.url.endswith("/admin/login/?next=/admin/network/partner/")


def test_nothing_is_to_be_seen_by_going_back_after_the_log_out(page, editor):
    make_partner(name_en="Secret harbour", status=Status.DRAFT)
    log_in(page, editor)
    page.goto("/admin/network/partner/")
    assert page.get_by_text("Secret harbour").count() == 1

    page.get_by_role("button", name="Log out").click()
    page.get_by_role("link", name="Log in again").wait_for()
    page.go_back()

    page.get_by_label("Password").wait_for()
    assert page.get_by_text("Secret harbour").count() == 0


def test_contributor_gets_no_further_than_the_own_drafts(page, publisher):
    contributor = staff("contributor", "Contributors")
    division = Division.objects.create(name_en="Ports")
    StaffMember.objects.create(user=contributor, division=division)
    draft = make_partner(name_ja="釜山", status=Status.DRAFT, owner=division)
    review = f"/admin/network/partner/{draft.pk}/review/"

    def steps_of(user):
        log_in(page, user)
        page.goto(review)
        return page.locator(".submit-row button").all_inner_texts()

    found = {user.username: steps_of(user) for user in (publisher, contributor)}
    button = page.get_by_role("button", name="Only comment")
    button.evaluate("button => button.value = 'approve'")
    button.click()
    told = page.locator(".messagelist .error").inner_text()
    closed = ("auth/user/", "desk/loginentry/", "auth/user/add/")
    answers = [page.goto(f"/admin/{address}").status for address in closed]

    assert found == {
        "publisher": ["Approve and publish", "Send for review", "Only comment"],
        "contributor": ["Only comment"],
    }
    assert told == "Only publishers can approve and publish."
    assert Partner.objects.get().status == Status.DRAFT
    assert answers == [403] * 3
