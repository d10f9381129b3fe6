import secrets

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand

from network.models import Partner
from osaka_site import media
from osaka_site.one_at_a_time import MIGRATING_TAKES, alone

FIXTURE_MEDIA = settings.BASE_DIR / "fixtures" / "media"


class Command(BaseCommand):
    help = (
        "Makes a clone ready to run: tables, the starting content when there is "
        "none yet, and, while DEBUG is on, a first account for staff."
    )

    def handle(self, **options):
        with alone("prepare", MIGRATING_TAKES):
            self.prepare()

    def prepare(self):
        call_command("migrate", verbosity=0)
        if not Partner.objects.exists():
            self.load_content()
        if settings.DEBUG and not get_user_model().objects.exists():
            self.create_first_account()

    def load_content(self):
        call_command("loaddata", "network", "events", verbosity=0)
        for source in sorted(FIXTURE_MEDIA.rglob("*.*")):
            name = source.relative_to(FIXTURE_MEDIA).as_posix()
            media.put(name, source.read_bytes())
        call_command("make_renditions", verbosity=0)
        self.stdout.write("The starting content is loaded.")

    def create_first_account(self):
        password = secrets.token_urlsafe(12)
        get_user_model().objects.create_superuser("admin", password=password)
        self.stdout.write(
            self.style.WARNING(
                "An account for the admin was made. It is shown this once:\n"
                f"  /admin/  user: admin  password: {password}"
            )
        )
