import copy
import pickle
import random

import pytest
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation
from django.utils.html import conditional_escape, format_html

from network.models import Category, Facility, Partner
from osaka_site.context_processors import languages
from osaka_site.translation import (
    TranslatedText,
    base_field,
    check_required_languages,
    language_tag,
    translated,
    translated_fields,
)

from .factories import make_partner

LANGUAGES = ["en", "ja", "zh-hans", "ko"]
NAMES = {
    "name_en": "Osaka",
    "name_ja": "大阪",
    "name_zh_hans": "大坂",
    "name_ko": "오사카",
}


def names_of(partner):
    return {column: getattr(partner, column) for column in NAMES}


def render(source, **context):
    template = Template("{% load site_tags %}" + source)
    return template.render(Context(context))


# ---- reading and writing ------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "column"), list(zip(LANGUAGES, NAMES, strict=True))
)
def test_translated_reads_the_language_of_the_visitor(language, column):
    partner = Partner(**NAMES)

    with translation.override(language):
        name = partner.name

    assert (name, name.language) == (NAMES[column], language)


@pytest.mark.parametrize(
    ("language", "column"), list(zip(LANGUAGES, NAMES, strict=True))
)
def test_translated_writes_the_language_of_the_visitor(language, column):
    changed = Partner(**NAMES)

    with translation.override(language):
        changed.name = "X"
        new = Partner(name="X")

    assert names_of(changed) == {**NAMES, column: "X"}
    assert names_of(new) == {**dict.fromkeys(NAMES, ""), column: "X"}


@pytest.mark.parametrize(
    ("language", "order"),
    [
        ("en", ["en", "ja", "zh-hans", "ko"]),
        ("ja", ["ja", "en", "zh-hans", "ko"]),
        ("zh-hans", ["zh-hans", "en", "ja", "ko"]),
        ("ko", ["ko", "en", "ja", "zh-hans"]),
        (None, ["en", "ja", "zh-hans", "ko"]),
    ],
)
def test_translated_falls_back_in_order(language, order):
    partner = Partner(**NAMES)
    shown = []

    with translation.override(language):
        while name := partner.name:
            shown.append(name.language)
            setattr(partner, f"name_{name.language.replace('-', '_')}", "")

    assert shown == order
    assert partner.name == ""


def test_translated_fields_are_those_of_the_model_and_its_parents():
    assert list(translated_fields(Facility)) == [
        "name",
        "introduction",
        "address",
        "lead",
        "hours",
        "services",
        "languages_served",
        "access",
    ]


@pytest.mark.parametrize(("name", "column"), [("name", "name_en"), ("kind", "kind")])
def test_base_field_is_the_column_of_the_first_language(name, column):
    assert base_field(Partner, name) == Partner._meta.get_field(column)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.django_db
def test_database_orders_by_the_text_that_is_shown(language):
    chance = random.Random(1957)
    for _ in range(60):
        texts = {
            column: chance.choice(["", "".join(chance.choices("abcdef", k=4))])
            for column in NAMES
        }
        make_partner(**texts)

    with translation.override(language):
        partners = list(Partner.objects.annotate(shown=translated("name")).by_name())
        names = [partner.name for partner in partners]

    assert [partner.shown for partner in partners] == names
    assert names == sorted(names)
    assert len(set(names)) > 40
    assert "" in names


# ---- texts that know their language -------------------------------------------


@pytest.mark.parametrize(
    ("language", "html"),
    [
        ("en", '<span lang="zh-Hans">&lt;script&gt; &amp; 大坂</span>'),
        ("ja", '<span lang="zh-Hans">&lt;script&gt; &amp; 大坂</span>'),
        ("zh-hans", "&lt;script&gt; &amp; 大坂"),
    ],
)
def test_text_marks_itself_in_a_page_of_another_language(language, html):
    text = TranslatedText("<script> & 大坂", "zh-hans")

    with translation.override(language):
        printed = [
            render("{{ text }}", text=text),
            conditional_escape(text),
            format_html("{}", text),
        ]

    assert printed == [html] * 3


def test_text_of_a_record_is_escaped_and_marked():
    partner = Partner(name_ja="<script>大阪")

    assert render("{{ partner.name }}", partner=partner) == (
        '<span lang="ja">&lt;script&gt;大阪</span>'
    )


