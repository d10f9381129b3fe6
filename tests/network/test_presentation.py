import pytest

from network.models import Affiliation, Category
from network.presentation import Section, chart_of, home_port, say_also, sections_of
from osaka_site.charts import Point, world
from tests.factories import make_affiliation, make_category, make_partner

pytestmark = pytest.mark.django_db


def current_ties():
    """As the home page gathers them."""
    categories = Category.objects.published().with_ties()
    return [tie for category in categories for tie in category.current_ties]


def make_city_and_port(**port):
    city = make_partner(slug="shanghai", latitude=31, longitude=121)
    port = {"latitude": 30, "longitude": 122, **port}
    return city, make_partner(slug="port", kind="port", parent=city, **port)


# ---- sections -----------------------------------------------------------------


def test_section_is_a_category_or_the_parts_it_consists_of():
    alone = make_category(slug="alone", order=2)
    whole = make_category(slug="whole", order=1)
    second = make_category(slug="second", parent=whole, order=2)
    first = make_category(slug="first", parent=whole, order=1)

    sections = sections_of(Category.objects.published().with_ties())

    assert sections == [Section(whole, [first, second]), Section(alone, [alone])]


def test_section_has_no_parts_that_visitors_do_not_see():
    whole = make_category(slug="whole", status="draft")
    make_category(slug="part", parent=whole)
    shown = make_category(slug="shown")
    make_category(slug="draft", parent=shown, status="draft")

    sections = sections_of(Category.objects.published().with_ties())

    assert sections == [Section(shown, [shown])]


def test_section_counts_each_partner_once():
    whole = make_category()
    cities = make_category(parent=whole, order=1)
    institutions = make_category(parent=whole, order=2)
    twice, once = make_partner(), make_partner()
    first = make_affiliation(partner=twice, category=cities, signed_on="2010-07")
    second = make_affiliation(partner=once, category=cities, signed_on="2011")
    third = make_affiliation(partner=twice, category=institutions, signed_on="2009")
    make_affiliation(category=cities, signed_on="1990", ended_on="2000")
    make_affiliation(category=cities, signed_on="2999")

    [section] = sections_of(Category.objects.published().with_ties())

    assert section.ties == [first, second, third]
    assert section.count == 2


# ---- also ---------------------------------------------------------------------


def test_home_port_is_the_city_that_visitors_see():
    city, port = make_city_and_port()
    assert [home_port(city), home_port(port)] == [city, city]

    city.status = "draft"

    assert [home_port(city), home_port(port)] == [city, port]


def test_tie_says_what_else_there_is_with_its_partner_and_with_its_port():
    sister, business, ports = (make_category(order=order) for order in (1, 2, 3))
    city, port = make_city_and_port()
    friendship = make_affiliation(partner=city, category=sister)
    network = make_affiliation(partner=city, category=business)
    harbour = make_affiliation(partner=port, category=ports)
    other = make_affiliation(category=sister)
    ties = current_ties()

    say_also(ties)

    assert {tie: tie.also for tie in ties} == {
        friendship: [network, harbour],
        network: [friendship, harbour],
        harbour: [friendship, network],
        other: [],
    }


def test_tie_of_a_port_stands_alone_while_its_city_is_hidden():
    city, port = make_city_and_port()
    make_affiliation(partner=port, category=make_category(order=1))
    make_affiliation(partner=make_partner(parent=city), category=make_category(order=2))
    city.status = "draft"
    city.save()
    ties = current_ties()

    say_also(ties)

    assert [tie.also for tie in ties] == [[], []]


# ---- chart --------------------------------------------------------------------


def drawn(ties):
    return {point.slug: point.shape for point in chart_of(ties).points}


def test_chart_draws_a_port_under_its_city():
    city, port = make_city_and_port()
    make_affiliation(partner=port, category=make_category(shape="port"))

    chart = chart_of(current_ties())

    assert chart == world(
        [
            Point(
                slug="shanghai",
                name="Springfield",
                url=city.get_absolute_url(),
                lat=31,
                lon=121,
                shape="port",
            )
        ]
    )


def test_chart_draws_a_port_itself_while_its_city_is_hidden():
    city, port = make_city_and_port()
    make_affiliation(partner=port, category=make_category(shape="port"))
    city.status = "draft"
    city.save()

    assert drawn(current_ties()) == {"port": "port"}


def test_chart_gives_a_partner_the_sign_of_its_first_category():
    city, port = make_city_and_port()
    make_affiliation(partner=port, category=make_category(order=3, shape="port"))
    make_affiliation(partner=city, category=make_category(order=2, shape="bpc"))
    make_affiliation(partner=city, category=make_category(order=1, shape="sister"))

    assert drawn(reversed(current_ties())) == {"shanghai": "sister"}


def test_chart_leaves_out_partners_without_a_position():
    make_affiliation(partner=make_partner(slug="nowhere"))
    make_affiliation(partner=make_partner(slug="on-0-0", latitude=0, longitude=0))

    assert drawn(current_ties()) == {"on-0-0": "sister"}


def test_chart_draws_only_the_ties_it_is_given():
    category = make_category()
    city, other = (
        make_partner(slug=slug, latitude=31, longitude=121) for slug in ("old", "new")
    )
    make_affiliation(partner=city, category=category, ended_on="2018-10-02")
    make_affiliation(partner=other, category=category)
    make_affiliation(partner=city, category=category, status="draft")

    assert drawn(current_ties()) == {"new": "sister"}
    assert drawn(Affiliation.objects.for_list().ended()) == {"old": "sister"}
