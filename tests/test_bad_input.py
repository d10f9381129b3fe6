"""Whatever is sent, the page answers, and names what is wrong at its field."""

from urllib.parse import quote

import pytest

from .factories import make_exchange, make_field, make_partner

LONG = "a" * 10_000


@pytest.fixture
def exchange(db):
    partner = make_partner(slug="partner")
    field = make_field(slug="field")
    return make_exchange(slug="exchange", partners=[partner], fields=[field])


def errors_of(response):
    return {
        name: [str(error) for error in errors]
        for name, errors in response.context["filter"].errors.items()
    }


UNKNOWN = "There is no such choice. Use the list."
YEAR = "Write the year in four digits, such as 2018."
ONE = "Choose one only."


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("year=abc", {"year": [YEAR]}),
        ("year=18", {"year": [YEAR]}),
        ("year=0000", {"year": [YEAR]}),
        ("year=-2018", {"year": [YEAR]}),
        ("year=２０１８", {"year": [YEAR]}),
        ("year=%00", {"year": [YEAR]}),
        (f"year={LONG}", {"year": [YEAR]}),
        ("year=2018&year=2019", {"year": [ONE]}),
        ("field=nope", {"field": [UNKNOWN]}),
        ("field=field&field=nope", {"field": [UNKNOWN]}),
        ("field=%00", {"field": [UNKNOWN]}),
        (f"field={LONG}", {"field": [UNKNOWN]}),
        ("kind=nope", {"kind": [UNKNOWN]}),
        ("partner=nope", {"partner": [UNKNOWN]}),
        ("partner=%00", {"partner": [UNKNOWN]}),
        ("partner=partner&partner=partner", {"partner": [ONE]}),
        ("year=abc&field=nope", {"year": [YEAR], "field": [UNKNOWN]}),
        ("%00=1", {}),
        ("year=%ff", {"year": [YEAR]}),
    ],
)
def test_exchange_filter_names_the_error_and_shows_nothing(
    client, exchange, query, errors
):
    response = client.get(f"/en/exchanges/?{query}", follow=True)

    assert response.status_code == 200
    assert errors_of(response) == errors
    assert list(response.context["exchange_list"]) == ([] if errors else [exchange])
    for sentences in errors.values():
        assert sentences[0] in response.content.decode()


@pytest.mark.parametrize("query", ["country=ZZ", "kind=%00", f"category={LONG}"])
def test_partner_filter_names_the_error_and_shows_nothing(client, exchange, query):
    response = client.get(f"/en/partners/?{query}")

    assert response.status_code == 200
    assert errors_of(response) == {query.partition("=")[0]: [UNKNOWN]}
    assert list(response.context["partner_list"]) == []


def test_empty_parameters_filter_nothing(client, exchange):
    response = client.get("/en/exchanges/?year=&partner=&page=", follow=True)

    assert response.redirect_chain == [("/en/exchanges/", 302)]
    assert list(response.context["exchange_list"]) == [exchange]


def test_year_without_exchanges_is_no_error(client, exchange):
    response = client.get("/en/exchanges/?year=1900")

    assert errors_of(response) == {}
    assert "Nothing matches all of these filters" in response.content.decode()


@pytest.mark.parametrize("page", ["0", "999", "-1", "abc", "%00", LONG, "1.5"])
def test_page_that_does_not_exist_is_not_found(client, exchange, page):
    assert client.get(f"/en/exchanges/?page={page}").status_code == 404


@pytest.mark.parametrize("name", ["%00", "a" * 5000, "../secret", "%ff", quote("大阪")])
@pytest.mark.parametrize(
    "address",
    [
        "/{}",
        "/en/{}",
        "/en/exchanges/{}/",
        "/en/partners/{}/",
        "/en/network/{}/",
        "/media/{}",
        "/media/pictures/{}",
        "/media/agreements/{}/",
    ],
)
@pytest.mark.django_db
def test_address_that_does_not_exist_is_not_found(client, address, name):
    assert client.get(address.format(name)).status_code == 404


@pytest.mark.parametrize("address", ["/en/", "/en/exchanges/", "/en/partners/"])
@pytest.mark.django_db
def test_pages_are_for_reading_only(client, address):
    assert client.post(address).status_code == 405
