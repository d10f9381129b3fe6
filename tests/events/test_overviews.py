"""A month of exchanges as a calendar, and how many there are by year and field."""

from datetime import UTC, datetime, timedelta

import html5lib
import pytest

from osaka_site.publishing import Status

from ..factories import make_exchange, make_field, make_partner
from ..reading import links_of, words_of

CALENDAR = "/en/exchanges/calendar/"
YEARS = "/en/exchanges/years/"
NOW = datetime(2027, 1, 5, 16, tzinfo=UTC)  # the 6th in Japan
DAY = timedelta(days=1)
HIDDEN = {
    "draft": {"status": Status.DRAFT},
    "in review": {"status": Status.IN_REVIEW},
    "archived": {"status": Status.ARCHIVED},
    "from tomorrow": {"publish_at": NOW + DAY},
    "until yesterday": {"unpublish_at": NOW - DAY},
}


@pytest.fixture(autouse=True)
def _now(db, time_machine):
    time_machine.move_to(NOW, tick=False)


def parsed(response):
    return html5lib.parse(response.content.decode(), namespaceHTMLElements=False)


def text_of(element):
    return " ".join("".join(element.itertext()).split())


def rows_of(response):
    """The words of each cell of each row of the one table."""
    return [[text_of(cell) for cell in row] for row in parsed(response).iter("tr")]


def days_of(client, query):
    """What the calendar says at each day that has something: ``{5: "…"}``."""
    cells = parsed(client.get(CALENDAR + query)).iter("td")
    days = {int(cell.find(".//time").text): cell for cell in cells if len(cell)}
    return {
        day: text_of(cell.find("ul"))
        for day, cell in days.items()
        if cell.find("ul") is not None
    }


def listed(response):
    return [exchange.title_en for exchange in response.context["exchange_list"]]


def months_linked(client, query):
    page = parsed(client.get(CALENDAR + query))
    return {a.get("rel"): a.get("href") for a in page.iter("a") if a.get("rel")}


# ---- the calendar -------------------------------------------------------------


def test_weeks_are_rows_that_begin_on_sunday(client):
    heads, *weeks = rows_of(client.get(f"{CALENDAR}?month=2027-01"))

    assert [head.removeprefix(head[:3]) for head in heads] == [
        "Sunday",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
    ]
    assert weeks[0] == ["", "", "", "", "", "1", "2"]
    assert weeks[1] == ["3", "4", "5", "6", "7", "8", "9"]
    assert weeks[-1] == ["31", "", "", "", "", "", ""]


def test_exchange_over_the_turn_of_the_year_is_in_both_months(client):
    make_exchange(title_en="Visit", starts_on="2026-12-31", ends_on="2027-01-02")

    assert days_of(client, "?month=2026-12") == {31: "Visit"}
    assert days_of(client, "?month=2027-01") == {
        1: "continued Visit",
        2: "Visit continued",
    }
    assert days_of(client, "?month=2027-02") == {}
    for month in ("2026-12", "2027-01"):
        assert listed(client.get(f"{CALENDAR}?month={month}")) == ["Visit"]


def test_exchange_is_linked_once_a_week_and_a_bar_on_its_other_days(client):
    make_exchange(
        title_en="Show", slug="show", starts_on="2027-01-08", ends_on="2027-01-12"
    )

    response = client.get(f"{CALENDAR}?month=2027-01")

    bars = [item.get("class") for item in parsed(response).iter("li")]
    assert [bar for bar in bars if bar and bar.startswith("bar")] == [
        "bar bar--first",
        "bar",
        "bar",
        "bar",
        "bar bar--last",
    ]
    # On the 8th, on Sunday the 10th, and in the list.
    assert links_of(response).count("/en/exchanges/show/") == 3


def test_day_leads_to_the_last_of_its_exchanges_to_begin(client):
    make_exchange(slug="long", starts_on="2027-01-02", ends_on="2027-01-05")
    make_exchange(slug="short", starts_on="2027-01-04")

    page = parsed(client.get(CALENDAR))

    targets = [a.get("href") for a in page.iter("a") if a.get("class") == "day"]
    assert targets == ["#on-long", "#on-long", "#on-short", "#on-long"]
    ids = {element.get("id") for element in page.iter("li")}
    assert {"on-long", "on-short"} <= ids


def test_exchanges_of_a_day_stand_in_the_order_of_their_hours(client):
    make_exchange(title_en="Late", starts_on="2027-01-05", starts_at="18:00")
    make_exchange(title_en="Early", starts_on="2027-01-05", starts_at="09:00")
    make_exchange(title_en="Long", starts_on="2027-01-04", ends_on="2027-01-05")

    assert days_of(client, "")[5] == "Long continued Early Late"


def test_state_of_a_cancelled_exchange_is_said_at_its_day(client):
    make_exchange(title_en="Visit", starts_on="2027-01-05", state="cancelled")

    assert days_of(client, "") == {5: "Cancelled Visit"}


