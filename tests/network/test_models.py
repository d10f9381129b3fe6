import itertools

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import translation

from network.models import (
    Affiliation,
    Category,
    Facility,
    OverseasOffice,
    PageText,
    Partner,
    Source,
)
from osaka_site.dates import PartialDate
from tests.factories import (
    make_affiliation,
    make_category,
    make_facility,
    make_office,
    make_page_text,
    make_partner,
    make_source,
)

pytestmark = pytest.mark.django_db

# Japan is nine hours ahead: this is half past midnight on 1 December there.
NIGHT = "2026-11-30T15:30:00Z"


def known(text):
    return PartialDate.parse(text) if text else None


# ---- is a tie in force? -------------------------------------------------------


def states_of(tie):
    """What the row says, having checked that the database says the same."""
    ties = Affiliation.objects
    states = {
        "awaited": (tie.is_awaited, ties.awaited()),
        "current": (tie.is_current, ties.current()),
        "ended": (tie.has_ended, ties.ended()),
    }
    assert {name for name, (_is_so, found) in states.items() if tie in found} == {
        name for name, (is_so, _found) in states.items() if is_so
    }
    return [name for name, (is_so, _found) in states.items() if is_so]


@pytest.mark.parametrize(
    ("signed_on", "state"),
    [
        (None, "current"),
        ("2025", "current"),
        ("2026", "current"),
        ("2027", "awaited"),
        ("2026-11", "current"),
        ("2026-12", "current"),
        ("2027-01", "awaited"),
        ("2026-11-30", "current"),
        ("2026-12-01", "current"),
        ("2026-12-02", "awaited"),
    ],
)
@pytest.mark.time_machine(NIGHT, tick=False)
def test_tie_is_in_force_from_the_first_day_it_may_be_signed_on(signed_on, state):
    tie = make_affiliation(signed_on=signed_on)

    assert states_of(tie) == [state]


@pytest.mark.parametrize(
    ("ended_on", "state"),
    [
        ("2025", "ended"),
        ("2026", "current"),
        ("2027", "current"),
        ("2026-11", "ended"),
        ("2026-12", "current"),
        ("2027-01", "current"),
        ("2026-11-30", "ended"),
        ("2026-12-01", "ended"),
        ("2026-12-02", "current"),
    ],
)
@pytest.mark.time_machine(NIGHT, tick=False)
def test_tie_is_in_force_until_it_has_certainly_ended(ended_on, state):
    tie = make_affiliation(signed_on="1957", ended_on=ended_on)

    assert states_of(tie) == [state]


@pytest.mark.parametrize(
    "now",
    [
        "2026-11-30T14:59:59Z",  # the last second of November in Japan
        NIGHT,
        "2026-12-31T14:59:59Z",
        "2026-12-31T15:00:00Z",  # New Year in Japan
    ],
)
def test_rows_and_queries_agree_about_ties_of_all_dates(time_machine, now):
    time_machine.move_to(now, tick=False)
    dates = [
        *(None, "2025", "2026", "2027", "2026-10", "2026-11", "2026-12", "2027-01"),
        *("2026-11-29", "2026-11-30", "2026-12-01", "2026-12-02"),
        *("2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02"),
    ]
    partner, category = make_partner(), make_category()
    Affiliation.objects.bulk_create(
        Affiliation(
            slug=f"{signed_on}-to-{ended_on}",
            partner=partner,
            category=category,
            signed_on=known(signed_on),
            ended_on=known(ended_on),
        )
        for signed_on, ended_on in itertools.product(dates, repeat=2)
    )
    ties = Affiliation.objects.all()

    assert {
        "awaited": set(ties.awaited()),
        "begun": set(ties.begun()),
        "current": set(ties.current()),
        "ended": set(ties.ended()),
    } == {
        "awaited": {tie for tie in ties if tie.is_awaited},
        "begun": {tie for tie in ties if not tie.is_awaited},
        "current": {tie for tie in ties if tie.is_current},
        "ended": {tie for tie in ties if tie.has_ended},
    }


def test_ties_in_time_are_the_oldest_first_and_the_undated_last():
    undated, day, month, year, same = (
        make_affiliation(slug=slug, signed_on=signed_on)
        for slug, signed_on in [
            ("a", None),
            ("b", "1957-10-07"),
            ("c", "1957-10"),
            ("d", "1957"),
            ("aa", "1957-10-07"),
        ]
    )

    assert list(Affiliation.objects.in_time()) == [year, month, same, day, undated]


# ---- what a tie must be -------------------------------------------------------


