"""The records of the app ``network``."""

from decimal import Decimal

from PIL import Image

from .material import (
    FIXTURES,
    columns,
    house,
    partial_date,
    split,
    table,
    texts,
)
from .records import key, keys, record

CATEGORIES = {
    "sister_city": "sister-cities",
    "friendship_city": "sister-cities",
    "friendship_cooperation_city": "friendship-cooperation-cities",
    "business_partner_city": "business-partner-cities",
    "mou_city": "mou-cities",
    "mou_institution": "mou-institutions",
    "sister_port": "sister-ports",
    "friendship_port": "sister-ports",
    "partnership_port": "partnership-ports",
}
EMBASSIES = {"embassy-of-denmark"}  # institutions, in the data


def default():
    """The network as the seed describes it."""
    members = seed_partners()
    return [
        *(_source(row) for row in table("sources")),
        *_links(),
        *(_picture(slug, entry) for slug, entry in texts("pictures").items()),
        *(_category(slug, entry) for slug, entry in texts("categories").items()),
        *(_partner(row) for row in table("partners") if row["slug"] in members),
        *(_affiliation(row) for row in table("affiliations") if in_seed(row)),
        *(_office(row) for row in table("offices")),
        *_facilities(),
        *(_programme(slug, entry) for slug, entry in texts("programmes").items()),
        *(
            record("network.pagetext", slug, **columns(entry))
            for slug, entry in texts("page_texts").items()
        ),
    ]


def updates():
    """What later sources add to the seed, and what they contradict in it."""
    members = seed_partners()
    ties = table("affiliations")
    return [
        *_updated_categories(),
        *(_partner(row) for row in table("partners") if row["slug"] not in members),
        *(_affiliation(row, with_end=True) for row in ties if row["end_date"]),
        *(_affiliation(row) for row in ties if not in_seed(row)),
    ]


def in_seed(tie):
    """Whether the seed names the tie's partner, or at least its category."""
    return tie["in_seed"] != "no"


def seed_partners():
    return {tie["partner_slug"] for tie in table("affiliations") if in_seed(tie)}


# ---- the library --------------------------------------------------------------


def _source(row):
    return record(
        "network.source",
        row["id"],
        kind=row["kind"],
        title=row["title"],
        publisher=row["publisher"],
        url=row["url"],
        language=row["lang"],
        page_date=row["page_date"] or None,
        staff_note=row["note"],
    )


def _links():
    """The links of the links page, then those of partners."""
    sources = {row["id"]: row for row in table("sources")}
    offices = {row["slug"]: row for row in table("offices")}
    joint_office = "osaka-government-shanghai-office"
    addresses = {
        # The seed marks this link but gives no address: its own page is the nearest.
        "visits-from-abroad": sources["seed"]["url"],
        joint_office: offices[joint_office]["site_url"],
        "osaka-international-house": house()["house"]["site_url"]["value"],
    }
    for slug, entry in texts("links").items():
        url = addresses[slug]
        yield record(
            "network.externallink", slug, url=url, is_listed=True, **columns(entry)
        )
    for row in table("partners"):
        for column, entry in _links_of(row["slug"]).items():
            yield record("network.externallink", url=row[column], **columns(entry))


def _links_of(partner):
    """``{"related_url": {"slug": …, "title": …}}``, by the column of the address."""
    return texts("partners").get(partner, {}).get("links", {})


def _picture(slug, entry):
    name = f"pictures/{slug}.webp"
    with Image.open(FIXTURES / "media" / name) as image:
        width, height = image.size
    return record(
        "network.picture", slug, file=name, width=width, height=height, **columns(entry)
    )


# ---- partners and ties --------------------------------------------------------


def _category(slug, entry):
    values = columns(entry)
    return record(
        "network.category", slug, **values | {"parent": key(values.get("parent"))}
    )


def _updated_categories():
    """Whole rows: new ones, and known ones with what has changed in them.

    An ``opening`` takes the place of the introduction's first paragraph.
    """
    known = texts("categories")
    for slug, entry in texts("updates").items():
        opening = entry.pop("opening", {})
        updated = known.get(slug, {}) | entry
        for language, paragraphs in opening.items():
            updated["introduction"][language][:1] = paragraphs
        yield _category(slug, updated)


