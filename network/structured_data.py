"""Partners and the House in the vocabulary of schema.org."""

from osaka_site.body_text import plain_text
from osaka_site.structured_data import absolute, geo_of, image_of, thing

from .models import Partner

# The vocabulary has no word for a port; what is tied to Osaka is the place.
TYPES = {
    Partner.Kind.CITY: "City",
    Partner.Kind.REGION: "AdministrativeArea",
    Partner.Kind.PORT: "Place",
    Partner.Kind.INSTITUTION: "Organization",
    Partner.Kind.EMBASSY: "Embassy",
}


def partner_of(partner):
    kind, geo, parent = TYPES[partner.kind], geo_of(partner), partner.parent
    if kind == "Organization":  # which is at a place, and is none itself
        position = {"location": geo and thing("Place", geo=geo)}
    else:
        whole = parent and parent.is_published and _named(parent)
        position = {"geo": geo, "containedInPlace": whole}
    return thing(
        kind,
        name=partner.name,
        alternateName=_other_names(partner),
        description=plain_text(partner.introduction),
        url=absolute(partner.get_absolute_url()),
        address=thing("PostalAddress", addressCountry=partner.country.code),
        **position,
        sameAs=_same_as(partner),
        image=image_of(partner),
    )


def house_of(house):
    """Its page; prefetch its published pictures."""
    return {
        **place_of(house),
        **thing(
            "CivicStructure",
            description=plain_text(house.introduction),
            geo=geo_of(house),
            sameAs=house.website and [house.website],
            image=image_of(house),
        ),
    }


def place_of(facility):
    """Where something takes place: the House, or a part of it with the House."""
    whole = facility.parent
    return thing(
        "Place",
        name=facility.name,
        url=absolute(facility.get_absolute_url()),
        address=facility.address or (whole and whole.address),
        telephone=facility.phone,
        containedInPlace=whole and thing("Place", name=whole.name),
    )


def _named(partner):
    return thing(
        TYPES[partner.kind],
        name=partner.name,
        url=absolute(partner.get_absolute_url()),
    )


def _other_names(partner):
    names = [partner.formal_name, partner.native_name]
    return [name for name in names if name and name != partner.name]


def _same_as(partner):
    addresses = [
        partner.website,
        partner.wikidata_id
        and f"https://www.wikidata.org/entity/{partner.wikidata_id}",
        partner.geonames_id and f"https://sws.geonames.org/{partner.geonames_id}/",
    ]
    return [address for address in addresses if address]
