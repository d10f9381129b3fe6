"""Logging in: what is refused, slowed down, asked for beside the password, noted."""

import json
import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from osaka_site.desk.models import LogInEntry
from osaka_site.log_in.addresses import client_address
from osaka_site.log_in.checks import second_factor_is_asked_for

from .conftest import staff
from .factories import make_partner, make_picture
from .forms import form_data, messages_of
from .security_key import SecurityKey

pytestmark = pytest.mark.django_db

LOG_IN, START, CODE = "/admin/login/", "/admin/", "/admin/account/code/"
SET_UP = "/admin/account/phone/"
REFUSED = (
    "Please enter the correct username and password for a staff account. "
    "Note that both fields may be case-sensitive."
)
KEY_REFUSED = "This key was not accepted. Try again, or use another one."
SLOWED_DOWN = "There were too many attempts. Please wait five minutes, then try again."


@pytest.fixture(autouse=True)
def _no_attempts_yet():
    cache.clear()


@pytest.fixture
def administrator(db):
    return staff("administrator", "Administrators")


@pytest.fixture
def asked_for(settings):
    settings.SECOND_FACTOR = True


def send(client, name, password, **headers):
    sent = {"username": name, "password": password}
    return client.post(LOG_IN, sent, headers=headers)


def said(response):
    return response.status_code, response.context["form"].non_field_errors()


FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def code_for(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def with_second_factor(user):
    """The key in the phone of somebody who has set it up."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def noted():
    entries = LogInEntry.objects.order_by("pk")
    return list(entries.values_list("event", "name", "by_name", "address"))


# ---- name and password ----------------------------------------------------


def test_whether_an_account_exists_cannot_be_told(client, editor):
    get_user_model().objects.create_user("left", password="left", is_active=False)
    get_user_model().objects.create_user("visitor", password="visitor")
    names = ["editor", "nobody", "left", "visitor"]

    wrong = [said(send(client, name, "wrong")) for name in names]
    shut = [said(send(client, name, name)) for name in ["left", "visitor"]]

    assert wrong + shut == [(200, [REFUSED])] * 6
    assert "sessionid" not in client.cookies


class CountingHasher(MD5PasswordHasher):
    count = 0

    def encode(self, password, salt):
        CountingHasher.count += 1
        return super().encode(password, salt)


def test_whether_an_account_exists_cannot_be_told_by_the_time(client, settings, db):
    """What takes long is the hash of the password, so it is made for all alike."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    people = get_user_model().objects
    people.create_user("editor", password="editor", is_staff=True)
    people.create_user("left", password="left", is_active=False)
    people.create_user("visitor", password="visitor")
    taken = {}
    for name in ["editor", "nobody", "left", "visitor"]:
        before = CountingHasher.count
        send(client, name, "wrong")
        taken[name] = CountingHasher.count - before

    assert set(taken.values()) == {1}, taken


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example.org/", "//evil.example.org", "javascript:1"]
)
def test_log_in_leads_to_no_other_site(client, editor, elsewhere):
    client.get(LOG_IN, {"next": elsewhere})
    answer = client.post(
        LOG_IN, {"username": "editor", "password": "editor", "next": elsewhere}
    )

    assert answer.url == START


def test_name_that_nobody_has_is_not_written_down(client, editor):
    send(client, "my-secret-password", "editor")
    send(client, "editor", "wrong")
    send(client, "editor", "editor")
    client.post("/admin/logout/")

    assert noted() == [
        ("failed", "", "", "127.0.0.1"),
        ("failed", "editor", "", "127.0.0.1"),
        ("logged_in", "editor", "", "127.0.0.1"),
        ("logged_out", "editor", "", "127.0.0.1"),
    ]


