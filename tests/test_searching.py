"""What counts as the same in the search, and the index against a plain search."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from network.models import SearchEntry
from osaka_site.searching import (
    excerpt,
    marked,
    matches,
    normalise,
    phrase,
    places,
    tokens,
    words_of,
)

# Few characters of every sort, so that words and texts meet.
MIXED = st.text("海港大阪市かがカガｶﾞーaáAＡ1５ßﬁ㍻각ㄱ 　・-_'\"*\0\n", max_size=30)
KIND = SearchEntry.Kind.EXCHANGE
QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ﾒﾙﾎﾞﾙﾝ", "めるぼるん"),
        ("メルボルン", "めるぼるん"),
        ("ＳＤＧｓ", "sdgs"),
        ("São  Paulo", "sao paulo"),
        ("サンクト・ペテルブルグ", "さんくと ぺてるぶるぐ"),
        ("がか", "がか"),
        ("コーヒー", "こーひー"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("第5回", "第 5 回"),
        ("co-operation", "co operation"),
        ("서울", "서울"),
        ("'\"*()&|!:\0", ""),
    ],
)
def test_normalise(text, plain):
    assert normalise(text) == plain


@given(st.text())
@example("ｶﾞ")
def test_normalised_text_stays_as_it_is(text):
    assert normalise(normalise(text)) == normalise(text)


def test_tokens_are_pairs_and_the_last_character_or_words():
    assert tokens(normalise("姉妹都市 第5回 Water")) == [
        *("姉妹", "妹都", "都市", "市"),
        *("第", "5", "回"),
        "water",
    ]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("港", (["港"], True)),
        ("姉妹", (["姉妹"], False)),
        ("姉妹都市", (["姉妹", "妹都", "都市"], False)),
        ("wat", (["wat"], True)),
        ("第5回", (["第", "5", "回"], True)),
        ("上海5", (["上海", "海", "5"], True)),
    ],
)
def test_phrase(word, expected):
    assert phrase(normalise(word)) == expected


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("姉妹都市", "妹都", True),
        ("東京港区", "港", True),
        ("research", "sea", False),
        ("seaport", "sea", True),
        ("第15回", "5回", False),
        ("第5回大会", "第５回", True),
        ("友好・都市", "友好都市", False),
        ("水道 友好", "友好 水道", True),
        ("友好", "友好 水道", False),
    ],
)
def test_matches(text, query, expected):
    assert matches(normalise(text), words_of(query)) is expected


@given(MIXED, MIXED)
@settings(max_examples=1000, deadline=None)
def test_words_stand_where_they_are_found(text, query):
    words = words_of(query)
    plain = normalise(text)

    for word in words:
        found = places(text, [word])

        assert bool(found) is matches(plain, [word])
        for start, end in found:
            assert normalise(text[start:end]).replace(" ", "").find(
                word.replace(" ", "")
            ) in (0, 1)


@pytest.mark.parametrize(
    ("text", "query", "html"),
    [
        ("ﾒﾙﾎﾞﾙﾝ市", "めるぼるん", "<mark>ﾒﾙﾎﾞﾙﾝ</mark>市"),
        ("São Paulo", "sao paulo", "<mark>São</mark> <mark>Paulo</mark>"),
        ("友好都市", "友好 好都", "<mark>友好都</mark>市"),
        ("<b>R&D</b>", "r", "&lt;b&gt;<mark>R</mark>&amp;D&lt;/b&gt;"),
        ("㍻元年", "平", "<mark>㍻</mark>元年"),
        ("第５回大会", "第5回", "<mark>第５回</mark>大会"),
        ("research", "sea", "research"),
    ],
)
def test_hit_is_marked_in_the_text_as_it_was_written(text, query, html):
    assert marked(text, words_of(query)) == html


def test_excerpt_shows_the_first_hit_of_a_long_text():
    text = "Words before. " * 40 + "Here is water. " + "Words after. " * 40

    part = excerpt(text, ["water"])

    assert "Here is water." in part
    assert part.startswith("…")
    assert part.endswith("…")
    assert len(part) < 200


@given(st.text(), MIXED)
@settings(deadline=None)
def test_excerpt_and_marks_never_fail(text, query):
    words = words_of(query)

    marked(excerpt(text, words), words)


@given(
    st.lists(st.tuples(MIXED, MIXED), min_size=1, max_size=12),
    st.lists(MIXED, min_size=1, max_size=12),
)
@QUICK
@pytest.mark.django_db
def test_index_finds_what_a_plain_search_finds(texts, queries):
    entries = {
        pk: (normalise(title), normalise(body))
        for pk, (title, body) in enumerate(texts, 1)
    }
    SearchEntry.objects.forget_all()
    SearchEntry.objects.write(KIND, entries)

    # Whole texts and their beginnings are looked for too, so that there are hits.
    pieces = [part[:4] for pair in texts for part in pair]
    for words in filter(None, map(words_of, [*queries, *pieces])):
        expected = [
            pk
            for pk, columns in entries.items()
            if all(any(matches(column, [word]) for column in columns) for word in words)
        ]

        assert sorted(SearchEntry.objects.list_pks_matching(KIND, words)) == expected


@pytest.mark.django_db
def test_index_knows_long_texts_and_long_words():
    """PostgreSQL's own phrase search forgets places after 16,383 and long words."""
    text = normalise("友好 " * 20_000 + "姉妹都市 " + "x" * 5000 + "y")
    SearchEntry.objects.write(KIND, {1: ("", text)})

    found = {
        word: SearchEntry.objects.list_pks_matching(KIND, words_of(word))
        for word in ("姉妹都市", "妹都", "友好姉妹", "x" * 5000, "x" * 5000 + "z")
    }

    assert list(found.values()) == [[1], [1], [], [1], []]
