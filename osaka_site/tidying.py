"""What comes along when people copy from Word, Excel, mails and web pages."""

import re

_NEWLINES = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile("[\xa0\u2000-\u200a\u202f\u205f]")
# Soft hyphens, zero-width and direction marks, control characters. A joiner
# (U+200D) stays: emoji of several parts need it.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069"
    "\ufeff\ufffc]"
)
_NOT_TEXT = re.compile(
    r"<!--(?:(?!<!--).)*?-->|<!\[[^<>]*>"
    r"|<(style|script|xml|title)\b[^<>]*>(?:(?!<\1).)*?</\1\s*>",
    re.DOTALL | re.IGNORECASE,
)
_LINK = re.compile(
    r"""<a\b[^<>]*\bhref=["']([^"'<>\s]+)["'][^<>]*>([^<>\n]+)</a\s*>""", re.IGNORECASE
)
_ITEM_START = re.compile(r"<li\b[^<>]*>", re.IGNORECASE)
_LINE_ENDS = re.compile(r"<br\b[^<>]*>|</(li|tr|dt|dd)\s*>", re.IGNORECASE)
_BLOCK_ENDS = re.compile(
    r"</(p|div|h[1-6]|ul|ol|dl|table|blockquote)\s*>", re.IGNORECASE
)
TAGS = re.compile(
    r"</?(?:[a-z][a-z0-9]*:[a-z][a-z0-9]*"  # o:p, st1:place, w:wrap
    r"|a|abbr|b|big|blockquote|body|br|center|cite|code|col|colgroup|dd|del|div|dl|dt"
    r"|em|font|h[1-6]|head|hr|html|i|img|ins|label|li|link|mark|meta|nobr|ol|p|pre|s"
    r"|section|small|span|strike|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|tt|u"
    r"|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
# Bullets of Word's own fonts, which nobody else has, and any with Word's tab after it.
_BULLETS = re.compile(
    "^[ \t]*(?:[\uf0b7\uf0a7\uf0d8\uf076\uf0fc][ \t\u3000]*|[•·o▪]\t[ \t]*)",
    re.MULTILINE,
)
# Cells of Excel: lines one after the other with as many tabs, two at least.
_CELLS = re.compile(
    r"^[^\t\n]*(?:\t[^\t\n]*){2,}(?:\n[^\t\n]*(?:\t[^\t\n]*){2,})+$", re.MULTILINE
)
# "＃＃　見出し", "##見出し": as a Japanese keyboard gives them.
_HEADING = re.compile("^[ \u3000]*([#＃]{2,6})[ \t\u3000]*(?=\\S)", re.MULTILINE)
_ITEM = re.compile("^([ \t]*)([-*]|[0-9]{1,3}[.])\u3000[ \t\u3000]*", re.MULTILINE)
_ROW = re.compile("^[ \t\u3000]*[|｜].*$", re.MULTILINE)
_LINE_END = re.compile("[ \t\u3000]+$", re.MULTILINE)
_BLANK_LINES = re.compile("\n{3,}")


def tidy(text):
    """The text without what nobody typed, and the signs of Markdown as it wants them.

    Tags go and leave their text; lines, items, paragraphs and links stay what they
    were.
    """
    text = _NEWLINES.sub("\n", text)
    text = _INVISIBLE.sub("", _SPACES.sub(" ", text))
    text = _LINK.sub(r"[\2](\1)", _NOT_TEXT.sub("", text))
    text = _ITEM_START.sub("- ", text)
    text = TAGS.sub("", _BLOCK_ENDS.sub("\n\n", _LINE_ENDS.sub("\n", text)))
    text = _BULLETS.sub("- ", text)
    text = _HEADING.sub(lambda found: "#" * len(found[1]) + " ", text)
    text = _ITEM.sub(r"\1\2 ", text)
    text = _CELLS.sub(_table, text)
    text = _ROW.sub(lambda found: found[0].strip().replace("｜", "|"), text)
    return _BLANK_LINES.sub("\n\n", _LINE_END.sub("", text)).strip()


def _table(found):
    """Cells as a table; as they are where the lines have different numbers of them."""
    rows = [line.split("\t") for line in found[0].split("\n")]
    if len({len(row) for row in rows}) > 1:
        return found[0]
    cells = [[cell.strip().replace("|", r"\|") for cell in row] for row in rows]
    head, *body = (f"| {' | '.join(row)} |" for row in cells)
    return "\n".join(["", head, "|---" * len(cells[0]) + "|", *body, ""])
