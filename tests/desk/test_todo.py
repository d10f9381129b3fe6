"""What there is to do: each item counts what it should, and leads to just that."""

from datetime import UTC, date, datetime, timedelta

import html5lib
import pytest
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from events.models import Exchange
from network.models import Affiliation, PageText, Partner, Picture, Source
from osaka_site.dates import PartialDate
from osaka_site.desk.link_models import CheckedLink, LinkUse
from osaka_site.desk.models import (
    Division,
    OutgoingMail,
    Revision,
    StaffMember,
    UnmergedEdit,
    WorkingCopy,
)
from osaka_site.desk.snapshots import label_of
from osaka_site.desk.todo import ITEMS
from osaka_site.publishing import Status

from ..conftest import staff
from ..factories import (
    make_affiliation,
    make_category,
    make_exchange,
    make_link,
    make_page_text,
    make_partner,
    make_picture,
    make_source,
)
from ..forms import messages_of
from ..reading import words_of

NOW = datetime(2026, 12, 1, 16, tzinfo=UTC)  # the 2nd in Japan
DAY = timedelta(days=1)
START = reverse("admin:index")
ACROSS = [
    "approval",
    "sent-back",
    "to-merge",
    "comes-down",
    "goes-live",
    "translations",
    "facts",
]


@pytest.fixture(autouse=True)
def _now(db, time_machine):
    time_machine.move_to(NOW, tick=False)


def counts_of(client):
    """``{title: count}`` of the start page, in its order."""
    page = html5lib.parse(
        client.get(START).content.decode(), namespaceHTMLElements=False
    )
    return {
        item.find(".//span").text: int(item.find(".//b").text)
        for item in page.iter("li")
        if item.find(".//b") is not None
    }


def list_of(client, model, item):
    """The records in the list of the admin that the item leads to."""
    opts = model._meta
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    response = client.get(f"{address}?to_do={item}")
    return sorted(record.slug for record in response.context["cl"].result_list)


def page_of(client, item, **query):
    return client.get(reverse("admin:desk_todo", args=[item]), query)


def rows_of(client, item):
    rows = page_of(client, item).context["rows"]
    return [(row.record.slug, row.who, row.when) for row in rows]


def done(record, action, by, **fields):
    """Something that ``by`` did to the record."""
    name = str(by)
    return Revision.objects.create(
        record=record, action=action, by=by, by_name=name, **fields
    )


def copy_of(record, state="in_review", **fields):
    return WorkingCopy.objects.create(
        record=record, state=state, base={}, data={}, **fields
    )


# ---- the start page -----------------------------------------------------------


def test_nothing_to_do_is_said_kindly(publisher_client):
    response = publisher_client.get(START)

    assert "There is nothing to do at the moment. Thank you!" in words_of(response)


def test_seven_items_matter_first_the_others_are_under_more(admin_client):
    other = get_user_model().objects.get()
    now, old = NOW + DAY, NOW - 800 * DAY
    make_page_text(status=Status.IN_REVIEW)
    done(make_page_text(status=Status.DRAFT), "sent", other)
    done(PageText.objects.last(), "sent_back", other)
    UnmergedEdit.objects.create(record=make_page_text(), user=other, base={}, data={})
    OutgoingMail.objects.create(to="a@example.org", subject="A", body="B")
    make_page_text(unpublish_at=now)
    make_page_text(publish_at=now)
    make_affiliation(ended_on="2027-01", category=make_category())
    make_affiliation(signed_on="1977-03-01")
    make_link()
    CheckedLink.objects.update(state="gone")
    make_picture(alt_en="pier.jpg")
    make_page_text(title_ja="頁", title_en="")
    PageText.objects.filter(pk=make_page_text().pk).update(updated_at=old)

    response = admin_client.get(START)

    assert counts_of(admin_client) == {
        "Waiting for your approval": 1,
        "Sent back to you": 1,
        "Your versions that wait to be merged": 1,
        "Mails that are not sent yet": 1,
        "Comes down in the next 14 days": 1,
        "Goes live in the next 14 days": 1,
        "Agreements that end in the next 6 months": 1,
        "Anniversaries of the next 12 months without a planned exchange": 1,
        "Broken links": 1,
        "Pictures without a proper alternative text": 1,
        "Translations that are missing, or older than the Japanese": 1,
        "Facts that nobody has checked for 2 years": 1,
        "Ties without an exchange for 3 years": 2,
    }
    html = response.content.decode()
    first, more = html.split("<details")
    assert "Agreements that end" in first
    assert "Anniversaries of the next" not in first
    assert "6 more" in more


