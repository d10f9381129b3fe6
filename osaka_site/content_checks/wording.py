"""Words and characters that are read out badly, or are hard to read."""

import calendar
import re
import unicodedata

from django.utils.translation import gettext as _

from .text import quote

# Twice what public bodies advise. "公用文作成の考え方" (Council for Cultural Affairs,
# 2022): from 50 or 60 characters on, ask whether a sentence is still easy to read.
LONGEST_IN_CHARACTERS = 120
# GOV.UK ("Sentence length: why 25 words is our limit", 2014): split from 25 words on;
# where sentences average 43, less than a tenth is understood.
LONGEST_IN_WORDS = 45
LETTERS_OF_A_LINE = 10  # that make it more than an abbreviation

_KANA_OR_KANJI = "ぁ-ゖァ-ヺー々〇\u3400-\u9fff"
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s　、。]+", re.IGNORECASE)
_YEAR_FIRST = re.compile(
    r"(?<![\d/.-])((?:19|20)\d\d)[/.-](1[0-2]|0?[1-9])[/.-](3[01]|[12]\d|0?[1-9])"
    r"(?![\d/.-]\d|\d)"
)
_YEAR_LAST = re.compile(r"(?<![\d/.-])\d{1,2}[/.]\d{1,2}[/.](?:19|20)\d\d(?![/.-]?\d)")
_SPACED = {
    "ja": re.compile(
        rf"(?<![{_KANA_OR_KANJI}])[{_KANA_OR_KANJI}](?:[ \u3000]+[{_KANA_OR_KANJI}])+"
        rf"(?![{_KANA_OR_KANJI}])"
    ),
    "en": re.compile(r"\b[A-Za-z](?: +[A-Za-z]){3,}\b"),
}
_SPACED["zh-hans"] = _SPACED["ja"]
_HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]+")
_FULL_WIDTH = re.compile("[０-９Ａ-Ｚａ-ｚ]+(?:[．，－][０-９Ａ-Ｚａ-ｚ]+)*")
_FULL_WIDTH_IN_LATIN = re.compile("[\u3000\uff01-\uff5e]+")
# Numbers in circles and Roman ones, squared words and units: what NEC and IBM added
# to the Japanese character set. Chinese and Korean have them in their own.
_OF_ONE_PLATFORM = re.compile("[\u2116\u2121\u2160-\u217f\u2460-\u24ff\u3220-\u33ff]")
_CJK_SENTENCE_END = re.compile("(?<=[。！？])|\n")
_LATIN_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n")
_LATIN_LETTERS = re.compile("[A-Z]")
_CAPITALS = re.compile("(?<![A-Za-z])[A-Z]{2,}(?:[ &–-]+[A-Z]{2,}){2,}(?![A-Za-z])")


def dates_in_figures(text):
    """2024/1/2 is read out as a fraction, 3/4/2024 by some as April and not March."""
    words = _ADDRESS.sub("", text.words)
    found = list(_YEAR_FIRST.finditer(words))
    if found:
        return _("“%(words)s” is not read out as a date. Write: “%(better)s”.") % {
            "words": quote(date[0] for date in found),
            "better": quote(_in_words(date, text.language) for date in found),
        }
    ambiguous = _YEAR_LAST.findall(words)
    return ambiguous and _(
        "“%(words)s” is one day to some readers and another to others. Write the month "
        "as a word."
    ) % {"words": quote(ambiguous)}


def _in_words(date, language):
    year, month, day = map(int, date.groups())
    return {
        "en": f"{day} {calendar.month_name[month]} {year}",
        "ko": f"{year}년 {month}월 {day}일",
    }.get(language, f"{year}年{month}月{day}日")


def spaces_within_words(text):
    pattern = _SPACED.get(text.language)
    found = pattern.findall(text.words) if pattern else []
    return found and _(
        "“%(words)s” has spaces within a word: it is read out sign by sign, and nobody "
        "who searches for it finds it. Take the spaces out."
    ) % {"words": quote(found)}


def half_width_kana(text):
    found = _HALF_WIDTH_KANA.findall(text.words)
    return found and _(
        "“%(words)s” is in half-width kana, which is badly read out. Write: “%(better)s”."
    ) % {"words": quote(found), "better": quote(map(_usual, found))}


def full_width_letters(text):
    """Full-width punctuation belongs to Japanese and Chinese, but to nothing else."""
    is_latin = text.language == "en"
    found = (_FULL_WIDTH_IN_LATIN if is_latin else _FULL_WIDTH).findall(text.words)
    return found and _(
        "“%(words)s” is in full-width letters or figures: some programs read them out "
        "one by one. Write: “%(better)s”."
    ) % {"words": quote(found), "better": quote(map(_usual, found))}


def characters_of_one_platform(text):
    if text.language not in ("ja", "en"):
        return None
    found = _OF_ONE_PLATFORM.findall(text.words)
    return found and _(
        "“%(words)s” looks different on some devices, and is left out or misread when "
        "read out. Write: “%(better)s”."
    ) % {"words": quote(found), "better": quote(map(_usual, found))}


def _usual(found):
    return unicodedata.normalize("NFKC", found)


def long_sentences(text):
    """Not of Korean, for which we know of no measure."""
    if text.language == "en":
        sentences = _LATIN_SENTENCE_END.split(text.words)
        long = [words for words in sentences if len(words.split()) > LONGEST_IN_WORDS]
        return long and _(
            "“%(words)s” has more than %(longest)s words. Make two sentences of it, or "
            "a list."
        ) % {"words": quote(long), "longest": LONGEST_IN_WORDS}
    if text.language == "ko":
        return None
    sentences = map(str.strip, _CJK_SENTENCE_END.split(text.words))
    long = [words for words in sentences if len(words) > LONGEST_IN_CHARACTERS]
    return long and _(
        "“%(words)s” has more than %(longest)s characters. Make two sentences of it, or "
        "a list."
    ) % {"words": quote(long), "longest": LONGEST_IN_CHARACTERS}


def capitals_only(text):
    """Runs of words, and whole lines; not an abbreviation, however long."""
    found = _CAPITALS.findall(text.words)
    found += [
        line
        for line in text.words.splitlines()
        if line.isupper()
        and len(_LATIN_LETTERS.findall(line)) >= LETTERS_OF_A_LINE
        and len(line.split()) > 1
        and not _CAPITALS.search(line)
    ]
    return found and _(
        "“%(words)s” is in capitals: harder to read, and read out letter by letter by "
        "some programs. Write it as in a sentence, and **bold** if it matters."
    ) % {"words": quote(found)}
