"""What the two sides of a comparison mark."""

import random
import re
import time

import pytest

from osaka_site.desk.page_differences import mark_differences

PLACE = '<span id="first-difference"></span>'


def marked(before, after):
    pages = (f"<title>x</title><main>{text}</main>" for text in (before, after))
    return [
        page.removeprefix("<title>x</title><main>").removesuffix("</main>")
        for page in without_place(mark_differences(*pages))
    ]


def without_place(pages):
    return tuple(page.replace(PLACE, "") for page in pages)


@pytest.mark.parametrize(
    ("before", "after", "gone", "come"),
    [
        (
            "<p>The choir comes in May.</p>",
            "<p>The choir of Milan comes in June.</p>",
            "<p>The choir comes in <del>May</del>.</p>",
            "<p>The choir <ins>of Milan</ins> comes in <ins>June</ins>.</p>",
        ),
        (
            "<p>1974年に友好都市になりました。</p>",
            "<p>1975年に姉妹都市になりました。</p>",
            "<p><del>1974</del>年に<del>友好</del>都市になりました。</p>",
            "<p><ins>1975</ins>年に<ins>姉妹</ins>都市になりました。</p>",
        ),
        (
            "<ul><li>One</li></ul>",
            "<ul><li>One</li>\n<li>Two <b>more</b></li></ul>",
            "<ul><li>One</li></ul>",
            "<ul><li>One</li>\n<li><ins>Two</ins> <b><ins>more</ins></b></li></ul>",
        ),
        (
            "<p>Same</p>",
            '<p class="x">Same</p>',
            "<p>Same</p>",
            '<p class="x">Same</p>',
        ),
        (
            "<p>Tom &amp; Jerry met here</p>",
            "<p>Tom &amp; Spike met here</p>",
            "<p>Tom &amp; <del>Jerry</del> met here</p>",
            "<p>Tom &amp; <ins>Spike</ins> met here</p>",
        ),
        (
            '<svg><text>1</text></svg><script>"<p>a</p>"</script><textarea>a</textarea>',
            '<svg><text>2</text></svg><script>"<p>b</p>"</script><textarea>b</textarea>',
            '<svg><text>1</text></svg><script>"<p>a</p>"</script><textarea>a</textarea>',
            '<svg><text>2</text></svg><script>"<p>b</p>"</script><textarea>b</textarea>',
        ),
        (
            '<img src="/a" alt="A pier"><img src="/b" alt="">',
            '<img class="wide" src="/a" alt="A quay"><img src="/b" alt="">',
            '<img class="image-del" src="/a" alt="A pier"><img src="/b" alt="">',
            '<img class="image-ins wide" src="/a" alt="A quay"><img src="/b" alt="">',
        ),
    ],
)
def test_what_differs_is_marked_within_its_tags(before, after, gone, come):
    assert marked(before, after) == [gone, come]


def test_passages_with_nothing_in_common_are_marked_whole():
    before, after = "Nobody knows why, and it rains.", "The hall opens at nine: come!"

    assert marked(f"<p>{before}</p>", f"<p>{after}</p>") == [
        f"<p><del>{before}</del></p>",
        f"<p><ins>{after}</ins></p>",
    ]


@pytest.mark.parametrize(
    ("before", "after", "places"),
    [
        (
            "<p>a</p><p>b</p>",
            "<p>a</p><p>c</p>",
            ("<p>a</p><p>|b</p>", "<p>a</p><p>|c</p>"),
        ),
        ("<p>a</p>", "<p>a</p><p>b</p>", ("<p>|a</p>", "<p>a</p><p>|b</p>")),
        ("", "<p>a</p>", ("", "<p>|a</p>")),
        ("a<img>", 'a<img alt="b">', ("a|<img>", 'a|<img alt="b">')),
        ("<p>a</p>", "<p>a</p>", ("<p>a</p>", "<p>a</p>")),
    ],
)
def test_first_difference_can_be_gone_to(before, after, places):
    pages = mark_differences(f"<main>{before}</main>", f"<main>{after}</main>")

    assert places == tuple(
        re.sub(r"</?(main|ins|del)>| class=\"image-...\"", "", page).replace(PLACE, "|")
        for page in pages
    )


def test_only_the_main_part_is_marked():
    pages = [f"<header>{n}</header><main>{n}</main>{n}" for n in ("one", "two")]

    assert without_place(mark_differences(*pages)) == (
        "<header>one</header><main><del>one</del></main>one",
        "<header>two</header><main><ins>two</ins></main>two",
    )


@pytest.mark.parametrize("letters", ["あい", "のはにをが大阪市国際交流友好都市。"])
def test_long_texts_take_no_long_time(letters):
    dice = random.Random(1)
    texts = ["".join(dice.choices(letters, k=20_000)) for _side in range(2)]

    begun = time.process_time()
    marked(*(f"<p>{text}</p>" for text in texts))

    assert time.process_time() - begun < 2
