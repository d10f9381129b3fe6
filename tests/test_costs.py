"""What each public page costs in queries, the same with few rows and with many."""

import pytest

from .factories import (
    make_affiliation,
    make_category,
    make_exchange,
    make_facility,
    make_field,
    make_link,
    make_office,
    make_page_text,
    make_partner,
    make_picture,
    make_programme,
    make_source,
)


def _fill(size):
    """A network with ``size`` of everything, all tied to one of each."""
    texts = ["home", "network", "offices", "residents", "exchanges", "about-data"]
    for slug in texts:
        make_page_text(slug=slug, body_en="Words.")
    whole = make_category(slug="whole", anniversary_interval=None)
    category = make_category(slug="category", parent=whole)
    city = make_partner(slug="city", latitude=31, longitude=121)
    house = make_facility(slug="house")
    tie = make_affiliation(partner=city, category=category)
    field = make_field(slug="field")
    exchange = make_exchange(slug="exchange", celebrates=tie, venue=house)
    for number in range(size):
        partner = make_partner(latitude=number / 10, longitude=number, parent=city)
        make_affiliation(partner=partner, category=category)
        make_office(city=city, pictures=[make_picture()], links=[make_link()])
        place = make_facility(parent=house, pictures=[make_picture()])
        make_programme(facility=house)
        exchanges = [
            make_exchange(
                starts_on=f"{year}-05-04",
                partners=[city, partner],
                fields=[field, make_field()],
                celebrates=tie,
                venue=place if number else house,
                pictures=[make_picture()],
                links=[make_link()],
                sources=[make_source()],
            )
            for year in (2019 - number % 50, 2050)
        ]
        for record in (city, house, exchange):
            record.pictures.add(make_picture())
            record.links.add(make_link(is_listed=True))
            record.sources.add(make_source())
        exchange.partners.add(partner)
        exchange.fields.set({*exchange.fields.all(), *exchanges[0].fields.all()})
        tie.sources.add(make_source())


@pytest.mark.parametrize("size", [3, 40])
@pytest.mark.django_db
def test_public_pages_cost_a_fixed_number_of_queries(
    client, size, django_assert_num_queries
):
    _fill(size)

    # The first look at the exchanges after a change makes the index, for all that
    # follow; each language keeps what it read.
    with django_assert_num_queries(11):
        client.get("/ja/exchanges/")
    for address, cost in {
        "/en/partners/city/": 10,
        "/en/": 10,
        "/en/network/": 5,
        "/en/network/category/": 3,
        "/en/network/whole/": 3,
        "/en/partners/": 4,
        "/ko/exchanges/": 3,
        "/ko/exchanges/?year=abc": 2,
        "/en/exchanges/?field=field&partner=city&year=2019": 2,
        "/en/exchanges/exchange/": 6,
        "/en/anniversaries/": 3,
        "/en/anniversaries.ics": 2,
        "/en/offices/": 7,
        "/en/house/": 7,
        "/en/links/": 3,
        "/en/about-this-data/": 3,
    }.items():
        with django_assert_num_queries(cost, info=address):
            client.get(address)
