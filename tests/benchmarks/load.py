"""Asks a server for pages with wrk, and counts what answering costs its processes."""

import json
import os
import statistics
import subprocess
from pathlib import Path
from typing import NamedTuple

REPORT = Path(__file__).with_name("report.lua")
TICK = os.sysconf("SC_CLK_TCK")


class Figures(NamedTuple):
    """Of one round, or the medians of several; times in milliseconds."""

    cost: float  # processor time of a request
    rate: float  # requests a second
    p50: float
    p99: float
    requests: int
    errors: int


class Case(NamedTuple):
    """What is asked for, and the servers whose processor time that takes."""

    address: str
    servers: list
    paths: list = ["/en/"]
    headers: dict = {}
    connections: int = 8

    def measure(self, seconds):
        before = sum(map(processor_time, self.servers))
        told = self._ask(seconds)
        spent = sum(map(processor_time, self.servers)) - before
        return Figures(
            1000 * spent / max(told["requests"], 1),
            told["requests"] / told["seconds"],
            told["p50"],
            told["p99"],
            told["requests"],
            told["errors"],
        )

    def _ask(self, seconds):
        headers = (f"-H{name}: {value}" for name, value in self.headers.items())
        told = subprocess.run(
            [
                *(
                    "wrk",
                    "-t1",
                    f"-c{self.connections}",
                    f"-d{seconds}s",
                    "--timeout",
                    "30s",
                    "-s",
                    REPORT,
                ),
                *(*headers, self.address, "--", *self.paths),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        return json.loads(told.stdout.splitlines()[-1])


def measure(cases, rounds, seconds, warm_up):
    """Each of ``{name: case}`` in turn, round after round: ``{name: [Figures, …]}``."""
    for case in cases.values():
        case.measure(warm_up)
    found = {name: [] for name in cases}
    for _round in range(rounds):
        for name, case in cases.items():
            found[name].append(case.measure(seconds))
    return found


def medians(rounds):
    return Figures(*map(statistics.median, zip(*rounds, strict=True)))


def processor_time(server):
    """Seconds of a server's first process, all its children, and those that ended."""
    ticks = 0
    for pid in processes(server.process.pid):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / TICK


def processes(pid):
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in children.read_text().split():
                found += processes(int(child))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def memory(pid):
    """What a process has now and had at most, in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    sizes = dict(line.split(":", 1) for line in status.splitlines())
    return [int(sizes[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]
