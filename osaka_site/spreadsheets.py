"""Cells that a spreadsheet shows as they are, instead of running them."""

import re

_STARTS_A_FORMULA = re.compile("[=+\\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def safe_cell(value):
    """The text of a cell; what would start a formula starts with an apostrophe.

    Excel takes the full-width signs for the same thing. Numbers stay numbers.
    """
    text = str(value)
    if _STARTS_A_FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text
