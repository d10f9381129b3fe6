"""Text for readers other than browsers, which stumble over control characters."""

import re

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# What XML 1.0 or RFC 5545 forbid. Control characters and half surrogates come from
# copying and from broken imports, and say nothing.
_UNWRITABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text):
    """Only characters that every format can hold; lines end in a line feed."""
    text = _BREAKS.sub("\n", str(text)).replace("\t", " ")
    return _UNWRITABLE.sub("", text)


def in_one_line(text):
    return re.sub(r"\s*\n\s*", " ", clean(text)).strip()
