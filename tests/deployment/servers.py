"""The servers of a deployment, each run for a test with its file of ``deploy/``.

Debian's programs, in a folder of their own, as whoever runs the tests: what is
configured for ``/var/lib/osaka-network`` happens in ``lib`` of that folder.
"""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

import psycopg
from django.conf import settings

DEPLOY = settings.BASE_DIR / "deploy"
HOST = "network.example.org"
PLACES = {
    "/var/lib/osaka-network": "lib",
    "/var/cache/osaka-network-nginx": "kept",
    "/var/cache/osaka-network": "cache",
    "/var/backups/osaka-network": "backups",
    "/var/log/nginx": "log",
    "/run/osaka-network": "run",
    "/run/osaka-content": "content",
    f"/etc/letsencrypt/live/{HOST}": "tls",
}
# In seconds; long, because the machine may have other work.
START, END, ANSWER = 60, 20, 30


def program(name):
    """Where a program is, or nothing; Debian keeps some away from usual users."""
    postgresql = "/usr/lib/postgresql/15/bin"
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:{postgresql}")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def moved(text, folder):
    """A file of ``deploy/`` with the places it names moved into the folder."""
    for place, name in PLACES.items():
        text = text.replace(place, str(folder / name))
    return text.replace("/srv/osaka-network", str(settings.BASE_DIR))


def wait_until(is_so, seconds=START):
    """What ``is_so()`` returned at last; raises TimeoutError."""
    until = monotonic() + seconds
    while not (result := is_so()):
        if monotonic() > until:
            raise TimeoutError(f"Not so after {seconds} s: {is_so}")
        sleep(0.02)
    return result


class Server:
    """A process with its children: started, stopped, killed, started again."""

    def __init__(self, folder):
        self.folder = folder
        self.process = None
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / f"{type(self).__name__.lower()}.log"

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.options(),
            )
        wait_until(self._is_ready_or_dead)
        if self.process.poll() is not None:
            raise AssertionError(self.log.read_text())
        return self

    def _is_ready_or_dead(self):
        return self.process.poll() is not None or self.is_ready()

    def stop(self, number=signal.SIGTERM):
        """In good order, or by another signal to its first process."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(END)

    def kill(self):
        """With all its children, without a chance to tidy up."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(END)

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, *problem):
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.kill()

    def command(self):
        raise NotImplementedError

    def options(self):
        return {}

    def is_ready(self):
        raise NotImplementedError


class Database(Server):
    """PostgreSQL, which refuses to run as root."""

    def __init__(self, folder):
        super().__init__(folder)
        self.port = free_port()
        self.url = self._address_of("osaka")
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        self.run(
            *("initdb", "-D", folder / "data", "-A", "trust", "-U", "osaka"),
            *("--locale=C.UTF-8", "-E", "UTF8"),
        )
        (folder / "data" / "postgresql.conf").write_text(
            # What the kernel has survives the death of every process here.
            "fsync = off\nlisten_addresses = ''\n"
            f"port = {self.port}\nunix_socket_directories = '{folder}'\n"
        )

    def start(self):
        super().start()
        with psycopg.connect(
            self._address_of("template1"), autocommit=True
        ) as connection:
            if not connection.execute(
                "SELECT FROM pg_database WHERE datname = 'osaka'"
            ).rowcount:
                connection.execute("CREATE DATABASE osaka")
        return self

    def _address_of(self, name):
        """Through its socket, as on one machine with the settings of ``deploy/``."""
        return f"postgres://osaka@/{name}?host={self.folder}&port={self.port}"

    def stop(self, number=signal.SIGINT):  # which does not wait for who is connected
        super().stop(number)

    def another(self, name):
        """The address of one of its own, with the same content."""
        dump = subprocess.run(
            [program("pg_dump"), self.url], check=True, capture_output=True
        ).stdout
        with psycopg.connect(
            self._address_of("template1"), autocommit=True
        ) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = self._address_of(name)
        subprocess.run(
            [program("psql"), "--quiet", "--set=ON_ERROR_STOP=1", url],
            input=dump,
            check=True,
            capture_output=True,
        )
        return url

    def command(self):
        return [program("postgres"), "-D", self.folder / "data"]

    def options(self):
        return {"user": "postgres", "cwd": "/"} if os.geteuid() == 0 else {}

    def run(self, name, *arguments):
        subprocess.run(
            [program(name), *arguments],
            check=True,
            capture_output=True,
            **self.options(),
        )

    def is_ready(self):
        with suppress(psycopg.OperationalError):
            psycopg.connect(self._address_of("template1")).close()
            return True
        return False


class Cache(Server):
    """Redis."""

    def __init__(self, folder):
        super().__init__(folder)
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/1"

    def command(self):
        keeps_nothing = ["--save", "", "--maxmemory", "128mb"]
        where = ["--bind", "127.0.0.1", "--port", str(self.port)]
        policy = ["--maxmemory-policy", "allkeys-lru"]
        return [program("redis-server"), *where, *keeps_nothing, *policy]

    def options(self):
        return {"cwd": self.folder}

    def is_ready(self):
        return listens(self.port)