@pytest.mark.parametrize("name", ["editor", "nobody"])
def test_account_is_slowed_down_for_five_minutes(client, editor, name, time_machine):
    time_machine.move_to("2026-04-01 09:00+09:00", tick=False)
    attempts = [said(send(client, name, "wrong")) for _ in range(5)]

    slowed = [said(send(client, name, name)) for _ in range(2)]
    time_machine.shift(301)
    later = send(client, name, name)

    assert attempts == [(200, [REFUSED])] * 5
    assert slowed == [(429, [SLOWED_DOWN])] * 2
    assert (later.status_code == 302) == (name == "editor")
    assert [event for event, *_ in noted()].count("throttled") == 1


def test_address_is_slowed_down_whatever_it_invents(client, editor, settings):
    settings.TRUSTED_PROXIES = 1
    for number in range(20):
        invented = f"203.0.113.{number}, 198.51.100.7"
        send(client, f"name-{number}", "wrong", x_forwarded_for=invented)

    here = send(client, "editor", "editor", x_forwarded_for="8.8.8.8, 198.51.100.7")
    elsewhere = send(client, "editor", "editor", x_forwarded_for="198.51.100.8")

    assert said(here) == (429, [SLOWED_DOWN])
    assert elsewhere.status_code == 302
    assert {address for *_, address in noted()} == {"198.51.100.7", "198.51.100.8"}


def test_right_passwords_do_not_count(client, editor):
    assert {send(client, "editor", "editor").status_code for _ in range(6)} == {302}


def test_nobody_comes_in_where_attempts_cannot_be_counted(client, editor, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }

    response = send(client, "editor", "editor")

    assert response.url == LOG_IN
    assert messages_of(client.get(LOG_IN)) == [
        (
            "Nobody can log in at the moment. Please try again later, or tell whoever looks"
            " after the server."
        )
    ]
    assert client.get(START).url == "/admin/login/?next=/admin/"


