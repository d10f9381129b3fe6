"""A whole deployment on this machine: the servers and files of ``deploy/``.

    with Deployment(folder) as deployment:
        deployment.proxy.ask("/en/")

``deployment.database``, ``.cache``, ``.site`` and ``.proxy`` may each be stopped,
killed and started again. ``Deployment(folder).second_site()`` is another machine.
"""

import os
import secrets
import subprocess
import sys
from contextlib import ExitStack

from django.conf import settings

from .servers import DEPLOY, Cache, Database, Nginx, Site, free_port, moved, program
from .visiting import Staff

SHARED = ["lib", "content"]  # what nginx reads of the site
NEEDED = ["initdb", "redis-server", "nginx", "openssl"]


def missing_programs():
    return [name for name in NEEDED if not program(name)]


class Deployment:
    """PostgreSQL, Redis, the application server and nginx, with the starting content.

    ``folder`` must be short, for the sockets in it, and open to other users.
    Settings are those of ``deploy/osaka-network.env`` but for ``variables``.
    """

    def __init__(self, folder, **variables):
        self.folder = folder
        self.database = Database(folder / "database")
        self.cache = Cache(folder / "redis")
        self.mail_port = free_port()  # where nobody listens, unless a test does
        self.environment = {
            **self._example(),
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DATABASE_URL": self.database.url,
            "CACHE_URL": self.cache.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mail_port}",
            "WEB_CONCURRENCY": "2",
            "DJANGO_SETTINGS_MODULE": "osaka_site.settings",
            **variables,
        }
        self.site = Site(folder / "site", self.environment)
        upstream = f"unix:{self.site.socket}"
        self.proxy = Nginx(folder / "nginx", upstream, self.shared("nginx"))
        self._entered = ExitStack()

    def _example(self):
        example = (DEPLOY / "osaka-network.env").read_text()
        lines = moved(example, self.folder).splitlines()
        return dict(line.split("=", 1) for line in lines if not line.startswith("#"))

    def __enter__(self):
        with ExitStack() as stack:
            stack.enter_context(self.database)
            stack.enter_context(self.cache)
            for name in ("lib", "backups"):
                (self.folder / name).mkdir(exist_ok=True)
            self.manage("collectstatic", "--noinput")
            self.manage("prepare")
            stack.enter_context(self.site)
            stack.enter_context(self.proxy)
            self._entered = stack.pop_all()
        return self

    def __exit__(self, *problem):
        self._entered.close()

    def shared(self, name):
        """For nginx in the folder of that name: where it finds what the site writes."""
        return {
            f"{self.folder}/{name}/{place}": f"{self.folder}/{place}"
            for place in SHARED
        }

    def second_site(self, name="second"):
        """Another application server with the same settings, to be entered."""
        return Site(self.folder / name, self.environment)

    def manage(self, *arguments, must_succeed=True):
        """What ``manage.py`` printed, as ``deploy/manage`` would run it; raises
        ``CalledProcessError`` if it failed and ``must_succeed``."""
        return self.python("manage.py", *arguments, must_succeed=must_succeed)

    def python(self, *arguments, must_succeed=True):
        result = subprocess.run(
            [sys.executable, *arguments],
            env={**self.environment, "PATH": os.environ["PATH"]},
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            text=True,
            check=must_succeed,
        )
        return result.stdout

    def staff(self, name, group, server=None):
        """Somebody of the group, logged in, before nginx or another server."""
        code = f"from tests.deployment import staff; print(staff.log_in{name, group})"
        session = self.manage("shell", "--verbosity=0", "-c", code).strip()
        return Staff(server or self.proxy, session)

    def record(self, model, slug):
        """Its address in the admin; ``model`` is such as ``network.Partner``."""
        code = (
            "from django.apps import apps;"
            f"print(apps.get_model({model!r}).objects.get(slug={slug!r}).pk)"
        )
        pk = self.manage("shell", "--verbosity=0", "-c", code).strip()
        return f"/admin/{model.lower().replace('.', '/')}/{pk}/"
