"""Somebody with a browser of few abilities: cookies, links and forms."""

from urllib.parse import urlencode

from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.forms import form_data

from .servers import HOST, Answer


class Visitor:
    """Asks one server; logged in, if given the key of a session."""

    def __init__(self, server, session=None):
        self.server = server
        self.cookies = {"sessionid": session} if session else {}

    def get(self, path, **headers):
        return self._ask(path, "GET", headers)

    def post(self, path, data, **headers):
        """Sends a form, whose values may be lists or files; the token against forged
        forms is that of the cookie, so a page with a form must have been read before.
        """
        data = {"csrfmiddlewaretoken": self.cookies.get("csrftoken", ""), **data}
        if any(hasattr(value, "read") for value in data.values()):
            kind, body = MULTIPART_CONTENT, encode_multipart(BOUNDARY, data)
        else:
            kind = "application/x-www-form-urlencoded"
            body = urlencode(data, doseq=True).encode()
        headers = {"Content-Type": kind, "Referer": f"https://{HOST}/", **headers}
        return self._ask(path, "POST", headers, body)

    def upload(self, path, data):
        """The same for a form with files among its values."""
        headers = {"Content-Type": MULTIPART_CONTENT, "Referer": f"https://{HOST}/"}
        body = encode_multipart(BOUNDARY, data)
        return self._ask(path, "POST", headers, body)

    def _ask(self, path, method, headers, body=None) -> Answer:
        if self.cookies:
            pairs = (f"{name}={value}" for name, value in self.cookies.items())
            headers = {"Cookie": "; ".join(pairs), **headers}
        answer = self.server.ask(path, method, headers, body)
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer


class Staff(Visitor):
    """Somebody who is logged in; ``record`` is its address in the admin."""

    def save(self, record, **typed):
        """Sends the record's form with something ``typed`` into it."""
        address = f"{record}change/"
        return self.post(address, form_data(self.get(address), **typed))

    def step(self, record, name, **words):
        """``approve``, ``archive`` and the other steps of the page for review."""
        address = f"{record}review/"
        self.get(address)
        return self.post(address, {"step": name, **words})
