import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from network.models import Category
from network.wording import (
    PLACEHOLDERS,
    check_placeholders,
    enumerate_in_words,
    facts_of,
    fill,
)
from osaka_site.translation import TranslatedText
from tests.factories import make_affiliation, make_category, make_partner

SENTENCE = (
    " is not a word that can be filled in. Use one of: {count}, {count_in_words}, "
    "{first}, {first_year}, {first_ended}, {others}, {established}, {interval}."
)


# ---- filling in ---------------------------------------------------------------


def test_fill_replaces_every_placeholder():
    text = TranslatedText(" ".join(f"{{{name}}}" for name in PLACEHOLDERS), "en")
    facts = {name: number for number, name in enumerate(PLACEHOLDERS)}

    assert fill(text, facts) == "0 1 2 3 4 5 6 7"


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("", ""),
        ("Eight cities.", "Eight cities."),
        ("{count} of {count}", "8 of 8"),
        ("{{count}}", "{8}"),
        ("{ count } {two words} {a-b} { }} {", "{ count } {two words} {a-b} { }} {"),
        ("%(count)s %s \\1", "%(count)s %s \\1"),
        ("{first}", "{count}"),
    ],
)
def test_fill_leaves_everything_else_as_it_is(text, filled):
    facts = {"count": 8, "first": "{count}"}

    assert fill(TranslatedText(text, "en"), facts) == filled


def test_filled_text_keeps_its_language():
    text = TranslatedText("{count}都市", "ja")

    assert fill(text, {"count": 8}).language == "ja"


# ---- what staff may write -----------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "Eight cities.", "{count} {first}", "{two words} {a-b} { } {", "%(count)s"],
)
def test_text_with_known_placeholders_is_accepted(text):
    check_placeholders(Category(introduction_en=text), "introduction")


@pytest.mark.parametrize(
    ("texts", "errors"),
    [
        ({"introduction_en": "{cities}"}, {"introduction_en": "{cities}"}),
        ({"introduction_ja": "{}都市"}, {"introduction_ja": "{}"}),
        ({"introduction_ko": "{도시}"}, {"introduction_ko": "{도시}"}),
        (
            {
                "introduction_en": "{count} {zoo} {bay}",
                "introduction_ja": "{count}",
                "introduction_zh_hans": "{Count}",
            },
            {"introduction_en": "{bay}", "introduction_zh_hans": "{Count}"},
        ),
    ],
)
def test_unknown_placeholder_is_refused_in_its_language(texts, errors):
    category = Category(name_en="Cities", tie_name_en="City", **texts)

    with pytest.raises(ValidationError) as error:
        category.clean()

    assert error.value.message_dict == {
        column: [f"“{unknown}”{SENTENCE}"] for column, unknown in errors.items()
    }


# ---- lists --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], ""),
        (["A"], "A"),
        (["A", "B"], "A and B"),
        (["A", "B", "C"], "A, B, and C"),
        (["A", "B", "C", "D"], "A, B, C, and D"),
    ],
)
def test_words_are_listed_as_in_english(words, text):
    assert enumerate_in_words(words) == text


# ---- facts --------------------------------------------------------------------


def facts_today(category):
    return facts_of(Category.objects.with_ties().get(pk=category.pk))


@pytest.fixture
def sister_cities(db):
    category = make_category(established_on="1957", anniversary_interval=5)
    for name, country, signed_on, ended_on in [
        ("San Francisco", "US", "1957-10-07", "2018-10-02"),
        ("São Paulo", "BR", "1969-10-27", None),
        ("Shanghai", "CN", "1974-04-18", None),
        ("Milan", "IT", "2018-10-03", None),
    ]:
        make_affiliation(
            partner=make_partner(name_en=name, country=country),
            category=category,
            signed_on=signed_on,
            ended_on=ended_on,
        )
    return category


@pytest.mark.parametrize(
    ("moment", "count", "in_words", "others"),
    [
        (
            "2018-10-01T14:59:59Z",  # the last second of 1 October in Japan
            3,
            "three",
            "São Paulo (Brazil) and Shanghai (China)",
        ),
        ("2018-10-01T15:00:00Z", 2, "two", "São Paulo (Brazil) and Shanghai (China)"),
        (
            "2018-10-02T15:00:00Z",
            3,
            "three",
            "São Paulo (Brazil), Shanghai (China), and Milan (Italy)",
        ),
    ],
)
def test_facts_are_right_on_the_day_a_tie_ends_or_begins(
    sister_cities, time_machine, moment, count, in_words, others
):
    time_machine.move_to(moment, tick=False)

    assert facts_today(sister_cities) == {
        "count": count,
        "count_in_words": in_words,
        "first": "San Francisco (USA)",
        "first_year": 1957,
        "first_ended": "2 October 2018",
        "others": others,
        "established": "1957",
        "interval": 5,
    }


@pytest.mark.django_db
def test_facts_of_a_category_that_has_not_begun_are_empty():
    category = make_category(anniversary_interval=None)
    make_affiliation(category=category, signed_on="2999")

    assert facts_today(category) == {
        "count": 0,
        "count_in_words": 0,
        "first": "",
        "first_year": "",
        "first_ended": "",
        "others": "",
        "established": "",
        "interval": "",
    }


@pytest.mark.django_db
def test_facts_leave_out_ties_that_are_hidden_or_to_come():
    category = make_category()
    make_affiliation(category=category, status="draft", signed_on="1950")
    make_affiliation(category=category, partner=make_partner(status="draft"))
    make_affiliation(category=category, signed_on="2999")
    undated = make_affiliation(category=category, signed_on=None)
    make_affiliation(
        category=category, partner=make_partner(name_en="Milan", country="IT")
    )

    facts = facts_today(category)

    assert (facts["count"], facts["first"], facts["others"]) == (
        2,
        "Milan (Italy)",
        f"{undated.partner.name} (USA)",
    )


@pytest.mark.django_db
def test_facts_count_a_partner_once():
    category, city = make_category(), make_partner()
    make_affiliation(category=category, partner=city, signed_on="1957")
    make_affiliation(category=category, partner=city, signed_on="2020")

    assert facts_today(category)["count"] == 1


# ---- whole introductions ------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Since July 2010: Milan (Italy)."),
        ("ja", "2010年7月からミラノ"),
        ("ko", "Since July 2010: Milan (Italy)."),
    ],
)
@pytest.mark.django_db
def test_introduction_takes_its_facts_in_its_own_language(language, text):
    category = make_category(
        introduction_en="Since {established}: {first}.",
        introduction_ja="{established}から{first}",
        established_on="2010-07",
    )
    milan = make_partner(
        name_en="Milan", name_ja="ミラノ", name_ko="밀라노", country="IT"
    )
    make_affiliation(category=category, partner=milan)

    with translation.override(language):
        told = Category.objects.with_ties().get().told_introduction

        assert told.startswith(text)
        assert told.is_fallback is (language == "ko")


@pytest.mark.django_db
def test_introduction_that_is_not_written_stays_empty():
    make_category()

    assert Category.objects.with_ties().get().told_introduction == ""
