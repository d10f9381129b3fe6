"""Many visitors at once. What they cost is measured in ``tests/benchmarks``."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import cycle, islice
from pathlib import Path

PAGES = [
    "/en/",
    "/ja/partners/milan/",
    "/ko/exchanges/",
    "/zh-hans/partners/",
    "/en/exchanges/?sort=oldest",
    "/en/exchanges.ics",
    "/en/nowhere/",
]
VISITORS, REQUESTS = 8, 280  # of each visitor


def read_along(server):
    """How often each page was answered with which status over one connection."""
    answers = Counter()
    with closing(server.connect()) as asking:
        for path in islice(cycle(PAGES), REQUESTS):
            asking.request("GET", path, headers=server.headers({}))
            answer = asking.getresponse()
            answer.read()
            answers[path, answer.status] += 1
    return answers


def memory_of(pids):
    """Megabytes that the processes hold."""
    statuses = (Path(f"/proc/{pid}/status").read_text() for pid in pids)
    return [int(text.split("VmRSS:")[1].split()[0]) / 1024 for text in statuses]


def test_every_one_of_many_requests_is_answered(deployment):
    workers = deployment.site.workers()

    with ThreadPoolExecutor(VISITORS) as visitors:
        each = list(visitors.map(read_along, [deployment.proxy] * VISITORS))

    times = VISITORS * REQUESTS // len(PAGES)
    expected = {(path, 404 if "nowhere" in path else 200): times for path in PAGES}
    assert sum(each, Counter()) == expected
    assert deployment.site.workers() == workers
    assert max(memory_of(workers)) < 200