def test_empty_text_is_not_marked():
    assert render("{{ text }}", text=TranslatedText("", "ja")) == ""


def test_plain_text_is_escaped_and_not_marked():
    text = TranslatedText("<b> “大阪”", "ja")

    assert render('<i title="{{ text|plain }}">', text=text) == (
        '<i title="&lt;b&gt; “大阪”">'
    )


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda text: pickle.loads(pickle.dumps(text))],
)
def test_text_keeps_its_language_in_a_copy(duplicate):
    text = duplicate(TranslatedText("大阪", "ja"))

    assert (type(text), text, text.language) == (TranslatedText, "大阪", "ja")


@pytest.mark.parametrize(
    ("code", "tag"),
    [("en", "en"), ("ja", "ja"), ("zh-hans", "zh-Hans"), ("ko", "ko")],
)
def test_language_tag_is_that_of_bcp_47(code, tag):
    assert language_tag(code) == tag


# ---- required languages -------------------------------------------------------

SENTENCE = (
    "Write this in Japanese or in English: the other languages "
    "fall back to one of the two."
)


@pytest.mark.parametrize(
    ("record", "columns"),
    [
        (Partner(), ["name_ja"]),
        (Partner(name_zh_hans="大坂", name_ko="오사카"), ["name_ja"]),
        (Partner(name_en=" ", name_ja="\u3000"), ["name_ja"]),
        (Category(name_ko="시"), ["name_ja", "tie_name_ja"]),
        (Category(name_ko="시", tie_name_en="City"), ["name_ja"]),
    ],
)
def test_required_text_in_neither_japanese_nor_english_is_refused(record, columns):
    with pytest.raises(ValidationError) as error:
        check_required_languages(record)

    assert error.value.message_dict == {column: [SENTENCE] for column in columns}


@pytest.mark.parametrize("column", ["name_en", "name_ja"])
@pytest.mark.django_db
def test_required_text_in_one_of_the_two_languages_is_enough(column):
    Partner(country="US", slug="osaka", **{column: "Osaka"}).full_clean()


@pytest.mark.django_db
def test_record_without_its_required_text_is_refused():
    with pytest.raises(ValidationError) as error:
        Partner(country="US", slug="osaka").full_clean()

    assert error.value.message_dict == {"name_ja": [SENTENCE]}


# ---- the language switch ------------------------------------------------------


def test_languages_lead_to_the_same_page():
    request = RequestFactory().get("/en/partners/x/?a=1")

    with translation.override("zh-hans"):
        context = languages(request)

    assert context == {
        "languages": [
            {
                "code": "en",
                "tag": "en",
                "name": "English",
                "path": "/en/partners/x/",
                "url": "/en/partners/x/?a=1",
                "is_active": False,
            },
            {
                "code": "ja",
                "tag": "ja",
                "name": "日本語",
                "path": "/ja/partners/x/",
                "url": "/ja/partners/x/?a=1",
                "is_active": False,
            },
            {
                "code": "zh-hans",
                "tag": "zh-Hans",
                "name": "简体中文",
                "path": "/zh-hans/partners/x/",
                "url": "/zh-hans/partners/x/?a=1",
                "is_active": True,
            },
            {
                "code": "ko",
                "tag": "ko",
                "name": "한국어",
                "path": "/ko/partners/x/",
                "url": "/ko/partners/x/?a=1",
                "is_active": False,
            },
        ],
        "page_lang": "zh-Hans",
        "site_url": "http://127.0.0.1:8000",
    }


@pytest.mark.parametrize(
    ("address", "rest"),
    [
        ("/en/", ""),
        ("/en", ""),
        (
            "/ja/exchanges/?field=water&field=ports",
            "exchanges/?field=water&field=ports",
        ),
        ("/", ""),
        ("/?a=1", "?a=1"),
        ("/admin/network/partner/", ""),
        ("/english/", ""),
        ("/zh/partners/", ""),
        ("/zh-hans/partners/", "partners/"),
    ],
)
def test_languages_stay_on_public_pages_and_lead_home_from_others(address, rest):
    context = languages(RequestFactory().get(address))

    assert [language["url"] for language in context["languages"]] == [
        f"/{code}/{rest}" for code in LANGUAGES
    ]
