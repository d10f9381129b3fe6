"""Where records link to, what became of it, and how staff repair it."""

from datetime import UTC, datetime
from io import StringIO

import pytest
import time_machine
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from events.models import Exchange
from network.models import ExternalLink, Partner
from osaka_site.desk import copies, link_uses, snapshots, workflow
from osaka_site.desk.link_models import CheckedLink
from osaka_site.desk.models import Revision, WorkingCopy
from osaka_site.link_checking import Checker, Result, State
from osaka_site.publishing import Status

from .factories import (
    make_affiliation,
    make_category,
    make_exchange,
    make_facility,
    make_link,
    make_office,
    make_partner,
    make_programme,
    make_source,
)
from .forms import messages_of
from .web_server import web_server

OLD = "https://old.example/page"
NEW = "https://new.example/page"
LIST = reverse("admin:desk_checkedlink_changelist")
MONDAY = datetime(2026, 11, 2, 3, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def uses(url):
    return {(use.record, use.field) for use in link_uses.uses_of(url)}


def link(url=OLD):
    return CheckedLink.objects.get(url=url)


def page(name, *arguments):
    return reverse(f"admin:desk_checkedlink_{name}", args=arguments)


def of_record(record):
    kind = ContentType.objects.get_for_model(record).pk
    return page("of_record", kind, record.pk)


def found(url, state, **more):
    """As if a check had just found this."""
    checked = link(url)
    checked.keep(Result(url, state, **more))
    return checked


# ---- where an address stands -----------------------------------------------------


def test_every_field_with_an_address_is_known():
    records = {
        (make_link(url=OLD), "url"),
        (make_source(url=OLD), "url"),
        (make_partner(website=OLD), "website"),
        (make_office(website=OLD), "website"),
        (make_facility(website=OLD), "website"),
        (make_programme(url=OLD), "url"),
        (make_exchange(apply_url=OLD), "apply_url"),
        (make_exchange(body_ja=f"申込みは{OLD}から。"), "body_ja"),
        (make_exchange(how_to_apply_en=f"See {OLD}."), "how_to_apply_en"),
        (make_affiliation(content_en=f"[a page]({OLD})"), "content_en"),
    }
    make_partner(staff_note=OLD)

    assert uses(OLD) == records


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("See https://a.example/b.", "https://a.example/b"),
        ("(https://a.example/b)", "https://a.example/b"),
        ("https://a.example/Osaka_(city), too", "https://a.example/Osaka_(city)"),
        ("**https://a.example/**", "https://a.example/"),
        (
            "詳細はhttps://a.example/b?c=d&e=fをご覧ください",
            "https://a.example/b?c=d&e=f",
        ),
        ("「https://a.example」", "https://a.example"),
        ("[大阪](https://a.example/大阪市)へ", "https://a.example/大阪市"),
        ('[b](https://a.example/b_(c) "title")', "https://a.example/b_(c)"),
        ("<https://a.example/大阪>", "https://a.example/大阪"),
        ("HTTP://a.example/", "HTTP://a.example/"),
    ],
)
def test_address_in_a_text_is_found_whole(text, address):
    partner = make_partner(introduction_ja=text)

    assert link_uses.uses_in(partner) == {("introduction_ja", address)}


@pytest.mark.parametrize("text", ["", "a.example", "ftp://a.example/", "https://"])
def test_text_without_an_address_has_none(text):
    assert link_uses.uses_in(make_partner(introduction_ja=text)) == set()


def test_uses_follow_the_record():
    partner = make_partner(website=OLD, introduction_en=f"{OLD} and {NEW}")
    partner.website = NEW
    partner.introduction_en = ""
    partner.save()

    assert uses(OLD) == set()
    assert uses(NEW) == {(partner, "website")}
    assert [found.url for found in CheckedLink.objects.in_use()] == [NEW]

    partner.delete()

    assert uses(NEW) == set()


def test_what_changed_without_a_save_is_followed_by_a_rebuild():
    kept, deleted = make_partner(), make_partner(website=OLD)
    Partner.objects.filter(pk=kept.pk).update(website=NEW)
    Partner.objects.filter(pk=deleted.pk)._raw_delete("default")

    link_uses.rebuild()

    assert uses(NEW) == {(kept, "website")}
    assert uses(OLD) == set()


