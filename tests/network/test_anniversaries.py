from datetime import date

import pytest

from network import anniversaries
from network.anniversaries import Anniversary
from network.models import Affiliation, Category
from osaka_site.dates import PartialDate


def known(text):
    return PartialDate.parse(text) if text else None


def tie_of(signed_on, ended_on=None, interval=5):
    return Affiliation(
        category=Category(anniversary_interval=interval),
        signed_on=known(signed_on),
        ended_on=known(ended_on),
    )


def found(anniversary):
    return anniversary and (anniversary.number, str(anniversary.date))


@pytest.mark.parametrize(
    ("signed_on", "year", "expected"),
    [
        ("1957-10-07", 1957, None),
        ("1957-10-07", 1952, None),
        ("1957-10-07", 1961, None),
        ("1957-10-07", 1962, (5, "1962-10-07")),
        ("1957-10-07", 2027, (70, "2027-10-07")),
        ("1957-10", 2027, (70, "2027-10")),
        ("1957", 2027, (70, "2027")),
        ("2012-02-29", 2017, (5, "2017-02-28")),
        ("2012-02-29", 2032, (20, "2032-02-29")),
        (None, 2027, None),
    ],
)
def test_anniversary_of_a_year(signed_on, year, expected):
    assert found(anniversaries.in_year(tie_of(signed_on), year)) == expected


@pytest.mark.parametrize(
    ("interval", "years"),
    [(None, []), (1, [2001, 2002, 2003, 2004]), (2, [2002, 2004]), (10, [])],
)
def test_anniversaries_come_at_the_interval_of_the_category(interval, years):
    tie = tie_of("2000", interval=interval)

    assert [
        year for year in range(1995, 2005) if anniversaries.in_year(tie, year)
    ] == years


@pytest.mark.parametrize(
    ("signed_on", "ended_on", "is_celebrated"),
    [
        ("1957-10-07", "2017-10-08", True),
        ("1957-10-07", "2017-10-07", False),
        ("1957-10-07", "2017-10-06", False),
        ("1957-10-07", "2017-11", True),
        ("1957-10-07", "2017-10", False),
        ("1957-10-07", "2018", True),
        ("1957-10-07", "2017", False),
        ("1957-10", "2017-10-31", False),
        ("1957-10", "2017-11-01", True),
        ("1957", "2017-12-31", False),
        ("1957", "2018", True),
    ],
)
def test_ended_tie_celebrates_what_was_certainly_before_its_end(
    signed_on, ended_on, is_celebrated
):
    anniversary = anniversaries.in_year(tie_of(signed_on, ended_on), 2017)

    assert bool(anniversary) is is_celebrated


@pytest.mark.parametrize(
    ("signed_on", "today", "expected"),
    [
        ("1974-04-18", "2024-01-01", (50, "2024-04-18")),
        ("1974-04-18", "2024-04-18", (50, "2024-04-18")),
        ("1974-04-18", "2024-04-19", (55, "2029-04-18")),
        ("1974-04-18", "2023-12-31", (50, "2024-04-18")),
        ("1974-04", "2024-04-30", (50, "2024-04")),
        ("1974-04", "2024-05-01", (55, "2029-04")),
        ("1974", "2024-12-31", (50, "2024")),
        ("1974", "2025-01-01", (55, "2029")),
        ("2012-02-29", "2017-02-28", (5, "2017-02-28")),
        ("2012-02-29", "2017-03-01", (10, "2022-02-28")),
        ("2012-02-29", "2028-03-01", (20, "2032-02-29")),
        ("2024-05-01", "2024-05-01", (5, "2029-05-01")),
        (None, "2024-01-01", None),
    ],
)
def test_next_anniversary_is_the_first_that_is_not_over(signed_on, today, expected):
    tie = tie_of(signed_on)

    assert found(anniversaries.next_of(tie, date.fromisoformat(today))) == expected


@pytest.mark.parametrize(
    ("ended_on", "interval"), [("2018-10-02", 5), ("2018", 5), (None, None)]
)
def test_tie_without_anniversaries_to_come_has_no_next_one(ended_on, interval):
    tie = tie_of("1957-10-07", ended_on, interval)

    assert anniversaries.next_of(tie, date(2018, 10, 3)) is None


@pytest.mark.parametrize(
    ("signed_on", "year", "interval", "number"),
    [
        ("1978", 1994, 5, 15),
        ("1981-06-08", 2022, 5, 40),
        ("1974", 2023, 5, 50),
        ("1974", 2024, 5, 50),
        ("1974", 2026, 5, 50),
        ("1974", 2027, 5, 55),
        ("1974", 1974, 5, None),
        ("1974", 1976, 5, None),
        ("1974", 1977, 5, 5),
        ("1974", 1971, 5, None),
        ("1974", 1970, 5, None),
        ("1974", 1960, 5, None),
        ("1974", 1999, 10, 20),
        ("1974", 2009, 10, 30),
        ("1974", 1977, 1, 3),
        ("1974", 2024, None, None),
        (None, 2024, 5, None),
    ],
)
def test_nearest_anniversary_is_what_an_event_celebrates(
    signed_on, year, interval, number
):
    tie = tie_of(signed_on, interval=interval)

    assert anniversaries.nearest(tie, year) == number


def test_anniversaries_by_year_are_in_order_of_date_and_not_over():
    over = tie_of("1969-03-01")
    today = tie_of("1974-04-18")
    month = tie_of("1974-04")
    year = tie_of("1979")
    late = tie_of("1980-12-01")
    early = tie_of("1985-02")
    none = tie_of("1980", interval=None)
    ties = [late, over, today, early, none, year, month]

    years = anniversaries.by_year(ties, date(2024, 4, 18), 3)

    assert years == [
        (
            2024,
            [
                Anniversary(year, 45, known("2024")),
                Anniversary(month, 50, known("2024-04")),
                Anniversary(today, 50, known("2024-04-18")),
            ],
        ),
        (
            2025,
            [
                Anniversary(early, 40, known("2025-02")),
                Anniversary(late, 45, known("2025-12-01")),
            ],
        ),
        (2026, []),
    ]
