from django.core.management.base import BaseCommand

from osaka_site.desk import workflow


class Command(BaseCommand):
    help = "Make public every approved working copy whose day has come."

    def handle(self, **options):
        self.stdout.write(f"{workflow.publish_due()} working copies are public now.")
