from datetime import date

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.utils.dates import MONTHS
from django.utils.translation import override

from osaka_site.dates import (
    PartialDate,
    PartialDateField,
    PartialDateFormField,
    format_period,
)


@pytest.fixture(autouse=True)
def _english():
    with override("en"):
        yield


def known(text):
    return PartialDate.parse(text) if text else None


class DateForm(forms.Form):
    signed_on = PartialDateFormField()
    ended_on = PartialDateFormField(required=False)


def typed(field="signed_on", year="", month="", day=""):
    return {f"{field}_year": year, f"{field}_month": month, f"{field}_day": day}


@pytest.mark.parametrize(
    ("text", "parts", "precision"),
    [
        ("2010", (2010, None, None), "year"),
        ("2010-07", (2010, 7, None), "month"),
        ("2010-07-15", (2010, 7, 15), "day"),
        ("0057-01", (57, 1, None), "month"),
    ],
)
def test_partial_date_reads_and_writes_iso_text(text, parts, precision):
    value = PartialDate.parse(text)

    assert value == PartialDate(*parts)
    assert str(value) == text
    assert value.precision == precision


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10",
        "2010-7",
        "2010-07-1",
        "2010-",
        " 2010",
        "2010\n",
        "201007",
        "2010-07-15T00:00",
        "２０１０",
        "٢٠١٠",
        "平成22",
    ],
)
def test_partial_date_refuses_other_text(text):
    with pytest.raises(ValueError, match=r"is not a date such as 2010, 2010-07 or"):
        PartialDate.parse(text)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ((0,), "The year must be between 1 and 9999."),
        ((10000,), "The year must be between 1 and 9999."),
        ((2010, 0), "There is no month 0."),
        ((2010, 13), "There is no month 13."),
        ((2010, 2, 30), "There is no 30 February 2010."),
        ((2010, 2, 29), "There is no 29 February 2010."),
        ((2010, 7, 0), "There is no 0 July 2010."),
        (
            (2010, None, 7),
            "Give the month as well: a day without a month cannot be stored.",
        ),
    ],
)
def test_partial_date_that_does_not_exist_is_refused(parts, sentence):
    with pytest.raises(ValueError) as error:
        PartialDate(*parts)

    assert str(error.value) == sentence


def test_partial_date_from_date():
    assert PartialDate.from_date(date(1957, 10, 7)) == PartialDate(1957, 10, 7)


def test_partial_dates_sort_as_their_text():
    texts = ["1957-12-31", "2010", "2010-07", "2010-07-15", "2010-08", "2010-12-01"]

    assert sorted(known(text) for text in reversed(texts)) == [
        known(text) for text in texts
    ]
    assert known("2010") <= known("2010") < known("2010-01")
    assert known("2010-02") >= known("2010-01-31")


@pytest.mark.parametrize(
    ("text", "first_day", "last_day"),
    [
        ("2010", date(2010, 1, 1), date(2010, 12, 31)),
        ("2010-02", date(2010, 2, 1), date(2010, 2, 28)),
        ("2012-02", date(2012, 2, 1), date(2012, 2, 29)),
        ("1900-02", date(1900, 2, 1), date(1900, 2, 28)),
        ("2010-07-15", date(2010, 7, 15), date(2010, 7, 15)),
        ("9999-12", date(9999, 12, 1), date(9999, 12, 31)),
    ],
)
def test_partial_date_bounds(text, first_day, last_day):
    assert (known(text).first_day, known(text).last_day) == (first_day, last_day)


@pytest.mark.parametrize(
    ("text", "year", "expected"),
    [
        ("1957", 2027, "2027"),
        ("1957-10", 2027, "2027-10"),
        ("1957-10-07", 2027, "2027-10-07"),
        ("2012-02-29", 2024, "2024-02-29"),
        ("2012-02-29", 2025, "2025-02-28"),
        ("2025-02-28", 2028, "2028-02-28"),
    ],
)
def test_partial_date_in_another_year(text, year, expected):
    assert known(text).in_year(year) == known(expected)


@pytest.mark.parametrize(
    ("language", "year", "month", "day"),
    [
        ("en", "1957", "October 1957", "7 October 1957"),
        ("ja", "1957年", "1957年10月", "1957年10月7日"),
        ("zh-hans", "1957年", "1957年10月", "1957年10月7日"),
        ("ko", "1957년", "1957년 10월", "1957년 10월 7일"),
        (None, "1957", "October 1957", "7 October 1957"),
    ],
)
def test_partial_date_is_printed_as_far_as_it_is_known(
    settings, language, year, month, day
):
    settings.LANGUAGE_CODE = "en"

    with override(language):
        printed = [known(t).format() for t in ("1957", "1957-10", "1957-10-07")]

    assert printed == [year, month, day]


