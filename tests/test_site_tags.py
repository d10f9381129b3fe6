import re
from itertools import pairwise

import pytest
from django.contrib.contenttypes.models import ContentType
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from network.models import Picture
from osaka_site.context_processors import languages
from osaka_site.publishing import Status
from osaka_site.templatetags.site_tags import lines, plain
from osaka_site.translation import TranslatedText

from .factories import make_facility, make_picture, make_programme

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


@pytest.mark.parametrize("text", ["", " \n\n ", None])
def test_body_text_without_words_is_nothing(text):
    assert render("{% body_text text %}", text=text) == ""


def test_body_text_is_in_its_language():
    text = TranslatedText("<一>。\n\n二。", "zh-hans")

    assert render("{% body_text text %}", text=text) == (
        '<div class="body-text flow" lang="zh-Hans">\n'
        "<p>&lt;一&gt;。</p>\n<p>二。</p>\n</div>"
    )
    with translation.override("zh-hans"):
        assert render("{% body_text text %}", text=text) == (
            '<div class="body-text flow">\n<p>&lt;一&gt;。</p>\n<p>二。</p>\n</div>'
        )


def test_words_added_to_a_text_are_in_the_language_of_the_page():
    text = TranslatedText("[上海](https://example.com/)", "zh-hans")

    assert '上海 <span class="ext" lang="en">(external site)</span></a>' in render(
        "{% body_text text %}", text=text
    )


@pytest.mark.django_db
def test_body_text_shows_published_pictures_at_a_fixed_cost(django_assert_num_queries):
    make_picture(slug="pier", alt_ja="桟橋", alt_en="", caption_en="The pier, 1930")
    make_picture(slug="draft", status=Status.DRAFT)
    text = "Look.\n\n![any](pier)\n\n![](draft)\n\n![](nowhere)"

    ContentType.objects.get_for_model(Picture)
    with django_assert_num_queries(2):  # pictures, and former names of the unknown
        html = render(
            "{% body_text text %}{% body_text other %}",
            text=text,
            other="![](draft)",
        )

    figure = (
        '<figure class="fig">\n'
        '  <picture><source type="image/webp"'
        ' srcset="/media/pictures/test.png.3.webp 3w"'
        ' sizes="(min-width: 62em) min(45vw, 39rem), 92vw">\n'
        '  <img src="/media/pictures/test.png.3.jpg" alt="桟橋" lang="ja"'
        ' width="3" height="2" loading="lazy"></picture>\n'
        "  <figcaption>The pier, 1930 </figcaption>\n</figure>\n"
    )
    assert html == (
        f'<div class="body-text flow">\n<p>Look.</p>\n{figure}</div>'
        '<div class="body-text flow">\n</div>'
    )


@pytest.mark.django_db
def test_body_text_shows_a_picture_under_its_former_name():
    picture = make_picture(slug="pier", alt_en="The pier")
    picture.slug = "old-pier"
    picture.save()

    html = render("{% body_text text %}", text="![](pier)\n\n![](old-pier)")
    Picture.objects.update(status=Status.ARCHIVED)

    assert html.count('alt="The pier"') == 2
    assert "<img" not in render("{% body_text text %}", text="![](pier)")


LONG = "# One\n\n![](pier)\n\n### Two\n\n| A |\n|---|\n| 1 |"


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.django_db
def test_pages_keep_their_headings_in_order_and_their_cost(
    client, size, django_assert_num_queries
):
    make_picture(slug="pier")
    house = make_facility(slug="house", introduction_en=LONG, hours_en=LONG)
    for _number in range(size):
        make_programme(facility=house, text_en=LONG)
        make_facility(parent=house, introduction_en=LONG)

    client.get("/en/exchanges/")  # makes the index
    with django_assert_num_queries(8):  # one more than without a picture
        html = client.get("/en/house/").content.decode()

    levels = [int(level) for level in re.findall(r"<h([1-6])", html)]
    assert levels[:3] == [1, 2, 3]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert html.count("<figure") == 2 * size + 2


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
