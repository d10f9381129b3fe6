import json

from django.core.management.base import BaseCommand, CommandError

from osaka_site.doctor import examine


class Command(BaseCommand):
    help = "Looks for what is wrong with the site on this server, and says what to do."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, **options):
        found = examine()
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=1, ensure_ascii=False))
        else:
            for name, faults in found.items():
                self.write(name, faults)
        count = sum(len(faults or []) for faults in found.values())
        if count:
            raise CommandError(f"Found to be wrong: {count}")

    def write(self, name, faults):
        if faults is None:
            self.stdout.write(f"-      {name}: not looked at")
        elif not faults:
            self.stdout.write(self.style.SUCCESS(f"fine   {name}"))
        for fault in faults or []:
            self.stdout.write(self.style.ERROR(f"wrong  {name}: {fault}"))
