"""What finding exchanges costs, from size to size: ``make bench``.

Loads made-up exchanges, the same ones every time, into a database of its own and
prints a table: queries and milliseconds of processor time of this process for one
answer, without network. ``DATABASE_URL`` chooses PostgreSQL, whose own processor
time is not counted here; the last columns show the clock for that.
"""

import os
import random
import statistics
import sys
import time
from datetime import date, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osaka_site.settings")
os.environ |= {"DEBUG": "0", "HTTPS": "0", "ALLOWED_HOSTS": "testserver"}
os.environ.setdefault("SECRET_KEY", "for measuring only")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from events.models import Exchange, Field
from network.models import Affiliation, Category, Partner
from osaka_site.dates import PartialDate

SIZES = [int(size) for size in sys.argv[1:]] or [1_000, 10_000, 100_000]
ROUNDS = 15
PARTNERS, FIELDS = 60, 12
REQUESTS = {
    "list with all counts": "/en/exchanges/",
    "filtered list": "/en/exchanges/?field=field-3&partner=partner-7&year=1999",
    "deep page": "/en/exchanges/?page={deep}",
    "oldest first": "/en/exchanges/?sort=oldest",
    "exchange page": "/en/exchanges/exchange-{middle}/",
}


def load(size):
    """``size`` exchanges of 1957 to 2027 with 1–3 fields and 1–2 of 60 partners."""
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
    exchanges = []
    for number in range(size):
        day = date(1957, 1, 1) + timedelta(days=dice.randrange(71 * 365))
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
            exchange.ends_on = PartialDate.from_date(
                day + timedelta(dice.randint(1, 9))
            )
        exchange.set_days()
        exchanges.append(exchange)
    Exchange.objects.bulk_create(exchanges, batch_size=500)
    for relation, records, most in (("partners", partners, 2), ("fields", fields, 3)):
        field = Exchange._meta.get_field(relation)
        columns = field.m2m_column_name(), field.m2m_reverse_name()
        field.remote_field.through.objects.bulk_create(
            (
                field.remote_field.through(
                    **{columns[0]: exchange.pk, columns[1]: record.pk}
                )
                for exchange in exchanges
                for record in dice.sample(records, dice.randint(1, most))
            ),
            batch_size=500,
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def measure(client, address):
    """Queries, the median of processor milliseconds, and that of the clock."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    spent, passed = [], []
    for _round in range(ROUNDS):
        cpu, clock = time.process_time(), time.perf_counter()
        client.get(address)
        spent.append((time.process_time() - cpu) * 1000)
        passed.append((time.perf_counter() - clock) * 1000)
    return len(queries), statistics.median(spent), statistics.median(passed)


def main():
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    rows = {"first answer after a change": []}
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        for size in SIZES:
            call_command("flush", interactive=False, verbosity=0)
            load(size)
            client = Client()
            start = time.process_time()
            client.get("/en/exchanges/")
            spent = (time.process_time() - start) * 1000
            rows["first answer after a change"].append((0, spent, 0))
            for what, address in REQUESTS.items():
                here = address.format(deep=size // 40, middle=size // 2)
                rows.setdefault(what, []).append(measure(client, here))
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
    print(f"{connection.vendor}, {os.cpu_count()} cores, {date.today()}\n")
    heads = [f"{size:,}: queries, CPU ms (clock)" for size in SIZES]
    print("|".join(["", "", *heads, " growth", ""]))
    print("|".join(["", "---", *["--:"] * (len(SIZES) + 1), ""]))
    for name, cells in rows.items():
        shown = [
            f" {queries or '–'}, {cpu:.1f} ({clock:.1f}) "
            for queries, cpu, clock in cells
        ]
        growth = cells[-1][1] / cells[max(len(cells) - 2, 0)][1]
        print("|".join(["", f" {name} ", *shown, f" {growth:.1f}× ", ""]))


if __name__ == "__main__":
    main()