@pytest.mark.parametrize(
    ("signed_on", "ended_on"),
    [
        ("2010-07-15", "2010-07-14"),
        ("2010-07-15", "2010-06"),
        ("2010-07-15", "2009"),
        ("2010-07", "2010-06-30"),
        ("2010-07", "2010-06"),
        ("2010-07", "2009"),
        ("2010", "2009-12-31"),
        ("2010", "2009-12"),
        ("2010", "2009"),
    ],
)
def test_tie_cannot_end_before_it_was_signed(signed_on, ended_on):
    tie = make_affiliation(signed_on=signed_on, ended_on=ended_on)

    with pytest.raises(ValidationError) as error:
        tie.full_clean()

    assert error.value.message_dict == {
        "ended_on": ["A tie cannot end before it was signed."]
    }


@pytest.mark.parametrize(
    ("signed_on", "ended_on"),
    [
        ("2010-07", "2010"),
        ("2010-07-15", "2010"),
        ("2010-07-15", "2010-07"),
        ("2010-07-15", "2010-07-15"),
        ("2010", "2010-01-01"),
        ("2010-07", "2010-07-01"),
        (None, "2010"),
        ("2010", None),
        (None, None),
    ],
)
def test_tie_may_end_when_it_was_signed_as_far_as_is_known(signed_on, ended_on):
    make_affiliation(signed_on=signed_on, ended_on=ended_on).full_clean()


OVERLAPPING = [
    (("1957-10-07", None), ("2000-01-01", None)),
    (("1957-10-07", None), ("1957-10-07", None)),
    (("1957-10-07", "2018-10-02"), ("2018-10-01", None)),
    (("1957-10-07", "2018-10-02"), ("1990-01-01", "1995-01-01")),
    (("1957-10-07", "2018-10-02"), (None, None)),
    (("1957-10-07", "2018-10-02"), (None, "1957-10-08")),
    ((None, "2018-10-02"), ("2018-10-01", None)),
    ((None, None), (None, None)),
    (("2010-07", "2018-10"), ("2018-09", None)),
    (("2010-07", "2018-10"), ("2018-09-30", None)),
    (("2010", "2018"), ("2017", None)),
    (("2010", "2018"), ("2017-12-31", None)),
    (("2010", None), ("2010", None)),
]

APART = [
    (("1957-10-07", "2018-10-02"), ("2018-10-02", None)),
    (("1957-10-07", "2018-10-02"), ("2018-10-03", None)),
    (("1957-10-07", "2018-10-02"), ("2018-10", None)),
    (("1957-10-07", "2018-10-02"), ("2018", None)),
    (("1957-10-07", "2018-10-02"), (None, "1957-10-07")),
    (("2010-07", "2018-10"), ("2018-10", None)),
    (("2010-07", "2018-10"), ("2018-10-31", None)),
    (("2010", "2018"), ("2018", None)),
    (("2010", "2018"), ("2018-01", None)),
    ((None, "2018"), ("2019", None)),
]


def both_ways(pairs):
    return [*pairs, *((second, first) for first, second in pairs)]


@pytest.mark.parametrize(("one", "other"), both_ways(OVERLAPPING))
def test_second_tie_of_a_kind_in_the_same_time_is_refused(one, other):
    partner, category = make_partner(), make_category()
    first, second = (
        make_affiliation(
            partner=partner, category=category, signed_on=signed_on, ended_on=ended_on
        )
        for signed_on, ended_on in (one, other)
    )

    with pytest.raises(ValidationError) as error:
        second.full_clean()

    assert error.value.message_dict == {
        "category": [
            (
                "This partner already has a tie of this category in that time: "
                f"{first.period or 'date not recorded'}. Correct that one, or give it "
                "an end."
            )
        ]
    }


@pytest.mark.parametrize(("one", "other"), both_ways(APART))
def test_ties_of_a_kind_may_follow_one_another(one, other):
    partner, category = make_partner(), make_category()
    _first, second = (
        make_affiliation(
            partner=partner, category=category, signed_on=signed_on, ended_on=ended_on
        )
        for signed_on, ended_on in (one, other)
    )

    second.full_clean()


def test_overlapping_tie_is_named_by_its_time():
    first = make_affiliation(signed_on="1957-10-07", ended_on="2018-10-02")
    second = Affiliation(
        partner=first.partner, category=first.category, signed_on=known("2018")
    )
    third = Affiliation(
        partner=first.partner, category=first.category, signed_on=known("2017")
    )

    assert [second.overlapping(), third.overlapping()] == [None, first]


@pytest.mark.parametrize("differing", ["partner", "category"])
def test_ties_of_different_kinds_or_partners_may_share_their_time(differing):
    first = make_affiliation()
    shared = {"partner": first.partner, "category": first.category}
    del shared[differing]

    make_affiliation(**shared).full_clean()


def test_tie_without_partner_and_category_is_told_just_that():
    with pytest.raises(ValidationError) as error:
        Affiliation(slug="tie").full_clean()

    assert error.value.message_dict == {
        "partner": ["This field cannot be null."],
        "category": ["This field cannot be null."],
    }


