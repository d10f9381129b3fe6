from django.db import transaction

from osaka_site.one_at_a_time import AloneCommand
from osaka_site.searched import rebuild


class Command(AloneCommand):
    help = "Write the index of the search again, from all records."

    @transaction.atomic
    def handle(self, *args, **options):
        count = rebuild()
        self.stdout.write(f"The search knows {count} records.")
