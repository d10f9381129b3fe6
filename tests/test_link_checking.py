"""Against a server of our own with every kind of failure; nothing else is asked."""

import socket
import threading
import time

import pytest

from osaka_site.link_checking import (
    Checker,
    Pace,
    Result,
    State,
    check_all,
    is_public,
)

from .web_server import web_server

pytestmark = pytest.mark.one_database

AGENT = "OsakaNetworkLinkCheck/1.0 (+https://network.example.org/)"


class NoPace:
    def wait_for(self, host):
        pass


@pytest.fixture(scope="module")
def server():
    with web_server() as server:
        yield server


@pytest.fixture
def asked(server):
    """What the server is asked for in this test."""
    server.asked.clear()
    return server.asked


def checker(server=None, **options):
    allowed = {server.place} if server else ()
    options = {"pace": NoPace(), "allowed": allowed, **options}
    return Checker(user_agent=AGENT, **options)


def check(server, path, **options):
    return checker(server, **options).check(server.address + path)


# ---- what an answer means --------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "state", "methods"),
    [
        ("/200", State.OK, ["HEAD"]),
        ("/204", State.OK, ["HEAD"]),
        ("/403/200", State.OK, ["HEAD", "GET"]),
        ("/404/200", State.OK, ["HEAD", "GET"]),
        ("/405/200", State.OK, ["HEAD", "GET"]),
        ("/501/200", State.OK, ["HEAD", "GET"]),
        ("/503/200", State.OK, ["HEAD", "GET"]),
        ("/404", State.GONE, ["HEAD", "GET"]),
        ("/410", State.GONE, ["HEAD"]),
        ("/401", State.REFUSES, ["HEAD"]),
        ("/403", State.REFUSES, ["HEAD", "GET"]),
        ("/429", State.REFUSES, ["HEAD"]),
        ("/999", State.REFUSES, ["HEAD"]),
        ("/500", State.OTHER, ["HEAD", "GET"]),
        ("/400", State.OTHER, ["HEAD", "GET"]),
        ("/304", State.OTHER, ["HEAD"]),
    ],
)
def test_answer_is_understood(server, asked, path, state, methods):
    status = int(path.rpartition("/")[2])

    result = check(server, path)

    assert result == Result(server.address + path, state, status)
    assert asked == [(method, path) for method in methods]


@pytest.mark.parametrize("path", ["/nothing", "/nonsense", "/endless"])
def test_what_is_no_answer_is_asked_for_once_more(server, asked, path):
    result = check(server, path)

    assert result == Result(server.address + path, State.OTHER)
    assert asked == [("HEAD", path), ("GET", path)]


@pytest.mark.parametrize("path", ["/silence", "/drip"])
def test_answer_that_does_not_come_is_not_waited_for(server, path):
    begun = time.monotonic()

    result = check(server, path, answer_seconds=0.1)

    assert result == Result(server.address + path, State.TIMEOUT)
    assert time.monotonic() - begun < 2


def test_server_that_is_not_there_is_told():
    with web_server() as server:
        pass

    assert check(server, "/200") == Result(f"{server.address}/200", State.OTHER)


def test_certificate_that_nobody_vouches_for_is_told():
    with web_server(is_encrypted=True) as server:
        result = check(server, "/200")

    assert result == Result(f"{server.address}/200", State.CERTIFICATE)
    assert server.asked == []


def test_we_say_who_asks(server, asked):
    check(server, "/200")

    assert server.last_headers["User-Agent"] == AGENT
    assert server.last_headers["Host"] == f"127.0.0.1:{server.server_port}"


