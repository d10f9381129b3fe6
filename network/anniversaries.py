"""Which anniversary of a tie falls when; computed from its date, never stored."""

from dataclasses import dataclass

from osaka_site.dates import PartialDate


@dataclass(frozen=True)
class Anniversary:
    tie: object
    number: int
    date: PartialDate

    @property
    def year(self):
        return self.date.year


def in_year(tie, year):
    """The anniversary of ``tie`` in ``year``, or ``None``.

    The interval is the category's; ties of categories without one, without a
    date, or ended by then celebrate none.
    """
    interval = tie.category.anniversary_interval
    if not interval or not tie.signed_on:
        return None
    number = year - tie.signed_on.year
    if number <= 0 or number % interval:
        return None
    date = tie.signed_on.in_year(year)
    if tie.ended_on and tie.ended_on.first_day <= date.last_day:
        return None
    return Anniversary(tie, number, date)


def next_of(tie, today):
    """The first anniversary that is not over on ``today``, or ``None``."""
    interval = tie.category.anniversary_interval or 0
    years = range(today.year, today.year + interval + 1)
    return next(
        (
            anniversary
            for year in years
            if (anniversary := in_year(tie, year))
            and anniversary.date.last_day >= today
        ),
        None,
    )


def nearest(tie, year):
    """The number of the anniversary that an event of ``year`` celebrates.

    Celebrations slip by a year or two (the 40th with Milan, of 2021, was held in
    2022), so it is the nearest multiple of the interval; half-way between two it is
    the one that was. What was nearer to the signing, or before it, celebrates none.
    """
    interval = tie.category.anniversary_interval
    if not interval or not tie.signed_on:
        return None
    slip = (interval - 1) // 2
    number = (year - tie.signed_on.year + slip) // interval * interval
    return number if number > 0 else None


def full_years(tie, today):
    """Full years since the signing; ``None`` where the date does not tell.

    A date known to the month tells in every month but its own; one known to the
    year never, as nobody can say on which side of its anniversary today is.
    """
    signed_on = tie.signed_on
    if signed_on is None or signed_on.precision == "year":
        return None
    least, most = (
        today.year
        - day.year
        - (PartialDate.from_date(day).in_year(today.year).first_day > today)
        for day in (signed_on.last_day, signed_on.first_day)
    )
    return least if least == most else None


def soonest(found):
    """In the order of the day by which each is over: a month comes after the known
    days in it, because it may still be its last day."""
    return sorted(found, key=lambda anniversary: anniversary.date.last_day)


def coming(ties, today, years):
    """Those that are not over on ``today`` and begin within so many years."""
    limit = PartialDate.from_date(today).in_year(today.year + years).first_day
    return soonest(
        anniversary
        for _year, found in by_year(ties, today, years + 1)
        for anniversary in found
        if anniversary.date.first_day <= limit
    )


def by_year(ties, today, count):
    """``[(year, [Anniversary, …]), …]`` for this year and the next ones, ``count``
    in all; those of this year that are over are left out."""
    return [
        (
            year,
            sorted(
                (
                    found
                    for tie in ties
                    if (found := in_year(tie, year)) and found.date.last_day >= today
                ),
                key=lambda anniversary: str(anniversary.date),
            ),
        )
        for year in range(today.year, today.year + count)
    ]
