from .affiliations import Affiliation, AgreementDocument, Category
from .library import ExternalLink, Picture, Source
from .partners import Partner
from .places import Facility, OverseasOffice, Programme
from .search import SearchEntry
from .texts import PageText

__all__ = [
    "Affiliation",
    "AgreementDocument",
    "Category",
    "ExternalLink",
    "Facility",
    "OverseasOffice",
    "PageText",
    "Partner",
    "Picture",
    "Programme",
    "SearchEntry",
    "Source",
]
