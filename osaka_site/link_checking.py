"""Asks the pages we link to whether they are still there, and is polite about it.

The addresses come from whoever writes records, and the server that asks may reach
machines that the writer cannot. So a name is looked up here, all its addresses must
be of the public internet, and the connection goes to one of exactly these; every
redirect begins again from the start.
"""

import http.client
import io
import queue
import socket
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address, ip_network
from urllib.parse import urljoin, urlsplit

from django.db.models import TextChoices
from django.utils.encoding import iri_to_uri, punycode
from django.utils.translation import gettext_lazy as _

PAGE_SECONDS = 40  # for one page with its redirects
MOST_REDIRECTS = 8
MOST_NUMBERS = 4  # of the addresses of one host
LONGEST_ADDRESS = 1000  # bytes; more is no address that somebody would follow
MOST_HOSTS_AT_ONCE = 8

PORTS = {"http": 80, "https": 443}
PERMANENT = {301, 308}
REDIRECTS = {*PERMANENT, 302, 303, 307}
IS_GONE = {404, 410}
# A password, a block, a limit, a legal reason; and 999, which LinkedIn made up.
REFUSES = {401, 403, 407, 418, 429, 451, 999}
# What servers say that know no HEAD, or treat it as they treat robots.
ASK_WITH_GET = {400, 403, 404, 405, 406, 500, 501, 502, 503, 504}

GLOBAL_UNICAST = ip_network("2000::/3")
NAT64 = ip_network("64:ff9b::/96")


class State(TextChoices):
    UNCHECKED = "unchecked", _("Not checked yet")
    OK = "ok", _("Works")
    MOVED = "moved", _("Moved")
    GONE = "gone", _("Gone")
    REFUSES = "refuses", _("Refuses robots")
    CERTIFICATE = "certificate", _("Certificate not valid")
    NO_HOST = "no_host", _("Site not found")
    TIMEOUT = "timeout", _("No answer in time")
    PRIVATE = "private", _("Not a public address")
    OTHER = "other", _("Does not work")


@dataclass(frozen=True)
class Result:
    address: str
    state: State
    http_status: int | None = None  # of the last answer, if there was one
    leads_to: str = ""  # where redirects end
    moved_to: str = ""  # where permanent ones lead

    @property
    def is_answer(self):
        """Whether the host said anything."""
        return self.http_status is not None or self.state == State.CERTIFICATE


@dataclass(frozen=True)
class Target:
    """Where a request goes: the name for the server, the numbers for the socket."""

    scheme: str
    host: str
    port: int
    path: str
    numbers: list[str]


class NotAskedError(Exception):
    """There is no answer, and the ``state`` says why."""

    def __init__(self, state):
        self.state = state


def look_up(host, port):
    """The IP addresses of a host; ``0x7f000001`` and the like are read as well."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(info[4][0] for info in found))


def is_public(number):
    """Whether an IP address is on the public internet, also one inside another."""
    number = ip_address(number)
    if number.version == 6:
        inner = number.ipv4_mapped or number.sixtofour
        if number in NAT64:
            inner = IPv4Address(int(number) & 0xFFFFFFFF)
        if inner:
            return is_public(inner)
        if number not in GLOBAL_UNICAST:
            return False
    return number.is_global and not number.is_multicast


class Pace:
    """Lets at most one request a second go to each host."""

    def __init__(self, seconds=1.0, clock=time.monotonic, sleep=time.sleep):
        self.seconds, self.clock, self.sleep = seconds, clock, sleep
        self._free_at = {}
        self._lock = threading.Lock()

    def wait_for(self, host):
        with self._lock:
            now = self.clock()
            turn = max(now, self._free_at.get(host, now))
            self._free_at[host] = turn + self.seconds
        if turn > now:
            self.sleep(turn - now)


@dataclass(frozen=True)
class Checker:
    """``allowed`` holds pairs of IP address and port that are asked although they
    are not public: for tests, which have their server on this machine."""

    user_agent: str
    allowed: Collection[tuple[str, int]] = ()
    look_up: Callable[[str, int], list[str]] = look_up
    pace: Pace = field(default_factory=Pace)
    answer_seconds: float = 10  # for one request, however slowly its answer drips in

    def check(self, address) -> Result:
        until = time.monotonic() + PAGE_SECONDS
        here, moved_to, is_permanent, status = address, "", True, None
        try:
            for _step in range(MOST_REDIRECTS + 1):
                status, location = self._ask(here, until)
                if status not in REDIRECTS or not location:
                    break
                here = _joined(here, location)
                is_permanent = is_permanent and status in PERMANENT
                if is_permanent:
                    moved_to = here
            state = _state_of(status, moved_to)
        except NotAskedError as error:
            state, status = error.state, None
        return Result(
            address,
            state,
            status,
            here if here != address else "",
            moved_to if state == State.MOVED else "",
        )

    def _ask(self, address, until):
        """Status and redirect of the page: by HEAD, and where that fails by GET."""
        target = self._target_of(address)
        for method in ("HEAD", "GET"):
            self.pace.wait_for(target.host)
            try:
                answer = self._request(method, target, until)
            except ssl.SSLCertVerificationError:
                raise NotAskedError(State.CERTIFICATE) from None
            except TimeoutError:
                state = State.TIMEOUT
            except (OSError, http.client.HTTPException, ValueError):
                state = State.OTHER
            else:
                if answer[0] not in ASK_WITH_GET or method == "GET":
                    return answer
        raise NotAskedError(state)

    def _target_of(self, address):
        try:
            parts = urlsplit(address)
            host = punycode(parts.hostname or "")
            port = parts.port or PORTS.get(parts.scheme)
            query = f"?{parts.query}" if parts.query else ""
            path = iri_to_uri((parts.path or "/") + query)
        except ValueError:
            raise NotAskedError(State.OTHER) from None
        if parts.scheme not in PORTS or "@" in parts.netloc:
            raise NotAskedError(State.PRIVATE)
        if not host:
            raise NotAskedError(State.OTHER)
        try:
            numbers = self.look_up(host, port)
        except socket.gaierror as error:
            later = error.errno == socket.EAI_AGAIN
            raise NotAskedError(State.OTHER if later else State.NO_HOST) from None
        except (OSError, ValueError):  # no name that a host could have
            raise NotAskedError(State.NO_HOST) from None
        if not numbers or not all(self._may_ask(number, port) for number in numbers):
            raise NotAskedError(State.PRIVATE)
        return Target(parts.scheme, host, port, path, numbers)

    def _may_ask(self, number, port):
        is_usual = port in PORTS.values() and is_public(number)
        return is_usual or (number, port) in self.allowed

    def _request(self, method, target, until):
        """The answer's head; what follows it is never read."""
        until = min(until, time.monotonic() + self.answer_seconds)
        connection = _Connection(target, until)
        try:
            connection.request(
                method,
                target.path,
                headers={"User-Agent": self.user_agent, "Accept": "*/*"},
            )
            response = connection.getresponse()
            location = response.getheader("Location", "")
            return response.status, location.encode("latin-1").decode(errors="replace")
        finally:
            connection.close()


