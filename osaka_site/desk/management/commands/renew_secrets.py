from django.core.management.base import BaseCommand

from osaka_site.log_in import encryption


class Command(BaseCommand):
    help = (
        "Encrypt the keys of second factors with SECRET_KEY, where one of"
        " SECRET_KEY_FALLBACKS did."
    )

    def handle(self, **options):
        former, lost = encryption.outdated()
        for authenticator in former:
            encryption.renew(authenticator)
        self.stdout.write(f"Encrypted anew: {len(former)}")
        for name in sorted(
            {authenticator.user.get_username() for authenticator in lost}
        ):
            self.stdout.write(f"No key fits, so the second factor is lost: {name}")