PERIODS = [
    ("2023-08-01", "2023-08-03"),
    ("2023-08-30", "2023-09-02"),
    ("2024-12-31", "2025-01-02"),
    ("2010-07", "2010-09"),
    ("2010-12", "2011-01"),
    ("1994", "1996"),
    ("2010", "2010-07"),
    ("2010-07-15", "2010-07"),
    ("2010-07", "2010-07"),
    ("2010-07-15", None),
]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "1–3 August 2023",
                "30 August – 2 September 2023",
                "31 December 2024 – 2 January 2025",
                "July – September 2010",
                "December 2010 – January 2011",
                "1994–1996",
                "2010 – July 2010",
                "15 July 2010 – July 2010",
                "July 2010",
                "15 July 2010",
            ],
        ),
        (
            "ja",
            [
                "2023年8月1日～3日",
                "2023年8月30日～9月2日",
                "2024年12月31日～2025年1月2日",
                "2010年7月～9月",
                "2010年12月～2011年1月",
                "1994年～1996年",
                "2010年～2010年7月",
                "2010年7月15日～2010年7月",
                "2010年7月",
                "2010年7月15日",
            ],
        ),
        (
            "zh-hans",
            [
                "2023年8月1日～3日",
                "2023年8月30日～9月2日",
                "2024年12月31日～2025年1月2日",
                "2010年7月～9月",
                "2010年12月～2011年1月",
                "1994年～1996年",
                "2010年～2010年7月",
                "2010年7月15日～2010年7月",
                "2010年7月",
                "2010年7月15日",
            ],
        ),
        (
            "ko",
            [
                "2023년 8월 1일~3일",
                "2023년 8월 30일~9월 2일",
                "2024년 12월 31일~2025년 1월 2일",
                "2010년 7월~9월",
                "2010년 12월~2011년 1월",
                "1994년~1996년",
                "2010년~2010년 7월",
                "2010년 7월 15일~2010년 7월",
                "2010년 7월",
                "2010년 7월 15일",
            ],
        ),
    ],
)
def test_period_prints_what_its_dates_share_once(language, expected):
    with override(language):
        printed = [format_period(known(start), known(end)) for start, end in PERIODS]

    assert printed == expected


def render(template, **context):
    return Template("{% load date_tags %}" + template).render(Context(context))


def test_date_html_gives_the_date_to_machines_too():
    template = "{{ known|date_html }}{{ unknown|date_html }}{{ missing|date_html }}"

    html = render(template, known=PartialDate(2010, 7), unknown=None)

    assert html == '<time datetime="2010-07">July 2010</time>'


@pytest.mark.parametrize(
    ("start", "end", "html"),
    [
        (None, None, ""),
        (None, "2010", ""),
        ("2010-07", None, '<time datetime="2010-07">July 2010</time>'),
        ("1994", "1994", '<time datetime="1994">1994</time>'),
        (
            "1994",
            "1996",
            '<time datetime="1994">1994</time>–<time datetime="1996">1996</time>',
        ),
        (
            "2023-08-01",
            "2023-08-03",
            (
                '<time datetime="2023-08-01">1</time>–'
                '<time datetime="2023-08-03">3 August 2023</time>'
            ),
        ),
    ],
)
def test_period_gives_each_of_its_dates_to_machines_too(start, end, html):
    assert render("{% period s e %}", s=known(start), e=known(end)) == html


@pytest.mark.parametrize(
    ("year", "month", "day", "expected"),
    [
        ("1957", "", "", "1957"),
        ("1957", "10", "", "1957-10"),
        ("1957", "10", "7", "1957-10-07"),
        ("２０１０", "7", "１５", "2010-07-15"),
        (" 2010年 ", "", "", "2010"),
        ("昭和32", "10", "7", "1957-10-07"),
        ("平成22", "", "", "2010"),
        ("平成２２年", "", "", "2010"),
        ("令和7", "", "", "2025"),
        ("令和元年", "", "", "2019"),
        ("平成元", "", "", "1989"),
        ("昭和1", "", "", "1926"),
        ("S32", "", "", "1957"),
        ("H22", "", "", "2010"),
        ("ｒ０７", "", "", "2025"),
        ("㍻22", "", "", "2010"),
    ],
)
def test_form_reads_dates_as_staff_type_them(year, month, day, expected):
    form = DateForm(typed(year=year, month=month, day=day))

    assert form.errors == {}
    assert form.cleaned_data == {"signed_on": known(expected), "ended_on": None}


MONTH_MISSING = "Give the month as well: a day without a month cannot be stored."
YEAR_MISSING = "Give the year as well: a date needs one."
YEAR_INVALID = "Write the year in four digits, such as 1957."