def test_record_in_the_trash_links_to_nothing():
    partner = make_partner(website=OLD)
    partner.trashed_at = MONDAY
    partner.save()

    assert uses(OLD) == set()


def test_working_copy_uses_nothing_until_it_is_put_in(editor):
    partner = make_partner(website=OLD)
    data = snapshots.take(partner)
    label = snapshots.label_of(partner)
    tie = {"partner": str(partner.pk), "category": str(make_category().pk)}
    changed = {
        **data,
        label: {**data[label], "website": NEW},
        "network.affiliation:-1": {**tie, "slug": "tie", "content_en": f"See {NEW}"},
    }
    copies.keep(partner, changed, editor)

    with copies.as_it_will_be(partner):
        inside = uses(NEW)
    before = uses(NEW)
    copies.put_in(partner, copies.copy_of(partner))

    assert inside == {(partner, "website")}
    assert before == set()
    assert uses(NEW) == {
        (partner, "website"),
        (partner.affiliations.get(), "content_en"),
    }


# ---- what is broken --------------------------------------------------------------


@pytest.mark.parametrize("state", [State.GONE, State.PRIVATE])
def test_what_leaves_no_doubt_is_broken_at_once(state):
    make_link(url=OLD)

    found(OLD, state)

    assert list(CheckedLink.objects.broken()) == [link()]


@pytest.mark.parametrize(
    "state", [State.CERTIFICATE, State.NO_HOST, State.TIMEOUT, State.OTHER]
)
def test_what_may_pass_is_broken_on_the_second_day(state):
    make_link(url=OLD)
    broken = []

    with time_machine.travel(MONDAY, tick=False) as clock:
        for hours in (0, 5, 24):  # in Osaka: noon, five o'clock, noon
            clock.move_to(MONDAY.replace(hour=3))
            clock.shift(hours * 3600)
            found(OLD, state)
            broken.append(CheckedLink.objects.broken().exists())

    assert broken == [False, False, True]
    assert link().failing_since == MONDAY


def test_what_works_again_is_not_broken():
    make_link(url=OLD)
    found(OLD, State.GONE)

    found(OLD, State.OK)

    assert list(CheckedLink.objects.broken()) == []
    assert (link().failing_since, link().failed_days) == (None, 0)


@pytest.mark.parametrize("state", [State.OK, State.REFUSES, State.MOVED])
def test_what_works_for_people_is_never_broken(state):
    make_link(url=OLD)

    with time_machine.travel(MONDAY) as clock:
        found(OLD, state)
        clock.shift(24 * 3600)
        found(OLD, state)

    assert list(CheckedLink.objects.broken()) == []


def test_what_no_record_uses_is_not_broken():
    record = make_link(url=OLD)
    found(OLD, State.GONE)

    record.url = NEW
    record.save()

    assert list(CheckedLink.objects.broken()) == []


# ---- the command -----------------------------------------------------------------


@pytest.fixture
def server():
    with web_server() as server:
        yield server


def run(server, *arguments):
    output = StringIO()
    allowed = f"{server.place[0]}:{server.place[1]}"
    call_command("check_links", *arguments, f"--allow={allowed}", stdout=output)
    return output.getvalue().replace(server.address, "")


def test_command_checks_what_records_link_to_and_says_what_it_found(server):
    make_link(url=f"{server.address}/410")

    first = run(server)
    second = run(server)

    assert (
        first
        == second
        == (
            "1/1  /410  The page is gone. Look for what took its place, or remove the "
            "link.\nGone: 1\n"
        )
    )
    assert link(f"{server.address}/410").state == State.GONE
    assert server.asked == [("HEAD", "/410")] * 2


def test_command_checks_the_links_of_one_record(server):
    make_link(url=f"{server.address}/410")
    make_partner(slug="city", website=f"{server.address}/200")

    output = run(server, "--record=partner:city")

    assert output == "1/1  /200\nWorks: 1\n"


def test_command_checks_one_address(server):
    make_link(url=f"{server.address}/410")
    make_link(url=f"{server.address}/200")

    output = run(server, f"--url={server.address}/200")

    assert output == "1/1  /200\nWorks: 1\n"


def test_command_leaves_the_rest_when_its_time_is_over(server):
    make_link(url=f"{server.address}/200")

    output = run(server, "--minutes=0")

    assert output == "Left for the next run: 1\n"
    assert link(f"{server.address}/200").state == State.UNCHECKED


