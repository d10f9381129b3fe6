"""What differs between two forms of a page, marked in both with ``ins`` and ``del``.

First whole stretches of text are compared, then, where these differ, their sentences,
and then their words; Japanese and Chinese, which put no spaces, by the character. A
mark never reaches over a tag, so the mark-up stays what it is.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import chain, groupby

# Comparing takes time that grows with how often the same text stands on both sides.
# Where there are more such pairs than this, all that lies in between is marked.
MOST_PAIRS_AT_ONCE = 50_000
MOST_PAIRS = 250_000
FIRST = "first-difference"
ALIKE = 0.3  # of two passages that have less in common, no word is left unmarked

_MAIN = re.compile(r"(?s)(.*?<main\b[^>]*>)(.*)(</main>.*)")
_TOKEN = re.compile(
    r"""(?sx)
    <!--.*?-->
    | <(script|style|svg|option|select|textarea|title|template)\b.*?</\1\s*>
    | <(?:[^<>"']|"[^"]*"|'[^']*')*>
    | [^<]+ | <
    """
)
_CJK = "぀-ヿ㐀-鿿豈-﫿、-〿！-･"
_SENTENCE = re.compile(r"[^。．.!?！？\n]*[。．.!?！？\n]*")
_WORD = re.compile(rf"&\#?\w+;|[{_CJK}]|(?:(?![{_CJK}])\w)+|[^\w\s]")
_IMAGE = re.compile(r"<img\b")
_ATTRIBUTE = re.compile(r'\s(src|alt)="([^"]*)"')
_CLASS = re.compile(r'\sclass="')


def mark_differences(before, after):
    """Both pages, each with what the other one does not have marked in ``<main>``,
    and with the id ``FIRST`` where they first differ."""
    old, new = _Page.of(before), _Page.of(after)
    if old is None or new is None:
        return before, after
    _Comparing(old, new).compare(old.texts(), new.texts())
    old_images, new_images = Counter(old.images()), Counter(new.images())
    return (
        old.html("del", old_images - new_images),
        new.html("ins", new_images - old_images),
    )


@dataclass(frozen=True)
class _Unit:
    """A part of the text of one token, from one place to another."""

    token: int
    start: int
    end: int
    text: str


@dataclass
class _Page:
    head: str
    tokens: list[str]
    tail: str
    marks: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    place: int | None = None  # among the tokens, of the first difference

    @classmethod
    def of(cls, html):
        if not (found := _MAIN.fullmatch(html)):
            return None
        head, main, tail = found.groups()
        return cls(head, [token[0] for token in _TOKEN.finditer(main)], tail)

    def texts(self):
        """The stretches of text between two tags; white space is none."""
        return [
            _Unit(number, 0, len(token), " ".join(token.split()))
            for number, token in enumerate(self.tokens)
            if not token.startswith("<") and not token.isspace()
        ]

    def split(self, units, pattern):
        return [
            _Unit(unit.token, found.start(), found.end(), found[0].strip())
            for unit in units
            for found in pattern.finditer(self.tokens[unit.token], unit.start, unit.end)
            if found[0].strip()
        ]

    def mark(self, units):
        """Marks are joined over the white space between them."""
        for unit in units:
            marks = self.marks.setdefault(unit.token, [])
            token = self.tokens[unit.token]
            if marks and not token[marks[-1][1] : unit.start].strip():
                marks[-1] = (marks[-1][0], unit.end)
            else:
                marks.append((unit.start, unit.end))

    def note_place(self, units, units_before):
        """Where there is nothing to mark, it is what stands before that."""
        if self.place is None and (around := units[:1] or units_before[-1:]):
            self.place = around[0].token

    def images(self):
        return [_image(token) for token in self.tokens if _IMAGE.match(token)]

    def html(self, tag, changed_images):
        tokens = list(self.tokens)
        for number, marks in self.marks.items():
            for start, end in reversed(marks):
                token = tokens[number]
                inside = token[start:end]
                text = inside.strip()
                lead = inside[: len(inside) - len(inside.lstrip())]
                trail = inside[len(inside.rstrip()) :]
                tokens[number] = (
                    f"{token[:start]}{lead}<{tag}>{text}</{tag}>{trail}{token[end:]}"
                )
        for number, token in enumerate(tokens):
            if _IMAGE.match(token) and changed_images[_image(token)] > 0:
                tokens[number] = _with_class(token, f"image-{tag}")
                self.place = number if self.place is None else min(self.place, number)
        if self.place is not None:
            tokens.insert(self.place, f'<span id="{FIRST}"></span>')
        return "".join([self.head, *tokens, self.tail])


def _image(token):
    return tuple(sorted(_ATTRIBUTE.findall(token)))


def _with_class(token, name):
    if _CLASS.search(token):
        return _CLASS.sub(rf"\g<0>{name} ", token, count=1)
    return _IMAGE.sub(rf'\g<0> class="{name}"', token, count=1)


class _Comparing:
    """One comparison of two pages, and the work that it may still cost."""

    def __init__(self, old, new):
        self.old, self.new, self.pairs_left = old, new, MOST_PAIRS

    def compare(self, gone, come, finer=(_SENTENCE, _WORD)):
        """Mark what differs, looking finer where there is a finer pattern."""
        same = [], []
        for is_same, gone_here, come_here in self._runs(gone, come, finer):
            if is_same:
                same = gone_here, come_here
                continue
            self.old.note_place(gone_here, same[0])
            self.new.note_place(come_here, same[1])
            if finer and gone_here and come_here:
                pattern, *finer_still = finer
                self.compare(
                    self.old.split(gone_here, pattern),
                    self.new.split(come_here, pattern),
                    finer_still,
                )
            else:
                self.old.mark(gone_here)
                self.new.mark(come_here)

    def _runs(self, gone, come, finer):
        """Both sides in parts that are the same and parts that differ, in turn."""
        start = _same_at_start(gone, come)
        end = _same_at_start(gone[start:][::-1], come[start:][::-1])
        gone_end, come_end = len(gone) - end, len(come) - end
        yield True, gone[:start], come[:start]
        yield from self._middle(gone[start:gone_end], come[start:come_end], finer)
        yield True, gone[gone_end:], come[come_end:]

    def _middle(self, gone, come, finer):
        matcher = self._matcher(gone, come)
        if matcher is None or (not finer and matcher.ratio() < ALIKE):
            yield False, gone, come
            return
        parts = [
            (
                tag == "equal" and bool(finer or _says_something(gone[i1:i2])),
                gone[i1:i2],
                come[j1:j2],
            )
            for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        ]
        for is_same, group in groupby(parts, key=lambda part: part[0]):
            _same, gone_parts, come_parts = zip(*group, strict=True)
            yield is_same, [*chain(*gone_parts)], [*chain(*come_parts)]

    def _matcher(self, gone, come):
        """``None`` where that would take too long."""
        texts = [unit.text for unit in gone], [unit.text for unit in come]
        counts = Counter(texts[1])
        pairs = sum(counts[text] for text in texts[0])
        if pairs > MOST_PAIRS_AT_ONCE or pairs > self.pairs_left:
            return None
        self.pairs_left -= pairs
        return SequenceMatcher(None, *texts, autojunk=False)


def _same_at_start(some, others):
    pairs = zip(some, others, strict=False)
    return next(
        (number for number, (a, b) in enumerate(pairs) if a.text != b.text),
        min(len(some), len(others)),
    )


def _says_something(units):
    """One character that two texts have in common between changes is a coincidence."""
    return len(units) > 1 or len(units[0].text) > 1
