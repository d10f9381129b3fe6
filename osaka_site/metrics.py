"""What Prometheus reads at ``/metrics``, added up over all processes of the server.

Each process counts in a file of its own in ``METRICS_DIR``, through shared memory;
whichever of them is asked adds up all files. Those of processes that have ended stay,
as their requests have been answered, until the folder is emptied: systemd does so when
the service starts. Without a folder a process knows of itself only.
"""

import mmap
import os
from bisect import bisect_left
from hmac import compare_digest
from pathlib import Path
from threading import Lock
from time import perf_counter

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from events.models import ContentVersion

METHODS = ("GET", "HEAD", "POST", "other")
CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

# Where each count stands: the requests, those within each bound of time, microseconds.
REQUESTS = [(method, status) for method in METHODS for status in CLASSES]
TIMES = len(REQUESTS)
MICROSECONDS = TIMES + len(BOUNDS) + 1
SIZE = 8 * (MICROSECONDS + 1)

HEADERS = [
    ("Content-Type", "text/plain; version=0.0.4; charset=utf-8"),
    ("Cache-Control", "no-store"),
]

_lock = Lock()
_counts = {}  # {process: its counts}: after a fork, there is another process


class Metrics:
    """A WSGI application around all others, so that kept pages are counted too."""

    def __init__(self, application):
        self.application = application
        self.expected = f"Bearer {settings.METRICS_TOKEN}".encode()

    def __call__(self, environ, start_response):
        if environ.get("PATH_INFO") == "/metrics" and self.may_read(environ):
            start_response("200 OK", HEADERS)
            return ["".join(f"{line}\n" for line in lines()).encode()]
        start, statuses = perf_counter(), []

        def start_counted(status, headers, exc_info=None):
            statuses.append(int(status[:3]))
            return start_response(status, headers, exc_info)

        answer = self.application(environ, start_counted)
        count(environ["REQUEST_METHOD"], statuses[-1], perf_counter() - start)
        return answer

    def may_read(self, environ):
        given = environ.get("HTTP_AUTHORIZATION", "")
        return compare_digest(given.encode(), self.expected)


def count(method, status, seconds):
    method = method if method in METHODS else "other"
    with _lock:
        counts = _own_counts()
        counts[REQUESTS.index((method, f"{status // 100}xx"))] += 1
        counts[TIMES + bisect_left(BOUNDS, seconds)] += 1
        counts[MICROSECONDS] += round(seconds * 1_000_000)


def _own_counts():
    process = os.getpid()
    if process not in _counts:
        if settings.METRICS_DIR:
            with (settings.METRICS_DIR / f"{process}.counts").open("a+b") as file:
                file.truncate(SIZE)
                memory = mmap.mmap(file.fileno(), SIZE)
        else:
            memory = bytearray(SIZE)
        _counts[process] = memoryview(memory).cast("Q")
    return _counts[process]


def _counts_by_process():
    own = _own_counts()
    if not settings.METRICS_DIR:
        return {os.getpid(): own}
    return {
        path.stem: memoryview(path.read_bytes()).cast("Q")
        for path in sorted(settings.METRICS_DIR.glob("*.counts"))
    }


def lines():
    processes = _counts_by_process()
    total = [sum(counts) for counts in zip(*processes.values(), strict=True)]
    yield "# HELP osaka_requests_total Requests answered."
    yield "# TYPE osaka_requests_total counter"
    for (method, status), number in zip(REQUESTS, total, strict=False):
        yield f'osaka_requests_total{{method="{method}",status="{status}"}} {number}'
    yield "# HELP osaka_request_seconds How long requests took."
    yield "# TYPE osaka_request_seconds histogram"
    within = 0
    for bound, number in zip((*BOUNDS, "+Inf"), total[TIMES:MICROSECONDS], strict=True):
        within += number
        yield f'osaka_request_seconds_bucket{{le="{bound}"}} {within}'
    yield f"osaka_request_seconds_sum {total[MICROSECONDS] / 1_000_000}"
    yield f"osaka_request_seconds_count {within}"
    yield from _database()
    yield "# HELP osaka_process_resident_bytes Memory of each process."
    yield "# TYPE osaka_process_resident_bytes gauge"
    for process in processes:
        statm = Path(f"/proc/{process}/statm")
        if statm.exists():
            resident = int(statm.read_text().split()[1]) * mmap.PAGESIZE
            yield f'osaka_process_resident_bytes{{process="{process}"}} {resident}'


def _database():
    """How often the content changes: ``changes(osaka_content_version[1h])``."""
    try:
        token = ContentVersion.token_now()
    except (DatabaseError, InterfaceError, ContentVersion.DoesNotExist):
        token = None
    if not connection.in_atomic_block:  # as in a test
        connection.close()
    yield "# HELP osaka_database_up Whether the database answers."
    yield "# TYPE osaka_database_up gauge"
    yield f"osaka_database_up {int(token is not None)}"
    if token is not None:
        yield "# HELP osaka_content_version Another number with each change of content."
        yield "# TYPE osaka_content_version gauge"
        yield f"osaka_content_version {token}"