def test_those_not_asked_for_longest_come_first():
    for url in (OLD, NEW, "https://third.example/"):
        make_link(url=url)
    found(OLD, State.OK)
    found(NEW, State.OK)

    links = CheckedLink.objects.longest_unchecked_first()

    assert [found.url for found in links] == ["https://third.example/", OLD, NEW]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--url=https://unknown.example/"], "No record has such a link."),
        (["--record=city"], "There is no kind of record named city."),
        (
            ["--record=partner:nowhere"],
            "There is no partner with the address name nowhere.",
        ),
        (["--allow=here"], "--allow needs an address and a port: 127.0.0.1:8000"),
    ],
)
def test_command_names_what_it_does_not_understand(arguments, sentence):
    with pytest.raises(CommandError) as error:
        call_command("check_links", *arguments)

    assert str(error.value) == sentence


# ---- a server that is cut off --------------------------------------------------


class Offline(Checker):
    """Nobody answers but the hosts in ``online``."""

    online = ()

    def check(self, address):
        if address in self.online:
            return Result(address, State.GONE, 404)
        return Result(address, State.OTHER)


@pytest.fixture
def links(monkeypatch):
    monkeypatch.setattr(link_uses, "Checker", Offline)
    return [make_link(url=f"https://{number}.example/") for number in range(5)]


def test_nothing_is_noted_where_no_site_answers(links):
    with pytest.raises(CommandError) as error:
        call_command("check_links")

    assert str(error.value) == (
        "No site answers, so nothing was noted. Can this machine reach the internet?"
    )
    assert not CheckedLink.objects.exclude(state=State.UNCHECKED).exists()


def test_staff_are_told_that_no_site_answers(links, admin_client):
    chosen = CheckedLink.objects.values_list("pk", flat=True)

    response = admin_client.post(
        LIST, {"action": "check_again", "_selected_action": list(chosen)}, follow=True
    )

    (message,) = messages_of(response)
    assert message.startswith("No site answers, so nothing was noted. Ask the IT ")


def test_failures_are_noted_where_some_site_answers(links, monkeypatch):
    monkeypatch.setattr(Offline, "online", {links[3].url})

    call_command("check_links")

    states = [link(found.url).state for found in links]
    assert states == [State.OTHER] * 3 + [State.GONE, State.OTHER]


def test_few_links_may_all_fail(links):
    call_command("check_links", f"--url={links[0].url}")

    assert link(links[0].url).state == State.OTHER


# ---- the admin: what was found ---------------------------------------------------


@pytest.mark.parametrize(
    ("state", "more", "sentence"),
    [
        (State.OK, {}, "It works."),
        (
            State.MOVED,
            {"moved_to": NEW},
            f"It has moved to {NEW}. Replace the old address by the new one.",
        ),
        (
            State.GONE,
            {"http_status": 404},
            "The page is gone. Look for what took its place, or remove the link.",
        ),
        (State.REFUSES, {}, "The site refuses robots: open it by hand."),
        (State.OTHER, {}, "No connection to the site could be made."),
        (
            State.OTHER,
            {"http_status": 503},
            "The site answers that it has an error itself (503).",
        ),
        (
            State.OTHER,
            {"http_status": 302},
            "It leads from one address to the next without end.",
        ),
        (
            State.OTHER,
            {"http_status": 400},
            "The site refuses the address (400).",
        ),
    ],
)
def test_what_was_found_is_explained(state, more, sentence):
    make_link(url=OLD)

    assert found(OLD, state, **more).explanation == sentence


def test_list_shows_what_was_found_and_where_a_link_is_used(admin_client):
    partner = make_partner(name_en="Utopia", website=OLD)
    address = reverse("admin:network_partner_change", args=[partner.pk])
    found(OLD, State.REFUSES)

    html = admin_client.get(LIST).content.decode()

    assert "<td>The site refuses robots: open it by hand.</td>" in html.replace(
        ' class="field-what_was_found"', ""
    )
    assert f'<li><a href="{address}">Utopia</a>: Official site</li>' in html


def test_link_shows_all_places_it_is_used(admin_client):
    make_partner(name_en="Utopia", website=OLD)
    for number in range(4):
        make_exchange(title_en=f"Visit {number}", body_ja=OLD)

    short = admin_client.get(LIST).content.decode()
    whole = admin_client.get(page("change", link().pk)).content.decode()

    assert (short.count("Visit "), "and 2 more" in short) == (2, True)
    assert (whole.count("Visit "), "Text (日本語)" in whole) == (4, True)


