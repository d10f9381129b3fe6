from dataclasses import dataclass

from django import forms
from django.core.paginator import Paginator
from django.db.models import Case, Count, When, Window
from django.http import Http404
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_safe

from events.models import Exchange
from network.models import Affiliation, Partner, SearchEntry
from network.models.search import MANY

from .filters import FilterForm, WordsField
from .searched import SEARCHED, Kind
from .searching import excerpt, marked, matches, normalise, words_of
from .templatetags.date_tags import period
from .translation import TranslatedText

PER_PAGE = 20
FIRST = 5  # of each kind, where all kinds show
MOST = 200  # of each kind: who has so many results adds a word
NO_PAGE = gettext_lazy("There is no such page of this list.")


class SearchForm(FilterForm):
    q = WordsField(label=gettext_lazy("Words"), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of result"),
        required=False,
        choices=[(kind.name.lower(), kind.label) for kind in Kind],
    )


@dataclass(frozen=True)
class Hit:
    where: str
    address: str
    title: list[str]  # in parts, each marked and in its language
    excerpt: str
    is_elsewhere: bool


@dataclass(frozen=True)
class Group:
    """What was found of one kind: how many there are, and those that show now."""

    kind: Kind
    count: int
    has_more: bool
    hits: list[Hit]

    @property
    def parameter(self):
        return self.kind.name.lower()


@require_safe
def search(request):
    form = SearchForm(request.GET)
    text = kind = ""
    if form.is_valid():
        text, kind = form.cleaned_data["q"], form.cleaned_data["kind"]
    words = words_of(text)
    chosen = Kind[kind.upper()] if kind else None
    start = (_number(request.GET.get("page") or "1") - 1) * PER_PAGE
    groups = _groups(words, chosen, start) if words else []
    count = next((group.count for group in groups if group.kind == chosen), 0)
    pages = Paginator(range(count), PER_PAGE)
    if start and start >= count:
        raise Http404(NO_PAGE)
    page = pages.page(start // PER_PAGE + 1)
    return render(
        request,
        "search.html",
        {
            "form": form,
            "searched_for": text,
            "words": words,
            "groups": groups,
            "chosen": chosen,
            "total": sum(group.count for group in groups),
            "has_more": any(group.has_more for group in groups),
            "page_obj": page,
            "page_range": pages.get_elided_page_range(page.number, on_each_side=2),
        },
    )


def _groups(words, chosen, start):
    """Every kind that has results, and the chosen one in any case."""
    found = SearchEntry.objects.find(words, Exchange.objects.published(), MOST + 1)
    groups = []
    for kind, searched in SEARCHED.items():
        in_title, in_body = found.get(kind, ([], []))
        part = slice(start, start + PER_PAGE) if kind == chosen else slice(FIRST)
        count, records = _read(searched, in_title, in_body, part)
        if count or kind == chosen:
            shown = records if chosen in (None, kind) else []
            groups.append(
                Group(
                    kind=kind,
                    count=min(count, MOST),
                    has_more=count > MOST,
                    hits=[_hit(searched, record, words) for record in shown],
                )
            )
    return groups


def _read(searched, in_title, in_body, part):
    """How many of the records found visitors may see, and a part of them, with the
    words in the title first."""
    if not (in_title or in_body):
        return 0, []
    order = searched.order()
    if in_title and in_body:
        order.insert(0, Case(When(pk__in=in_title, then=0), default=1))
    records = (
        searched.public()
        .filter(pk__in=[*in_title, *in_body])
        .select_related(*searched.joined)
        .order_by(*order)
    )
    if searched.kind == MANY:  # only public ones were found
        return len(in_title) + len(in_body), list(records[part])
    records = list(records.annotate(found_in_all=Window(Count("pk")))[part])
    return (records[0].found_in_all if records else 0), records


def _hit(searched, record, words):
    return Hit(
        where=_where(record),
        address=searched.address(record),
        title=[_in_its_language(part, words) for part in _name(record)],
        excerpt=_in_its_language(_excerpt(searched, record, words), words),
        is_elsewhere=searched.kind == Kind.LINK,
    )


def _where(record):
    """What kind of thing it is, where that differs within its group."""
    match record:
        case Partner():
            parts = record.get_kind_display(), record.country.name
        case Affiliation():
            parts = (
                record.partner.country.name,
                period(record.signed_on, record.ended_on),
            )
        case Exchange():
            parts = record.get_kind_display(), period(record.starts_on, record.ends_on)
            if record.state != Exchange.State.AS_PLANNED:
                parts += (record.get_state_display(),)
        case _:
            return ""
    comma = pgettext("between the words of a list", ", ")
    return format_html_join(comma, "{}", ((part,) for part in parts if part))


def _name(record):
    """What the record goes by, in parts: a tie is its partner and its kind."""
    if record.named_by:
        return [getattr(record, record.named_by)]
    return [record.partner.name, record.tie_name]


def _excerpt(searched, record, words):
    """Of the text with most of the words that the name has not; else the first."""
    name = normalise(" ".join(_name(record)))
    wanted = [word for word in words if not matches(name, [word])]
    texts = searched.bodies_of(record)
    best, most = (texts[0] if texts else ""), 0
    if wanted:
        for text in [*texts, *searched.titles_of(record)]:
            normalised = normalise(text)
            count = sum(matches(normalised, [word]) for word in wanted)
            if count > most:
                best, most = text, count
            if most == len(wanted):
                break
    if not best:
        return ""
    return TranslatedText(excerpt(best, wanted or words), best.language)


def _in_its_language(text, words):
    html = marked(text, words)
    if getattr(text, "is_fallback", False):
        return format_html('<span lang="{}">{}</span>', text.lang, html)
    return html


def _number(text):
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) < 10):
        raise Http404(NO_PAGE)
    return int(text)