def test_contributors_are_told_of_the_drafts_of_their_division(client):
    user = staff("contributor", "Contributors")
    division = Division.objects.create(name_en="Ports")
    StaffMember.objects.create(user=user, division=division)
    make_page_text(slug="own", title_ja="頁", owner=division, status=Status.DRAFT)
    make_page_text(title_ja="頁", owner=division)
    make_page_text(title_ja="頁", status=Status.DRAFT)
    client.force_login(user)

    assert counts_of(client) == {
        "Translations that are missing, or older than the Japanese": 1
    }
    assert list_of(client, PageText, "translations") == ["own"]
    StaffMember.objects.update(division=None)
    assert counts_of(client) == {}


def test_items_that_need_a_permission_show_with_it_only(editor, publisher, client):
    make_page_text(status=Status.IN_REVIEW, title_ja="頁", title_en="Page")
    OutgoingMail.objects.create(to="a@example.org", subject="A", body="B")
    reader = get_user_model().objects.create_user("reader", is_staff=True)

    seen = {}
    for user in (editor, publisher, reader):
        client.force_login(user)
        seen[user.username] = list(counts_of(client))

    assert seen == {
        "editor": ["Translations that are missing, or older than the Japanese"],
        "publisher": [
            "Waiting for your approval",
            "Translations that are missing, or older than the Japanese",
        ],
        "reader": [],
    }


def test_page_of_an_item_is_for_those_who_can_do_something(client, editor):
    reader = get_user_model().objects.create_user("reader", is_staff=True)

    def statuses(user):
        client.force_login(user)
        return {item: page_of(client, item).status_code for item in ACROSS}

    assert statuses(reader) == dict.fromkeys(ACROSS, 403)
    assert statuses(editor) == {**dict.fromkeys(ACROSS, 200), "approval": 403}


def test_page_of_no_item_is_not_there(admin_client):
    assert page_of(admin_client, "nonsense").status_code == 404
    assert page_of(admin_client, "quiet-ties").status_code == 404


def test_page_of_an_item_opens_whatever_the_number(admin_client):
    make_page_text(title_ja="頁", slug="page")

    for number in ("abc", "999", "-1", "0"):
        rows = page_of(admin_client, "translations", page=number).context["rows"]

        assert [row.record.slug for row in rows] == ["page"]


# ---- with whom a record is ----------------------------------------------------


def test_what_is_in_review_waits_for_whoever_did_not_send_it(
    publisher_client, publisher, editor, settings
):
    mine = make_page_text(slug="mine", status=Status.IN_REVIEW)
    done(mine, "sent", publisher)
    theirs = make_page_text(slug="theirs", status=Status.IN_REVIEW)
    done(theirs, "created", editor)
    done(theirs, "sent", editor)
    make_page_text(slug="nobody-knows", status=Status.IN_REVIEW)
    copied = make_partner(slug="copied")
    copy_of(copied)
    done(copied, "sent", editor)
    mine_too = make_partner(slug="my-copy")
    copy_of(mine_too)
    done(mine_too, "edited", publisher)
    done(mine_too, "sent", editor)
    done(published := make_partner(slug="published"), "edited", publisher)
    done(published, "published", editor)
    done(published, "sent", editor)
    copy_of(published)
    copy_of(make_partner(slug="unfinished"), state="draft")
    make_page_text(slug="gone", status=Status.IN_REVIEW, trashed_at=NOW)
    make_page_text(slug="draft", status=Status.DRAFT)

    assert sorted(
        slug for slug, _who, _when in rows_of(publisher_client, "approval")
    ) == [
        "copied",
        "nobody-knows",
        "published",
        "theirs",
    ]
    assert counts_of(publisher_client) == {"Waiting for your approval": 4}
    assert list_of(publisher_client, PageText, "approval") == ["nobody-knows", "theirs"]
    assert list_of(publisher_client, Partner, "approval") == ["copied", "published"]

    settings.SECOND_PAIR_OF_EYES = False
    assert list_of(publisher_client, PageText, "approval") == [
        "mine",
        "nobody-knows",
        "theirs",
    ]