# ---- redirects -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "state", "status", "moved_to", "leads_to"),
    [
        ("/301?/200", State.MOVED, 200, "/200", "/200"),
        ("/308?/200", State.MOVED, 200, "/200", "/200"),
        ("/302?/200", State.OK, 200, "", "/200"),
        ("/303?/200", State.OK, 200, "", "/200"),
        ("/307?/200", State.OK, 200, "", "/200"),
        ("/301?/302%3f/200", State.MOVED, 200, "/302?/200", "/200"),
        ("/302?/301%3f/200", State.OK, 200, "", "/200"),
        ("/301?/404", State.GONE, 404, "", "/404"),
        ("/301?/403", State.REFUSES, 403, "", "/403"),
        ("/301?", State.OTHER, 301, "", ""),
        ("/301#part?/200", State.OTHER, 301, "", ""),
        ("/301?/200#part", State.MOVED, 200, "/200#part", "/200#part"),
        ("/301?/200%23new", State.MOVED, 200, "/200#new", "/200#new"),
    ],
)
def test_redirect_is_followed_and_a_permanent_one_noted(
    server, path, state, status, moved_to, leads_to
):
    def whole(path):
        return path and server.address + path

    result = check(server, path)

    assert result == Result(
        whole(path), state, status, whole(leads_to), whole(moved_to)
    )


def test_redirects_without_end_are_left(server, asked):
    result = check(server, "/loop")

    assert (result.state, result.http_status) == (State.OTHER, 302)
    assert asked == [("HEAD", "/loop")] * 9


# ---- where no request goes -------------------------------------------------------

INSIDE = [
    "http://127.0.0.1/",
    "http://127.0.0.1:{inside}/200",
    "http://localhost:{inside}/200",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]:{inside}/200",
    "http://[::ffff:127.0.0.1]:{inside}/200",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::127.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://0x7f000001:{inside}/200",
    "http://2130706433:{inside}/200",
    "http://0177.0.0.1:{inside}/200",
    "http://127.1:{inside}/200",
    "http://１２７.0.0.1:{inside}/200",
    "http://0.0.0.0:{inside}/200",
    "http://10.0.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://8.8.8.8:22/",
    "http://8.8.8.8:8080/",
    "https://user:password@8.8.8.8/",
    "https://user@8.8.8.8/",
    "file:///etc/passwd",
    "ftp://8.8.8.8/",
    "gopher://8.8.8.8/",
    "javascript:alert(1)",
]


@pytest.fixture(scope="module")
def inside():
    """A server that nobody allowed to be asked."""
    with web_server() as server:
        yield server
        assert server.asked == []


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_public_is_not_asked(inside, address):
    address = address.format(inside=inside.server_port)

    assert checker().check(address) == Result(address, State.PRIVATE)


@pytest.mark.parametrize("code", [301, 302])
@pytest.mark.parametrize("address", INSIDE)
def test_redirect_to_what_is_not_public_is_not_followed(
    server, inside, asked, address, code
):
    address = address.format(inside=inside.server_port)
    # As a browser would write it: in a header, an address is ASCII.
    path = f"/{code}?" + address.replace("１２７", "127")

    result = check(server, path)

    assert result == Result(
        server.address + path, State.PRIVATE, None, path.partition("?")[2]
    )
    assert asked == [("HEAD", path)]


def _name_with(*numbers):
    return lambda host, port: list(numbers)


@pytest.mark.parametrize(
    "numbers",
    [
        ["127.0.0.1"],
        ["93.184.215.14", "127.0.0.1"],
        ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "fd00::1"],
        ["::ffff:10.0.0.1"],
        [],
    ],
)
def test_name_is_not_asked_if_one_of_its_addresses_is_not_public(numbers):
    result = checker(look_up=_name_with(*numbers)).check("http://example.org/")

    assert result == Result("http://example.org/", State.PRIVATE)


def test_name_is_looked_up_once_and_asked_there(server, asked):
    """So that it cannot have another address when it is asked."""
    answers = iter([["127.0.0.1"]])

    result = checker(server, look_up=lambda host, port: next(answers)).check(
        f"http://example.org:{server.server_port}/403/200"
    )

    assert result.state == State.OK
    assert [method for method, _path in asked] == ["HEAD", "GET"]
    assert server.last_headers["Host"] == f"example.org:{server.server_port}"


