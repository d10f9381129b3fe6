"""What serving pages costs: ``make bench-serving``.

Starts the servers of ``deploy/`` on this machine, with the starting content and 10,000
made-up exchanges, asks them with wrk, and prints tables. Beside the rate stands the
processor time of a request: that of all processes of the application server and of the
database, or of nginx. The rounds of what is compared take turns; shown are the medians.
``DATABASE=sqlite`` measures with SQLite instead of PostgreSQL.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from datetime import date
from itertools import count
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "osaka_site.settings")

from django.conf import settings

from tests.deployment import SHARED, Deployment
from tests.deployment.servers import HOST, Nginx, Site, free_port

from .load import Case, measure, medians, memory

ROUNDS, SECONDS = 5, 3
WARM_UP = 5  # seconds: every process makes each page once
EXCHANGES = 10_000
MANY = 100_000  # requests
PUBLISHED = 100  # times
SLOW_CLIENTS = 200
BROWSER = {"Host": HOST, "Accept-Encoding": "gzip, deflate, br"}
FROM_NGINX = {**BROWSER, "X-Forwarded-Proto": "https"}
HOME = "/en/"
PAGES = [
    f"/{language}/{page}"
    for language in ("en", "ja", "zh-hans", "ko")
    for page in ("", "exchanges/", "partners/", "partners/milan/", "search/")
]
MILAN = "/en/partners/milan/"
AS_FILE = "/as-a-file"


class OpenSite(Site):
    """The application server as its unit starts it, which listens at a port too:
    wrk knows no others."""

    def __init__(self, folder, environment, application="osaka_site.wsgi", *options):
        super().__init__(folder, environment)
        self.application, self.options_here = application, options
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"

    def command(self):
        *started, _application = super().command()
        where = ["--bind", f"127.0.0.1:{self.port}"]
        return [*started, *where, *self.options_here, self.application]

    def is_ready(self):
        try:
            return self.ask(HOME).status == 200
        except OSError:
            return False


class Publisher:
    """Publishes in a process of its own."""

    def __init__(self, deployment):
        self.environment = {**os.environ, **deployment.environment}

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.publishing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=settings.BASE_DIR,
            env=self.environment,
        )
        self.publish("Words before all others.")
        return self

    def __exit__(self, *problem):
        self.process.communicate()

    def publish(self, words):
        """Returns once it is committed."""
        self.process.stdin.write(f"{words}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "1\n"

    @contextmanager
    def once_a_second(self):
        over = threading.Event()

        def publish():
            for number in count():
                self.publish(f"Words number {number}.")
                if over.wait(1):
                    break

        thread = threading.Thread(target=publish)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


class Bench:
    """A deployment, and beside it what it is compared with."""

    def __init__(self, deployment, rounds=ROUNDS, seconds=SECONDS, warm_up=WARM_UP):
        self.deployment = deployment
        self.rounds, self.seconds, self.warm_up = rounds, seconds, warm_up
        self.of_database = [deployment.database, deployment.cache]
        self.targets = []

    def another_site(self, name, *options, application="osaka_site.wsgi", **variables):
        folder = self.deployment.folder / name
        environment = {**self.deployment.environment, **variables}
        return OpenSite(folder, environment, application, *options)

    def application_server(self):
        """Without nginx."""
        constant = "tests.benchmarks.constant"
        with (
            self.another_site("constant", application=constant) as constant,
            self.another_site("open") as site,
        ):
            servers = [site, *self.of_database]
            page = site.ask(HOME, headers=BROWSER)
            known = {**FROM_NGINX, "If-None-Match": page.headers["ETag"]}
            assert page.headers["Content-Encoding"] == "br"
            assert site.ask(HOME, headers=known).status == 304
            found = measure(
                {
                    "view that returns a constant": Case(
                        constant.address, [constant], headers=FROM_NGINX
                    ),
                    "page from the cache": Case(
                        site.address, servers, headers=FROM_NGINX
                    ),
                    "the same, not changed (304)": Case(
                        site.address, servers, headers=known
                    ),
                    f"{len(PAGES)} pages in turn": Case(
                        site.address, servers, PAGES, FROM_NGINX
                    ),
                },
                self.rounds,
                self.seconds,
                self.warm_up,
            )
        costs = _table("Application server alone", found, "cost")
        constant, page, unchanged, _pages = map(medians, found.values())
        self._target(
            "page from the cache: 0.5 of the CPU of a constant view",
            f"{costs[1]:.2f}",
            costs[1] <= 0.5,
        )
        self._target(
            "304 no dearer than the page",
            f"{unchanged.cost:.3f} and {page.cost:.3f} ms",
            unchanged.cost <= page.cost,
        )
        self._target_of_longest("application server", page)

    def nginx(self):
        """The page, and the same bytes with the same headers as a file."""
        proxy = self.deployment.proxy
        page = proxy.ask(HOME, headers=BROWSER)
        with _with_file(self.deployment, page) as files:
            copy = files.ask(AS_FILE, headers=BROWSER)
            assert copy.content == page.content
            own = {"Accept-Ranges"}
            assert set(copy.headers) - own == set(page.headers) - own
            known = {**BROWSER, "If-None-Match": page.headers["ETag"]}
            assert proxy.ask(HOME, headers=known).status == 304
            servers = [proxy, self.deployment.site, *self.of_database]
            address, address_of_files = (
                f"https://127.0.0.1:{server.ports['443']}" for server in (proxy, files)
            )
            found = measure(
                {
                    "the page as a file": Case(
                        address_of_files, [files], [AS_FILE], BROWSER
                    ),
                    "page": Case(address, servers, headers=BROWSER),
                    "the same, not changed (304)": Case(
                        address, servers, headers=known
                    ),
                    f"{len(PAGES)} pages in turn": Case(
                        address, servers, PAGES, BROWSER
                    ),
                },
                self.rounds,
                self.seconds,
                self.warm_up,
            )
        rates = _table("Through nginx", found, "rate")
        self._target(
            "through nginx: 0.9 of the rate of a file",
            f"{rates[1]:.2f}",
            rates[1] >= 0.9,
        )
        self._target_of_longest("nginx", medians(found["page"]))

    def publishing(self):
        proxy = self.deployment.proxy
        with Publisher(self.deployment) as publisher, self.another_site("open") as site:
            servers = [site, *self.of_database]
            through = f"https://127.0.0.1:{proxy.ports['443']}"
            all_servers = [proxy, self.deployment.site, *self.of_database]
            cases = {
                "page": Case(site.address, servers, headers=FROM_NGINX),
                f"{len(PAGES)} pages in turn": Case(
                    site.address, servers, PAGES, FROM_NGINX
                ),
                "page, through nginx": Case(through, all_servers, headers=BROWSER),
                f"{len(PAGES)} pages in turn, through nginx": Case(
                    through, all_servers, PAGES, BROWSER
                ),
            }
            for name, case in cases.items():
                found = {name: [], f"{name}, while somebody publishes": []}
                quiet, busy = found.values()
                for _round in range(self.rounds):
                    case.measure(self.warm_up)
                    quiet.append(case.measure(self.seconds))
                    with publisher.once_a_second():
                        busy.append(case.measure(self.seconds))
                rates = _table("One publishing a second", found, "rate")
                self._target(
                    f"{name}: 0.5 of the rate while somebody publishes each second",
                    f"{rates[1]:.2f}",
                    rates[1] >= 0.5,
                )

    def stale_answers(self):
        """Two machines of one process each, asked right after each publishing."""
        with ExitStack() as stack:
            sites = [
                stack.enter_context(self.another_site(name, WEB_CONCURRENCY="1"))
                for name in ("one", "two")
            ]
            publisher = stack.enter_context(Publisher(self.deployment))
            stale, stale_of_nginx = 0, 0
            for number in range(PUBLISHED):
                words = f"Words number {number} of {PUBLISHED}."
                publisher.publish(words)
                stale_of_nginx += words not in self.deployment.proxy.ask(MILAN).text
                for site in sites:
                    stale += words not in site.ask(MILAN).text
                    assert words in site.ask(MILAN).text
        print(
            f"\nAfter {PUBLISHED} publishings, of the first answers of 2 processes "
            f"{stale} were stale. {stale_of_nginx} of nginx were, which hears of what "
            "is changed without a request with the next one, or after a second."
        )
        self._target("stale answers of 2 processes: 0", f"{stale}", stale == 0)

    def many_requests(self):
        """As configured, with workers that are replaced; and without, to see whether
        they grow."""
        proxy = self.deployment.proxy
        through = f"https://127.0.0.1:{proxy.ports['443']}"
        with self.another_site("open") as site:
            of_site = Case(site.address, [site], PAGES, FROM_NGINX)
            errors = _errors_of_many(of_site)
        of_nginx = _errors_of_many(Case(through, [proxy], PAGES, BROWSER))
        with self.another_site("open", "--max-requests", "0") as site:
            case = Case(site.address, [site], PAGES, FROM_NGINX)
            _errors_of_many(case, MANY // 10)  # until everything has been made once
            workers = site.workers()
            before = {pid: memory(pid)[0] for pid in workers}
            _errors_of_many(case)
            assert site.workers() == workers
            growth = max(memory(pid)[0] - before[pid] for pid in workers)
            peak = max(memory(pid)[1] for pid in workers)
        print(
            f"\nOf {MANY:,} requests each, {errors} failed at the application server "
            f"and {of_nginx} through nginx. A worker grew by at most {growth:.1f} MB "
            f"over them and had at most {peak:.0f} MB."
        )
        self._target(
            f"no error in {MANY:,} requests",
            f"{errors}; through nginx {of_nginx}",
            errors == of_nginx == 0,
        )
        self._target(
            f"a worker grows < 10 MB over {MANY:,} requests",
            f"{growth:.1f} MB",
            growth < 10,
        )
        self._target("a worker has < 200 MB", f"{peak:.0f} MB", peak < 200)

    def slow_clients(self):
        """Half-sent requests from addresses that do not have too many of them."""
        proxy = self.deployment.proxy
        address = f"https://127.0.0.1:{proxy.ports['443']}"
        cases = {
            "page": Case(address, [proxy], headers=BROWSER),
            "page that nobody keeps": Case(
                address, [proxy, self.deployment.site], ["/admin/login/"], BROWSER
            ),
        }
        for name, case in cases.items():
            case.measure(self.warm_up)
            found = {name: [], f"{name}, beside {SLOW_CLIENTS} slow clients": []}
            without, beside = found.values()
            for _round in range(self.rounds):
                without.append(case.measure(self.seconds))
                with half_sent_requests(proxy, SLOW_CLIENTS):
                    beside.append(case.measure(self.seconds))
            _table("Half-sent requests", found, "p50")

    def _target_of_longest(self, server, page):
        times = page.p99 / page.p50
        self._target(f"{server}: p99 ≤ 5 × p50", f"{times:.1f} ×", times <= 5)

    def _target(self, target, measured, is_met):
        self.targets.append((target, measured, "yes" if is_met else "no"))

    def print_targets(self):
        print("\n## Beside the targets\n\n| target | measured | met |\n|---|--:|---|")
        for row in self.targets:
            print("|", " | ".join(row), "|")


def _errors_of_many(case, many=MANY):
    done = errors = 0
    while done < many:
        figures = case.measure(5)
        done += figures.requests
        errors += figures.errors
    return errors


@contextmanager
def half_sent_requests(proxy, number):
    """So many connections that send a part of a head, or of a form, and then wait."""
    start = "{} /en/ HTTP/1.1\r\nHost: {}\r\n"
    parts = [
        start.format("GET", HOST),
        start.format("POST", HOST) + "Content-Length: 1000\r\n\r\nhalf=",
    ]
    with ExitStack() as stack:
        for client in range(number):
            plain = socket.create_connection(
                ("127.0.0.1", proxy.ports["443"]),
                source_address=(f"127.0.0.{2 + client // 25}", 0),
            )
            stack.enter_context(plain)
            encrypted = proxy.trusting.wrap_socket(plain, server_hostname=HOST)
            stack.enter_context(encrypted)
            encrypted.sendall(parts[client % 2].encode())
        yield


@contextmanager
def _with_file(deployment, page):
    """nginx, configured as for the site, with a copy of a page as a file."""
    own = {"Server", "Date", "Content-Type", "Content-Length", "Connection"}
    own |= {"ETag", "Last-Modified", "X-Request-ID"}
    headers = "".join(
        f'add_header {name} "{value}";\n'
        for name, value in page.headers.items()
        if name not in own
    )
    folder = deployment.folder / "files"
    location = (
        f"location = {AS_FILE} {{ root {folder}; gzip off; {headers}"
        f' default_type "{page.headers["Content-Type"]}"; types {{}}'
        " add_header X-Request-ID $request_id always; }\n location / {"
    )
    nginx = nginx_for_wrk(deployment, folder, {r"location / \{": location})
    (folder / AS_FILE.strip("/")).write_bytes(page.content)
    with nginx:
        yield nginx


def nginx_for_wrk(deployment, folder, changed=None):
    """nginx that also answers by its address: wrk sends that as the name."""
    upstream = f"unix:{deployment.site.socket}"
    always = {
        f"server_name {re.escape(HOST)};": f"server_name {HOST} 127.0.0.1;",
        **{f"{folder}/{name}": f"{deployment.folder}/{name}" for name in SHARED},
    }
    return Nginx(folder, upstream, {**always, **(changed or {})})


def _table(title, found, compared):
    """Prints the medians; returns what each is of the first."""
    word = {
        "cost": "of the first",
        "rate": "rate of the first",
        "p50": "p50 of the first",
    }
    heads = ["CPU ms a request", "requests a second", "p50 ms", "p99 ms"]
    print(f"\n| {title} |", " | ".join([*heads, word[compared]]), "|")
    print("|---|" + "--:|" * 5)
    rows = {name: medians(rounds) for name, rounds in found.items()}
    first = getattr(next(iter(rows.values())), compared)
    parts = [getattr(row, compared) / first for row in rows.values()]
    for (name, row), part in zip(rows.items(), parts, strict=True):
        if failed := sum(figures.errors for figures in found[name]):
            name += f" ({failed} failed)"
        cells = [f"{row.cost:.3f}", f"{row.rate:,.0f}", f"{row.p50:.2f}"]
        print(f"| {name} |", " | ".join([*cells, f"{row.p99:.2f}", f"{part:.2f}"]), "|")
    return parts


@contextmanager
def deployed(**variables):
    with tempfile.TemporaryDirectory(prefix="osaka-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        if os.environ.get("DATABASE") == "sqlite":
            variables["DATABASE_URL"] = f"sqlite:///{folder}/lib/db.sqlite3"
        variables["WEB_CONCURRENCY"] = str(2 * os.cpu_count())  # as if nothing was said
        deployment = Deployment(folder, **variables)
        deployment.proxy = nginx_for_wrk(deployment, folder / "nginx")
        with deployment:
            load = f"from tests.benchmarks.made_up import load; load({EXCHANGES})"
            deployment.manage("shell", "--verbosity=0", "-c", load)
            yield deployment


def main(parts):
    with deployed() as deployment:
        bench = Bench(deployment)
        is_sqlite = deployment.environment["DATABASE_URL"].startswith("sqlite")
        print(
            f"{'SQLite' if is_sqlite else 'PostgreSQL'}, {os.cpu_count()} cores,",
            date.today(),
        )
        for part in parts:
            getattr(bench, part)()
        bench.print_targets()


PARTS = [
    "application_server",
    "nginx",
    "publishing",
    "stale_answers",
    "many_requests",
    "slow_clients",
]

if __name__ == "__main__":
    main(sys.argv[1:] or PARTS)