def test_page_says_who_sent_it_and_when(publisher_client, editor):
    early, late = (
        make_page_text(slug=s, status="in_review") for s in ("early", "late")
    )
    done(late, "sent", editor, at=NOW - DAY)
    done(early, "sent", editor, at=NOW - 3 * DAY)
    done(early, "edited", None)

    assert rows_of(publisher_client, "approval") == [
        ("early", "editor", "29 November 2026, 01:00"),
        ("late", "editor", "1 December 2026, 01:00"),
    ]


def test_what_was_sent_back_is_with_whoever_sent_it(editor_client, editor, publisher):
    people = {"e": editor, "p": publisher}
    histories = {
        "mine": "e sent, p sent_back",
        "mine-edited": "e sent, p sent_back, e edited",
        "mine-at-last": "p sent, p sent_back, e sent, p sent_back",
        "sent-again": "e sent, p sent_back, e sent",
        "theirs": "e sent, p sent, p sent_back",
        "approved": "e sent, p approved",
        "approved-at-last": "e sent, p sent_back, e sent, p approved",
        "discarded": "e sent, p sent_back, e discarded",
        "in-review": "e sent",
    }
    for slug, history in histories.items():
        record = make_page_text(status=Status.DRAFT, slug=slug)
        for step in history.split(", "):
            who, action = step.split()
            done(record, action, people[who], at=NOW - DAY)
    done(make_page_text(slug="gone", trashed_at=NOW), "sent", editor)
    done(PageText.objects.get(slug="gone"), "sent_back", publisher)

    mine = ["mine", "mine-at-last", "mine-edited"]
    rows = rows_of(editor_client, "sent-back")
    assert sorted(rows) == [
        (slug, "publisher", "1 December 2026, 01:00") for slug in mine
    ]
    assert list_of(editor_client, PageText, "sent-back") == mine


# ---- what comes by itself -----------------------------------------------------


def test_goes_live_soon(admin_client):
    later = NOW + 14 * DAY
    make_partner(slug="soon", publish_at=later)
    make_partner(slug="too-far", publish_at=later + DAY)
    make_partner(slug="already", publish_at=NOW - DAY)
    make_partner(slug="draft", publish_at=later, status=Status.DRAFT)
    copy_of(make_partner(slug="copy"), "approved", goes_live_at=NOW + DAY)
    copy_of(make_partner(slug="far-copy"), "approved", goes_live_at=later + DAY)

    assert rows_of(admin_client, "goes-live") == [
        ("copy", "", "3 December 2026, 01:00"),
        ("soon", "", "16 December 2026, 01:00"),
    ]
    assert list_of(admin_client, Partner, "goes-live") == ["copy", "soon"]


def test_comes_down_soon(admin_client):
    make_partner(slug="soon", unpublish_at=NOW + DAY)
    make_partner(slug="too-far", unpublish_at=NOW + 15 * DAY)
    make_partner(slug="over", unpublish_at=NOW - DAY)
    make_partner(slug="draft", unpublish_at=NOW + DAY, status=Status.DRAFT)

    assert rows_of(admin_client, "comes-down") == [
        ("soon", "", "3 December 2026, 01:00")
    ]
    assert list_of(admin_client, Partner, "comes-down") == ["soon"]


# ---- ties ---------------------------------------------------------------------


def test_agreement_ends_within_six_months(admin_client):
    soon = ["2026-12-03", "2026-12", "2027-06-02", "2027-06", "2027", "2026"]
    for ended_on in [*soon, "2026-12-02", "2027-06-03", "2027-07", "2025"]:
        make_affiliation(slug=f"ends-{ended_on}", ended_on=ended_on)
    make_affiliation(ended_on=None)
    make_affiliation(ended_on="2027-01", status=Status.DRAFT)

    found = list_of(admin_client, Affiliation, "ending")

    assert found == sorted(f"ends-{ended_on}" for ended_on in soon)


def test_anniversary_within_twelve_months(admin_client):
    soon = ["1976-12-02", "1976-12", "1977-12-02", "1977"]
    for signed_on in [*soon, "1976-12-01", "1977-12-03", "1978-01-01"]:
        make_affiliation(slug=f"since-{signed_on}", signed_on=signed_on)
    make_affiliation(signed_on="1977", ended_on="2018")
    make_affiliation(signed_on="1977", status=Status.DRAFT)
    make_affiliation(signed_on=None)

    found = list_of(admin_client, Affiliation, "anniversaries")

    assert found == sorted(f"since-{signed_on}" for signed_on in soon)