def test_calendar_begins_with_the_month_and_marks_the_day_in_japan(client):
    page = parsed(client.get(CALENDAR))

    today = [cell for cell in page.iter("td") if cell.get("aria-current") == "date"]
    assert [text_of(cell) for cell in today] == ["6"]
    assert page.find(".//h2[@id='month']/time").get("datetime") == "2027-01"


def test_exchange_known_to_the_month_is_listed_apart(client):
    make_exchange(title_en="Monthly", starts_on="2027-01")
    make_exchange(title_en="Until some day", starts_on="2026-12-30", ends_on="2027-01")

    response = client.get(f"{CALENDAR}?month=2027-01")

    assert days_of(client, "?month=2027-01") == {}
    assert [found.title_en for found in response.context["of_month"]] == [
        "Until some day",
        "Monthly",
    ]
    assert "Known to the month only 2 exchanges" in words_of(response)
    assert "Known to the month only" not in words_of(
        client.get(f"{CALENDAR}?month=2027-02")
    )


def test_exchange_known_to_the_year_is_in_no_month_but_counted(client):
    make_exchange(title_en="Sometime", starts_on="2027")

    words = words_of(client.get(f"{CALENDAR}?month=2027-06"))

    assert "Sometime" not in words
    assert "1 exchange of this year is known only to the year" in words
    assert "known only to the year" not in words_of(
        client.get(f"{CALENDAR}?month=2026-06")
    )


def test_filter_narrows_the_calendar_and_stays_in_its_links(client):
    culture = make_field(slug="culture")
    make_exchange(title_en="Choir", starts_on="2027-01-05", fields=[culture])
    make_exchange(title_en="Match", starts_on="2027-01-05")

    assert days_of(client, "?field=culture&month=2027-01") == {5: "Choir"}
    assert months_linked(client, "?field=culture&month=2027-01") == {
        "next": f"{CALENDAR}?field=culture&month=2027-02#month",
    }
    links = links_of(client.get(f"{CALENDAR}?field=culture&month=2027-01"))
    assert f"{CALENDAR}?month=2027-01" in links  # the chip
    assert "/en/exchanges/?field=culture" in links
    assert "/en/exchanges/?field=culture&year=2027" in links


def test_list_leads_to_its_own_calendar(client):
    make_exchange(fields=[make_field(slug="culture")])

    links = links_of(client.get("/en/exchanges/?field=culture"))

    assert f"{CALENDAR}?field=culture" in links
    assert YEARS in links


@pytest.mark.parametrize(
    ("month", "before", "after"),
    [
        ("2026-12", "2026-11", "2027-01"),
        ("2027-01", "2026-12", "2027-02"),
        ("2019-01", None, "2019-02"),  # the year of the first exchange
        ("2028-12", "2028-11", None),  # the end of next year
        ("0002-01", None, "0002-02"),
        ("9998-12", "9998-11", None),
    ],
)
def test_months_lead_to_their_neighbours_as_far_as_there_is_something(
    client, month, before, after
):
    make_exchange(starts_on="2019-05-04")

    assert months_linked(client, f"?month={month}") == {
        rel: f"{CALENDAR}?month={other}#month"
        for rel, other in (("prev", before), ("next", after))
        if other
    }


def test_month_without_exchanges_leads_to_the_nearest_with(client):
    make_exchange(starts_on="2019-05-04")
    make_exchange(starts_on="2026-12-30", ends_on="2027-01-02")
    make_exchange(starts_on="2026")
    make_exchange(starts_on="2028-03-01")

    response = client.get(f"{CALENDAR}?month=2027-02")

    assert "No exchange has a known day in this month." in words_of(response)
    assert [
        (rel, str(month)) for rel, month, _query in response.context["nearest"]
    ] == [("prev", "2026-12"), ("next", "2028-03")]


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("month=abc", ["Write the month as 2027-01."]),
        ("month=2027", ["Write the month as 2027-01."]),
        ("month=2027-1", ["Write the month as 2027-01."]),
        ("month=2027-13", ["Write the month as 2027-01."]),
        ("month=2027-01-01", ["Write the month as 2027-01."]),
        ("month=0000-01", ["Write the month as 2027-01."]),
        ("month=0001-01", ["Write the month as 2027-01."]),
        ("month=9999-12", ["Write the month as 2027-01."]),
        ("month=%00", ["Write the month as 2027-01."]),
        ("month=%ff", ["Write the month as 2027-01."]),
        ("month=２０２７-01", ["Write the month as 2027-01."]),
        (f"month={'a' * 10_000}", ["Write the month as 2027-01."]),
        ("month=2027-01&month=2027-02", ["Choose one only."]),
        ("month=2027-01&month=2027-01", ["Choose one only."]),
    ],
)
def test_month_that_is_none_is_named_at_the_field_and_shows_nothing(
    client, query, errors
):
    make_exchange(title_en="Visit", starts_on="2027-01-05")

    response = client.get(f"{CALENDAR}?{query}")

    page = parsed(response)
    assert response.status_code == 200
    assert [text_of(found) for found in page.findall(".//p[@id='error-month']")] == (
        errors
    )
    field = page.find(".//input[@id='f-month']")
    assert field.get("aria-invalid") == "true"
    assert "error-month" in field.get("aria-describedby")
    assert list(page.iter("table")) == []
    assert "Visit" not in words_of(response)


