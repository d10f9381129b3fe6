from django.core.management.base import BaseCommand
from django.db import transaction

from osaka_site.searched import rebuild


class Command(BaseCommand):
    help = "Write the index of the search again, from all records."

    @transaction.atomic
    def handle(self, *args, **options):
        count = rebuild()
        self.stdout.write(f"The search knows {count} records.")