# ---- how a tie is called ------------------------------------------------------


@pytest.mark.parametrize(
    ("signed_on", "ended_on", "period"),
    [
        ("1957-10-07", "2018-10-02", "7 October 1957 – 2 October 2018"),
        ("1957", "2018", "1957–2018"),
        ("2010-07", "2018", "July 2010 – 2018"),
        ("2010-07", None, "July 2010"),
        ("1957", None, "1957"),
        (None, None, ""),
    ],
)
def test_period_of_a_tie_says_what_is_known(signed_on, ended_on, period):
    tie = Affiliation(signed_on=known(signed_on), ended_on=known(ended_on))

    assert tie.period == period


@pytest.mark.parametrize(
    ("wording", "name"),
    [("", "Shanghai: Sister city"), ("Friendship city", "Shanghai: Friendship city")],
)
def test_tie_is_called_by_its_own_name_or_that_of_its_category(wording, name):
    tie = make_affiliation(partner=make_partner(name_en="Shanghai"), wording_en=wording)

    assert str(tie) == name


def test_address_of_a_tie_is_on_the_page_of_its_partner():
    tie = make_affiliation(slug="tie", partner=make_partner(slug="shanghai"))

    assert tie.get_absolute_url() == "/en/partners/shanghai/#tie"


@pytest.mark.time_machine("2026-04-18T12:00:00Z", tick=False)
def test_tie_knows_its_next_anniversary():
    tie = make_affiliation(signed_on="1974-04-18")

    assert (tie.next_anniversary.number, tie.next_anniversary.year) == (55, 2029)


# ---- categories ---------------------------------------------------------------


def test_category_gathers_the_ties_that_visitors_see_by_their_state():
    category = make_category()
    second, first, ended, awaited = (
        make_affiliation(category=category, signed_on=signed_on, ended_on=ended_on)
        for signed_on, ended_on in [
            ("1974", None),
            ("1957", None),
            ("1960", "1970"),
            ("2999", None),
        ]
    )
    make_affiliation(category=category, status="draft")
    make_affiliation(category=category, partner=make_partner(status="draft"))
    make_affiliation()

    gathered = Category.objects.with_ties().get(pk=category.pk)

    assert gathered.ties == [first, ended, second, awaited]
    assert gathered.current_ties == [first, second]
    assert gathered.ended_ties == [ended]
    assert gathered.awaited_ties == [awaited]


def test_category_is_in_use_while_visitors_see_a_current_tie_of_it_or_of_a_part():
    used, whole = make_category(order=1), make_category(order=2)
    part = make_category(order=3, parent=whole)
    make_affiliation(category=used)
    make_affiliation(category=used)
    make_affiliation(category=part)
    make_affiliation(category=make_category(), ended_on="1999")
    make_affiliation(category=make_category(), signed_on="2999")
    make_affiliation(category=make_category(), status="draft")
    make_affiliation(category=make_category(), partner=make_partner(status="draft"))
    make_category()

    assert list(Category.objects.in_use()) == [used, whole, part]


@pytest.mark.parametrize("make", [make_category, make_facility, make_office])
def test_part_cannot_have_parts_itself(make):
    whole, other_whole, alone = make(), make(), make()
    part = make(parent=whole)
    part.full_clean()

    for record, parent in [
        (alone, alone),
        (alone, part),
        (whole, part),
        (whole, other_whole),
    ]:
        record.parent = parent
        with pytest.raises(ValidationError) as error:
            record.full_clean()

        assert error.value.message_dict == {
            "parent": ["What is a part of something cannot have parts itself."]
        }


# ---- partners -----------------------------------------------------------------


@pytest.mark.parametrize("half", [{"latitude": 31}, {"longitude": 121}])
def test_partner_has_a_whole_position_or_none(half):
    partner = Partner(slug="shanghai", name_en="Shanghai", country="CN", **half)

    with pytest.raises(ValidationError) as error:
        partner.full_clean()
    with pytest.raises(IntegrityError, match="partner_latitude_with_longitude"):
        partner.save()

    assert error.value.messages == [
        "Give both the latitude and the longitude, or neither."
    ]


def test_partner_cannot_belong_to_itself():
    partner = make_partner()
    partner.parent = partner

    with pytest.raises(ValidationError) as error:
        partner.full_clean()
    with pytest.raises(IntegrityError, match="partner_is_not_its_own_parent"):
        partner.save()

    assert error.value.messages == ["A record cannot belong to itself."]


