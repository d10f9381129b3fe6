from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from osaka_site.desk import log_ins


class Command(BaseCommand):
    help = (
        "Remove the second factor of somebody who has lost the phone and the recovery"
        " codes, where no colleague can do it in the admin."
    )

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, username, **options):
        user = get_user_model().objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account {username}.")
        Authenticator.objects.filter(user=user).delete()
        log_ins.note(None, log_ins.Event.SECOND_FACTOR_REMOVED, user)
        self.stdout.write(f"{username} sets up a new one at the next log-in.")