class Answer(NamedTuple):
    status: int
    headers: dict
    content: bytes

    @property
    def text(self):
        return self.content.decode()


class WebServer(Server):
    """What can be asked for pages."""

    def connect(self):
        raise NotImplementedError

    def ask(self, path, method="GET", headers=(), body=None):
        """The answer to one request over a connection of its own.

        ``headers`` is a dictionary; raises ``OSError`` or ``HTTPException`` where
        there is no answer.
        """
        with closing(self.connect()) as asking:
            return self.ask_over(asking, path, method, headers, body)

    def ask_over(self, asking, path, method="GET", headers=(), body=None):
        """The same over a connection that stays: with TLS, that is the dear part."""
        asking.request(method, path, body=body, headers=self.headers(headers))
        answer = asking.getresponse()
        return Answer(answer.status, answer.headers, answer.read())

    def headers(self, headers):
        return dict(headers)


class Site(WebServer):
    """The application server, started as its systemd unit does.

    Of two on one machine, each has a ``folder`` of its own for what it listens at,
    and shares what the ``environment`` names.
    """

    def __init__(self, folder, environment):
        super().__init__(folder)
        self.environment = {
            **environment,
            "PATH": os.environ["PATH"],
            "METRICS_DIR": str(folder / "run"),
        }
        self.socket = folder / "run" / "gunicorn.sock"

    def command(self):
        unit = (DEPLOY / "systemd" / "osaka-network-web.service").read_text()
        (started,) = re.findall("^ExecStart=(.*)$", unit, re.MULTILINE)
        started = moved(started, self.folder).split()
        return [Path(sys.executable).with_name(Path(started[0]).name), *started[1:]]

    def options(self):
        # Emptied with each start, as RuntimeDirectory is.
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        (self.folder / "run").mkdir()
        return {"cwd": settings.BASE_DIR, "env": self.environment}

    def is_ready(self):
        with suppress(OSError):
            return self.ask("/healthz").status == 200
        return False

    def connect(self):
        asking = HTTPConnection(HOST, timeout=ANSWER)
        asking.sock = socket.socket(socket.AF_UNIX)
        asking.sock.settimeout(ANSWER)
        try:
            asking.sock.connect(str(self.socket))
        except OSError:
            asking.close()
            raise
        return asking

    def headers(self, headers):
        from_nginx = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
        return {**from_nginx, **dict(headers)}

    def workers(self):
        """The numbers of the processes that answer."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in children.split()]


class Nginx(WebServer):
    """nginx with our configuration, before what answers at ``upstream``.

    ``upstream`` is what stands behind ``server`` there; ``changed`` are further
    patterns to replace and what by.
    """

    def __init__(self, folder, upstream, changed=None):
        super().__init__(folder)
        self.ports = {"80": free_port(), "443": free_port()}
        for name in ("log", "tls"):
            (folder / name).mkdir(exist_ok=True)
        make_certificate(folder / "tls")
        self.certificate = folder / "tls" / "fullchain.pem"
        self.trusting = ssl.create_default_context(cafile=self.certificate)
        self._configure(upstream, changed or {})

    def _configure(self, upstream, changed):
        site = (DEPLOY / "nginx.conf").read_text()
        site = site.replace("unix:/run/osaka-network/gunicorn.sock", upstream)
        site = moved(site, self.folder)
        for found, instead in {
            r"listen \[::\]:.*;": "",
            r"listen (\d+)": lambda match: f"listen 127.0.0.1:{self.ports[match[1]]}",
            **changed,
        }.items():
            site = re.sub(found, instead, site)
        (self.folder / "site.conf").write_text(site)
        temporary = "".join(
            f"{kind}_temp_path {self.folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.folder / "nginx.conf").write_text(
            f"daemon off; pid {self.folder}/pid; error_log {self.folder}/log/errors;"
            + ("user root;" if os.geteuid() == 0 else "")
            + "worker_processes auto;"
            + "events { worker_connections 1024; }"
            + "http { include /etc/nginx/mime.types; sendfile on; tcp_nopush on;"
            + f"{temporary} include {self.folder}/site.conf; }}"
        )

    def command(self):
        configuration = self.folder / "nginx.conf"
        errors = self.folder / "log" / "errors"
        return [program("nginx"), "-c", configuration, "-e", errors]

    def is_ready(self):
        return listens(self.ports["443"])

    def connect(self, host=HOST, trusting=None):
        place = ("127.0.0.1", self.ports["443"])
        plain = socket.create_connection(place, timeout=ANSWER)
        asking = HTTPSConnection(host, timeout=ANSWER)
        try:
            asking.sock = (trusting or self.trusting).wrap_socket(
                plain, server_hostname=host
            )
        except OSError:
            plain.close()
            raise
        return asking


def make_certificate(folder):
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    files = ["-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"]
    names = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    subprocess.run(
        ["openssl", "req", *kind, "-nodes", *names, *files],
        check=True,
        capture_output=True,
    )


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
