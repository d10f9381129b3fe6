"""Japanese fiscal years and the eras they are named after."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# The first fiscal year of each, the latest first. A fiscal year has one name: 2019
# began as Heisei 31 and was named Reiwa 1 when the era changed in May.
ERAS = [
    (2019, gettext_lazy("Reiwa")),
    (1989, gettext_lazy("Heisei")),
    (1926, gettext_lazy("Showa")),
]


def fiscal_year_name(year):
    """ "FY2025 (Reiwa 7)", in Japanese 2025年度（令和7年度）."""
    for first, era in ERAS:
        if year >= first:
            return _("FY%(year)d (%(era)s %(number)d)") % {
                "year": year,
                "era": era,
                "number": year - first + 1,
            }
    return _("FY%(year)d") % {"year": year}
