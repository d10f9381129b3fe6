from django.core.management.base import BaseCommand, CommandError

from osaka_site.fixture_building import build
from osaka_site.fixture_building.material import FIXTURES


class Command(BaseCommand):
    help = "Make the fixtures from fixtures/data and fixtures/texts."

    def add_arguments(self, parser):
        parser.add_argument(
            "--check",
            action="store_true",
            help="Write nothing; fail if a fixture is not what would be written.",
        )

    def handle(self, *, check, **options):
        changed = [
            (FIXTURES / name, text)
            for name, text in build().items()
            if not (FIXTURES / name).exists()
            or (FIXTURES / name).read_text(encoding="utf-8") != text
        ]
        if check and changed:
            names = ", ".join(path.name for path, _text in changed)
            raise CommandError(f"Not up to date: {names}. Run build_fixtures.")
        for path, text in changed:
            path.write_text(text, encoding="utf-8")
            self.stdout.write(f"Wrote {path.name}.")
        if not changed:
            self.stdout.write("The fixtures are up to date.")
