"""The page of anniversaries, its calendar, and what a partner's page says of them."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import vobject
from icalendar import Calendar

from osaka_site.publishing import Status

from ..factories import (
    make_affiliation,
    make_category,
    make_exchange,
    make_partner,
)
from ..reading import links_of, words_of

PAGE = "/en/anniversaries/"
FEED = "/en/anniversaries.ics"
NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
MARKER = "Zyxomma"
# What makes a record one that visitors do not see.
HIDDEN = {
    "draft": {"status": Status.DRAFT},
    "in review": {"status": Status.IN_REVIEW},
    "archived": {"status": Status.ARCHIVED},
    "from tomorrow": {"publish_at": NOW + timedelta(days=1)},
    "until yesterday": {"unpublish_at": NOW - timedelta(days=1)},
}


@pytest.fixture(autouse=True)
def _now(db, time_machine):
    time_machine.move_to(NOW, tick=False)


def make_tie(name="Melbourne", signed_on="1978-04-24", interval=5, **fields):
    fields.setdefault("partner", make_partner(name_en=name))
    fields.setdefault("category", make_category(anniversary_interval=interval))
    return make_affiliation(signed_on=signed_on, **fields)


def part_of_page(client, start, end):
    """The words between two headings."""
    return words_of(client.get(PAGE)).partition(start)[2].partition(end)[0].strip()


def soon(client):
    return part_of_page(client, "The next 24 months", "Coming anniversaries")


def years(client):
    return part_of_page(client, "year by year", "Every partner")


def past(client):
    return part_of_page(client, "anniversaries were celebrated", "The dates in your")


def summaries(client, address=FEED):
    calendar = Calendar.from_ical(client.get(address).content)
    return [str(event["summary"]) for event in calendar.walk("VEVENT")]


# ---- what is to come ----------------------------------------------------------


def test_page_begins_with_the_next_one(client):
    make_tie("Melbourne", "1978-04-24")
    make_tie("San Francisco", "1957-10-07")

    assert part_of_page(client, "closer together.", "All dates") == (
        "Next 70th San Francisco 7 October 2027, in 316 days "
        "Sister city since 7 October 1957"
    )


@pytest.mark.parametrize(
    ("signed_on", "words"),
    [
        ("1971-11-25", "25 November 2026, today"),
        ("1971-11-26", "26 November 2026, in 1 day"),
        ("1971-11-24", "24 November 2031, in 1825 days"),
        ("1971-11", "November 2026"),
        ("1971-10", "October 2031"),
        ("1971", "2026"),
        ("2024-02-29", "28 February 2029, in 826 days"),
    ],
)
def test_next_one_is_told_as_exactly_as_it_is_known(client, signed_on, words):
    tie = make_tie("Melbourne", signed_on)

    assert part_of_page(client, "Melbourne", "All dates") == (
        f"{words} Sister city since {tie.signed_on.format()}"
    )


def test_two_on_one_day_are_both_the_next(client):
    for name in ("Chicago", "Milan"):
        make_tie(name, "1973-12-09", interval=1, slug=name.lower())

    assert part_of_page(client, "Next", "All dates") == (
        "53rd Chicago 9 December 2026, in 14 days Sister city since 9 December 1973 "
        "53rd Milan 9 December 2026, in 14 days Sister city since 9 December 1973"
    )


def test_next_24_months_end_with_the_same_day_two_years_on(client):
    make_tie("Too late", "1973-11-26")
    make_tie("Last", "1973-11-25")
    make_tie("First", "1976-11-25")
    make_tie("Over", "1976-11-24")
    make_tie("Perhaps", "1973-11")

    assert soon(client) == (
        "50th First 25 November 2026 Sister city since 25 November 1976 "
        "55th Last 25 November 2028 Sister city since 25 November 1973 "
        "55th Perhaps November 2028 Sister city since November 1973"
    )


def test_next_24_months_name_what_is_planned_for_them(client):
    tie = make_tie("San Francisco", "1957-10-07")
    make_exchange(title_en="A concert", starts_on="2027-10", celebrates=tie)

    assert soon(client).endswith("7 October 1957 A concert October 2027")
    assert past(client) == "No exchange that celebrated an anniversary is recorded yet."


def test_five_years_follow_year_by_year(client):
    make_tie("Melbourne", "1978-04-24")
    make_tie("Chicago", "1973-11-09")
    make_tie("Too late", "1982-01-01", interval=50)

    assert years(client) == (
        "2027 No anniversary "
        "2028 Melbourne 50 years 24 April 2028 Chicago 55 years 9 November 2028 "
        "2029 No anniversary 2030 No anniversary 2031 No anniversary"
    )


def test_this_year_is_among_them_while_something_is_to_come(client):
    make_tie("Milan", "1981-12-08")

    assert years(client).startswith("2026 Milan 45 years 8 December 2026 2027 No")


def test_search_engines_are_told_in_sentences(client):
    make_tie("Melbourne", "1978-04-24")
    make_tie("Chicago", "1973-11-09")
    make_tie("Hamburg & Bremen", "2030-12-01", interval=1, status=Status.DRAFT)
    make_tie("Hamburg & Bremen", "2025-12-01", interval=4)

    description = re.search(
        r'name="description" content="([^"]*)"', client.get(PAGE).content.decode()
    )

    assert description[1] == (
        "Anniversaries of Osaka’s affiliations. "
        "In 2028: Melbourne 50 years, Chicago 55 years. "
        "In 2029: Hamburg &amp; Bremen 4 years."
    )


def test_table_has_this_year_and_ten_more_for_every_tie(client):
    milan = make_tie("Milan", "1981-06-08")
    chicago = make_tie("Chicago", "1973-11-09")
    make_tie("Busan", "1985", interval=None)
    make_tie("Bangkok", None)

    rows = client.get(PAGE).context["rows"]

    assert [
        (tie, {found.year: found.number for found in cells if found})
        for tie, cells in rows
    ] == [
        (chicago, {2028: 55, 2033: 60}),
        (milan, {2026: 45, 2031: 50, 2036: 55}),
    ]
    assert {len(cells) for _tie, cells in rows} == {11}


def test_page_without_any_anniversary_says_so(client):
    words = words_of(client.get(PAGE))

    assert "No anniversary falls in the next 24 months." in words
    assert "Every partner" not in words
    assert "Next" not in words
    assert summaries(client) == []


@pytest.mark.parametrize("interval", [1, 5])
def test_awaited_and_ended_ties_have_no_anniversary_to_come(client, interval):
    make_tie("Awaited", "2026-11-26", interval)
    make_tie("Ended today", "1976-11-30", interval, ended_on="2026-11-25")
    make_tie("Ended in the last year", "1976-11-30", interval, ended_on="2025")

    words = words_of(client.get(PAGE))

    assert not re.findall("Awaited|Ended", words)
    assert summaries(client) == []


def test_tie_that_will_end_celebrates_until_then(client):
    make_tie("Ending", "1977-10-07", ended_on="2030-01-01")

    assert years(client) == (
        "2027 Ending 50 years 7 October 2027 2028 No anniversary 2029 No anniversary "
        "2030 No anniversary 2031 No anniversary"
    )
    assert summaries(client) == ["50th anniversary with Ending (Sister city)"]


# ---- what was -----------------------------------------------------------------


def test_past_anniversaries_come_with_what_celebrated_them(client):
    tie = make_tie("Shanghai", "1974-04-18")
    other = make_tie("Chicago", "1973-11-09")
    exchanges = {
        name: make_exchange(title_en=name, starts_on=starts_on, celebrates=celebrated)
        for name, starts_on, celebrated in [
            ("Late party", "2025-02-03", tie),
            ("Party", "2024-05-15", tie),
            ("Old party", "2019", tie),
            ("Other party", "2023-08-01", other),
            ("Before any anniversary", "1974-05-01", tie),
            ("No party", "2024-05-15", None),
        ]
    }

    response = client.get(PAGE)

    assert past(client) == (
        "2024 1 anniversary 50th Shanghai 18 April 2024 Sister city since 18 April "
        "1974 Late party 3 February 2025 Party 15 May 2024 "
        "2023 1 anniversary 50th Chicago 9 November 2023 Sister city since 9 November "
        "1973 Other party 1 August 2023 "
        "2019 1 anniversary 45th Shanghai 18 April 2019 Sister city since 18 April "
        "1974 Old party 2019"
    )
    assert exchanges["Party"].get_absolute_url() in links_of(response)


def test_ended_tie_keeps_the_anniversaries_before_its_end(client):
    tie = make_tie("San Francisco", "1957-10-07", ended_on="2018-10-02")
    make_exchange(title_en="Party", starts_on="2017-10-23", celebrates=tie)
    make_exchange(title_en="Too late", starts_on="2022-10-07", celebrates=tie)

    assert past(client) == (
        "2017 1 anniversary 60th San Francisco 7 October 2017 "
        "Sister city since 7 October 1957 Party 23 October 2017"
    )


def test_anniversary_of_this_year_is_past_when_its_day_or_month_is(client):
    for name, signed_on in [
        ("Yesterday", "1976-11-24"),
        ("Today", "1976-11-25"),
        ("Last month", "1976-10"),
        ("This month", "1976-11"),
        ("This year", "1976"),
    ]:
        tie = make_tie(name, signed_on)
        make_exchange(title_en="Party", starts_on="2026-11-01", celebrates=tie)

    assert re.findall("Yesterday|Today|Last month|This", past(client)) == [
        "Yesterday",
        "Last month",
    ]
    assert re.findall("Yesterday|Today|Last month|This \\w+", soon(client)) == [
        "Today",
        "This month",
        "This year",
    ]


# ---- the calendar -------------------------------------------------------------


def test_calendar_has_a_whole_day_for_each_of_the_next_ten_years(client, settings):
    settings.SITE_URL = "https://network.example"
    tie = make_tie("Melbourne", "2024-02-29", interval=4, slug="melbourne")

    events = Calendar.from_ical(client.get(FEED).content).walk("VEVENT")

    assert [
        (
            event.decoded("dtstart"),
            event.decoded("dtend"),
            event["uid"],
            event["summary"],
            event["summary"].params["LANGUAGE"],
            event["description"],
            event["url"],
            event.decoded("dtstamp"),
            event.decoded("last-modified"),
        )
        for event in events
    ] == [
        (
            date(year, 2, 29),
            date(year, 3, 1),
            f"melbourne-{number}@network.example",
            f"{number}th anniversary with Melbourne (Sister city)",
            "en",
            "Sister city since 29 February 2024",
            f"https://network.example{tie.get_absolute_url()}",
            NOW,
            NOW,
        )
        for year, number in [(2028, 4), (2032, 8), (2036, 12)]
    ]


def test_calendar_leaves_out_days_that_nobody_knows_and_the_page_counts_them(client):
    make_tie("Day", "2012-02-29")
    make_tie("Month", "1985-05")
    make_tie("Year", "1994")

    assert summaries(client) == [
        "15th anniversary with Day (Sister city)",
        "20th anniversary with Day (Sister city)",
    ]
    assert (
        "4 anniversaries of these years are not in the calendar, because their days "
        "are not known." in words_of(client.get(PAGE))
    )


def test_calendar_without_gaps_is_not_excused(client):
    make_tie()

    assert "not in the calendar" not in words_of(client.get(PAGE))


def test_calendar_changes_with_the_records_and_not_with_the_time(client, time_machine):
    tie = make_tie("Melbourne", "1978-04-24")
    before = client.get(FEED).content

    time_machine.move_to(NOW + timedelta(days=1))
    next_day = client.get(FEED).content
    tie.partner.save()
    changed = client.get(FEED).content

    assert next_day == before
    assert changed.replace(b"20261126T", b"20261125T") == before
    assert changed.count(b"20261126T") == 2 * before.count(b"BEGIN:VEVENT")


NAMES = {
    "controls": "Mel\x01bourne\x07\x0b\x85\u2028City\r\nEND:VCALENDAR\r\nX-EVIL:1",
    "signs": 'Quoted "City"; comma, back\\slash: \\n',
    "Japanese, folded": "メルボルン" * 24,
    "beyond the first plane": "𠮷野家🎌" * 20,
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_calendar_is_the_same_to_two_readers(client, name):
    make_tie(name, "1978-04-24")
    make_tie("Chicago", "1973-11-09")

    response = client.get(FEED)
    one = Calendar.from_ical(response.content).walk("VEVENT")
    other = vobject.readOne(response.content.decode()).vevent_list

    clean = " ".join(re.sub(r"[\x01-\x1f\x85\u2028]", " ", name).split())
    assert [str(event["summary"]) for event in one] == [
        f"50th anniversary with {clean} (Sister city)",
        "55th anniversary with Chicago (Sister city)",
        f"55th anniversary with {clean} (Sister city)",
        "60th anniversary with Chicago (Sister city)",
    ]
    assert [
        (
            event["uid"],
            event["summary"],
            event["url"],
            event.decoded("dtstart"),
            event.decoded("dtend"),
            event.decoded("dtstamp"),
        )
        for event in one
    ] == [
        (
            event.uid.value,
            event.summary.value,
            event.url.value,
            event.dtstart.value,
            event.dtend.value,
            event.dtstamp.value,
        )
        for event in other
    ]
    assert all(len(line) <= 75 for line in response.content.split(b"\r\n"))


def test_calendar_speaks_the_language_of_its_address(client):
    partner = make_partner(name_en="Melbourne", name_ja="メルボルン")
    make_tie(partner=partner)

    response = client.get("/ja/anniversaries.ics")

    event = Calendar.from_ical(response.content).walk("VEVENT")[0]
    assert "メルボルン" in event["summary"]
    assert event["summary"].params["LANGUAGE"] == "ja"
    assert event["url"].startswith("http://127.0.0.1:8000/ja/partners/")


def test_calendar_is_sent_as_one(client):
    response = client.get(FEED)

    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == (
        'inline; filename="osaka-anniversaries.ics"'
    )


def test_page_offers_to_subscribe_and_to_download(client, settings):
    settings.SITE_URL = "https://network.example"

    links = links_of(client.get(PAGE))

    assert "webcal://network.example/en/anniversaries.ics" in links
    assert FEED in links


# ---- what both keep to --------------------------------------------------------


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
def test_hidden_records_are_neither_on_the_page_nor_in_the_calendar(client, hidden):
    tie = make_tie()
    make_exchange(title_en="Party", starts_on="2023-05-01", celebrates=tie)
    before = [client.get(address).content for address in (PAGE, FEED)]

    whole = make_category(name_en=MARKER, tie_name_en=MARKER, **hidden)
    part = make_category(name_en=MARKER, tie_name_en=MARKER, parent=whole)
    secret = make_partner(name_en=MARKER, **hidden)
    ties = [
        make_tie(MARKER, wording_en=MARKER, **hidden),
        make_tie(partner=secret, wording_en=MARKER),
        make_tie(MARKER, category=whole, wording_en=MARKER),
        make_tie(MARKER, category=part, wording_en=MARKER),
    ]
    for celebrated in ties:
        for starts_on in ("2023-04-24", "2028-04-24"):
            make_exchange(title_en=MARKER, starts_on=starts_on, celebrates=celebrated)
    make_exchange(title_en=MARKER, starts_on="2023", celebrates=tie, **hidden)
    make_exchange(title_en=MARKER, starts_on="2028", celebrates=tie, **hidden)

    after = [client.get(address).content for address in (PAGE, FEED)]
    assert MARKER.encode() not in b"".join(after)
    assert after == before


@pytest.mark.parametrize("size", [3, 60])
def test_page_and_calendar_cost_a_fixed_number_of_queries(
    client, size, django_assert_num_queries
):
    whole = make_category()
    for number in range(size):
        category = make_category(parent=whole)
        partner = make_partner(parent=make_partner())
        tie = make_tie("", f"{1950 + number}-05-04", partner=partner, category=category)
        for starts_on in ("2005", "2015", "2027"):
            make_exchange(starts_on=starts_on, celebrates=tie, partners=[partner])

    with django_assert_num_queries(3):
        client.get(PAGE)
    with django_assert_num_queries(2):
        client.get(FEED)


@pytest.mark.parametrize("address", [PAGE, FEED])
def test_page_and_calendar_are_for_reading_only(client, address):
    make_tie()

    assert client.post(address).status_code == 405
    assert client.head(address).status_code == 200
    assert client.get(f"{address}?year=abc&page=%00").content.replace(
        b"?year=abc&amp;page=%00", b""
    ) == (client.get(address).content)


# ---- the partner's page -------------------------------------------------------


@pytest.mark.parametrize(
    ("signed_on", "words"),
    [
        ("1957-10-07", "69 years; the 70th anniversary on 7 October 2027"),
        ("1956-11-25", "70 years; the 70th anniversary on 25 November 2026"),
        ("1956-11-26", "69 years; the 70th anniversary on 26 November 2026"),
        ("2024-02-29", "2 years; the 5th anniversary on 28 February 2029"),
        ("2025-11-25", "1 year; the 5th anniversary on 25 November 2030"),
        ("2026-05-01", "since 1 May 2026; the 5th anniversary on 1 May 2031"),
        ("1985-10", "41 years; the 45th anniversary in October 2030"),
        ("1985-11", "since November 1985; the 45th anniversary in November 2030"),
        ("1985-12", "40 years; the 45th anniversary in December 2030"),
        ("1985", "since 1985; the 45th anniversary in 2030"),
    ],
)
def test_partner_page_tells_the_years_and_the_next_anniversary(
    client, signed_on, words
):
    tie = make_tie("Milan", signed_on)

    response = client.get(tie.get_absolute_url())

    assert f"Next anniversary {words} Affiliations" in words_of(response)


@pytest.mark.parametrize("address", ["/en/", "/en/exchanges/"])
def test_anniversaries_are_led_to_from_every_page(client, address):
    assert links_of(client.get(address)).count(PAGE) == (3 if address == "/en/" else 2)