def test_anniversary_is_planned_for_by_an_exchange_of_its_year(admin_client):
    exchanges = {
        "planned": {"starts_on": "2027-05"},
        "planned-draft": {"starts_on": "2027-05", "status": Status.DRAFT},
        "planned-over-the-new-year": {"starts_on": "2026-12-30", "ends_on": "2027"},
        "another-year": {"starts_on": "2026-05"},
        "a-later-year": {"starts_on": "2028"},
        "cancelled": {"starts_on": "2027-05", "state": "cancelled"},
        "archived": {"starts_on": "2027-05", "status": Status.ARCHIVED},
        "in-the-trash": {"starts_on": "2027-05", "trashed_at": NOW},
        "something-else": {"starts_on": "2027-05", "celebrates": None},
    }
    for slug, exchange in exchanges.items():
        tie = make_affiliation(slug=slug, signed_on="1977-08-01")
        make_exchange(**{"celebrates": tie, **exchange})

    found = list_of(admin_client, Affiliation, "anniversaries")

    assert found == sorted(slug for slug in exchanges if "planned" not in slug)


def test_two_anniversaries_in_the_twelve_months_are_two_questions(admin_client):
    yearly = make_category(anniversary_interval=1)
    tie = make_affiliation(slug="tie", signed_on="1977-12", category=yearly)
    make_exchange(celebrates=tie, starts_on="2026-12-20")

    first = list_of(admin_client, Affiliation, "anniversaries")
    make_exchange(celebrates=tie, starts_on="2027-12")

    assert first == ["tie"]
    assert list_of(admin_client, Affiliation, "anniversaries") == []


def test_tie_is_quiet_without_an_exchange_for_three_years(admin_client):
    exchanges = {
        "quiet": {"starts_on": "2023-12-01"},
        "quiet-as-cancelled": {"starts_on": "2025", "state": "cancelled"},
        "quiet-as-with-others": {"starts_on": "2025", "partners": []},
        "recent": {"starts_on": "2023-12-02"},
        "perhaps-recent": {"starts_on": "2023"},
        "planned": {"starts_on": "2027", "status": Status.DRAFT},
    }
    for slug, exchange in exchanges.items():
        tie = make_affiliation(slug=slug)
        make_exchange(**{"partners": [tie.partner], **exchange})
    make_affiliation(slug="new", signed_on="2024-08-01")
    make_affiliation(slug="quiet-of-unknown-age", signed_on=None)
    make_affiliation(slug="ended", ended_on="2018")
    make_affiliation(slug="draft", status=Status.DRAFT)
    make_exchange(celebrates=make_affiliation(slug="celebrated"), starts_on="2025")

    found = list_of(admin_client, Affiliation, "quiet-ties")

    assert found == [
        "quiet",
        "quiet-as-cancelled",
        "quiet-as-with-others",
        "quiet-of-unknown-age",
    ]


# ---- what is missing or old ---------------------------------------------------


def test_alternative_text_is_missing_or_a_file_name(admin_client):
    for slug, alt in {
        "proper": {"alt_en": "A pier in the morning"},
        "proper-japanese": {"alt_en": "", "alt_ja": "朝の桟橋"},
        "proper-number": {"alt_en": "Pier 4"},
        "proper-with-a-point": {"alt_en": "The file menu.png is not a name here"},
        "korean-only": {"alt_en": "", "alt_ko": "부두"},
        "file": {"alt_en": "A pier", "alt_ja": "桟橋.JPG"},
        "camera": {"alt_en": "IMG_2041"},
        "camera-small": {"alt_en": "dsc 00012"},
        "camera-short": {"alt_en": "P1010034"},
    }.items():
        make_picture(slug=slug, **alt)

    assert list_of(admin_client, Picture, "alternative-texts") == [
        "camera",
        "camera-short",
        "camera-small",
        "file",
        "korean-only",
    ]


