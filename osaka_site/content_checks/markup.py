"""Headings, tables, links and pictures of a long text."""

import re
from itertools import pairwise

from django.utils.translation import gettext as _

from ..body_text import SLUG, level_of, words_of
from ..tidying import TAGS
from .text import quote

_TARGET = re.compile(r"(!?)\[[^\]\n]*\]\(\s*<?([^\s)>]+)")
_LEADS_SOMEWHERE = re.compile(r"https?://|mailto:|tel:|/|#", re.IGNORECASE)
_COLOUR = re.compile(r"<font\b|<mark\b|\b(style|bgcolor|color)\s*=", re.IGNORECASE)
_ROW = re.compile(r"^\|.*\|", re.MULTILINE)
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>「」、。（）]*[\w/]", re.IGNORECASE)
_NO_LETTER = re.compile(r"[\s\W]+")
_SAYS_NOTHING = """
    here / click here / this / this link / this page / link / more / read more /
    see more / learn more / more information / details
    / こちら / こちらから / こちらへ / こちらのページ / こちらをクリック / 詳しくはこちら
    / 詳細はこちら / 詳細 / ここ / ここから / ここをクリック / これ / このページ / リンク
    / もっと見る / 続きを読む
    / 这里 / 这儿 / 此处 / 点击这里 / 点击此处 / 请点击这里 / 链接 / 详情
    / 여기 / 이곳 / 여기를 클릭 / 클릭 / 링크 / 자세히 / 자세히 보기 / 더보기
"""


def headings_in_disorder(text):
    headings = [
        (level_of(opening), words_of(inline))
        for opening, inline in text.inlines
        if opening.type == "heading_open"
    ]
    last = min((level for level, _words in headings), default=1) - 1
    skipping = []
    for level, words in headings:
        if level > last + 1:
            skipping.append(words)
        last = level
    return skipping and _(
        "The heading “%(words)s” skips a level, and people who jump from heading to "
        "heading think they missed one. Begin with ##; what is below it has ###."
    ) % {"words": quote(skipping)}


def headings_without_words(text):
    is_empty = any(
        opening.type == "heading_open" and not words_of(inline).strip()
        for opening, inline in text.inlines
    )
    return is_empty and _(
        "A heading has no words. Write some after ##, or take the line out."
    )


def tables_without_heads(text):
    is_without = any(not any(heads) for heads in _heads_of_tables(text)) or any(
        opening.type == "paragraph_open" and _ROW.search(inline.content)
        for opening, inline in text.inlines
    )
    return is_without and _(
        "A table has no headings of its columns, so nobody who hears it read out knows "
        "what a cell is about. Write them in the first row, and |---|---| under it."
    )


def links_to_nowhere(text):
    wrong = [
        address
        for is_picture, address in _targets(text)
        if not is_picture and not _LEADS_SOMEWHERE.match(address)
    ]
    return wrong and _(
        "The link to “%(words)s” cannot be followed. Write an address that begins with "
        "https://, mailto: or tel:, or a page of this site such as /ja/house/."
    ) % {"words": quote(wrong)}


def pictures_without_a_name(text):
    wrong = [
        address
        for is_picture, address in _targets(text)
        if is_picture and not SLUG.fullmatch(address)
    ]
    return wrong and _(
        "“%(words)s” is not the name of a picture. Add it under “Pictures” first, and "
        "write its address name here: ![](osaka-port)."
    ) % {"words": quote(wrong)}


def links_without_words(text):
    wrong = [address for address, words in _links(text) if not words.strip()]
    return wrong and _(
        "The link to “%(words)s” has no words, so nobody can see or hear it. Write what "
        "it leads to between the brackets."
    ) % {"words": quote(wrong)}


def tags(text):
    """Colours have a sentence of their own: what they said is lost without them."""
    found = [tag[0] for tag in TAGS.finditer(text.source)]
    if any(map(_COLOUR.search, found)):
        return _(
            "“%(words)s” is meant to say something by its colour, which many people do "
            "not see. Take the tag out, and say it in words or in **bold**."
        ) % {"words": quote(found)}
    return found and _(
        "Visitors see “%(words)s” as it stands here. Take the tag out."
    ) % {"words": quote(found)}


def vague_links(text):
    """A title leads to its record from every list."""
    vague = [words for _address, words in _links(text) if _is_vague(words)]
    if text.is_title and _is_vague(text.source):
        vague.append(text.source)
    return vague and _(
        "“%(words)s” does not say where the link leads. Many people have only the links "
        "read out: write the name of the page."
    ) % {"words": quote(vague)}


def bare_addresses(text):
    loose = "".join(_outside_links(text)) if text.is_body else text.source
    found = _ADDRESS.findall(loose)
    return found and _(
        "“%(words)s” is read out sign by sign. Write the name of the page instead, in a "
        "long text as a link: [name of the page](address)."
    ) % {"words": quote(found)}


def _is_vague(words):
    return bool(_ADDRESS.match(words)) or _letters(words) in _VAGUE


def _letters(words):
    return _NO_LETTER.sub("", words).casefold()


_VAGUE = {_letters(words) for words in _SAYS_NOTHING.split("/")}


def _targets(text):
    if text.is_body:
        for sign, address in _TARGET.findall(text.source):
            yield bool(sign), address


def _links(text):
    """Address and words of every link."""
    for _opening, inline in text.inlines:
        address, words = "", ""
        for child in inline.children:
            if child.type == "link_open":
                address, words = child.attrs["href"], ""
            elif child.type == "link_close":
                yield address, words
            else:
                words += child.content


def _outside_links(text):
    for _opening, inline in text.inlines:
        depth = 0
        for child in inline.children:
            depth += child.nesting if child.type.startswith("link") else 0
            yield child.content if depth == 0 else ""
        yield "\n"


def _heads_of_tables(text):
    heads = []
    for before, token in pairwise(text.tokens):
        if token.type == "thead_open":
            heads.append([])
        elif before.type == "th_open":
            heads[-1].append(words_of(token).strip())
    return heads
