"""Every public address, as a visitor could find it."""

from django.urls import reverse

LANGUAGES = ["en", "ja", "zh-hans", "ko"]


def public_pages(*records):
    """The addresses of all pages that are not a record's, and of ``records``."""
    names = [
        "home",
        "network:network",
        "network:partner_list",
        "network:office_list",
        "network:house",
        "network:link_list",
        "events:exchange_list",
        "events:exchange_month",
        "events:exchange_years",
        "events:anniversary_list",
        "about_data",
        "search",
    ]
    return [
        *(reverse(name) for name in names),
        *(record.get_absolute_url().partition("#")[0] for record in records),
    ]