def test_partner_is_found_by_its_current_ties_of_a_category_or_of_its_parts():
    whole = make_category(slug="mou")
    part = make_category(slug="mou-cities", parent=whole)
    of_whole, of_part = make_partner(slug="a"), make_partner(slug="b")
    make_affiliation(partner=of_whole, category=whole, signed_on="2010")
    make_affiliation(partner=of_part, category=part, signed_on="2010")
    make_affiliation(partner=of_part, category=part, signed_on="2012")
    make_affiliation(category=part, ended_on="1999")
    make_affiliation(category=part, signed_on="2999")
    make_affiliation(category=part, status="draft")
    make_affiliation()

    assert list(Partner.objects.tied_by("mou")) == [of_whole, of_part]
    assert list(Partner.objects.tied_by("mou-cities")) == [of_part]
    assert list(Partner.objects.tied_by("mou-ports")) == []


@pytest.mark.parametrize(
    ("ties", "shape"),
    [
        ([], None),
        ([(2, "bpc", {}), (1, "sister", {})], "sister"),
        ([(2, "bpc", {}), (1, "sister", {"ended_on": "2018"})], "bpc"),
        ([(2, "bpc", {}), (1, "sister", {"status": "draft"})], "bpc"),
        ([(1, "bpc", {"signed_on": "1988"}), (1, "mou", {"signed_on": None})], "bpc"),
        ([(1, "bpc", {"signed_on": "1988"}), (1, "mou", {"signed_on": "1970"})], "mou"),
    ],
)
def test_sign_of_a_partner_is_that_of_its_main_current_tie(ties, shape):
    partner = make_partner()
    for order, of_category, fields in ties:
        category = make_category(order=order, shape=of_category)
        make_affiliation(partner=partner, category=category, **fields)

    assert Partner.objects.with_shape().get().shape == shape


@pytest.mark.parametrize(
    ("country", "language", "name", "name_language"),
    [
        ("CN", "en", "大坂", "zh-hans"),
        ("CN", "ja", "大坂", "zh-hans"),
        ("CN", "zh-hans", "", None),
        ("KR", "en", "오사카", "ko"),
        ("KR", "ko", "", None),
        ("US", "ja", "", None),
    ],
)
def test_native_name_is_in_the_script_of_the_country(
    country, language, name, name_language
):
    partner = Partner(
        country=country,
        name_en="Osaka",
        name_ja="大阪",
        name_zh_hans="大坂",
        name_ko="오사카",
    )

    with translation.override(language):
        native_name = partner.native_name

    assert native_name == name
    assert getattr(native_name, "language", None) == name_language


def test_native_name_is_not_repeated():
    partner = Partner(country="CN", name_ja="上海", name_zh_hans="上海")

    assert partner.native_name == ""


def test_full_name_is_the_formal_one_where_there_is_one():
    partner = Partner(name_en="Nanjing", formal_name_en="Nanjing City")

    assert [partner.full_name, Partner(name_en="Nanjing").full_name] == [
        "Nanjing City",
        "Nanjing",
    ]


@pytest.mark.parametrize(
    ("latitude", "longitude", "km"),
    [(None, None, None), (31.23, 121.47, 1363), (0, 0, 14000)],
)
def test_bearing_of_a_partner_needs_its_position(latitude, longitude, km):
    partner = Partner(latitude=latitude, longitude=longitude)

    assert (partner.bearing and partner.bearing.km) == km


# ---- places, sources, texts ---------------------------------------------------


def test_whole_offices_are_not_parts_of_others():
    office = make_office()
    make_office(parent=office)

    assert list(OverseasOffice.objects.whole()) == [office]


@pytest.mark.parametrize(
    ("language", "name"), [("en", "大阪政府上海事務所"), ("ja", "")]
)
def test_office_has_its_japanese_name_beside_that_of_the_visitor(language, name):
    office = OverseasOffice(name_en="Osaka Office", name_ja="大阪政府上海事務所")

    with translation.override(language):
        assert office.japanese_name == name


def test_places_stand_in_their_order():
    last, first, second = (
        make_facility(slug=slug, order=order)
        for slug, order in [("a", 9), ("b", 1), ("c", 1)]
    )

    assert list(Facility.objects.all()) == [first, second, last]


def test_sources_of_a_partner_are_its_own_and_those_of_the_ties_shown():
    own, both, of_tie, of_other_tie = (make_source(title=title) for title in "abcd")
    make_source()
    partner = make_partner(sources=[own, both])
    ties = [make_affiliation(partner=partner, sources=[both, of_tie]) for _ in range(2)]
    make_affiliation(partner=partner, sources=[of_other_tie])

    assert list(Source.objects.cited_by(partner, ties)) == [own, both, of_tie]


def test_page_texts_are_found_by_slug_where_they_are_published():
    home, house = make_page_text(slug="home"), make_page_text(slug="house")
    make_page_text(slug="network", status="draft")
    make_page_text(slug="offices")

    assert PageText.objects.by_slug("home", "house", "network", "none") == {
        "home": home,
        "house": house,
    }
