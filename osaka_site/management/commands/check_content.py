import csv

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse
from django.utils.translation import override

from osaka_site.content_checks import ERROR, findings_of
from osaka_site.publishing import Publishable
from osaka_site.spreadsheets import safe_cell

COLUMNS = (
    *("kind", "number", "address", "title", "status"),
    *("language", "field", "level", "message"),
)
BYTE_ORDER_MARK = "\ufeff"  # without it, Excel in Japan reads Shift-JIS


class Command(BaseCommand):
    help = "Writes what is wrong with the words of all records as CSV."

    def add_arguments(self, parser):
        parser.add_argument(
            "--errors-only",
            action="store_true",
            help="only what keeps a record from being published",
        )
        parser.add_argument(
            "--language",
            choices=dict(settings.LANGUAGES),
            default="ja",
            help="of the messages; Japanese by default",
        )

    def handle(self, *, errors_only, language, **options):
        self.stdout.write(BYTE_ORDER_MARK, ending="")
        table = csv.writer(self.stdout, lineterminator="\n")
        table.writerow(COLUMNS)
        with override(language):
            for record in _records():
                for finding in findings_of(record):
                    if finding.level == ERROR or not errors_only:
                        table.writerow(map(safe_cell, _row(record, finding)))


def _records():
    """All that are not in the trash, in one query a kind."""
    for model in apps.get_models():
        if issubclass(model, Publishable):
            yield from model.objects.kept().select_related().order_by("pk")


def _row(record, finding):
    return (
        record._meta.verbose_name,
        record.pk,
        settings.SITE_URL + _address(record),
        record,
        record.get_status_display(),
        finding.language,
        finding.field,
        finding.level,
        finding.message,
    )


def _address(record):
    """Its page; of what has none, its form in the admin."""
    if hasattr(record, "get_absolute_url"):
        return record.get_absolute_url()
    opts = record._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])
