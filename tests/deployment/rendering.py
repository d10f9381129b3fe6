"""Pages made from nothing, by a process that has made none before.

Whatever a process keeps of one page, a later page may be given. So this server makes
none itself: whoever asks gets a copy of it, which answers and ends.
"""

import os
import pickle
import socket
import sys
from socketserver import ForkingTCPServer, StreamRequestHandler

from django.conf import settings

from .servers import ANSWER, HOST, Answer, Server, free_port, listens


class Renderer(Server):
    """A process of the site that keeps no pages, for ``environment``."""

    def __init__(self, folder, environment):
        super().__init__(folder)
        self.environment = {
            **environment,
            "PATH": os.environ["PATH"],
            "KEEP_PAGES": "0",
        }
        self.port = free_port()

    def command(self):
        return [sys.executable, "-m", __name__, str(self.port)]

    def options(self):
        return {"cwd": settings.BASE_DIR, "env": self.environment}

    def is_ready(self):
        return listens(self.port)

    def ask(self, paths):
        """``{path: answer, …}``, made in this order by a process of their own."""
        place = ("127.0.0.1", self.port)
        with socket.create_connection(place, ANSWER) as asking:
            file = asking.makefile("rwb")
            pickle.dump(paths, file)
            file.flush()
            return {path: pickle.load(file) for path in paths}


class Copy(StreamRequestHandler):
    """The copy: asked for a list of addresses, it sends their answers."""

    def handle(self):
        from django.test import Client

        visitor = Client(
            raise_request_exception=False,
            headers={"Host": HOST, "X-Forwarded-Proto": "https"},
        )
        for path in pickle.load(self.rfile):
            answer = visitor.get(path)
            headers = dict(answer.headers)
            pickle.dump(
                Answer(answer.status_code, headers, answer.getvalue()), self.wfile
            )


def serve(port):
    import django

    django.setup()
    _get_ready()
    with ForkingTCPServer(("127.0.0.1", port), Copy) as server:
        server.serve_forever()


def _get_ready():
    """Reading code, templates and catalogues takes most of the time of a first page,
    and none of it depends on what staff write."""
    from django.template.loader import get_template
    from django.urls import reverse
    from django.utils import translation

    (folder,) = settings.TEMPLATES[0]["DIRS"]
    for path in folder.rglob("*.html"):
        get_template(str(path.relative_to(folder)))
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            reverse("home")
            translation.gettext("Home")


if __name__ == "__main__":
    serve(int(sys.argv[1]))
