from django.core.management.base import BaseCommand

from network.models import Picture
from network.renditions import make_renditions


class Command(BaseCommand):
    help = (
        "Makes the smaller copies of pictures that are missing; a picture that is "
        "saved gets its own at once. Can run twice safely."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--again", action="store_true", help="make those that are there as well"
        )

    def handle(self, *, again, verbosity, **options):
        made = failed = 0
        pictures = Picture.objects.order_by("pk")
        for number, picture in enumerate(pictures, 1):
            try:
                count = make_renditions(picture, again=again)
            except OSError as error:
                failed += 1
                self.stderr.write(f"{picture.file.name}: {error}")
                continue
            made += count
            if count and verbosity > 1:
                self.stdout.write(f"{number}/{len(pictures)}  {picture.file.name}")
        if verbosity:
            self.stdout.write(
                f"Copies made: {made}. Pictures without a readable file: {failed}."
            )