def test_name_is_looked_up_again_at_each_redirect(server, asked):
    """A name that was public at first may lead inside the second time."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    address = f"http://example.org:{server.server_port}"

    result = checker(server, look_up=lambda host, port: next(answers)).check(
        f"{address}/302?/200"
    )

    assert result == Result(
        f"{address}/302?/200", State.PRIVATE, None, f"{address}/200"
    )
    assert asked == [("HEAD", "/302?/200")]


def test_next_address_of_a_name_is_tried(server):
    with web_server() as other:
        pass
    numbers = ["127.0.0.2", "127.0.0.1"]  # nobody listens at the first
    allowed = {("127.0.0.2", server.server_port), server.place}

    result = checker(allowed=allowed, look_up=_name_with(*numbers)).check(
        f"http://example.org:{server.server_port}/200"
    )

    assert other
    assert result.state == State.OK


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("64:ff9b::808:808", True),
        ("64:ff9b::a00:1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:a00:1::", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("fe80::1%lo", False),
        ("2001:db8::1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("198.18.0.1", False),
    ],
)
def test_public_numbers_are_told_from_others(number, expected):
    assert is_public(number) is expected


# ---- what nobody can look up -----------------------------------------------------


def _fails_with(error):
    def fails(host, port):
        raise error

    return fails


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), State.NO_HOST),
        (socket.gaierror(socket.EAI_AGAIN, "try again"), State.OTHER),
        (UnicodeError("label too long"), State.NO_HOST),
    ],
)
def test_name_that_is_not_found_is_told(error, state):
    result = checker(look_up=_fails_with(error)).check("https://nowhere.example/")

    assert result == Result("https://nowhere.example/", state)


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("", State.PRIVATE),
        ("https://", State.OTHER),
        ("https:///path", State.OTHER),
        ("http://[::1", State.OTHER),
        ("http://a:b/", State.OTHER),
        ("http://a:99999999/", State.OTHER),
        ("http://a\0b/", State.NO_HOST),
        ("http://\udcff/", State.OTHER),
        ("http://" + "a" * 300 + "/", State.OTHER),
        ("http://" + "大" * 100 + "/", State.OTHER),
    ],
)
def test_what_is_no_address_is_told(address, state):
    assert checker().check(address) == Result(address, state)


@pytest.mark.parametrize("location", ["http://[::1", "http://a:b/", "/" + "x" * 2000])
def test_redirect_to_what_is_no_address_is_told(server, location):
    result = check(server, f"/302?{location}")

    assert (result.state, result.http_status) == (State.OTHER, None)


# ---- politeness ------------------------------------------------------------------


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self):
        self.now, self.waited = 100.0, []

    def read(self):
        return self.now

    def sleep(self, seconds):
        self.waited.append(seconds)
        self.now += seconds


def test_a_host_is_asked_once_a_second():
    clock = Clock()
    pace = Pace(clock=clock.read, sleep=clock.sleep)

    for host in ["a", "a", "b", "a"]:
        pace.wait_for(host)
    clock.now += 10
    pace.wait_for("a")

    assert clock.waited == [1.0, 1.0]


def test_every_request_waits_its_turn(server, asked):
    clock = Clock()
    pace = Pace(clock=clock.read, sleep=clock.sleep)
    addresses = [f"{server.address}/{path}" for path in ("200", "403", "302?/200")]

    results = check_all(addresses, checker(server, pace=pace))

    assert {result.state for result in results} == {State.OK, State.REFUSES}
    assert len(asked) == 5
    assert clock.waited == [1.0] * 4


def test_hosts_are_asked_side_by_side(server):
    """Each waits for the other: one after the other, neither would be answered."""
    both = threading.Barrier(2, timeout=5)

    def look_up(host, port):
        both.wait()
        return ["127.0.0.1"]

    addresses = [f"http://{host}:{server.server_port}/200" for host in "ab"]

    results = check_all(addresses, checker(server, look_up=look_up))

    assert {result.state for result in results} == {State.OK}


def test_nothing_is_begun_after_the_end(server, asked):
    addresses = [f"{server.address}/200"]

    results = list(check_all(addresses, checker(server), until=time.monotonic()))

    assert results == asked == []


def test_who_stops_listening_stops_the_asking(server, asked):
    addresses = [f"{server.address}/200?{number}" for number in range(50)]
    results = check_all(addresses, checker(server))

    first = next(results)
    results.close()

    assert first.address == addresses[0]
    assert len(asked) < 50