def test_translation_is_missing_where_there_is_a_japanese_text(admin_client):
    whole = {"title_ja": "頁", "title_en": "A", "title_zh_hans": "页", "title_ko": "쪽"}
    make_page_text(slug="whole", **whole)
    make_page_text(slug="title", **{**whole, "title_ko": "", "title_zh_hans": ""})
    make_page_text(slug="body", **whole, body_ja="本文", body_ko="본문")
    make_page_text(slug="english", title_en="A page")
    names = {"name_ja": "市", "name_en": "A", "name_zh_hans": "市", "name_ko": "시"}
    make_partner(slug="aliases", **names, aliases_ja="都市")

    rows = page_of(admin_client, "translations").context["rows"]

    assert {row.record.slug: row.what for row in rows} == {
        "title": ["简体中文", "한국어"],
        "body": ["English", "简体中文"],
    }
    assert list_of(admin_client, PageText, "translations") == ["body", "title"]
    assert (
        "translations to write"
        in words_of(page_of(admin_client, "translations")).lower()
    )


def test_broken_links_lead_to_their_list(editor_client):
    for host in ("broken", "works"):
        make_link(url=f"https://{host}.example/")
    CheckedLink.objects.filter(url="https://broken.example/").update(state="gone")

    item = next(item for item in ITEMS if item.name == "broken-links")
    response = editor_client.get(item.address)

    assert [link.url for link in response.context["cl"].result_list] == [
        "https://broken.example/"
    ]
    assert counts_of(editor_client) == {"Broken links": 1}


def aged(record, **fields):
    type(record).objects.filter(pk=record.pk).update(**fields)
    return record


def test_facts_are_old_after_two_years(admin_client):
    old, recent = date(2024, 12, 1), date(2024, 12, 2)
    long_ago = NOW - 1000 * DAY
    aged(make_page_text(slug="old"), updated_at=long_ago)
    aged(make_page_text(slug="confirmed"), updated_at=long_ago, confirmed_on=recent)
    aged(make_page_text(slug="old-too"), confirmed_on=old)
    aged(make_page_text(slug="draft", status=Status.DRAFT), updated_at=long_ago)
    make_source(slug="read", checked_on=recent, confirmed_on=old)
    make_source(slug="confirmed-source", checked_on=old, confirmed_on=recent)
    make_source(slug="old-source", checked_on=old)
    aged(make_source(slug="never"), updated_at=long_ago)
    aged(make_exchange(), updated_at=long_ago)

    assert rows_of(admin_client, "facts") == [
        ("old", "", "7 March 2024"),
        ("never", "", "7 March 2024"),
        ("old-too", "", "1 December 2024"),
        ("old-source", "", "1 December 2024"),
    ]
    assert list_of(admin_client, Source, "facts") == ["never", "old-source"]
    assert list_of(admin_client, Exchange, "facts") == [
        exchange.slug for exchange in Exchange.objects.all()
    ]  # no such choice there, so nothing is filtered


def confirmations(record):
    return list(
        Revision.objects.of(record)
        .filter(action=Revision.Action.CONFIRMED)
        .values_list("by__username", "by_name")
    )


def test_one_click_confirms_a_fact(editor_client):
    source = make_source(slug="a", title="A page", checked_on=date(2020, 1, 1))
    updated_at = source.updated_at
    back = reverse("admin:desk_todo", args=["facts"])
    form = page_of(editor_client, "facts").content.decode()

    response = editor_client.post(
        reverse("admin:desk_confirm"),
        {"record": label_of(source), "next": back},
        follow=True,
    )

    source.refresh_from_db()
    assert f'name="record" value="{label_of(source)}"' in form
    assert response.request["PATH_INFO"] == back
    assert messages_of(response) == ["“A page” is confirmed as still right."]
    assert (source.confirmed_on, source.updated_at) == (date(2026, 12, 2), updated_at)
    assert confirmations(source) == [("editor", "editor")]
    assert rows_of(editor_client, "facts") == []


def test_action_confirms_the_chosen(editor_client):
    chosen, other = make_source(), make_source()

    response = editor_client.post(
        reverse("admin:network_source_changelist"),
        {"action": "confirm", "_selected_action": [chosen.pk]},
        follow=True,
    )

    assert messages_of(response) == ["Done for 1 record."]
    assert dict(Source.objects.values_list("slug", "confirmed_on")) == {
        chosen.slug: date(2026, 12, 2),
        other.slug: None,
    }
    assert (confirmations(chosen), confirmations(other)) == ([("editor", "editor")], [])


def test_confirming_nothing_is_refused(admin_client):
    for key in ["", "x:1", "network.source:", "network.source:1", "auth.user:1"]:
        response = admin_client.post(reverse("admin:desk_confirm"), {"record": key})

        assert response.status_code == 404, key


