"""The search: what it finds, how it shows it, and what it never tells."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import html5lib
import pytest
from django.core import serializers
from django.core.management import call_command
from django.utils import timezone

from events.models import Exchange, exchange_ids_matching
from network.models import Partner, SearchEntry
from osaka_site.publishing import Status
from osaka_site.search_views import FIRST, MOST

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
    make_programme,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HIDDEN = {
    "draft": lambda: {"status": Status.DRAFT},
    "in review": lambda: {"status": Status.IN_REVIEW},
    "archived": lambda: {"status": Status.ARCHIVED},
    "from tomorrow": lambda: {"publish_at": timezone.now() + DAY},
    "until yesterday": lambda: {"unpublish_at": timezone.now() - DAY},
}


def ask(client, q="", language="en", **parameters):
    return client.get(f"/{language}/search/?" + urlencode({"q": q, **parameters}))


def found(response):
    """``{"exchange": [title, …]}`` as the page shows them."""
    return {
        group.parameter: [
            ": ".join(re.sub("<[^>]*>", "", part) for part in hit.title)
            for hit in group.hits
        ]
        for group in response.context["groups"]
    }


def counts(response):
    return {group.parameter: group.count for group in response.context["groups"]}


def plain(html):
    return re.sub(r"\s+", " ", html.content.decode())


# ---- what it finds --------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    ["姉妹", "周年", "ﾒﾙﾎﾞﾙﾝ", "ＳＤＧｓ", "sao paulo", "めるぼるん", "聖市", "港"],
)
def test_query_finds_its_records(client, query):
    titles = {
        "姉妹": "姉妹都市の集い",
        "周年": "提携50周年記念",
        "ﾒﾙﾎﾞﾙﾝ": "メルボルン市長の来訪",
        "ＳＤＧｓ": "A talk on the SDGs",
        "sao paulo": "Guests from São Paulo",
        "港": "大阪港の見学",
    }
    records = {
        asked: make_exchange(title_en="", title_ja=title)
        for asked, title in titles.items()
    }
    records["めるぼるん"] = records["ﾒﾙﾎﾞﾙﾝ"]
    records["聖市"] = make_partner(name_en="São Paulo", aliases_ja="聖市, サンパウロ市")
    kind = "partner" if query == "聖市" else "exchange"

    response = ask(client, query)

    assert found(response)[kind] == [str(records[query])]


def test_starting_content_is_found(client, starting_content):
    with starting_content():
        answers = {
            query: found(ask(client, query))
            for query in ("聖市", "SF", "BPC", "めるぼるん", "sao paulo", "滬", "HCMC")
        }

    assert answers["聖市"]["partner"] == ["São Paulo"]
    assert answers["SF"]["partner"] == ["San Francisco"]
    assert answers["BPC"]["category"] == ["Business Partner Cities (BPC)"]
    assert answers["めるぼるん"]["partner"] == ["Melbourne", "Port of Melbourne"]
    assert answers["sao paulo"]["partner"] == ["São Paulo"]
    assert answers["滬"]["partner"] == ["Shanghai"]
    assert answers["HCMC"]["partner"] == ["Ho Chi Minh City"]


def test_every_kind_is_found_and_leads_to_its_page(client):
    partner = make_partner(name_en="Lantern", slug="partner")
    category = make_category(name_en="Lantern ties", tie_name_en="Tie", slug="category")
    tie = make_affiliation(partner=partner, category=category, slug="tie")
    field = make_field(name_en="Lanterns", slug="field")
    make_exchange(title_en="Lantern night", slug="exchange", fields=[field])
    house = make_facility(name_en="Lantern house", slug="house")
    make_programme(title_en="Make a lantern", slug="programme", facility=house)
    make_office(name_en="Lantern office", slug="office")
    make_link(title_en="Lantern site", slug="link", is_listed=True)
    make_link(title_en="Lantern site that only records name")
    make_page_text(title_en="Lantern words", slug="home")
    make_page_text(title_en="Lantern words of no page", slug="nowhere")

    response = ask(client, "lantern")

    assert {
        group.parameter: [hit.address for hit in group.hits]
        for group in response.context["groups"]
    } == {
        "partner": ["/en/partners/partner/"],
        "category": ["/en/network/category/"],
        "tie": [tie.get_absolute_url()],
        "exchange": ["/en/exchanges/exchange/"],
        "field": ["/en/exchanges/?field=field"],
        "programme": ["/en/house/#programme"],
        "facility": ["/en/house/#house"],
        "office": ["/en/offices/#office"],
        "link": ["https://example.com/"],
        "page_text": ["/en/"],
    }


def test_all_words_must_be_there_in_any_field_and_language(client):
    make_exchange(title_en="Water talks", body_ja="上海市との協議")
    make_exchange(title_en="Water games")

    assert found(ask(client, "上海 water"))["exchange"] == ["Water talks"]


def test_title_comes_before_text_and_new_before_old(client):
    for title, body, year in [
        ("Visit", "water", "2020"),
        ("Old water", "", "2001"),
        ("New water", "", "2011"),
        ("Meeting", "water", "2021"),
    ]:
        make_exchange(title_en=title, body_en=body, starts_on=year)

    assert found(ask(client, "water"))["exchange"] == [
        "New water",
        "Old water",
        "Meeting",
        "Visit",
    ]


def test_country_of_a_partner_is_found(client):
    make_partner(name_en="Hamburg", country="DE")

    assert found(ask(client, "Germany"))["partner"] == ["Hamburg"]


# ---- how it shows it ------------------------------------------------------------


def test_result_marks_the_hit_and_says_its_language(client):
    make_exchange(title_ja="ﾒﾙﾎﾞﾙﾝの<夜>", title_en="", summary_en="An evening")

    page = plain(ask(client, "メルボルン"))

    assert (
        '<span lang="ja"><mark>ﾒﾙﾎﾞﾙﾝ</mark>の&lt;夜&gt;</span></a></h3> '
        "<p>An evening</p>" in page
    )


def test_hit_in_another_language_than_the_title_shows(client):
    make_partner(name_en="São Paulo", aliases_ja="聖市")

    assert '<p><span lang="ja"><mark>聖市</mark></span></p>' in plain(
        ask(client, "聖市")
    )


def test_words_of_a_long_text_show_without_its_signs(client):
    make_partner(introduction_en="## Ports\n\n**Two** [harbours](https://sea.example/)")

    assert "<p>Ports Two <mark>harbours</mark></p>" in plain(ask(client, "harbours"))
    assert counts(ask(client, "example")) == {}


def test_kinds_are_tabs_and_each_has_pages(client):
    for number in range(21):
        make_exchange(title_en=f"Water {number}", starts_on=str(1980 + number))
    make_partner(name_en="Waterford")

    everything = ask(client, "water")
    first = ask(client, "water", kind="exchange")
    second = ask(client, "water", kind="exchange", page=2)

    assert counts(everything) == counts(first) == {"partner": 1, "exchange": 21}
    assert found(everything)["exchange"] == [
        f"Water {number}" for number in range(20, 20 - FIRST, -1)
    ]
    assert found(first) == {
        "partner": [],
        "exchange": [f"Water {number}" for number in range(20, 0, -1)],
    }
    assert found(second)["exchange"] == ["Water 0"]
    assert "Exchanges: all 21 results" in plain(everything)
    assert "<b>22 results</b> for “water”" in plain(first)
    assert ask(client, "water", kind="exchange", page=3).status_code == 404


def test_more_results_than_are_read_are_said_to_be_more(client):
    for number in range(MOST + 1):
        make_exchange(title_en="Water" if number % 2 else "River", body_en="Water")

    response = ask(client, "water", kind="exchange")

    assert counts(response) == {"exchange": MOST}
    assert f"<b>More than {MOST} results</b>" in plain(response)
    assert ask(client, "water", kind="exchange", page=10).status_code == 200
    assert ask(client, "water", kind="exchange", page=11).status_code == 404


def test_chosen_kind_without_results_says_so(client):
    make_partner(name_en="Waterford")

    response = ask(client, "water", kind="exchange")

    assert counts(response) == {"partner": 1, "exchange": 0}
    assert "Exchanges: no results. Other kinds may have some." in plain(response)


def test_nothing_found_says_what_to_do(client):
    response = ask(client, "xyzzy")

    assert "<b>0 results</b> for “xyzzy”" in plain(response)
    assert "Nothing was found" in plain(response)


def test_results_are_not_for_search_engines(client):
    assert '<meta name="robots" content="noindex">' in plain(ask(client, "water"))


@pytest.mark.parametrize("query", ["", "water", "xyzzy", "...", "x" * 300])
def test_page_is_valid_html(client, query):
    make_exchange(title_en="Water")
    make_exchange(title_en="", title_ja="Waterの日")
    parser = html5lib.HTMLParser()

    parser.parse(ask(client, query).content.decode())

    assert parser.errors == []


def test_every_page_has_the_form(client):
    page = plain(client.get("/en/links/"))

    assert '<form class="head-search searchbox" action="/en/search/"' in page
    assert '<a class="to-search" href="/en/search/">' in page


# ---- bad input ------------------------------------------------------------------


def test_empty_query_shows_a_hint(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        response = ask(client, " ")

    assert "Write what you are looking for" in plain(response)


@pytest.mark.parametrize("query", ["...", "'\"*()&|!:", "\0", "　・", "%", "\\"])
def test_query_without_a_word_is_not_searched(client, query, django_assert_num_queries):
    with django_assert_num_queries(1):
        response = ask(client, query)

    assert response.status_code == 200
    assert response.context["groups"] == []


@pytest.mark.parametrize(
    "query",
    [
        'water" OR "',
        "AND",
        "NEAR(a b, 2)",
        "title : water",
        "wat* -er",
        "a'); DROP TABLE x",
        "a & !b | (c:*)",
        "^water",
        "water\0fall",
        "{title} : x",
        "%s %d",
    ],
)
def test_signs_of_query_languages_are_words_like_others(client, query):
    make_exchange(title_en=f"Before {query.replace(chr(0), ' ')} after")

    assert counts(ask(client, query)) == {"exchange": 1}


def test_too_long_query_is_refused_at_its_field(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        response = ask(client, "a" * 201)

    assert response.status_code == 200
    assert response.context["form"].errors == {
        "q": ["This is too long to search for. Write at most 200 characters."]
    }
    assert "Write at most 200 characters." in plain(response)
    assert 'name="q" maxlength="200" value=""' in plain(response)


def test_too_many_words_are_refused(client):
    response = ask(client, "a b c d e f g h i j k l m")

    assert response.context["form"].errors == {"q": ["Write at most 12 words."]}


@pytest.mark.parametrize(
    ("parameters", "errors"),
    [
        ("q=a&q=b", {"q": ["Choose one only."]}),
        ("q=a&kind=nope", {"kind": ["There is no such choice. Use the list."]}),
        ("q=a&kind=tie&kind=exchange", {"kind": ["Choose one only."]}),
        ("q=a&kind=%00", {"kind": ["There is no such choice. Use the list."]}),
    ],
)
def test_bad_parameter_is_named_and_nothing_is_searched(client, parameters, errors):
    make_exchange(title_en="A")

    response = client.get(f"/en/search/?{parameters}")

    assert response.status_code == 200
    assert response.context["form"].errors == errors
    assert response.context["groups"] == []
    for (sentence,) in errors.values():
        assert sentence in plain(response)


@pytest.mark.parametrize("page", ["0", "2", "-1", "abc", "%00", "9" * 5000, "１"])
def test_page_that_does_not_exist_is_not_found(client, page):
    make_exchange(title_en="A")

    assert client.get(f"/en/search/?q=a&kind=exchange&page={page}").status_code == 404


# ---- what it never tells --------------------------------------------------------


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
def test_hidden_records_are_in_no_result_and_no_count(client, hidden):
    hidden, word = hidden(), "Zyxomma"
    public = make_partner(name_en="Shown")
    house = make_facility(name_en="Shown")
    category = make_category(name_en="Shown", tie_name_en="Shown")
    make_exchange(title_en="Shown")
    city = make_partner(name_en=word, aliases_en=word, introduction_en=word, **hidden)
    kind = make_category(name_en=word, tie_name_en=word, aliases_en=word, **hidden)
    field = make_field(name_en=word, **hidden)
    place = make_facility(name_en=word, **hidden)
    make_facility(name_en=word, parent=place)
    make_programme(title_en=word, facility=house, **hidden)
    make_programme(title_en=word, facility=place)
    make_office(name_en=word, **hidden)
    make_office(name_en=word, city=city)
    make_link(title_en=word, is_listed=True, **hidden)
    make_page_text(title_en=word, slug="home", **hidden)
    make_exchange(title_en=word, body_en=word, fields=[field], **hidden)
    make_affiliation(partner=city, category=category, content_en=word)
    make_affiliation(partner=public, category=kind, content_en=word)
    make_affiliation(partner=public, category=category, content_en=word, **hidden)

    answers = [
        ask(client, word),
        *(ask(client, word, kind=kind.name.lower()) for kind in SearchEntry.Kind),
    ]

    assert SearchEntry.objects.filter(title__contains="zyxomma").count() == 14
    for answer in answers:
        assert sum(counts(answer).values()) == 0
        assert "<b>0 results</b>" in plain(answer)
    assert list(Exchange.objects.published().matching(word)) == []


def test_hidden_hit_does_not_change_a_page(client):
    make_exchange(title_en="Water shown")
    before = ask(client, "water").content

    make_exchange(title_en="Water hidden", status=Status.DRAFT)

    assert ask(client, "water").content == before


def test_publishing_shows_at_once_without_saving(client):
    exchange = make_exchange(title_en="Water", status=Status.DRAFT)
    assert counts(ask(client, "water")) == {}

    Exchange.objects.filter(pk=exchange.pk).update(status=Status.PUBLISHED)

    assert counts(ask(client, "water")) == {"exchange": 1}


# ---- in step with the records ---------------------------------------------------


def test_entry_follows_edits_and_deletion(client):
    exchange = make_exchange(title_en="Water")

    exchange.title_en = "Fire"
    exchange.save(update_fields=["title_en"])

    assert counts(ask(client, "water")) == {}
    assert counts(ask(client, "fire")) == {"exchange": 1}

    exchange.delete()

    assert counts(ask(client, "fire")) == {}
    assert exchange_ids_matching("fire") == []
    assert not SearchEntry.objects.exists()


def test_deletion_of_many_is_followed():
    make_exchange(title_en="Water")
    make_exchange(title_en="Water")

    Exchange.objects.all().delete()

    assert exchange_ids_matching("water") == []


def test_tie_follows_the_names_of_its_partner_and_category(client):
    tie = make_affiliation()

    tie.partner.name_en = "Lighthouse"
    tie.partner.save()
    tie.category.tie_name_en = "Beacon"
    tie.category.save()

    assert found(ask(client, "lighthouse beacon")) == {"tie": ["Lighthouse: Beacon"]}


def test_fixtures_are_followed_even_parts_before_wholes(client, tmp_path):
    tie = make_affiliation(partner=make_partner(name_en="Lighthouse"))
    records = [tie, tie.category, tie.partner]
    (tmp_path / "all.json").write_text(
        serializers.serialize("json", records), encoding="utf-8"
    )
    for record in records:
        type(record).objects.filter(pk=record.pk).delete()

    call_command("loaddata", tmp_path / "all.json", verbosity=0)

    assert counts(ask(client, "lighthouse")) == {"partner": 1, "tie": 1}


def test_rebuilding_repairs_what_bulk_writes_left(client, capsys):
    partner = make_partner(name_en="Springfield")
    gone = make_partner(name_en="Gone")
    Partner.objects.filter(pk=partner.pk).update(name_en="Shelbyville")
    Partner.objects.filter(pk=gone.pk)._raw_delete(using="default")

    call_command("rebuild_search")

    assert capsys.readouterr().out == "The search knows 1 records.\n"
    assert found(ask(client, "shelbyville")) == {"partner": ["Shelbyville"]}
    assert counts(ask(client, "springfield")) == counts(ask(client, "gone")) == {}


def test_empty_index_is_filled_after_migrating():
    make_exchange(title_en="Water")
    SearchEntry.objects.forget_all()

    call_command("migrate", verbosity=0)

    assert len(exchange_ids_matching("water")) == 1


def test_matching_chains_with_other_conditions():
    wanted = make_exchange(title_ja="姉妹都市", summary_en="in 2018")
    make_exchange(title_ja="姉妹都市")
    make_exchange(title_ja="姉妹都市", summary_en="2018", status=Status.DRAFT)

    matching = Exchange.objects.published().matching("姉妹 ２０１８")

    assert list(matching) == [wanted]
    assert matching.count() == 1
    assert list(Exchange.objects.matching("・")) == []


# ---- cost -----------------------------------------------------------------------


@pytest.mark.parametrize("size", [3, 40])
def test_search_costs_a_fixed_number_of_queries(
    client, size, django_assert_num_queries
):
    house, category = make_facility(name_en="Water"), make_category(name_en="Water")
    make_page_text(title_en="Water", slug="home")
    for _ in range(size):
        partner = make_partner(name_en="Water")
        make_affiliation(partner=partner, category=category)
        make_facility(name_en="Water", parent=house)
        make_programme(title_en="Water", facility=house)
        make_office(name_en="Water", city=partner)
        make_link(title_en="Water", is_listed=True)
        make_exchange(title_en="Water", fields=[make_field(name_en="Water")])

    for parameters in ({}, {"kind": "exchange"}, {"kind": "tie"}):
        with django_assert_num_queries(12):
            ask(client, "water", **parameters)
