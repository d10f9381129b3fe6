"""Long texts: staff type them as Markdown, visitors read them as HTML.

Of CommonMark there are paragraphs, headings, lists, quotes, links, emphasis and
pictures, and tables besides. Left out is what surprises people who do not know that
they write Markdown: code by indenting, a heading by underlining, entities, and HTML.
A single line break stays one.
"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

import nh3
from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

from .translation import language_tag

SCHEMES = {"http", "https", "mailto", "tel"}
BREAKS = ("softbreak", "hardbreak")
DEEPEST = 6  # there is no h7

_ONLY_SPACES = re.compile(r"^[^\S\n]+$", re.MULTILINE)
_YEAR = re.compile(r"^([^\S\n]*[0-9]{4,})(?=[.)]\s)", re.MULTILINE)
SLUG = re.compile(r"[-\w]+", re.ASCII)
_PICTURE = re.compile(r'<figure data-picture="([-\w]+)"></figure>', re.ASCII)
# Kana, kanji, hangul, and the punctuation and full-width forms that go with them.
_CJK = re.compile(
    "[\u3001-\u30ff\u3131-\u318e\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\uff01-\uffee\U00020000-\U0003fffd]"
)

_markdown = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable("table")
    .disable(["code", "fence", "backticks", "lheading", "reference"])
    .disable(["html_block", "html_inline", "entity"])
)
_cleaner = nh3.Cleaner(
    tags={
        *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li"),
        *("blockquote", "strong", "em", "a", "span", "figure"),
        *("div", "table", "thead", "tbody", "tr", "th", "td"),
    },
    attributes={
        "*": set(),
        "a": {"href", "rel"},
        "div": {"role", "tabindex", "aria-label"},
        "figure": {"data-picture"},
        "ol": {"start"},
        "span": {"lang"},
        "th": {"scope"},
    },
    allowed_classes={"div": {"scroll"}, "span": {"ext"}, "table": {"data"}},
    url_schemes=SCHEMES,
    link_rel=None,
)


def render(text, level=2):
    """``text`` as safe HTML, in parts: HTML, the slug of a picture, HTML, …

    Its uppermost headings are of ``level``. Pictures are left to the caller, as what
    they show may change without the text.
    """
    is_fallback = getattr(text, "is_fallback", False)
    return _render(str.__str__(text), level, get_language(), is_fallback)


@lru_cache(1000)
def plain_text(text):
    """The words of a text, without any sign of Markdown."""
    parts = []
    for token in parse(text):
        if token.type == "inline":
            parts.append("\n\n" if token.level == 1 else "\n")
            parts.append(words_of(token))
    return "".join(parts).strip()


def parse(text):
    """The text as tokens of markdown-it."""
    text = _ONLY_SPACES.sub("", str.__str__(text))
    # "2026. 4. 1." is how Korean writes a day, not the 2026th item of a list.
    return _markdown.parse(_YEAR.sub(r"\1\\", text))


def words_of(inline):
    """The words of an ``inline`` token."""
    return "".join(
        "\n" if child.type in BREAKS else child.content
        for child in inline.children
        if child.type in ("text", *BREAKS)
    )


def is_external(address):
    host = urlsplit(address).hostname
    return bool(host) and host != urlsplit(settings.SITE_URL).hostname


@lru_cache(1000)
def _render(text, level, language, is_fallback):
    tokens = _with_pictures_apart(parse(text))
    _set_levels(tokens, level)
    # The words that we add to a text are in the language of the page.
    lang = format_html(' lang="{}"', language_tag(language)) if is_fallback else ""
    external = format_html('<span class="ext"{}>{}</span>', lang, _("(external site)"))
    html = _markdown.renderer.render(tokens, _markdown.options, {"external": external})
    return tuple(_PICTURE.split(_cleaner.clean(html)))


def _with_pictures_apart(tokens):
    """Every picture after the paragraph it was written in; none in tables."""
    result = []
    for token in tokens:
        result.append(token)
        if token.type in ("paragraph_close", "heading_close"):
            inline = result[-2]
            images = [child for child in inline.children if child.type == "image"]
            if images:
                inline.children = _without_images(inline.children)
                if not words_of(inline).strip():
                    del result[-3:]
                result += map(_picture, images)
    return result


def _without_images(children):
    kept = [child for child in children if child.type != "image"]
    while kept and kept[0].type in BREAKS:
        del kept[0]
    while kept and kept[-1].type in BREAKS:
        del kept[-1]
    return kept


def _picture(image):
    return Token("picture", "", 0, content=image.attrs["src"])


def _set_levels(tokens, level):
    """The uppermost headings become ``level``, and none skips one."""
    opened = [token for token in tokens if token.type == "heading_open"]
    top = min((level_of(token) for token in opened), default=1)
    last = level - 1
    for token in tokens:
        if token.type == "heading_open":
            last = min(level + level_of(token) - top, last + 1, DEEPEST)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{last}"


def level_of(heading):
    return int(heading.tag[1])


# ---- how markdown-it reads and writes ---------------------------------------------


def _emphasis(state, silent):
    """As in CommonMark, except for a ``*`` beside a CJK character.

    CommonMark tells by spaces and punctuation whether a run of ``*`` begins or ends
    something, and leaves **「友好」**の as it is. Where words have no spaces between
    them, a run may begin where no space follows, and end where none precedes.
    """
    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    scanned = state.scanDelims(state.pos, marker == "*")
    end = state.pos + scanned.length
    before = state.src[state.pos - 1] if state.pos else " "
    after = state.src[end] if end < state.posMax else " "
    is_beside_cjk = marker == "*" and (_CJK.match(before) or _CJK.match(after))
    can_open = scanned.can_open or bool(is_beside_cjk and not after.isspace())
    can_close = scanned.can_close or bool(is_beside_cjk and not before.isspace())
    for _place in range(scanned.length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=scanned.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=can_open,
                close=can_close,
            )
        )
    state.pos = end
    return True


def _write_link_open(self, tokens, place, options, env):
    if is_external(tokens[place].attrs["href"]):
        tokens[place].attrSet("rel", "external")
    return self.renderToken(tokens, place, options, env)


def _write_link_close(self, tokens, place, options, env):
    while tokens[place].type != "link_open":
        place -= 1
    return f" {env['external']}</a>" if "rel" in tokens[place].attrs else "</a>"


def _write_table_open(self, tokens, place, options, env):
    """A table too wide for a screen scrolls by itself, also with the keyboard."""
    heads = []
    for token, following in zip(tokens[place:], tokens[place + 1 :], strict=False):
        if token.type == "thead_close":
            break
        if token.type == "th_open":
            heads.append(words_of(following))
    return format_html(
        '<div class="scroll" role="group" tabindex="0" aria-label="{}">'
        '<table class="data">\n',
        ", ".join(filter(None, heads)) or _("Table"),
    )


def _write_picture(self, tokens, place, options, env):
    slug = tokens[place].content
    return f'<figure data-picture="{slug}"></figure>' if SLUG.fullmatch(slug) else ""


_markdown.inline.ruler.at("emphasis", _emphasis)
for _name, _write in {
    "image": lambda *args: "",
    "link_open": _write_link_open,
    "link_close": _write_link_close,
    "picture": _write_picture,
    "table_open": _write_table_open,
    "table_close": lambda *args: "</table></div>\n",
    "th_open": lambda *args: '<th scope="col">',
}.items():
    _markdown.add_render_rule(_name, _write)
