import time
from collections import Counter

from django.apps import apps
from django.core.management.base import CommandError

from osaka_site.desk import link_uses
from osaka_site.desk.link_models import CheckedLink, LinkUse
from osaka_site.link_checking import State
from osaka_site.one_at_a_time import AloneCommand
from osaka_site.publishing import Publishable


class Command(AloneCommand):
    help = (
        "Asks every page that records link to whether it is still there, and keeps "
        "the answers for the admin. Those not asked for longest come first, so a run "
        "that ends early is continued by the next."
    )

    def add_arguments(self, parser):
        parser.add_argument("--url", action="append", help="only this address")
        parser.add_argument(
            "--record",
            metavar="KIND:SLUG",
            help="only the links of one record, such as partner:shanghai",
        )
        parser.add_argument(
            "--minutes", type=float, default=30, help="stop after these (30)"
        )
        parser.add_argument(
            "--allow",
            action="append",
            default=[],
            metavar="ADDRESS:PORT",
            help="for tests: ask this address too, though it is not public",
        )

    def handle(self, *, url, record, minutes, allow, **options):
        until = time.monotonic() + minutes * 60
        link_uses.rebuild()
        links = CheckedLink.objects.in_use().longest_unchecked_first()
        if url:
            links = links.filter(url__in=url)
        if record:
            uses = LinkUse.objects.of(_record(record))
            links = links.filter(pk__in=uses.values("link"))
        if (url or record) and not links:
            raise CommandError("No record has such a link.")
        allowed = {(host, int(port)) for host, port in map(_host_and_port, allow)}
        try:
            self.ask(links, link_uses.usual_checker(allowed=allowed), until)
        except link_uses.CutOffError:
            raise CommandError(
                "No site answers, so nothing was noted. Can this machine reach the "
                "internet?"
            ) from None

    def ask(self, links, checker, until):
        found = Counter()
        for number, link in enumerate(link_uses.check(links, checker, until), 1):
            found[link.state] += 1
            sentence = "" if link.state == State.OK else f"  {link.explanation}"
            self.stdout.write(f"{number}/{len(links)}  {link.url}{sentence}")
        for state in State:
            if found[state]:
                self.stdout.write(f"{state.label}: {found[state]}")
        if left := len(links) - found.total():
            self.stdout.write(f"Left for the next run: {left}")


def _record(named):
    kind, _colon, slug = named.partition(":")
    for model in apps.get_models():
        if issubclass(model, Publishable) and model._meta.model_name == kind.lower():
            if record := model.objects.filter(slug=slug).first():
                return record
            raise CommandError(f"There is no {kind} with the address name {slug}.")
    raise CommandError(f"There is no kind of record named {kind}.")


def _host_and_port(text):
    host, _colon, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise CommandError("--allow needs an address and a port: 127.0.0.1:8000")
    return host, port