def _partner(row):
    slug = row["slug"]
    entry = dict(texts("partners").get(slug, {}))
    links = entry.pop("links", {}).values()
    return record(
        "network.partner",
        slug,
        kind="embassy" if slug in EMBASSIES else row["kind"],
        name_en=row["name_en"],
        name_ja=row["name_ja"],
        name_zh_hans=row["name_zh_hans"],
        name_ko=row["name_ko"],
        country=row["country_code"],
        parent=key(row["parent_slug"]),
        latitude=_degrees(row["lat"], 5),
        longitude=_degrees(row["lon"], 5),
        website=row["site_url"],
        geonames_id=int(row["geonames_id"]) if row["geonames_id"] else None,
        links=keys(link["slug"] for link in links),
        sources=keys(split(row["source_ids"])),
        staff_note=row["note"],
        **columns(entry),
    )


def _affiliation(row, *, with_end=False):
    """An end contradicts the seed, so only the updates tell it."""
    words = texts("affiliations").get(row["slug"], {})
    return record(
        "network.affiliation",
        row["slug"],
        partner=key(row["partner_slug"]),
        category=key(CATEGORIES[row["category"]]),
        signed_on=partial_date(row["date"], row["precision"]),
        ended_on=partial_date(row["end_date"], row["end_precision"])
        if with_end
        else None,
        content_en=row["content"],
        counterpart_en=row["counterpart"],
        sources=keys(split(row["source_ids"])),
        staff_note=row["note"],
        **columns({"wording": texts("wordings").get(row["category"], {})} | words),
    )


def _degrees(number, places):
    return f"{round(Decimal(number), places)}" if number else None


# ---- places -------------------------------------------------------------------


def _office(row):
    slug = row["slug"]
    language = "en" if row["operator"].isascii() else "ja"
    return record(
        "network.overseasoffice",
        slug,
        name_en=row["name_en"],
        name_ja=row["name_ja"],
        name_zh_hans=row["name_zh_hans"],
        city=key(row["city_slug"]),
        parent=key(row["parent_slug"]),
        opened_on=partial_date(row["opened_date"], row["precision"]),
        website=row["site_url"],
        pictures=_pictures_of(slug),
        sources=keys(split(row["source_ids"])),
        staff_note=row["note"],
        **{f"operator_{language}": row["operator"]} | columns(texts("offices")[slug]),
    )


def _facilities():
    """The International House, and the Information Center in it."""
    words = texts("facilities")
    facts, center = house()["house"], house()["information_center"]
    phone = house()["foundation"]["phone"]
    slug = facts["slug"]
    yield record(
        "network.facility",
        slug,
        name_en=facts["name_en"]["value"],
        name_ja=facts["name_ja"]["value"],
        address_en=facts["address_en"]["value"],
        address_ja=facts["address_ja"]["value"],
        phone=phone["value"],
        website=facts["site_url"]["value"],
        opened_on=partial_date(facts["opened"]["value"], facts["opened"]["precision"]),
        access_en="\n".join(facts["access"]["value"]),
        latitude=_degrees(str(facts["lat"]["value"]), 6),
        longitude=_degrees(str(facts["lon"]["value"]), 6),
        pictures=_pictures_of(slug),
        sources=_sources_of(
            facts["name_en"], facts["opened"], facts["site_url"], phone
        ),
        **columns(words[slug]),
    )
    yield record(
        "network.facility",
        "information-center",
        parent=key(slug),
        services_en="\n".join(
            service[0].upper() + service[1:] for service in center["services"]["value"]
        ),
        pictures=_pictures_of("information-center"),
        sources=_sources_of(
            center["services"],
            center["machine_translation_languages"],
            center["one_day_information_service"],
        ),
        staff_note=center["languages"]["note"],
        **columns(words["information-center"]),
    )


def _programme(slug, entry):
    return record(
        "network.programme",
        slug,
        facility=key(house()["house"]["slug"]),
        **columns(entry),
    )


def _pictures_of(slug):
    """The picture of a place goes by the place's name."""
    return keys([slug]) if slug in texts("pictures") else []


def _sources_of(*facts):
    """Each source of the facts once."""
    return keys(dict.fromkeys(id for fact in facts for id in fact["source_ids"]))
