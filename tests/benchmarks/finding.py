"""What finding exchanges costs, from size to size: ``make bench``.

Loads made-up exchanges into a database of its own and prints a table: for one answer
without network and without the cache of whole pages, the number of queries and the
milliseconds of processor time of this process. ``DATABASE_URL`` chooses PostgreSQL;
of a server on this machine, the time of its processes stands behind a plus sign. A
size is a number of exchanges, 1,000 or more.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from datetime import date
from itertools import cycle, islice
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osaka_site.settings")
os.environ |= {"DEBUG": "0", "HTTPS": "0", "ALLOWED_HOSTS": "testserver"}
os.environ["KEEP_PAGES"] = "0"
os.environ.setdefault("SECRET_KEY", "for measuring only")

import django
from django.conf import settings

settings.STORAGES["staticfiles"]["BACKEND"] = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
)
django.setup()

from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory

from events import finding
from events.models import Exchange, Field
from osaka_site.wsgi import application

from .made_up import FIELDS, PARTNERS, load

SIZES = [int(size) for size in sys.argv[1:]] or [1_000, 10_000, 100_000]
ROUNDS = 40
STARTS = 5
SECONDS = 20  # for a row, where three answers do not take longer
PER_PAGE = 20
START = "first answer of a process"
PUBLISHED = "exchange published"  # before each answer of such a row
# Every exchange has them: nothing takes longer to find.
ENGLISH = ["exchange", "number", "exchange+number", "citizens", "cities", "spoke"]
JAPANESE = ["姉妹", "都市", "交流", "妹都", "市交", "姉妹+交流"]


def addresses(size):
    """What is asked for, in this order: ``{name: [address, …]}``. Those of one row
    differ where they can, so that nothing of the answer is kept from before, unless
    the row says "again"."""
    dice = random.Random(size)
    choices = [(f, p) for f in range(FIELDS) for p in range(PARTNERS)]
    filters = [
        f"field=field-{field}&partner=partner-{partner}"
        for field, partner in dice.sample(choices, ROUNDS)
    ]
    middle = size // PER_PAGE // 2
    exchanges = dice.sample(range(size), ROUNDS)
    pages = {
        "list with all counts": [""],
        "filtered list": [f"?{query}" for query in filters],
        "deep page": [
            f"?page={middle + number}" for number in range(-ROUNDS // 2, ROUNDS // 2)
        ],
        "text in the list, first time": [f"?q={word}" for word in ENGLISH],
        "two characters, first time": [f"?q={word}" for word in JAPANESE],
        "text in the list, again": [f"?q={ENGLISH[-1]}"],
    }
    return {
        "home, first time": ["/en/"],
        "home, again": ["/en/"],
        **{
            name: [f"/en/exchanges/{query}" for query in queries]
            for name, queries in pages.items()
        },
        "exchange page, first time": [
            f"/en/exchanges/exchange-{number}/" for number in exchanges
        ],
        "exchange page, again": [f"/en/exchanges/exchange-{exchanges[-1]}/"],
        "partner page, first time": [
            f"/en/partners/partner-{number}/" for number in range(ROUNDS)
        ],
        "partner page, again": [f"/en/partners/partner-{ROUNDS - 1}/"],
        **{
            f"{name}, {PUBLISHED}": [f"/en/{address}"]
            for name, address in (
                ("home", ""),
                ("list with all counts", "exchanges/"),
                ("filtered list", f"exchanges/?{filters[-1]}"),
                ("exchange page", f"exchanges/exchange-{exchanges[-1]}/"),
                ("partner page", f"partners/partner-{ROUNDS - 1}/"),
            )
        },
        "search, English": [f"/en/search/?q={word}" for word in ENGLISH],
        "search, two characters": [f"/ja/search/?q={word}" for word in JAPANESE],
        **{
            name: [f"/en/exchanges.{form}"]
            for name, form in (
                ("iCalendar", "ics"),
                ("Atom", "atom"),
                ("JSON", "json"),
                ("CSV", "csv"),
            )
        },
    }


class Site:
    """The site behind its WSGI door, and what an answer of it costs."""

    def __init__(self):
        self.requests = RequestFactory()
        self.queries = 0

    def ask(self, address):
        environ = self.requests.get(address).environ
        started = []
        before = time.process_time(), _time_of_database()
        with connection.execute_wrapper(self._count):
            answer = application(environ, lambda *head: started.append(head))
            body = b"".join(answer)
            answer.close()
        after = time.process_time(), _time_of_database()
        assert started[0][0].startswith("200"), (address, started[0][0], body[:200])
        return [(end - start) * 1000 for start, end in zip(before, after, strict=True)]

    def _count(self, execute, *arguments):
        self.queries += 1
        return execute(*arguments)

    def measure(self, name, addresses):
        """Queries of the last answer, and the medians of the two processor times."""
        is_first = "first" in name
        if not is_first:
            self.ask(addresses[0])
        rounds = len(addresses) if is_first else ROUNDS
        times, end = [], time.monotonic() + SECONDS
        for number, address in enumerate(islice(cycle(addresses), rounds)):
            if name == START:
                finding._shelf.set(finding.Shelf())
            if PUBLISHED in name:
                Exchange.objects.get(slug=f"exchange-{number}").save()
                if "first" not in name:  # the first has put it into the index
                    finding.current_index()
            self.queries = 0
            times.append(self.ask(address))
            if time.monotonic() > end and len(times) >= 3:
                break
        return self.queries, *map(statistics.median, zip(*times, strict=True))


def _time_of_database():
    """Seconds that the process of a PostgreSQL on this machine was at work for us,
    without those that it has help it; nothing for SQLite, which works in this one."""
    if connection.vendor == "sqlite":
        return 0
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def main():
    own = connection.settings_dict["NAME"]
    folder = tempfile.TemporaryDirectory()
    if connection.vendor == "sqlite":  # in a file, as on a server
        connection.settings_dict["TEST"]["NAME"] = f"{folder.name}/bench.sqlite3"
    connection.settings_dict["CONN_MAX_AGE"] = None  # one process from end to end
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    rows = {}
    try:
        site = Site()
        for size in SIZES:
            call_command("flush", interactive=False, verbosity=0)
            load(size)
            asked = {
                START: ["/ko/exchanges/"] * STARTS,
                f"first answer, {PUBLISHED}": ["/ko/exchanges/"] * ROUNDS,
                **addresses(size),
            }
            for found in asked.values():
                site.ask(found[0])
            Field.objects.update(order=1)  # nothing is kept from here on
            for name, found in asked.items():
                rows.setdefault(name, []).append(site.measure(name, found))
    finally:
        connection.creation.destroy_test_db(own, verbosity=0)
        folder.cleanup()
    _print(rows)


def _print(rows):
    print(f"{_database()}, {os.cpu_count()} cores, {date.today()}\n")
    heads = [f" {size:,} " for size in SIZES]
    print("|".join(["", " one answer: queries, CPU ms ", *heads, " growth ", ""]))
    print("|".join(["", "---", *["--:"] * (len(SIZES) + 1), ""]))
    for name, cells in rows.items():
        shown = [
            f" {queries}, {own:.1f}{f' + {database:.1f}' if database else ''} "
            for queries, own, database in cells
        ]
        last, before = (sum(cell[1:]) for cell in (cells[-1], cells[-2:][0]))
        print("|".join(["", f" {name} ", *shown, f" {last / before:.1f}× ", ""]))


def _database():
    if connection.vendor == "sqlite":
        return "SQLite"
    return f"PostgreSQL {connection.pg_version // 10_000}"


if __name__ == "__main__":
    main()
