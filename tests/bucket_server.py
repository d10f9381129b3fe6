"""A server for tests that keeps files as S3 does, in memory, for every key."""

import hashlib
import threading
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

BUCKET = "osaka"
KEY, SECRET = "a-key", "a secret/word"
PAGE = 3  # names in one answer of a list, so that tests ask more than once


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        data = self.rfile.read(int(self.headers["Content-Length"]))
        bucket, key = self.address()
        if bucket != BUCKET:
            self.refuse(404, "NoSuchBucket")
        elif self.headers["If-None-Match"] == "*" and key in self.server.files:
            self.refuse(412, "PreconditionFailed")
        else:
            kind = self.headers["Content-Type"]
            self.server.files[key] = (data, kind, formatdate(usegmt=True))
            self.send(200, headers={"ETag": etag_of(data)})

    def do_GET(self):
        bucket, key = self.address()
        if bucket != BUCKET:
            self.refuse(404, "NoSuchBucket")
        elif not key:
            self.list()
        elif len(key.encode()) > 1024:
            self.refuse(400, "KeyTooLongError")
        elif key not in self.server.files:
            self.refuse(404, "NoSuchKey")
        else:
            data, kind, changed_at = self.server.files[key]
            self.send(
                200,
                data,
                {
                    "ETag": etag_of(data),
                    "Content-Type": kind,
                    "Last-Modified": changed_at,
                },
            )

    def do_HEAD(self):
        self.do_GET()

    def do_DELETE(self):
        _bucket, key = self.address()
        self.server.files.pop(key, None)
        self.send(204)

    def list(self):
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        prefix, after = (query.get(name, [""])[0] for name in ("prefix", "marker"))
        found = {}  # name: whether it is a folder
        for key in sorted(self.server.files):
            if key.startswith(prefix):
                folder, slash, _rest = key.removeprefix(prefix).partition("/")
                found[prefix + folder + slash if slash else key] = bool(slash)
        left = [name for name in found if name > after]
        shown = left[:PAGE]
        body = "".join(
            f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>"
            if found[name]
            else f"<Contents><Key>{escape(name)}</Key><Size>1</Size></Contents>"
            for name in shown
        )
        is_cut = "true" if shown != left else "false"
        following = f"<NextMarker>{escape(shown[-1])}</NextMarker>" if shown else ""
        self.send(
            200,
            (
                "<?xml version='1.0' encoding='UTF-8'?><ListBucketResult>"
                f"<IsTruncated>{is_cut}</IsTruncated>{following}{body}"
                "</ListBucketResult>"
            ).encode(),
            {"Content-Type": "application/xml"},
        )

    def parse_request(self):
        is_read = super().parse_request()
        if is_read and "Authorization" not in self.headers and not self.server.is_open:
            self.refuse(403, "AccessDenied")
            return False
        return is_read

    def address(self):
        self.server.asked.append((self.command, unquote(self.path)))
        path = unquote(urlsplit(self.path).path)
        bucket, _slash, key = path.removeprefix("/").partition("/")
        return bucket, key

    def refuse(self, status, code):
        body = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
        self.send(status, body.encode(), {"Content-Type": "application/xml"})

    def send(self, status, body=b"", headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args):
        pass


def etag_of(data):
    return f'"{hashlib.md5(data).hexdigest()}"'


@contextmanager
def bucket_server():
    """``server.files`` are what it keeps, ``server.url`` is for ``MEDIA_STORAGE``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.files, server.asked, server.is_open = {}, [], False
    host = f"127.0.0.1:{server.server_port}"
    server.url = f"s3+http://{KEY}:{SECRET.replace('/', '%2F')}@{host}/{BUCKET}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