def test_confirming_needs_the_permission_and_a_post(client, editor_client):
    source = make_source()
    got = editor_client.get(reverse("admin:desk_confirm"), {"record": label_of(source)})
    client.force_login(get_user_model().objects.create_user("reader", is_staff=True))

    refused = client.post(reverse("admin:desk_confirm"), {"record": label_of(source)})

    source.refresh_from_db()
    assert (got.status_code, refused.status_code) == (405, 403)
    assert (source.confirmed_on, confirmations(source)) == (None, [])


def test_confirming_leads_to_no_other_site(admin_client):
    response = admin_client.post(
        reverse("admin:desk_confirm"),
        {"record": label_of(make_source()), "next": "https://example.com/"},
    )

    assert response.url == START


# ---- what it costs ------------------------------------------------------------


def fill(size, user):
    """So many records behind each item, of kinds with and without more to their
    names."""
    old, soon = NOW - 2900 * DAY, NOW + DAY
    texts = PageText.objects.bulk_create(
        PageText(
            slug=f"{state}-{size}-{number}",
            title_ja="頁",
            updated_at=old + number * DAY,
            **fields,
        )
        for state, fields in {
            "live": {"status": "published", "publish_at": soon},
            "down": {"status": "published", "unpublish_at": soon},
            "review": {"status": "in_review"},
            "back": {"status": "draft"},
        }.items()
        for number in range(size)
    )
    partner, category = make_partner(), make_category()
    ties = Affiliation.objects.bulk_create(
        Affiliation(
            slug=f"tie-{size}-{number}",
            status=Status.PUBLISHED,
            partner=partner,
            category=category,
            wording_ja="結",
            signed_on=PartialDate(1977, 3, 1),
            ended_on=PartialDate(2027, 5) if number % 2 else None,
            updated_at=old + number * DAY,
        )
        for number in range(size)
    )
    of_texts, of_ties = (
        ContentType.objects.get_for_model(model) for model in (PageText, Affiliation)
    )
    WorkingCopy.objects.bulk_create(
        WorkingCopy(
            content_type=of_ties, object_id=tie.pk, state="in_review", base={}, data={}
        )
        for tie in ties
    )
    UnmergedEdit.objects.bulk_create(
        UnmergedEdit(
            content_type=of_texts, object_id=text.pk, user=user, base={}, data={}
        )
        for text in texts
    )
    Revision.objects.bulk_create(
        Revision(content_type=of_texts, object_id=text.pk, action=action, by=user)
        for action in ("sent", "sent_back")
        for text in texts
        if text.slug.startswith("back")
    )
    links = CheckedLink.objects.bulk_create(
        CheckedLink(url=f"https://{size}-{number}.example/", state="gone")
        for number in range(size)
    )
    LinkUse.objects.bulk_create(
        LinkUse(link=link, content_type=of_ties, object_id=tie.pk, field="url")
        for link, tie in zip(links, ties, strict=True)
    )
    Picture.objects.bulk_create(
        Picture(slug=f"p-{size}-{number}", file="a.png") for number in range(size)
    )
    OutgoingMail.objects.bulk_create(
        OutgoingMail(to="a@example.org", subject="A", body="B") for _ in range(size)
    )


def test_pages_cost_the_same_with_ten_records_and_a_thousand(admin_client):
    user = get_user_model().objects.get()
    ties = reverse("admin:network_affiliation_changelist")
    pages = [reverse("admin:desk_todo", args=[name]) for name in ACROSS]
    addresses = [START, *pages, f"{ties}?to_do=anniversaries"]

    def costs():
        found = {}
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert admin_client.get(address).status_code == 200
            found[address] = len(queries)
        return found

    fill(10, user)
    admin_client.get(START)  # after which the kinds of record are known by number
    few, few_counts = costs(), counts_of(admin_client)
    fill(990, user)
    many, many_counts = costs(), counts_of(admin_client)

    assert many == few
    assert few[START] == 18
    assert len(many_counts) == len(few_counts) == len(ITEMS)
    assert min(many_counts.values()) >= 500


def test_link_in_the_list_is_offered_for_its_kind_only(admin_client):
    make_link()
    response = admin_client.get(reverse("admin:network_externallink_changelist"))

    spec = response.context["cl"].filter_specs[0]
    assert [name for name, _title in spec.lookup_choices] == ACROSS
