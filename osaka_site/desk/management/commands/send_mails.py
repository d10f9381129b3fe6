from django.core.management.base import BaseCommand

from osaka_site.desk.mails import send
from osaka_site.desk.models import OutgoingMail


class Command(BaseCommand):
    help = (
        "Sends the mails that could not be sent when they were written. It can run "
        "as often as one likes, also several times at once."
    )

    def handle(self, **options):
        sent = send(OutgoingMail.objects.all())
        left = OutgoingMail.objects.unsent().count()
        self.stdout.write(f"Mails sent: {sent}, waiting: {left}.")