def check_all(
    addresses: Iterable[str], checker: Checker, until: float = float("inf")
) -> Iterator[Result]:
    """The result for each address as it comes, at most until ``time.monotonic()`` is
    ``until``. Hosts are asked side by side, the pages of one one after the other."""
    by_host = defaultdict(list)
    for address in addresses:
        by_host[host_of(address)].append(address)
    results = queue.SimpleQueue()
    stop = threading.Event()

    def check_host(addresses):
        try:
            for address in addresses:
                if stop.is_set() or time.monotonic() >= until:
                    break
                results.put(checker.check(address))
        finally:
            results.put(None)

    with ThreadPoolExecutor(MOST_HOSTS_AT_ONCE) as pool:
        jobs = [pool.submit(check_host, pages) for pages in by_host.values()]
        try:
            for _job in jobs:
                yield from iter(results.get, None)
        finally:
            stop.set()
    for job in jobs:
        job.result()


def host_of(address):
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _state_of(status, moved_to):
    if status in IS_GONE:
        return State.GONE
    if status in REFUSES:
        return State.REFUSES
    if not 200 <= status < 300:
        return State.OTHER
    return State.MOVED if moved_to else State.OK


def _joined(here, location):
    """Where a redirect leads; a browser takes the place within the page along."""
    try:
        there = urljoin(here, location)
        fragment = urlsplit(here).fragment
        if fragment and not urlsplit(there).fragment:
            there = f"{there.removesuffix('#')}#{fragment}"
        is_usable = len(there.encode()) <= LONGEST_ADDRESS
    except ValueError:
        is_usable = False
    if not is_usable:
        raise NotAskedError(State.OTHER)
    return there


class _Connection(http.client.HTTPConnection):
    """Goes to the addresses that were looked up, and is over at a set moment."""

    def __init__(self, target, until):
        super().__init__(target.host, target.port)
        self.default_port = PORTS[target.scheme]
        self.target, self.until = target, until

    def connect(self):
        """To the first number that answers; none may use up the time of the others."""
        numbers = self.target.numbers[:MOST_NUMBERS]
        for count, number in zip(range(len(numbers), 0, -1), numbers, strict=True):
            left = max(self.until - time.monotonic(), 0.001)
            try:
                self.sock = self._socket(number, left / count)
                return
            except OSError as error:
                trouble = error
        raise trouble

    def _socket(self, number, seconds):
        opened = socket.create_connection((number, self.port), timeout=seconds)
        try:
            if self.target.scheme == "https":
                context = ssl.create_default_context()
                opened = context.wrap_socket(opened, server_hostname=self.host)
        except BaseException:
            opened.close()
            raise
        return _BoundedSocket(opened, self.until)


class _BoundedSocket:
    """As much of a socket as ``http.client`` needs."""

    def __init__(self, opened, until):
        self.opened, self.until = opened, until

    def sendall(self, data):
        self.opened.sendall(data)

    def makefile(self, mode):
        return io.BufferedReader(_BoundedReader(self.opened, self.until))

    def close(self):
        self.opened.close()


class _BoundedReader(io.RawIOBase):
    """A server that sends a byte now and then does not keep us."""

    def __init__(self, opened, until):
        self.opened, self.until = opened, until

    def readable(self):
        return True

    def readinto(self, buffer):
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.opened.settimeout(left)
        return self.opened.recv_into(buffer)