@pytest.mark.parametrize(
    ("proxies", "asked_from", "passed_on", "expected"),
    [
        (0, "192.0.2.1", None, "192.0.2.1"),
        (0, "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        (1, "127.0.0.1", "198.51.100.7", "198.51.100.7"),
        (1, "", "198.51.100.7", "198.51.100.7"),
        (1, "", "10.0.0.1, 198.51.100.7", "198.51.100.7"),
        (2, "127.0.0.1", "invented, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "127.0.0.1", "198.51.100.7", "127.0.0.1"),
        (1, "127.0.0.1", None, "127.0.0.1"),
        (1, "127.0.0.1", "<script>", ""),
        (1, "127.0.0.1", "2001:DB8::1", "2001:db8::1"),
        (1, "", None, ""),
    ],
)
def test_client_address(settings, proxies, asked_from, passed_on, expected):
    settings.TRUSTED_PROXIES = proxies
    headers = {"x-forwarded-for": passed_on} if passed_on else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=asked_from)

    assert client_address(request) == expected


# ---- sessions -------------------------------------------------------------


def test_session_is_a_new_one_and_ends_with_the_day(client, editor, milan_form):
    client.post(*milan_form)  # begins a session, to keep the words
    before = client.cookies["sessionid"].value

    send(client, "editor", "editor")

    cookie = client.cookies["sessionid"]
    assert cookie.value != before
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (
        "", True, "Lax",
    )  # fmt: skip
    assert client.session.get_expiry_age() == 8 * 60 * 60


@pytest.fixture
def milan_form(editor):
    """The address of a form, and what somebody sends whose log-in has run out."""
    address = reverse("admin:network_partner_change", args=[make_partner().pk])
    browser = Client()
    browser.force_login(editor)
    return address, form_data(browser.get(address), introduction_en="For an hour.")


def test_other_sessions_end_when_the_password_is_changed(client, editor):
    elsewhere = Client()
    for browser in (client, elsewhere):
        send(browser, "editor", "editor")
    new = "a-harbour-of-words"

    client.post(
        "/admin/password_change/",
        {"old_password": "editor", "new_password1": new, "new_password2": new},
    )

    assert client.get(START).status_code == 200
    assert elsewhere.get(START).url == "/admin/login/?next=/admin/"


@pytest.mark.parametrize("password", ["harbourlamp", "administrator", "928374655647"])
def test_password_that_is_easy_to_guess_is_refused(client, editor, password):
    client.force_login(editor)

    response = client.post(
        "/admin/password_change/",
        {
            "old_password": "editor",
            "new_password1": password,
            "new_password2": password,
        },
    )

    assert list(response.context["form"].errors) == ["new_password2"]


# ---- the second factor ----------------------------------------------------


@pytest.mark.parametrize("name", ["publisher", "administrator", "admin_user"])
def test_those_who_publish_or_give_rights_need_one(client, request, asked_for, name):
    client.force_login(request.getfixturevalue(name))

    response = client.get("/admin/desk/trash/")

    assert response.url == f"{SET_UP}?next=/admin/desk/trash/"


def test_without_it_they_see_no_more_than_visitors(client, publisher, asked_for):
    picture = make_picture(status="draft")
    default_storage.save(picture.file.name, ContentFile(b"a harbour"))
    client.force_login(publisher)

    refused = client.get(picture.file.url).status_code
    secret = with_second_factor(publisher)
    client.post("/admin/account/code-again/", {"code": code_for(secret)})

    assert refused == 404
    assert client.get(picture.file.url).getvalue() == b"a harbour"


def test_others_need_none(editor_client, asked_for):
    assert editor_client.get(START).status_code == 200


def test_nobody_needs_one_where_it_is_off(publisher_client):
    assert publisher_client.get(START).status_code == 200


def test_second_factor_is_set_up_and_asked_for(
    client, publisher, asked_for, django_capture_on_commit_callbacks
):
    send(client, "publisher", "publisher")
    secret = client.get(SET_UP).context["form"].secret
    wrong = client.post(SET_UP, {"code": "000"})
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(SET_UP, {"code": code_for(secret)})
    elsewhere = Client()

    first_step = send(elsewhere, "publisher", "publisher")
    not_yet = elsewhere.get(START)
    second_step = elsewhere.post(CODE, {"code": code_for(secret)})

    assert list(wrong.context["form"].errors) == ["code"]
    assert answer.url == "/admin/account/recovery-codes/"
    assert first_step.url == CODE
    assert not_yet.url == "/admin/login/?next=/admin/"
    assert second_step.url == START
    assert elsewhere.get(START).status_code == 200
    assert [event for event, *_ in noted()] == ["logged_in", "added", "logged_in"]


def test_code_is_good_once(client, editor):
    code = code_for(with_second_factor(editor))
    for _ in range(2):
        browser = Client()
        send(browser, "editor", "editor")
        answer = browser.post(CODE, {"code": f"{code[:3]} {code[3:]}"})

    assert answer.context["form"].errors == {
        "code": ["This code is not right, or has been used already."]
    }


def test_code_may_have_full_width_digits(client, editor):
    code = code_for(with_second_factor(editor))
    send(client, "editor", "editor")

    answer = client.post(CODE, {"code": code.translate(FULL_WIDTH)})

    assert answer.status_code == 302


def test_recovery_code_is_good_once(client, editor):
    send(client, "editor", "editor")
    secret = client.get(SET_UP).context["form"].secret
    client.post(SET_UP, {"code": code_for(secret)})
    page = client.get("/admin/account/recovery-codes/")
    code, *others = page.context["unused_codes"]
    answers = []
    for _ in range(2):
        browser = Client()
        send(browser, "editor", "editor")
        answers.append(browser.post(CODE, {"code": code}).status_code)

    file = client.get("/admin/account/recovery-codes/file/").content.decode()

    assert answers == [302, 200]
    assert file.split()[-9:] == others
    assert [event for event, *_ in noted()][-3:] == [
        "recovery",
        "logged_in",
        "code_failed",
    ]


def test_codes_cannot_be_tried_out(client, editor):
    secret = with_second_factor(editor)
    send(client, "editor", "editor")
    for _ in range(5):
        client.post(CODE, {"code": "wrong"})

    answer = client.post(CODE, {"code": code_for(secret)})

    assert answer.context["form"].errors == {"code": [SLOWED_DOWN]}
    assert noted()[-1][:2] == ("throttled", "editor")


def test_answer_without_a_code_leads_back(client, editor):
    with_second_factor(editor)
    send(client, "editor", "editor")

    assert client.post(CODE, {}).url == CODE


def key_says(**parts):
    names = (
        "attestationObject",
        "authenticatorData",
        "clientDataJSON",
        "signature",
    )
    response = dict.fromkeys(names, "AAAA")
    return json.dumps({"id": "AA", "rawId": "AA", "response": response, **parts})


ANSWERS = [
    "",
    "no JSON",
    "null",
    "1",
    "[]",
    "{}",
    '{"id": "AA", "rawId": "AA", "response": {}}',
    key_says(),
    key_says(type="public-key"),
    key_says(id=1),
    key_says(rawId="!"),
    key_says(response=[]),
    key_says(response={"clientDataJSON": "{}"}),
    key_says(clientExtensionResults=3),
    "[" * 100_000,
]


@pytest.mark.parametrize("address", [CODE, "/admin/account/keys/add/"])
def test_answer_that_no_key_would_give_is_refused(client, editor, settings, address):
    settings.ACCOUNT_RATE_LIMITS = False
    if address == CODE:
        with_second_factor(editor)
    send(client, "editor", "editor")
    client.get(address)

    answers = [client.post(address, {"credential": answer}) for answer in ANSWERS]

    assert [answer.status_code for answer in answers] == [200] * len(ANSWERS)
    for answer in answers:
        form = answer.context["webauthn_form" if address == CODE else "form"]
        assert [*form.errors.values()] == [[KEY_REFUSED]]
    assert Authenticator.objects.filter(type="webauthn").count() == 0


# ---- security keys --------------------------------------------------------

ADD_KEY, KEY_AGAIN = "/admin/account/keys/add/", "/admin/account/key-again/"


def asked_by(page):
    """What the page asks a key for, as its script reads it."""
    data = re.search(
        r'<script id="security-key" type="application/json">(.+?)</script>', page.text
    )
    (asked,) = json.loads(data[1]).values()
    return asked["publicKey"]


def add_key(client, **typed):
    key = SecurityKey()
    answer = key.create(asked_by(client.get(ADD_KEY)))
    client.post(ADD_KEY, {"credential": answer, **typed})
    return key


def with_key(user):
    """The key of somebody who has set one up."""
    browser = Client()
    send(browser, user.username, user.username)
    return add_key(browser)


@pytest.fixture
def insecure_origin(settings):
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # http, as in debug mode


@pytest.mark.usefixtures("insecure_origin", "asked_for")
def test_key_is_set_up_and_asked_for(client, publisher):
    send(client, "publisher", "publisher")
    key = add_key(client, name="Key ring")
    codes = client.get("/admin/account/recovery-codes/").context["unused_codes"]
    elsewhere = Client()

    first_step = send(elsewhere, "publisher", "publisher")
    not_yet = elsewhere.get(START)
    answer = key.get(asked_by(elsewhere.get(CODE)))
    second_step = elsewhere.post(CODE, {"credential": answer})

    assert client.get(START).status_code == 200
    assert Authenticator.objects.get(type="webauthn").data["name"] == "Key ring"
    assert len(codes) == 10
    assert (first_step.url, not_yet.url) == (CODE, "/admin/login/?next=/admin/")
    assert second_step.url == START
    assert elsewhere.get(START).status_code == 200
    assert [event for event, *_ in noted()] == ["logged_in", "added", "logged_in"]


@pytest.mark.usefixtures("insecure_origin")
def test_answer_of_a_key_is_good_once_and_from_one_key_only(client, editor, publisher):
    key, strangers_key = with_key(editor), with_key(publisher)
    send(client, "editor", "editor")
    asked = asked_by(client.get(CODE))
    pretender = SecurityKey()
    pretender.id = key.id

    answers = [
        client.post(CODE, {"credential": wrong.get(asked)})
        for wrong in (strangers_key, pretender)
    ]
    asked = asked_by(client.get(CODE))
    replayed = key.get(asked)
    right = client.post(CODE, {"credential": replayed})
    elsewhere = Client()
    send(elsewhere, "editor", "editor")
    elsewhere.get(CODE)
    answers.append(elsewhere.post(CODE, {"credential": replayed}))

    assert right.url == START
    for answer in answers:
        assert answer.context["webauthn_form"].errors == {"credential": [KEY_REFUSED]}
    assert [event for event, *_ in noted()].count("code_failed") == 3


@pytest.mark.usefixtures("insecure_origin")
def test_keys_cannot_be_tried_out(client, editor):
    key = with_key(editor)
    send(client, "editor", "editor")
    for _ in range(5):
        asked = asked_by(client.get(CODE))
        client.post(CODE, {"credential": SecurityKey().get(asked)})

    answer = client.post(CODE, {"credential": key.get(asked_by(client.get(CODE)))})

    assert answer.context["webauthn_form"].errors == {"credential": [SLOWED_DOWN]}


def test_key_answers_no_site_but_ours(client, editor, settings):
    """Without encryption it answers none at all, but in debug mode."""
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
    send(client, "editor", "editor")
    answers = []
    for origin in ("http://testserver", "https://testserver.evil.example.org"):
        asked = asked_by(client.get(ADD_KEY))
        answer = SecurityKey(origin).create(asked)
        answers.append(client.post(ADD_KEY, {"credential": answer}))
    asked = asked_by(client.get(ADD_KEY))
    answer = SecurityKey("https://testserver").create(asked)
    right = client.post(ADD_KEY, {"credential": answer})

    for answer in answers:
        assert answer.context["form"].non_field_errors() == [KEY_REFUSED]
    assert right.url == "/admin/account/recovery-codes/"


@pytest.mark.usefixtures("insecure_origin")
def test_one_key_of_several_is_renamed_and_removed(client, editor):
    send(client, "editor", "editor")
    for name in ("Key ring", ""):
        add_key(client, name=name)
    first, second = Authenticator.objects.filter(type="webauthn").order_by("pk")
    address = f"/admin/account/keys/{first.pk}/"

    client.post(address, {"name": "<b>Blue"})
    page = client.get("/admin/account/").text
    client.post(f"/admin/account/keys/{second.pk}/remove/")

    assert "&lt;b&gt;Blue" in page
    assert "Security key" in page
    assert [str(key) for key in Authenticator.objects.filter(type="webauthn")] == [
        "<b>Blue"
    ]


@pytest.mark.usefixtures("insecure_origin")
def test_keys_of_others_are_nobodys_business(client, editor, publisher):
    with_key(publisher)
    key = Authenticator.objects.get(type="webauthn")
    send(client, "editor", "editor")

    answers = [
        client.post(f"/admin/account/keys/{key.pk}/{page}", {"name": "Mine"})
        for page in ("", "remove/")
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert Authenticator.objects.get(pk=key.pk).data["name"] == "Security key"


@pytest.mark.usefixtures("insecure_origin", "asked_for")
def test_session_from_before_has_to_show_the_key(client, editor):
    send(client, "editor", "editor")
    key = with_key(editor)

    asked = client.get(START)
    page = client.get(asked.url)
    answer = client.post(asked.url, {"credential": key.get(asked_by(page))})

    assert asked.url == f"{KEY_AGAIN}?next=/admin/"
    assert 'href="/admin/account/code-again/?next=' in page.text
    assert answer.url == START
    assert client.get(START).status_code == 200


@pytest.mark.usefixtures("insecure_origin", "asked_for")
@pytest.mark.parametrize(
    "address",
    ["", "phone/", "phone/remove/", "keys/add/", "recovery-codes/"],
    ids=["list", "phone", "remove phone", "add key", "recovery codes"],
)
def test_password_alone_changes_no_second_factor(client, editor, address):
    """Not even in a session from before the second factor was set up."""
    send(client, "editor", "editor")
    with_second_factor(editor)

    for answer in (client.get, client.post):
        assert answer(f"/admin/account/{address}").url == (
            f"/admin/account/code-again/?next=/admin/account/{address}"
        )


@pytest.mark.usefixtures("insecure_origin")
def test_keys_go_with_the_second_factor_that_is_removed(editor):
    with_key(editor)

    call_command("remove_second_factor", "editor")

    assert not Authenticator.objects.exists()


# ---- the second factor again ----------------------------------------------


def test_session_from_before_has_to_show_a_code(client, editor, asked_for, milan_form):
    client.force_login(editor)
    secret = with_second_factor(editor)

    asked = client.get(START)
    sent = client.post(*milan_form)
    client.post(asked.url, {"code": code_for(secret)})
    kept = client.get("/admin/desk/kept-words/")

    assert asked.url == "/admin/account/code-again/?next=/admin/"
    assert sent.url == "/admin/account/code-again/?next=/admin/desk/kept-words/"
    assert ("introduction_en", "For an hour.") in [
        tuple(word) for word in kept.context["words"]
    ]


def test_secrets_are_of_no_use_without_the_secret_key(client, editor, settings):
    secret = with_second_factor(editor)
    stored = Authenticator.objects.get().data["secret"]
    settings.SECRET_KEY = "another-one"

    send(client, "editor", "editor")
    answer = client.post(CODE, {"code": code_for(secret)})

    assert secret not in stored
    assert list(answer.context["form"].errors) == ["code"]


def change_secret_key(settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-one"


def test_nobody_is_logged_out_when_the_secret_key_is_changed(client, editor, settings):
    partner = make_partner(name_en="Milan", status="draft")
    address = reverse("admin:network_partner_change", args=[partner.pk])
    elsewhere = Client()
    for browser in (client, elsewhere):
        send(browser, "editor", "editor")
    form = form_data(client.get(address), introduction_en="A town inland.")

    change_secret_key(settings)
    saved = client.post(address, form)
    settings.SECRET_KEY_FALLBACKS = []

    partner.refresh_from_db()
    assert (saved.status_code, partner.introduction_en) == (302, "A town inland.")
    assert client.get(START).status_code == 200
    assert elsewhere.get(START).url == "/admin/login/?next=/admin/"


def test_second_factors_outlive_the_former_secret_key(client, editor, settings, capsys):
    secret = with_second_factor(editor)
    codes = RecoveryCodes.activate(editor).get_unused_codes()
    change_secret_key(settings)

    for _ in range(2):
        call_command("renew_secrets")
    settings.SECRET_KEY_FALLBACKS = []
    answers = []
    for code in (code_for(secret), codes[0]):
        send(client, "editor", "editor")
        answers.append(client.post(CODE, {"code": code}).url)

    assert capsys.readouterr().out.splitlines() == [
        "Encrypted anew: 2",
        "Encrypted anew: 0",
    ]
    assert answers == [START] * 2


def test_code_is_right_while_the_former_secret_key_is_known(client, editor, settings):
    secret = with_second_factor(editor)
    change_secret_key(settings)
    send(client, "editor", "editor")

    assert client.post(CODE, {"code": code_for(secret)}).url == START


def test_second_factor_that_no_key_opens_is_named(editor, settings, capsys):
    with_second_factor(editor)
    settings.SECRET_KEY = "another-one"

    call_command("renew_secrets")

    assert capsys.readouterr().out.splitlines() == [
        "Encrypted anew: 0",
        "No key fits, so the second factor is lost: editor",
    ]


def test_own_second_factor_is_removed_after_the_password(client, editor):
    with_second_factor(editor)
    client.force_login(editor)

    asked = client.post("/admin/account/phone/remove/")
    wrong = client.post(asked.url, {"password": "wrong"})
    client.post(asked.url, {"password": "editor"})

    assert asked.url.startswith("/admin/account/password/?next=")
    assert wrong.context["form"].errors == {"password": ["This is not your password."]}
    assert not Authenticator.objects.exists()
    assert noted()[-1][:2] == ("removed", "editor")


def test_administrator_removes_that_of_a_colleague(
    client, editor, administrator, admin_user
):
    for user in (editor, administrator, admin_user):
        with_second_factor(user)
    client.force_login(administrator)

    response = client.post(
        reverse("admin:auth_user_changelist"),
        {
            "action": "remove_second_factor",
            "_selected_action": [editor.pk, administrator.pk, admin_user.pk],
        },
        follow=True,
    )

    left = Authenticator.objects.values_list("user__username", flat=True)
    assert set(left) == {"administrator", "admin"}
    assert messages_of(response) == ["The second factor of 1 account was removed."]
    assert noted()[-1] == ("removed", "editor", "administrator", "127.0.0.1")


def test_second_factor_of_the_last_administrator_is_removed_by_command(admin_user):
    with_second_factor(admin_user)

    call_command("remove_second_factor", "admin")
    with pytest.raises(CommandError, match="There is no account nobody"):
        call_command("remove_second_factor", "nobody")

    assert not Authenticator.objects.exists()
    assert noted() == [("removed", "admin", "", None)]


@pytest.mark.parametrize(("is_on", "debug"), [(True, False), (False, True)])
def test_check_is_content(settings, is_on, debug):
    settings.SECOND_FACTOR, settings.DEBUG = is_on, debug

    assert second_factor_is_asked_for(None) == []


def test_check_warns_of_passwords_alone(settings):
    (warning,) = second_factor_is_asked_for(None)

    assert (warning.id, warning.hint) == ("osaka_site.W001", "Set SECOND_FACTOR=1.")


def test_pages_with_keys_are_kept_by_nobody(publisher_client):
    send(publisher_client, "publisher", "publisher")
    answers = [publisher_client.get(SET_UP), Client().get(LOG_IN)]

    assert {answer["Cache-Control"] for answer in answers} == {
        "max-age=0, no-cache, no-store, must-revalidate, private"
    }


def test_visitors_get_no_cookie(client, asked_for):
    response = client.get("/ja/")

    assert (response.status_code, dict(response.cookies)) == (200, {})
    assert "Cookie" not in response.get("Vary", "")


# ---- the log --------------------------------------------------------------


def test_log_is_for_administrators_to_read(client, editor, administrator):
    send(client, "<b>unknown", "wrong")
    entry = LogInEntry.objects.get()
    list_page = reverse("admin:desk_loginentry_changelist")
    page = reverse("admin:desk_loginentry_change", args=[entry.pk])

    client.force_login(administrator)
    shown = client.get(list_page).content.decode()
    refused = [
        client.post(page, {"event": "logged_in"}).status_code,
        client.post(page.replace("change", "delete"), {"post": "yes"}).status_code,
    ]
    client.force_login(editor)

    assert "unknown name" in shown
    assert "wrong name or password" in shown
    assert refused == [403, 403]
    assert client.get(list_page).status_code == 403


def test_log_is_kept_for_a_year(capsys):
    for days in (364, 366):
        LogInEntry.objects.create(
            event="logged_in", at=timezone.now() - timedelta(days=days)
        )

    call_command("clear_log_ins", dry_run=True)
    call_command("clear_log_ins")
    call_command("clear_log_ins")

    assert capsys.readouterr().out.splitlines() == [
        "Would be deleted: 1",
        "Deleted: 1",
        "Deleted: 0",
    ]
    assert LogInEntry.objects.count() == 1