@pytest.mark.parametrize("field", ["signed_on", "ended_on"])
@pytest.mark.parametrize(
    ("year", "month", "day", "sentence"),
    [
        ("", "7", "", YEAR_MISSING),
        ("", "", "15", YEAR_MISSING),
        ("2010", "", "15", MONTH_MISSING),
        ("2010", "2", "30", "There is no 30 February 2010."),
        ("2010", "7", "0", "There is no 0 July 2010."),
        ("2010", "7", "9" * 30, f"There is no {'9' * 30} July 2010."),
        ("2010", "7", "x", "Write the day as a number, such as 7."),
        ("57", "", "", YEAR_INVALID),
        ("20100", "", "", YEAR_INVALID),
        ("last year", "", "", YEAR_INVALID),
        (" ", "", "", YEAR_INVALID),
        ("令和0", "", "", YEAR_INVALID),
        ("元年", "", "", YEAR_INVALID),
        ("0000", "", "", "The year must be between 1 and 9999."),
    ],
)
def test_form_explains_what_is_wrong(field, year, month, day, sentence):
    form = DateForm(
        typed("signed_on", year="1957") | typed(field, year=year, month=month, day=day)
    )

    assert form.errors == {field: [sentence]}


def test_form_requires_a_date_only_where_it_is_required():
    form = DateForm(typed("signed_on") | typed("ended_on"))

    assert form.errors == {"signed_on": ["This field is required."]}
    assert form.cleaned_data == {"ended_on": None}


@pytest.mark.parametrize(
    ("initial", "year", "month", "day", "changed"),
    [
        (None, "", "", "", []),
        (None, "2010", "", "", ["signed_on"]),
        ("2010", "2010", "", "", []),
        ("2010", "平成22", "", "", []),
        ("2010", "2010", "7", "", ["signed_on"]),
        ("2010-07-15", "2010", "7", "15", []),
        ("2010-07-15", "2010", "7", "１５", []),
        ("2010-07-15", "2010", "7", "", ["signed_on"]),
        ("2010-07-15", "", "", "", ["signed_on"]),
        ("2010-07-15", "x", "7", "15", ["signed_on"]),
    ],
)
def test_form_notices_a_changed_date(initial, year, month, day, changed):
    form = DateForm(
        typed(year=year, month=month, day=day), initial={"signed_on": known(initial)}
    )

    assert form.changed_data == changed


@pytest.mark.parametrize("initial", ["2010-07", known("2010-07")])
def test_widget_is_three_named_inputs(initial):
    html = str(DateForm(initial={"signed_on": initial})["signed_on"])

    options = "".join(
        f'<option value="{number}"{" selected" * (number == 7)}>{name}</option>'
        for number, name in MONTHS.items()
    )
    assert html == (
        '<input type="text" name="signed_on_year" value="2010" aria-label="Year"'
        ' inputmode="numeric" size="4" required id="id_signed_on_0">'
        '<select name="signed_on_month" aria-label="Month" id="id_signed_on_1">'
        f'<option value="">—</option>{options}</select>'
        '<input type="text" name="signed_on_day" aria-label="Day"'
        ' inputmode="numeric" size="2" id="id_signed_on_2">'
    )


def test_widget_names_months_in_the_language_of_the_reader():
    widget = PartialDateFormField().widget

    with override("ja"):
        html = widget.render("signed_on", PartialDate(2010, 7))

    assert '<option value="7" selected>7月</option>' in html


@pytest.mark.parametrize("initial", [None, "", "junk", "2010-02-30"])
def test_widget_starts_empty_without_a_date(initial):
    widget = PartialDateFormField().widget

    assert widget.decompress(initial) == [None, None, None]


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, None),
        ("", None),
        ("2010-07", "2010-07"),
        (2010, "2010"),
        (PartialDate(2010, 7), "2010-07"),
        (date(2010, 7, 15), "2010-07-15"),
    ],
)
def test_field_takes_dates_and_text_and_gives_back_partial_dates(value, stored):
    field = PartialDateField(null=True)

    assert field.get_prep_value(value) == stored
    assert field.from_db_value(stored, None, None) == known(stored)
    assert field.to_python(value) == known(stored)


def test_field_explains_a_date_that_does_not_exist():
    with pytest.raises(ValidationError) as error:
        PartialDateField().to_python("2010-02-30")

    assert error.value.messages == ["There is no 30 February 2010."]


@pytest.mark.parametrize("value", ["2010-07", PartialDate(2010, 7)])
def test_field_is_iso_text_in_fixtures(value):
    class Tie:
        signed_on = value

    field = PartialDateField()
    field.attname = "signed_on"

    assert field.value_to_string(Tie()) == "2010-07"


def test_field_deconstructs_to_what_was_written():
    field = PartialDateField("signed on", null=True, blank=True)

    assert field.deconstruct()[1:] == (
        "osaka_site.dates.PartialDateField",
        [],
        {"verbose_name": "signed on", "null": True, "blank": True},
    )
    assert field.clone().max_length == 10


@pytest.mark.parametrize("is_blank", [True, False])
def test_field_is_edited_with_the_partial_date_form_field(is_blank):
    form_field = PartialDateField("signed on", blank=is_blank).formfield()

    assert type(form_field) is PartialDateFormField
    assert form_field.label == "Signed on"
    assert form_field.required is not is_blank
