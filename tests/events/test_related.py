"""What stands beside an exchange, and the years of a partner."""

import pytest
from django.template import Context

from events.finding import current_index
from events.models import Exchange
from events.templatetags.events_tags import partner_history, related_exchanges
from tests.factories import make_exchange, make_field, make_partner
from tests.test_leaks import HIDDEN


def made(*years, **facts):
    return {year: make_exchange(starts_on=f"{year}-05-04", **facts) for year in years}


def related(client, exchange):
    """The exchanges of both lists of its page."""
    context = client.get(exchange.get_absolute_url()).context
    return context["together"], context["alike"]


@pytest.mark.django_db
def test_same_partner_gives_the_three_nearest_the_latest_first(client):
    partner = make_partner()
    found = made(1970, 1991, 1999, 2000, 2003, 2010, partners=[partner])
    made(2001, partners=[make_partner()])

    assert related(client, found[2000]) == (
        [found[2003], found[1999], found[1991]],
        [],
    )


@pytest.mark.django_db
def test_same_field_gives_the_nearest_of_two_years_without_those_before(client):
    partner, field = make_partner(), make_field()
    together = make_exchange(starts_on="2000-06", partners=[partner], fields=[field])
    exchange = make_exchange(starts_on="2000-05-04", partners=[partner], fields=[field])
    near = [
        make_exchange(starts_on=day, fields=[field])
        for day in ("2002-05-04", "2001", "1998-12-31")
    ]
    make_exchange(starts_on="1998-05-01", fields=[field])
    make_exchange(starts_on="2000-05-05", fields=[make_field()])

    assert related(client, exchange) == ([together], near)


@pytest.mark.django_db
def test_exchange_alone_has_nothing_beside_it(client):
    make_exchange()
    exchange = make_exchange(partners=[make_partner()], fields=[make_field()])

    html = client.get(exchange.get_absolute_url()).content.decode()

    assert related(client, exchange) == ([], [])
    assert "h-together" not in html
    assert "h-alike" not in html


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.django_db
def test_hidden_records_relate_nothing(client, hidden):
    shown, hidden_ones = (
        {"partners": [make_partner(**facts)], "fields": [make_field(**facts)]}
        for facts in ({}, hidden())
    )
    exchange = make_exchange(**{key: shown[key] + hidden_ones[key] for key in shown})
    make_exchange(**hidden_ones)
    make_exchange(**shown, **hidden())

    assert related(client, exchange) == ([], [])


@pytest.mark.django_db
def test_near_is_the_nearest_by_plain_comparison():
    days = ["1999", "2000-01-01", "2000-01", "2000-01-01", "2003-07", "2004", "2010"]
    exchanges = [make_exchange(starts_on=day) for day in days]
    index = current_index()

    for exchange in exchanges:
        distances = sorted(
            abs(other.first_day - exchange.first_day)
            for other in exchanges
            if other != exchange
        )
        found = Exchange.objects.in_bulk(index.near(exchange, index.everything, 3))
        assert exchange.pk not in found
        assert (
            sorted(abs(near.first_day - exchange.first_day) for near in found.values())
            == distances[:3]
        )


@pytest.mark.django_db
def test_exchange_that_has_just_gone_relates_nothing():
    exchange = make_exchange(partners=[make_partner()])
    Exchange.objects.update(status="archived")

    assert related_exchanges(exchange, current_index())["together"] == []


@pytest.mark.django_db
def test_history_counts_each_year_by_field_as_the_links_show(client):
    partner = make_partner(slug="city")
    music, sports = make_field(slug="music", order=1), make_field(slug="sports")
    make_field(slug="water")
    make_exchange(starts_on="2019", partners=[partner], fields=[music, sports])
    make_exchange(starts_on="2019-05", partners=[partner], fields=[music])
    make_exchange(
        starts_on="2020-12-31",
        ends_on="2021-01-01",
        partners=[partner],
        fields=[sports],
    )
    make_exchange(starts_on="2022", partners=[partner])
    make_exchange(starts_on="2022", partners=[make_partner()], fields=[music])

    history = partner_history(Context(), partner)
    links = {query: count for _year, row in history["rows"] for count, query in row}

    assert history["fields"] == [music, sports]
    assert [(year, [count for count, _q in row]) for year, row in history["rows"]] == [
        (2022, [1, 0, 0]),
        (2021, [1, 0, 1]),
        (2020, [1, 0, 1]),
        (2019, [2, 2, 1]),
    ]
    assert "?field=music&partner=city&year=2019" in links
    assert "?partner=city&year=2019" in links
    html = client.get(partner.get_absolute_url()).content.decode()
    for query, count in links.items():
        response = client.get(f"/en/exchanges/{query}")
        assert response.status_code == 200  # the address is in its short form
        assert response.context["count"] == count
        link = f'<a href="/en/exchanges/{query.replace("&", "&amp;")}">{count}</a>'
        assert (link in html) is bool(count)


@pytest.mark.django_db
def test_history_without_fields_has_no_table(client):
    partner = make_partner()
    make_exchange(partners=[partner])

    html = client.get(partner.get_absolute_url()).content.decode()

    assert "h-fields" not in html
    assert partner_history(Context(), partner)["count"] == 1
