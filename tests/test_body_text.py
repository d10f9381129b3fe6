"""Markdown as non-programmers write it, above all in Japanese."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osaka_site.body_text import plain_text, render
from osaka_site.translation import TranslatedText

pytestmark = pytest.mark.one_database

EXTERNAL = '<span class="ext">(external site)</span>'


def html_of(text, level=2):
    return "".join(render(text, level)).strip()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.", "<p>One.</p>"),
        ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("One.\r\n\r\nTwo.\r\n", "<p>One.</p>\n<p>Two.</p>"),
        ("\n\nOne.\n\n\n \t\n\u3000\nTwo.\n", "<p>One.</p>\n<p>Two.</p>"),
        ("One,\ntwo.", "<p>One,<br>\ntwo.</p>"),
        ("一、\n二。", "<p>一、<br>\n二。</p>"),
        ("\u3000一。", "<p>一。</p>"),
        ("    One,\n\ttwo.", "<p>One,<br>\ntwo.</p>"),
        ("One\n---", "<p>One</p>\n<hr>"),
        ("One\n===", "<p>One<br>\n===</p>"),
        ("`One` &amp; 10%", "<p>`One` &amp;amp; 10%</p>"),
        ("2026. 4. 1. 개최", "<p>2026. 4. 1. 개최</p>"),
        ("#1 of 3", "<p>#1 of 3</p>"),
        ("- One\n- Two", "<ul>\n<li>One</li>\n<li>Two</li>\n</ul>"),
        ("3. One\n4. Two", '<ol start="3">\n<li>One</li>\n<li>Two</li>\n</ol>'),
        ("> One", "<blockquote>\n<p>One</p>\n</blockquote>"),
    ],
)
def test_text_is_what_it_looks_like(text, html):
    assert html_of(text) == html
    assert html_of(TranslatedText(text, "en")) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**Osaka** and *Milan*", "<strong>Osaka</strong> and <em>Milan</em>"),
        ("snake_case_word, 5 * 3 * 2", "snake_case_word, 5 * 3 * 2"),
        ("*注意", "*注意"),
        ("大阪の**友好**都市", "大阪の<strong>友好</strong>都市"),
        ("**「友好」**の都市", "<strong>「友好」</strong>の都市"),
        ("**重要。**次の文", "<strong>重要。</strong>次の文"),
        (
            "前**「友好」**と**「姉妹」**後",
            "前<strong>「友好」</strong>と<strong>「姉妹」</strong>後",
        ),
        (
            "**大阪（おおさか）**は*市*だ",
            "<strong>大阪（おおさか）</strong>は<em>市</em>だ",
        ),
        ("**중요(重要)**는", "<strong>중요(重要)</strong>는"),
        ("大阪 ** 上海 ** 市", "大阪 ** 上海 ** 市"),
    ],
)
def test_emphasis_needs_no_spaces_where_words_have_none(text, html):
    assert html_of(text) == f"<p>{html}</p>"


@pytest.mark.parametrize(
    ("levels", "top", "shown"),
    [
        ([2, 3, 2], 2, [2, 3, 2]),
        ([2, 3, 2], 4, [4, 5, 4]),
        ([1, 2, 3], 3, [3, 4, 5]),
        ([3, 3], 2, [2, 2]),
        ([2, 4], 2, [2, 3]),
        ([3, 2], 3, [3, 3]),
        ([1, 2, 3, 4], 4, [4, 5, 6, 6]),
    ],
)
def test_headings_begin_where_the_page_says_and_skip_no_level(levels, top, shown):
    text = "\n".join("#" * level + " 大阪" for level in levels)

    assert html_of(text, top) == "\n".join(
        f"<h{level}>大阪</h{level}>" for level in shown
    )


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("[Here](/en/house/)", '<a href="/en/house/">Here</a>'),
        ("[Us](http://127.0.0.1:8000/)", '<a href="http://127.0.0.1:8000/">Us</a>'),
        ("[M](mailto:a@b.example)", '<a href="mailto:a@b.example">M</a>'),
        ("[T](tel:+81-6)", '<a href="tel:+81-6">T</a>'),
        (
            "[市](https://example.com/?a=1&b=2)、",
            f'<a href="https://example.com/?a=1&amp;b=2" rel="external">市 {EXTERNAL}</a>、',
        ),
        (
            "[T](//example.com/t)",
            f'<a href="//example.com/t" rel="external">T {EXTERNAL}</a>',
        ),
    ],
)
def test_links_say_when_they_lead_elsewhere(text, html):
    assert html_of(text) == f"<p>{html}</p>"


def test_table_scrolls_by_itself_and_has_a_name():
    text = "| 曜日 | 時間 |\n|---|---:|\n| 平日 | 9時 |"

    assert html_of(text) == (
        '<div class="scroll" role="group" tabindex="0" aria-label="曜日, 時間">'
        '<table class="data">\n'
        '<thead>\n<tr>\n<th scope="col">曜日</th>\n<th scope="col">時間</th>\n</tr>\n'
        "</thead>\n<tbody>\n<tr>\n<td>平日</td>\n<td>9時</td>\n</tr>\n</tbody>\n"
        "</table></div>"
    )


def test_table_without_heads_is_called_a_table():
    assert 'aria-label="Table"' in html_of("| | |\n|---|---|\n| a | b |")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("![a](pier)", ("", "pier", "")),
        ("One\n![a](pier)", ("<p>One</p>\n", "pier", "")),
        ("![](a)\n![](b)\nTwo", ("<p>Two</p>\n", "a", "", "b", "")),
        ("- ![](a)", ("<ul>\n<li>\n", "a", "</li>\n</ul>\n")),
        ("## ![](a)", ("", "a", "")),
        ("## One ![](a)", ("<h2>One </h2>\n", "a", "")),
        ("| ![](a) |\n|---|", render("| |\n|---|")),
        ("![](https://example.com/a.png)", ("",)),
        ("![](data:image/png;base64,AAAA)", ("",)),
        ('![](a"onerror)', ("",)),
    ],
)
def test_pictures_stand_apart(text, parts):
    assert render(text) == parts


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ('<script> & "x"', '&lt;script&gt; &amp; "x"'),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](data:text/html,x)", "[x](data:text/html,x)"),
        ("[x](ftp://example.com)", f'<a rel="external">x {EXTERNAL}</a>'),
        ('[x](/a "onclick=x")', '<a href="/a">x</a>'),
        ('[x](</a" onclick="x>)', '<a href="/a%22%20onclick=%22x">x</a>'),
    ],
)
def test_nothing_but_text_comes_from_outside(text, html):
    assert html_of(text) == f"<p>{html}</p>"


PIECES = st.sampled_from(
    [*"*_[]()!#|-<>\"'&\\\n\t 　", "大", "。", "a", "://", "[x](", "http://[", "|-|"]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_text_breaks_the_page(text):
    html = html_of(text)

    for tag in html.split("<")[1:]:
        assert tag.lstrip("/").partition(">")[0].split()[0] in {
            *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li"),
            *("blockquote", "strong", "em", "a", "span", "figure"),
            *("div", "table", "thead", "tbody", "tr", "th", "td"),
        }
    assert isinstance(plain_text(text), str)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("One\ntwo.\n\nThree.", "One\ntwo.\n\nThree."),
        ("## A **b**\n\nC [d](https://e.f)", "A b\n\nC d"),
        ("- A\n- B\n\n![c](d)", "A\nB"),
        ("| A | B |\n|---|---|\n| C | D |", "A\nB\nC\nD"),
        ("1 \\* 2 <b> &amp;", "1 * 2 <b> &amp;"),
    ],
)
def test_plain_text_has_no_sign_of_markdown(text, words):
    assert plain_text(text) == words