def test_list_is_filtered(admin_client):
    third = "https://third.example/"
    for url in (OLD, NEW, third):
        make_link(url=url)
    found(OLD, State.GONE)
    found(NEW, State.MOVED, moved_to=OLD)
    found(third, State.OK)

    def shown(query):
        links = admin_client.get(LIST + query).context["cl"].result_list
        return {found.url for found in links}

    assert shown("") == shown("?repair=zzz") == {OLD, NEW, third}
    assert shown("?repair=broken") == {OLD}
    assert shown("?repair=moved") == {NEW}
    assert shown("?state__exact=ok") == shown("?q=third") == {third}


def test_list_costs_the_same_with_more_rows(admin_client):
    def cost(rows):
        for _ in range(rows):
            number = CheckedLink.objects.count()
            make_affiliation(content_en=f"https://a.example/{number}")
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(LIST)
        return len(queries)

    assert cost(2) == cost(20)


# ---- the admin: check again ------------------------------------------------------


def test_private_address_is_not_asked_from_the_admin_either(publisher_client, server):
    make_link(url=f"{server.address}/200")
    checked = link(f"{server.address}/200")

    response = publisher_client.post(page("check", checked.pk), follow=True)

    assert messages_of(response) == ["1 link is checked; 1 of them failed."]
    assert link(checked.url).state == State.PRIVATE
    assert server.asked == []


def test_chosen_links_are_checked_again(publisher_client):
    for number in range(3):
        make_link(url=f"http://127.0.0.1/{number}")
    chosen = list(CheckedLink.objects.values_list("pk", flat=True)[:2])

    response = publisher_client.post(
        LIST, {"action": "check_again", "_selected_action": chosen}, follow=True
    )

    assert messages_of(response) == ["2 links are checked; 2 of them failed."]
    checked = CheckedLink.objects.filter(state=State.PRIVATE)
    assert list(checked.values_list("pk", flat=True)) == chosen


def test_links_of_one_record_are_shown_and_checked(publisher_client):
    partner = make_partner(website="http://127.0.0.1/", introduction_ja=OLD)
    partner.introduction_ja = "http://10.0.0.1/"
    partner.save()
    other = make_link(url=OLD)

    shown = publisher_client.get(of_record(partner))
    response = publisher_client.post(of_record(partner), follow=True)

    urls = ["http://10.0.0.1/", "http://127.0.0.1/"]
    assert [found.url for found in shown.context["links"]] == urls
    assert messages_of(response) == ["2 links are checked; 2 of them failed."]
    assert link(other.url).state == State.UNCHECKED


def test_form_of_a_record_leads_to_its_links(admin_client):
    partner = make_partner()

    response = admin_client.get(
        reverse("admin:network_partner_change", args=[partner.pk])
    )

    assert f'href="{of_record(partner)}"' in response.content.decode()


# ---- the admin: replace everywhere -----------------------------------------------


def test_replacing_shows_first_what_will_change(publisher_client):
    partner = make_partner(name_en="Utopia", website=OLD)
    checked = found(OLD, State.MOVED, moved_to=NEW)

    asked = publisher_client.get(page("replace", checked.pk))
    shown = publisher_client.post(page("replace", checked.pk), {"new": NEW})

    assert f'value="{NEW}"' in asked.content.decode()
    assert "Replace in all of them" not in asked.content.decode()
    html = " ".join(shown.content.decode().split())
    assert f"<del>{OLD}</del> becomes <ins>{NEW}</ins>." in html
    assert [place["labels"] for place in shown.context["places"]] == [["Official site"]]
    partner.refresh_from_db()
    assert partner.website == OLD


