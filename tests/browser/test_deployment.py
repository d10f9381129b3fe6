"""A browser before all the servers of ``deploy/``, through nginx and TLS."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from tests.deployment.servers import HOST
from tests.deployment.staff import SECRET

from .conftest import axe_violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

SITE = f"https://{HOST}"


@pytest.fixture(scope="module")
def deployed(deployment, playwright, browser_type_launch_args):
    """The address of the site leads to this machine; what the console says and where
    else pages ask is noted."""
    port = deployment.proxy.ports["443"]
    arguments = [
        *browser_type_launch_args["args"],
        f"--host-resolver-rules=MAP {HOST}:443 127.0.0.1:{port}",
    ]
    options = {**browser_type_launch_args, "args": arguments}
    browser = playwright.chromium.launch(**options)
    # The certificate is one that this test has made for itself.

    def note_refusal(response):
        if response.status >= 400:
            page.problems.append(f"{response.status} {response.url}")

    context = browser.new_context(ignore_https_errors=True, locale="en")
    page = context.new_page()
    page.problems = []
    page.on("console", lambda said: page.problems.append(said.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("response", note_refusal)
    yield page
    browser.close()


def test_visitor_finds_a_way_through_the_site(deployed):
    page = deployed
    page.goto(SITE)
    page.goto(f"{SITE}/en/")
    page.get_by_role("link", name="Milan", exact=True).first.click()
    page.wait_for_url("**/en/partners/milan/")
    page.get_by_role("link", name="日本語").first.click()
    page.wait_for_url("**/ja/partners/milan/")

    assert page.locator("html").get_attribute("lang") == "ja"
    assert axe_violations(page) == []
    assert page.context.cookies() == []
    assert page.problems == []


def test_publisher_comes_in_with_a_code_and_publishes(deployed, deployment):
    shanghai = deployment.record("network.Partner", "shanghai")
    editor = deployment.staff("kenji", "Editors")
    editor.save(shanghai, introduction_en="Kenji wrote this.")
    deployment.staff("keiko", "Publishers")
    page = deployed
    page.goto(f"{SITE}/admin/")
    page.get_by_label("Username").fill("keiko")
    page.get_by_label("Password").fill("keiko")
    page.get_by_role("button", name="Log in").click()
    code = format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))
    page.get_by_label("Code from your phone").fill(code)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")

    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["sessionid"]["secure"]
    assert cookies["sessionid"]["httpOnly"]
    assert axe_violations(page) == []
    page.goto(f"{SITE}{shanghai}review/")
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("is approved.").wait_for()

    page.context.clear_cookies()
    page.goto(f"{SITE}/en/partners/shanghai/")
    assert page.get_by_text("Kenji wrote this.").is_visible()
    assert page.problems == []
