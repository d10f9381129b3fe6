"""Lines and outlines on paper: clip, simplify, and write as SVG path data."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from .geometry import XY

Line = Sequence[XY]


def clip(outline: Line, left: float, top: float, right: float, bottom: float) -> Line:
    """The part of a closed outline inside a box (Sutherland and Hodgman)."""
    for axis, edge, keeps_larger in (
        (0, left, True),
        (0, right, False),
        (1, top, True),
        (1, bottom, False),
    ):
        outline = list(_clip_edge(outline, axis, edge, keeps_larger))
    return outline


def _clip_edge(
    outline: Line, axis: int, edge: float, keeps_larger: bool
) -> Iterator[XY]:
    for i, end in enumerate(outline):
        start = outline[i - 1]
        start_in = start[axis] >= edge if keeps_larger else start[axis] <= edge
        end_in = end[axis] >= edge if keeps_larger else end[axis] <= edge
        if start_in != end_in:
            share = (edge - start[axis]) / (end[axis] - start[axis])
            yield XY(*(a + (b - a) * share for a, b in zip(start, end, strict=True)))
        if end_in:
            yield end


def simplify(line: Line, tolerance: float) -> Line:
    """Leave out what strays less than the tolerance (Douglas and Peucker)."""
    keep = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        stray = _stray(line[first], line[last])
        far = max(range(first + 1, last), key=lambda i: stray(line[i]), default=first)
        if far != first and stray(line[far]) > tolerance:
            keep.add(far)
            spans += [(first, far), (far, last)]
    return [line[i] for i in sorted(keep)]


def _stray(start: XY, end: XY) -> Callable[[XY], float]:
    """How far a point lies from a line; from the point, when both ends are one."""
    dx, dy = end.x - start.x, end.y - start.y
    length = math.hypot(dx, dy)
    if not length:
        return lambda p: math.dist(p, start)
    return lambda p: abs(dy * (p.x - start.x) - dx * (p.y - start.y)) / length


def area(outline: Line) -> float:
    sides = ((outline[i - 1], corner) for i, corner in enumerate(outline))
    return abs(sum(a.x * b.y - b.x * a.y for a, b in sides)) / 2


def outline_path(outline: Line, tolerance: float, smallest: float = 2.0) -> str:
    """A closed outline as path data, or nothing when it is too small to see."""
    if area(outline) < smallest:
        return ""
    line = simplify([*outline, outline[0]], tolerance)[:-1]
    return path_data(line) + "z" if len(line) > 2 else ""


def line_path(line: Line, tolerance: float) -> str:
    return path_data(simplify(line, tolerance))


def path_data(line: Line) -> str:
    """Compact path data to a tenth of a unit: one move, then relative steps.

    Nothing for a line without extent: an "l" with no numbers would end the path.
    """
    tenths = [(round(x * 10), round(y * 10)) for x, y in line]
    steps = [(x - from_x, y - from_y) for (from_x, from_y), (x, y) in pairwise(tenths)]
    drawn = _numbers(step for step in steps if any(step))
    return f"M{_numbers(tenths[:1])}l{drawn}" if drawn else ""


def _numbers(pairs: Iterable[tuple[int, int]]) -> str:
    """Tenths as decimals, without the zeros and spaces that SVG can do without."""
    written, previous = [], ""
    for tenths in (value for pair in pairs for value in pair):
        text = f"{tenths / 10:g}"
        if abs(tenths) < 10:
            text = text.replace("0.", ".")
        needs_space = text[0] != "-" and not (text[0] == "." and "." in previous)
        written.append(f" {text}" if previous and needs_space else text)
        previous = text
    return "".join(written)
