import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from osaka_site.context_processors import languages
from osaka_site.templatetags.site_tags import lines, plain
from osaka_site.translation import TranslatedText

ENGLISH = "One."
JAPANESE = "一。"


def render(source, **context):
    template = Template("{% load site_tags %}" + source)
    return template.render(Context(context))


@pytest.mark.parametrize(
    "text", [TranslatedText("大阪", "ja"), TranslatedText("大阪", "en"), "大阪"]
)
def test_plain_gives_nothing_but_the_text(text):
    found = plain(text)

    assert (type(found), found) == (str, "大阪")


def test_plain_leaves_what_is_no_text():
    assert plain(None) is None


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        (" \n\n ", ""),
        ("One.", "<p>One.</p>"),
        ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("One.\r\n\r\nTwo.\r\n", "<p>One.</p>\n<p>Two.</p>"),
        ("\n\nOne.\n\n\n \t\n\u3000\nTwo.\n", "<p>One.</p>\n<p>Two.</p>"),
        ("One.\n \t\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("One,\ntwo.", "<p>One,<br>two.</p>"),
        ("One,\r\ntwo.", "<p>One,<br>two.</p>"),
        ('<script> & "x"', "<p>&lt;script&gt; &amp; &quot;x&quot;</p>"),
        ("<b>\n\n</b>", "<p>&lt;b&gt;</p>\n<p>&lt;/b&gt;</p>"),
    ],
)
def test_paragraphs_are_parted_by_blank_lines(text, html):
    assert render("{{ text|paragraphs }}", text=text) == html
    assert render("{{ text|paragraphs }}", text=TranslatedText(text, "en")) == html


def test_paragraphs_of_another_language_say_so():
    text = TranslatedText("<一>。\n\n二。", "zh-hans")

    assert render("{{ text|paragraphs }}", text=text) == (
        '<p lang="zh-Hans">&lt;一&gt;。</p>\n<p lang="zh-Hans">二。</p>'
    )
    with translation.override("zh-hans"):
        assert render("{{ text|paragraphs }}", text=text) == (
            "<p>&lt;一&gt;。</p>\n<p>二。</p>"
        )


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("One & two\r\n\r\n  Three \n", "<li>One &amp; two</li><li>Three</li>"),
        (
            TranslatedText("一\r\n<二>", "ja"),
            (
                '<li><span lang="ja">一</span></li>'
                '<li><span lang="ja">&lt;二&gt;</span></li>'
            ),
        ),
    ],
)
def test_lines_are_each_in_the_language_of_the_text(text, html):
    source = "{% for line in text|lines %}<li>{{ line }}</li>{% endfor %}"

    assert render(source, text=text) == html


def test_lines_of_a_plain_text_are_plain():
    assert [type(line) for line in lines("One\nTwo")] == [str, str]


@pytest.mark.parametrize(
    ("texts", "notice"),
    [
        ([TranslatedText("One.", "en"), "", None], None),
        ([TranslatedText("", "ja")], None),
        (
            [TranslatedText("One.", "en"), TranslatedText("一。", "ja")],
            ("ja", "日本語"),
        ),
        (
            [TranslatedText("一。", "zh-hans"), TranslatedText("一。", "ja")],
            ("zh-Hans", "简体中文"),
        ),
    ],
)
def test_fallback_notice_names_the_language_that_is_shown(texts, notice):
    html = render(
        "{% fallback_notice first second %}",
        first=texts[0],
        second=texts[1] if texts[1:] else "",
        **languages(RequestFactory().get("/en/")),
    )

    if notice is None:
        assert html.strip() == ""
    else:
        tag, name = notice
        assert " ".join(html.split()).endswith(
            "<p>Part of this page is not translated yet. It is shown in this "
            f'language: <span lang="{tag}">{name}</span></p> </div>'
        )
