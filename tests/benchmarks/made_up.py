"""Made-up exchanges, the same ones every time."""

import random
from datetime import date, timedelta

from django.db import connection

from events.models import Exchange, Field
from network.models import Affiliation, Category, Partner
from osaka_site.dates import PartialDate
from osaka_site.searched import rebuild

PARTNERS, FIELDS = 60, 12
FIRST_DAY, DAYS = date(1957, 1, 1), 71 * 365


def load(size):
    """``size`` exchanges of 1957 to 2027 with 1–3 of 12 fields and 1–2 of 60 partners.

    Every title has the words that are searched for: the most that can be found.
    """
    dice = random.Random(size)
    public = {"status": "published"}
    category = Category.objects.create(
        slug="category", name_en="Cities", tie_name_en="City", shape="sister", **public
    )
    partners = [
        Partner.objects.create(
            slug=f"partner-{number}",
            name_en=f"City {number}",
            country=dice.choice(["CN", "US", "DE", "KR", "AU"]),
            **public,
        )
        for number in range(PARTNERS)
    ]
    for partner in partners:
        Affiliation.objects.create(
            slug=partner.slug, partner=partner, category=category, **public
        )
    fields = [
        Field.objects.create(slug=f"field-{n}", name_en=f"Field {n}", **public)
        for n in range(FIELDS)
    ]
    exchanges = [_exchange(number, dice, public) for number in range(size)]
    Exchange.objects.bulk_create(exchanges, batch_size=500)
    _link("partners", exchanges, partners, 2, dice)
    _link("fields", exchanges, fields, 3, dice)
    rebuild()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _exchange(number, dice, public):
    day = FIRST_DAY + timedelta(days=dice.randrange(DAYS))
    known = dice.choices(["day", "month", "year"], [8, 1, 1])[0]
    parts = {"day": 3, "month": 2, "year": 1}[known]
    exchange = Exchange(
        slug=f"exchange-{number}",
        title_en=f"Exchange number {number}",
        title_ja=f"第{number}回の姉妹都市交流",
        summary_en="Citizens of both cities met and spoke about what they share.",
        kind=dice.choice(Exchange.Kind.values),
        starts_on=PartialDate(*(day.year, day.month, day.day)[:parts]),
        **public,
    )
    if known == "day" and dice.random() < 0.2:
        exchange.ends_on = PartialDate.from_date(day + timedelta(dice.randint(1, 9)))
    exchange.set_days()
    return exchange


def _link(relation, exchanges, records, most, dice):
    field = Exchange._meta.get_field(relation)
    columns = field.m2m_column_name(), field.m2m_reverse_name()
    through = field.remote_field.through
    through.objects.bulk_create(
        (
            through(**{columns[0]: exchange.pk, columns[1]: record.pk})
            for exchange in exchanges
            for record in dice.sample(records, dice.randint(1, most))
        ),
        batch_size=500,
    )
