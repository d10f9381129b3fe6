"""A mail server that takes everything and delivers nothing."""

from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread


class Handler(StreamRequestHandler):
    def handle(self):
        self.say("220 ready")
        for line in self.rfile:
            match line.split()[0].upper():
                case b"DATA":
                    self.say("354 go on")
                    self.server.taken.append(self.mail())
                    self.say("250 taken")
                case b"QUIT":
                    return self.say("221 bye")
                case _:
                    self.say("250 ok")
        return None

    def mail(self):
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(lines).decode()

    def say(self, answer):
        self.wfile.write(f"{answer}\r\n".encode())


class Server(ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


@contextmanager
def mail_server(port):
    """What it has taken, as a list that grows."""
    with Server(("127.0.0.1", port), Handler) as server:
        server.taken = []
        thread = Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            yield server.taken
        finally:
            server.shutdown()
            thread.join()
