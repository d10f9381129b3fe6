"""The publishing calendar: what begins, ends and takes place in a month."""

from datetime import UTC, datetime, timedelta

import html5lib
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from osaka_site.desk.models import WorkingCopy
from osaka_site.publishing import Status

from ..factories import make_affiliation, make_exchange, make_page_text, make_partner
from ..reading import words_of

NOW = datetime(2026, 12, 1, 16, tzinfo=UTC)  # the 2nd in Japan
CALENDAR = reverse("admin:desk_calendar")
START, END = (  # the first moment of December in Japan, and of January
    datetime(2026, month, day, 15, tzinfo=UTC) for month, day in ((11, 30), (12, 31))
)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _now(db, time_machine):
    time_machine.move_to(NOW, tick=False)


def text_of(element):
    return " ".join("".join(element.itertext()).split())


def parsed(response):
    return html5lib.parse(response.content.decode(), namespaceHTMLElements=False)


def listed(client, month="2026-12"):
    """The lines under the calendar and beside it."""
    page = parsed(client.get(CALENDAR, {"month": month}))
    lists = (ul for ul in page.iter("ul") if ul.get("class") == "occasions")
    return [text_of(line) for ul in lists for line in ul]


def days_of(client, month="2026-12"):
    """What the table says at each day that has something: ``{5: "…"}``."""
    page = parsed(client.get(CALENDAR, {"month": month}))
    cells = page.find(".//table[@class='month']").iter("td")
    days = {int(cell.find(".//time").text): cell for cell in cells if len(cell)}
    return {
        day: text_of(cell.find("ul"))
        for day, cell in days.items()
        if cell.find("ul") is not None
    }


def content():
    partner = make_partner(name_en="Melbourne", publish_at=START)
    make_partner(name_en="Chicago", unpublish_at=END - SECOND)
    tie = make_affiliation(partner=partner, signed_on="1976-12-24", wording_en="Twin")
    make_affiliation(partner=partner, ended_on="2026-12-31", wording_en="Pact")
    make_exchange(title_en="A choir", starts_on="2026-12-05", ends_on="2026-12-07")
    make_exchange(title_en="A talk", starts_on="2026-12-24", starts_at="18:00")
    page = make_page_text(title_en="A page")
    WorkingCopy.objects.create(
        record=page,
        state="approved",
        base={},
        data={},
        goes_live_at=NOW + timedelta(days=1),
    )
    return tie


def test_month_shows_what_begins_ends_and_takes_place(admin_client):
    content()

    assert listed(admin_client) == [
        "1 December 2026 00:00 ▲ Goes live Melbourne",
        "3 December 2026 01:00 ▲ Goes live A page",
        "5–7 December 2026 ● Exchange A choir",
        "24 December 2026 ★ Anniversary Melbourne: Twin 50th anniversary",
        "24 December 2026 18:00 ● Exchange A talk",
        "31 December 2026 ■ Agreement ends Melbourne: Pact",
        "31 December 2026 23:59 ▼ Comes down Chicago",
    ]
    assert days_of(admin_client) == {
        1: "▲Goes live: Melbourne",
        3: "▲Goes live: A page",
        5: "●Exchange: A choir",
        6: "●Exchange: continued A choir",
        7: "A choir continued",
        24: "★Anniversary: Melbourne: Twin ●Exchange: A talk",
        31: "■Agreement ends: Melbourne: Pact ▼Comes down: Chicago",
    }


def test_other_months_have_nothing_of_it(admin_client):
    content()

    assert listed(admin_client, "2026-11") == listed(admin_client, "2027-01") == []


def test_known_to_the_month_or_the_year_only(admin_client):
    make_exchange(title_en="A fair", starts_on="2026-12")
    make_exchange(title_en="A visit", starts_on="2026")
    partner = make_partner(name_en="Milan")
    make_affiliation(partner=partner, signed_on="1981-12", wording_en="Twin")
    make_affiliation(partner=partner, signed_on="2000", ended_on="2027")

    response = admin_client.get(CALENDAR, {"month": "2026-12"})

    words = words_of(response)
    during, in_year = (
        words.index("During the month"),
        words.index("In 2026, in a month"),
    )
    assert during < in_year
    assert listed(admin_client) == [
        "December 2026 ● Exchange A fair",
        "December 2026 ★ Anniversary Milan: Twin 45th anniversary",
        "2026 ● Exchange A visit",
    ]
    assert "Nothing has a known day in this month." in words
    assert listed(admin_client, "2026-11") == ["2026 ● Exchange A visit"]


def test_drafts_say_so_and_what_is_over_and_done_with_is_left_out(admin_client):
    make_exchange(title_en="A draft", starts_on="2026-12-03", status=Status.DRAFT)
    make_exchange(title_en="A fair", starts_on="2026-12-04", state="cancelled")
    make_exchange(starts_on="2026-12-05", status=Status.ARCHIVED)
    make_exchange(starts_on="2026-12-05", trashed_at=NOW)
    make_partner(publish_at=NOW, status=Status.DRAFT)
    make_affiliation(ended_on="2026-12-05", trashed_at=NOW)

    assert listed(admin_client) == [
        "3 December 2026 ● Exchange A draft Draft",
        "4 December 2026 ● Exchange A fair Cancelled",
    ]


def test_only_what_the_person_may_see(client):
    content()
    reader = get_user_model().objects.create_user("reader", is_staff=True)
    client.force_login(reader)
    nothing = listed(client)

    reader.user_permissions.add(Permission.objects.get(codename="view_partner"))

    assert nothing == []
    assert listed(client) == [
        "1 December 2026 00:00 ▲ Goes live Melbourne",
        "31 December 2026 23:59 ▼ Comes down Chicago",
    ]


def months_linked(client, **query):
    page = parsed(client.get(CALENDAR, query))
    return {a.get("rel"): a.get("href") for a in page.iter("a") if a.get("rel")}


def test_months_are_turned(admin_client):
    assert months_linked(admin_client) == {
        "prev": f"{CALENDAR}?month=2026-11#month",
        "next": f"{CALENDAR}?month=2027-01#month",
    }
    assert months_linked(admin_client, month="0002-01") == {
        "next": f"{CALENDAR}?month=0002-02#month"
    }
    assert months_linked(admin_client, month="9998-12") == {
        "prev": f"{CALENDAR}?month=9998-11#month"
    }


def test_wrong_month_is_explained(admin_client):
    for month in ["abc", "2026", "2026-13", "2026-12-01", "9999-01", "0001-01", "２０"]:
        response = admin_client.get(CALENDAR, {"month": month})

        words = words_of(response)
        assert response.status_code == 200
        assert "Write the month as 2027-01." in words
        assert "The month could not be read." in words
    assert listed(admin_client, "") == []


def test_start_page_leads_to_the_calendar(editor_client):
    response = editor_client.get(reverse("admin:index"))

    assert f'<a href="{CALENDAR}">Publishing calendar</a>' in response.content.decode()


def test_calendar_costs_the_same_with_more_in_it(admin_client):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            count = len(listed(admin_client))
        return len(queries), count

    content()
    admin_client.get(CALENDAR)
    few = cost()
    for _ in range(12):
        content()

    assert few == (9, 7)
    assert cost() == (9, 7 * 13)
