"""What the search compares: text made plain, cut into tokens, and found again.

``normalise`` decides what counts as the same; ``matches`` says which texts have a
word; the index in the database gives the same answers, faster. A text is a series
of runs with one space between: a run of a script that is written without spaces
(kana, kanji, hangul), or a word of any other.

- A word of kana, kanji or hangul is found wherever it stands: 都市 in 姉妹都市.
- Any other word is found where a word begins: "sea" in "seaport", not in "research".
  Within words it would find more chance than sense.
- A word of several runs is found where they follow each other: 第5回, co-operation.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import accumulate, pairwise

from django.utils.html import format_html, format_html_join

LONGEST_BEGINNING = 10  # letters
_UNSPACED = (
    "\u1100-\u11ff\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b\u303c\u3041-\u3096"
    "\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3131-\u318e\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb"
    "\U0001b000-\U0001b16f\U00020000-\U0003fffd"
)
_RUN = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")
_STARTS_UNSPACED = re.compile(rf"[{_UNSPACED}]").match
_ACCENTS = re.compile("[\u0300-\u036f]+")  # not the marks of kana, which tell words
_SAME = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)} | {
    ord("ヽ"): "ゝ",
    ord("ヾ"): "ゞ",
    ord("ø"): "o",
    ord("ł"): "l",
    ord("đ"): "d",
    ord("ı"): "i",
}
# A character with what changes it: accents, kana marks also at half width, jamo.
_CLUSTER = re.compile(
    ".[\u0300-\u036f\u3099\u309a\uff9e\uff9f\u1160-\u11ff\uffa0-\uffdc]*", re.DOTALL
)


def normalise(text):
    """Width, case, accents and kind of kana taken away; punctuation is a space."""
    return " ".join(_RUN.findall(_fold(text)))


@lru_cache(4096)
def _fold_piece(piece):
    return _fold(piece)


def _fold(text):
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFKC", text).translate(_SAME)


def words_of(text):
    """The words of a query: what stands between spaces, each of them once."""
    words = (normalise(part) for part in text.split())
    return list(dict.fromkeys(word for word in words if word))


def matches(normalised, words):
    """Whether a normalised text has all of the words: what the index must answer."""
    return all(_first_place(normalised, word) >= 0 for word in words)


def needle(word):
    """What must stand in a normalised text with a space put before it."""
    return word if _STARTS_UNSPACED(word) else f" {word}"


def _first_place(normalised, word, start=0):
    if _STARTS_UNSPACED(word):
        return normalised.find(word, start)
    return f" {normalised}".find(needle(word), start)


# ---- for the index ------------------------------------------------------------


def tokens(normalised):
    """What the index holds: pairs of characters and the run's last one, or words."""
    return [token for run in normalised.split() for token in _tokens_of_run(run)]


def beginnings(token):
    """Of a word its first letters, up to ten; of kana, kanji or hangul the first."""
    if _STARTS_UNSPACED(token):
        return [token[0]]
    return [
        token[:length] for length in range(1, min(len(token), LONGEST_BEGINNING) + 1)
    ]


def _tokens_of_run(run):
    if not _STARTS_UNSPACED(run):
        return [run]
    return [*_pairs(run), run[-1]]


def _pairs(run):
    return [run[place : place + 2] for place in range(len(run) - 1)]


def phrase(word):
    """The tokens of a normalised word in a row, and whether the last one is only the
    beginning of a token."""
    *runs, last = word.split()
    before = tokens(" ".join(runs))
    if _STARTS_UNSPACED(last) and len(last) > 1:
        return [*before, *_pairs(last)], False
    return [*before, last], True


# ---- for the page -------------------------------------------------------------


def places(text, words):
    """Where the words stand in a text as it was written: ``[(start, end), …]``."""
    pieces = list(text)
    folded = list(map(_fold_piece, pieces))
    if "".join(folded) != _fold(text):
        pieces = _CLUSTER.findall(text)
        folded = list(map(_fold_piece, pieces))
    found = [span for word in words for span in _spans(_pattern(word), "".join(folded))]
    if not found:
        return []
    # For each folded character the piece it comes from, for each piece its place.
    origins = [place for place, part in enumerate(folded) for _character in part]
    starts = [0, *accumulate(map(len, pieces))]
    return _merged(
        (starts[origins[start]], starts[origins[end - 1] + 1]) for start, end in found
    )


def _spans(pattern, text):
    return [found.span() for found in pattern.finditer(text)]


@lru_cache(1024)
def _pattern(word):
    """What a normalised word looks like in a text whose runs stand as they were."""
    runs = word.split()
    pattern = re.escape(runs[0])
    if not _STARTS_UNSPACED(word):
        pattern = rf"(?<![^\W_{_UNSPACED}])" + pattern
    for before, run in pairwise(runs):
        alike = bool(_STARTS_UNSPACED(before)) == bool(_STARTS_UNSPACED(run))
        pattern += (r"[\W_]+" if alike else r"[\W_]*") + re.escape(run)
    return re.compile(pattern)


def _merged(spans):
    merged = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def marked(text, words):
    """The text, escaped, with each place where a word stands in ``<mark>``."""
    text = str.__str__(text)
    parts, done = [], 0
    for start, end in places(text, words):
        parts.append((text[done:start], text[start:end]))
        done = end
    return format_html(
        "{}{}", format_html_join("", "{}<mark>{}</mark>", parts), text[done:]
    )


def excerpt(text, words, size=180, lead=50):
    """A part of the text in one line: from shortly before the first word found."""
    text = " ".join(str.__str__(text).split())
    first, end = _first_found(text, words, size)
    start = _break_before(text, first - lead) if first > lead else 0
    stop = len(text)
    if stop > start + size:
        stop = max(_break_before(text, start + size), end)
    return ("…" if start else "") + text[start:stop] + ("…" if stop < len(text) else "")


def _first_found(text, words, step):
    """Looks at one part of the text after the other, as most texts are long."""
    overlap = 2 * max(map(len, words), default=0)
    for start in range(0, len(text), step):
        begin = _break_before(text, start) if start else 0
        for place, end in places(text[begin : start + step + overlap], words):
            return begin + place, begin + end
    return 0, 0


def _break_before(text, place, furthest=20):
    """A place between two words near to ``place``, where the text has any there."""
    space = text.rfind(" ", place - furthest, place)
    return space + 1 if space >= 0 else place
