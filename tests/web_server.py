"""A web server of its own for tests, with every kind of failure a page can have."""

import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

CERTIFICATE = Path(__file__).with_name("self_signed.pem")  # nobody vouches for it


class Handler(BaseHTTPRequestHandler):
    """``/200`` answers with 200, ``/403/200`` so to GET and with 403 to HEAD,
    ``/301?/200`` leads to ``/200``; the others say what they do."""

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        self.answer()

    def answer(self):
        self.server.asked.append((self.command, self.path))
        self.server.last_headers = dict(self.headers)
        what, _mark, location = self.path.partition("?")
        codes = what.strip("/").split("/")
        match codes[0]:
            case "loop":
                self.send_response(302)
                self.send_header("Location", self.path)
                self.end_headers()
            case "silence":
                self.server.is_over.wait(5)
            case "drip":
                self.wfile.write(b"HTTP/1.0 200 OK\r\nX-Drip: ")
                while not self.server.is_over.wait(0.02):
                    self.wfile.write(b".")
            case "nothing":
                pass
            case "nonsense":
                self.wfile.write(b"220 mail.example.org\r\n\r\n")
            case "endless":
                with_header = b"HTTP/1.0 200 OK\r\nX-Long: " + b"x" * 100_000
                self.wfile.write(with_header)
            case _:
                is_get = self.command == "GET"
                self.send_response(int(codes[-1] if is_get else codes[0]))
                if location:
                    self.send_header("Location", unquote(location))
                self.end_headers()

    def handle_one_request(self):
        # Whoever asked may have gone in the middle of an answer.
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def log_message(self, *args):
        pass


@contextmanager
def web_server(*, is_encrypted=False):
    """``server.asked`` holds what it was asked for, ``server.address`` where it is."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.asked, server.is_over, server.last_headers = [], threading.Event(), {}
    server.handle_error = lambda *args: None
    scheme = "http"
    if is_encrypted:
        scheme = "https"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.place = ("127.0.0.1", server.server_port)
    server.address = f"{scheme}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.is_over.set()
        server.shutdown()
        thread.join()
        server.server_close()
