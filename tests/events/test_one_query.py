"""One query in five forms: a number is what the click on it shows, in each of them."""

import random
import re

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from events import atom
from events.facets import chips_of, facets_of, query_of
from events.models import Exchange

from .test_feeds import FORMS, get, slugs_in
from .test_finding import found_by, random_query, some_exchanges

LEFT_OUT = re.compile(r"([0-9]+) exchanges? (?:is|are) known only to the month or year")


@pytest.mark.django_db
@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.generate],  # a smaller seed makes no simpler data
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10_000))
def test_every_number_is_what_each_form_of_the_list_shows(client, monkeypatch, seed):
    monkeypatch.setattr(atom, "LIMIT", 1000)
    Exchange.objects.all().delete()
    some_exchanges(seed)
    dice = random.Random(seed)
    found = found_by(random_query(dice))
    numbers = list(numbers_on(found))

    for query, number in numbers:
        assert len(found_by(query).qs) == number, query
    for query, number in [("", len(found_by("").qs)), *dice.sample(numbers, 3)]:
        shown, left_out = shown_by_the_page(client, query)
        forms = {form: slugs_in(form, get(client, form, query)) for form in FORMS}

        assert {form: len(slugs) for form, slugs in forms.items()} == {
            **dict.fromkeys(FORMS, number),
            "ics": number - left_out,
        }, query
        assert {frozenset(forms[form]) for form in ("atom", "json", "csv")} == {shown}
        assert set(forms["ics"]) <= shown


def numbers_on(found):
    """The numbers beside the choices and the chips of a page, with their queries."""
    for facet in facets_of(found):
        others = [(name, value) for name, value in found.pairs if name != facet.name]
        for choice in facet.choices:
            query = query_of([*others, (facet.name, choice.value)])
            yield query.removeprefix("?"), choice.count
    for chip in chips_of(found):
        yield chip.query.removeprefix("?"), chip.count


def shown_by_the_page(client, query):
    """The slugs of the list, and how many of it the page says no calendar can hold."""
    page = client.get(f"/en/exchanges/?{query}", follow=True)
    pages = page.context["paginator"]
    shown = frozenset(e.slug for number in pages.page_range for e in pages.page(number))
    said = LEFT_OUT.search(page.content.decode())
    assert page.context["count"] == len(shown)
    return shown, int(said[1]) if said else 0
