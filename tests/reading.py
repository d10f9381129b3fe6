"""Pages as their readers get them: the words, the links, the languages."""

import re
from html.parser import HTMLParser

INLINE = {"a", "abbr", "b", "em", "mark", "span", "strong", "time"}
NOT_READ = {"script", "style", "title", "svg"}


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.words = []
        self.links = []
        self.unread = 0

    def handle_starttag(self, tag, attrs):
        self.unread += tag in NOT_READ
        if tag not in INLINE:
            self.words.append(" ")
        attrs = dict(attrs)
        for name in ("href", "src", "action"):
            if attrs.get(name):
                self.links.append(attrs[name])

    def handle_endtag(self, tag):
        self.unread -= tag in NOT_READ
        if tag not in INLINE:
            self.words.append(" ")

    def handle_data(self, data):
        if not self.unread:
            self.words.append(data)


def _read(response):
    reader = _Reader()
    reader.feed(response.content.decode())
    return reader


def words_of(response):
    """The text that is on the page, with single spaces."""
    return re.sub(r"\s+", " ", "".join(_read(response).words)).strip()


def links_of(response):
    """What the page leads to or loads, as it is written there."""
    return _read(response).links