@pytest.mark.parametrize(
    "query", ["field=nope", "year=abc&month=2027-01", "partner=%00", "since=2027-13"]
)
def test_wrong_filter_is_named_and_shows_nothing(client, query):
    make_exchange(title_en="Choir", starts_on="2027-01-05")

    response = client.get(f"{CALENDAR}?{query}")

    assert response.status_code == 200
    assert "A filter could not be read, so nothing is shown" in words_of(response)
    assert "Choir" not in words_of(response)
    assert list(parsed(response).iter("table")) == []


@pytest.mark.parametrize(
    ("query", "short"),
    [
        ("?month=", ""),
        ("?month=2027-01&partner=", "?month=2027-01"),
        ("?month=2027-01&kind=seminar", "?kind=seminar&month=2027-01"),
        ("?sort=oldest&page=2&nope=1", ""),
    ],
)
def test_address_is_led_to_its_short_form(client, query, short):
    make_exchange(kind="seminar")

    response = client.get(CALENDAR + query, follow=True)

    assert response.redirect_chain == [(CALENDAR + short, 302)]


# ---- years by field -----------------------------------------------------------


@pytest.fixture
def _some_exchanges():
    culture = make_field(slug="culture", name_en="Culture", order=1)
    sports = make_field(slug="sports", name_en="Sports", order=2)
    make_field(name_en="Unused")
    make_exchange(starts_on="2019-05-04", fields=[culture, sports])
    make_exchange(starts_on="2019", fields=[culture])
    make_exchange(starts_on="2017-12-31", ends_on="2018-01-02", fields=[sports])
    make_exchange(starts_on="2018-07")


@pytest.mark.usefixtures("_some_exchanges")
def test_years_stand_in_rows_and_totals_count_an_exchange_once(client):
    assert rows_of(client.get(YEARS)) == [
        ["Year", "All", "Culture", "Sports"],
        ["2019", "2", "2", "1"],
        ["2018", "2", "0", "1"],
        ["2017", "1", "0", "1"],
        ["All years", "4", "2", "2"],
    ]


@pytest.mark.usefixtures("_some_exchanges")
def test_every_number_is_that_of_the_list_it_leads_to(client):
    page = parsed(client.get(YEARS))

    numbers = {
        cell.find("a").get("href"): int(text_of(cell))
        for cell in page.iter("td")
        if cell.find("a") is not None
    }

    assert numbers == {
        address: client.get(address).context["count"] for address in numbers
    }
    assert list(numbers) == [
        "/en/exchanges/?year=2019",
        "/en/exchanges/?field=culture&year=2019",
        "/en/exchanges/?field=sports&year=2019",
        "/en/exchanges/?year=2018",
        "/en/exchanges/?field=sports&year=2018",
        "/en/exchanges/?year=2017",
        "/en/exchanges/?field=sports&year=2017",
        "/en/exchanges/",
        "/en/exchanges/?field=culture",
        "/en/exchanges/?field=sports",
    ]


def test_years_without_any_exchange_say_so(client):
    make_field(name_en="Culture")

    words = words_of(client.get(YEARS))

    assert "Nothing is published here yet." in words
    assert "Culture" not in words


# ---- both ---------------------------------------------------------------------


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize(
    "address",
    [CALENDAR, f"{CALENDAR}?month=2027-03", f"{CALENDAR}?month=1871-01", YEARS],
)
def test_hidden_records_change_nothing(client, address, hidden):
    field = make_field(slug="culture")
    public = make_exchange(starts_on="2027-01-05", fields=[field])
    before = client.get(address).content

    secret = make_field(name_en="Secret", **hidden)
    public.fields.add(secret)
    public.partners.add(make_partner(**hidden))
    for starts_on in ("2027-01-05", "2027-01", "2027", "2027-03-01", "1871", "2871"):
        make_exchange(starts_on=starts_on, fields=[field, secret], **hidden)

    assert client.get(address).content == before


@pytest.mark.parametrize("size", [3, 40])
def test_overviews_cost_a_fixed_number_of_queries(
    client, size, django_assert_num_queries
):
    for number in range(size):
        make_exchange(
            starts_on=("2027-01-05", "2027-01", "2027", "2019-05-04")[number % 4],
            fields=[make_field()],
            partners=[make_partner()],
        )
    client.get("/ja/exchanges/")  # makes the index, and reads nothing for English

    for address, cost in {CALENDAR: 3, f"{CALENDAR}?month=abc": 2, YEARS: 2}.items():
        with django_assert_num_queries(cost, info=address):
            client.get(address)
