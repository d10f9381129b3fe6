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