def test_address_is_replaced_in_all_places_at_once(publisher_client):
    partner = make_partner(website=OLD, introduction_ja=f"{OLD} と {OLD}/2")
    exchange = make_exchange(body_en=f"[A page]({OLD}).", status=Status.DRAFT)

    response = publisher_client.post(
        page("replace", link().pk), {"new": NEW, "confirmed": "yes"}, follow=True
    )

    partner.refresh_from_db()
    exchange.refresh_from_db()
    assert messages_of(response) == ["The address is replaced in 2 records."]
    assert (partner.website, partner.introduction_ja, exchange.body_en) == (
        NEW,
        f"{NEW} と {OLD}/2",
        f"[A page]({NEW}).",
    )
    assert uses(OLD) == set()
    assert uses(NEW) == {
        (partner, "website"),
        (partner, "introduction_ja"),
        (exchange, "body_en"),
    }
    assert set(
        Revision.objects.values_list("action", "comment", "was_own_approval")
    ) == {
        ("published", f"Replaced {OLD} by {NEW}.", True),
        ("edited", f"Replaced {OLD} by {NEW}.", False),
    }


def test_who_replaces_an_address_did_not_write_what_waits(publisher_client):
    partner = make_partner(website=OLD)
    now = snapshots.take(partner)
    WorkingCopy.objects.create(record=partner, base=now, data=now)

    publisher_client.post(
        page("replace", link().pk), {"new": NEW, "confirmed": "yes"}, follow=True
    )

    assert Revision.objects.of(partner).get().was_own_approval
    assert workflow.Case(partner, None).writers() == set()


def test_editor_replaces_in_drafts_only(editor_client):
    draft = make_partner(website=OLD, status=Status.DRAFT)

    editor_client.post(page("replace", link().pk), {"new": NEW, "confirmed": "yes"})

    draft.refresh_from_db()
    assert draft.website == NEW


@pytest.mark.parametrize("status", [Status.PUBLISHED, Status.ARCHIVED])
def test_editor_replaces_nothing_if_one_place_is_public(editor_client, status):
    draft = make_partner(website=OLD, status=Status.DRAFT)
    public = make_link(title_en="A public link", url=OLD, status=status)

    response = editor_client.post(
        page("replace", link().pk), {"new": NEW, "confirmed": "yes"}
    )

    assert response.context["locked"] == [public]
    assert (
        "Nothing can be replaced: you may not change what is marked here."
        in response.content.decode()
    )
    assert Partner.objects.get(pk=draft.pk).website == OLD
    assert ExternalLink.objects.get(pk=public.pk).url == OLD


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        (OLD, "This is the old address."),
        ("", "This field is required."),
        (
            "javascript:alert(1)",
            "Write the whole address of a page, starting with https:// or http://.",
        ),
        (
            "https://new.example/" + "x" * 490,
            "Ensure this value has at most 500 characters (it has 510).",
        ),
    ],
)
def test_wrong_new_address_is_named_and_replaces_nothing(
    publisher_client, new, sentence
):
    partner = make_partner(website=OLD)
    make_exchange(summary_ja=OLD)

    response = publisher_client.post(
        page("replace", link().pk), {"new": new, "confirmed": "yes"}
    )

    assert response.context["form"].errors["new"] == [sentence]
    partner.refresh_from_db()
    assert partner.website == OLD
    assert Exchange.objects.get().summary_ja == OLD


# ---- who may do it ---------------------------------------------------------------


def test_links_are_for_staff_who_may_see_records(client, django_user_model):
    partner = make_partner(website=OLD)
    pages = [page(name, link().pk) for name in ("change", "check", "replace")]
    pages += [LIST, of_record(partner)]

    strangers = [client.get(address) for address in pages]
    client.force_login(
        django_user_model.objects.create_user("without a group", is_staff=True)
    )
    staff = [
        client.post(address, {"new": NEW, "confirmed": "yes"}) for address in pages
    ]

    assert [answer["Location"].split("?")[0] for answer in strangers] == [
        "/admin/login/"
    ] * 5
    assert [answer.status_code for answer in staff] == [403] * 5
    partner.refresh_from_db()
    assert (partner.website, link().state) == (OLD, State.UNCHECKED)


def test_what_was_found_cannot_be_written_by_hand(admin_client):
    make_link(url=OLD)
    doors = [page("add"), page("change", link().pk), page("delete", link().pk)]

    answers = [admin_client.post(door, {"url": NEW, "post": "yes"}) for door in doors]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert link().state == State.UNCHECKED


def test_record_of_another_kind_has_no_links(admin_client):
    kind = ContentType.objects.get_for_model(CheckedLink).pk

    assert admin_client.get(page("of_record", kind, 1)).status_code == 404
    assert admin_client.get(page("of_record", 9999, 1)).status_code == 404
