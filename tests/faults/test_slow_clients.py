"""Many who send half a request and then nothing: nginx lets them wait."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from time import monotonic

HALF = 80
HALF_BODIES = 25  # each counts among the connections that one address may hold


def test_half_sent_requests_keep_nobody_waiting(deployment):
    host = b"Host: network.example.org\r\n"
    head = b"GET /en/ HTTP/1.1\r\n" + host + b"X-Slow: "
    body = b"POST /en/ HTTP/1.1\r\n" + host + b"Content-Length: 9999\r\n\r\nhalf"

    def send(half):
        slow = deployment.proxy.connect()
        slow.sock.sendall(half)
        return slow

    with ExitStack() as stack, ThreadPoolExecutor(8) as threads:
        halves = [head] * HALF + [body] * HALF_BODIES
        for slow in threads.map(send, halves):
            stack.enter_context(closing(slow))
        begun = monotonic()
        paths = ["/en/", "/ja/partners/milan/", "/admin/login/"] * 4
        answers = [deployment.proxy.ask(path).status for path in paths]
        took = monotonic() - begun

    assert answers == [200] * 12
    assert took < 5  # eight of them in Django's threads, and nobody would be answered
