"""Each check with what it finds and what it leaves alone, in Japanese and English."""

import csv
import json

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone, translation

from events.models import Exchange
from network.models import AgreementDocument, Partner, Picture
from osaka_site.content_checks import ERROR, WARNING, Finding, errors_of, findings_of
from osaka_site.content_checks.wording import LONGEST_IN_CHARACTERS, LONGEST_IN_WORDS
from osaka_site.publishing import Status

from .factories import (
    make_affiliation,
    make_category,
    make_exchange,
    make_office,
    make_partner,
    make_picture,
    make_programme,
)

pytestmark = pytest.mark.one_database

SENTENCES = {
    "heading": (
        "The heading “{}” skips a level, and people who jump from heading to heading "
        "think they missed one. Begin with ##; what is below it has ###."
    ),
    "empty heading": (
        "A heading has no words. Write some after ##, or take the line out."
    ),
    "table": (
        "A table has no headings of its columns, so nobody who hears it read out knows "
        "what a cell is about. Write them in the first row, and |---|---| under it."
    ),
    "address": (
        "The link to “{}” cannot be followed. Write an address that begins with "
        "https://, mailto: or tel:, or a page of this site such as /ja/house/."
    ),
    "picture": (
        "“{}” is not the name of a picture. Add it under “Pictures” first, and write "
        "its address name here: ![](osaka-port)."
    ),
    "wordless link": (
        "The link to “{}” has no words, so nobody can see or hear it. Write what it "
        "leads to between the brackets."
    ),
    "colour": (
        "“{}” is meant to say something by its colour, which many people do not see. "
        "Take the tag out, and say it in words or in **bold**."
    ),
    "tag": "Visitors see “{}” as it stands here. Take the tag out.",
    "vague link": (
        "“{}” does not say where the link leads. Many people have only the links read "
        "out: write the name of the page."
    ),
    "bare address": (
        "“{}” is read out sign by sign. Write the name of the page instead, in a long "
        "text as a link: [name of the page](address)."
    ),
    "date": "“{}” is not read out as a date. Write: “{}”.",
    "ambiguous date": (
        "“{}” is one day to some readers and another to others. Write the month as a "
        "word."
    ),
    "spaces": (
        "“{}” has spaces within a word: it is read out sign by sign, and nobody who "
        "searches for it finds it. Take the spaces out."
    ),
    "half width": "“{}” is in half-width kana, which is badly read out. Write: “{}”.",
    "full width": (
        "“{}” is in full-width letters or figures: some programs read them out one by "
        "one. Write: “{}”."
    ),
    "platform": (
        "“{}” looks different on some devices, and is left out or misread when read "
        "out. Write: “{}”."
    ),
    "characters": (
        "“{}” has more than 120 characters. Make two sentences of it, or a list."
    ),
    "words": "“{}” has more than 45 words. Make two sentences of it, or a list.",
    "capitals": (
        "“{}” is in capitals: harder to read, and read out letter by letter by some "
        "programs. Write it as in a sentence, and **bold** if it matters."
    ),
    "file name": (
        "“{}” is a file name or only says that there is a picture. Say in a sentence "
        "what matters in it, for people who do not see it."
    ),
    "no alternative": (
        "The alternative text is missing. Say in a sentence what matters in the "
        "picture, for people who do not see it."
    ),
    "untranslated alternative": (
        "There is a caption in this language, but no alternative text: people who do "
        "not see the picture get it in another language."
    ),
    "no Japanese": (
        "There is no Japanese, only: {}. Readers of Japanese get another language."
    ),
}


def exchange(**texts):
    """With Japanese of every text."""
    names = {column.partition("_")[0] for column in texts}
    japanese = {f"{name}_ja": "文。" for name in names}
    return Exchange(**{"title_en": "Title", "title_ja": "題", **japanese, **texts})


def found_in(text, language, name="body"):
    column = f"{name}_{language.replace('-', '_')}"
    findings = findings_of(exchange(**{column: text}))
    assert {(found.field, found.language) for found in findings} <= {(column, language)}
    return [(found.level, found.message) for found in findings]


def said(level, name, *words):
    return [(level, SENTENCES[name].format(*words))]


@pytest.mark.parametrize(
    ("language", "text", "name", "words"),
    [
        ("ja", "## 歴史\n\n#### 港", "heading", ["港"]),
        ("ja", "### 歴史\n\n## 港", "heading", ["歴史"]),
        ("en", "# History\n\n### Port", "heading", ["Port"]),
        ("ja", "## \n\n文。", "empty heading", []),
        ("en", "## ![](pier)\n\nText.", "empty heading", []),
        ("ja", "| 曜日 | 時間 |\n| 平日 | 9時 |", "table", []),
        ("ja", "| | |\n|---|---|\n| 平日 | 9時 |", "table", []),
        ("en", "|A|\n|-|\n|1|\n\ntext\n\n||\n|-|\n|1|", "table", []),
        ("ja", "[大阪市](javascript:alert(1))", "address", ["javascript:alert(1"]),
        ("ja", "[大阪市](www.example.com)", "address", ["www.example.com"]),
        ("en", "[The plan](C:\\plan.docx)", "address", ["C:\\plan.docx"]),
        ("en", "[The plan](plan.pdf)", "address", ["plan.pdf"]),
        ("ja", "![桟橋](https://a.example/b)", "picture", ["https://a.example/b"]),
        ("en", "![A pier](IMG_1234.jpg)", "picture", ["IMG_1234.jpg"]),
        ("ja", "大阪市[](https://a.example)", "wordless link", ["https://a.example"]),
        ("en", "[ ](/en/house/)", "wordless link", ["/en/house/"]),
        (
            "ja",
            "<font color=red>休館</font>",
            "colour",
            ["<font color=red>”, “</font>"],
        ),
        ("en", "<span style='color:red'>No", "colour", ["<span style='color:red'>"]),
        ("ja", "大阪<br>上海", "tag", ["<br>"]),
        ("en", "<b>Osaka</b>", "tag", ["<b>”, “</b>"]),
    ],
)
def test_error_is_found(language, text, name, words):
    assert found_in(text, language) == said(ERROR, name, *words)


LONG_JAPANESE = "大阪市" * 40 + "です。"
LONG_ENGLISH = "word " * 45 + "end."


@pytest.mark.parametrize(
    ("language", "text", "name", "words"),
    [
        ("ja", "詳細は[こちら](/ja/)をどうぞ。", "vague link", ["こちら"]),
        ("ja", "[詳しくはこちら。](/ja/)", "vague link", ["詳しくはこちら。"]),
        (
            "en",
            "[here](/en/), [Read more…](/en/)",
            "vague link",
            ["here”, “Read more…"],
        ),
        ("zh-hans", "[点击这里](/zh-hans/)", "vague link", ["点击这里"]),
        ("ko", "[여기를 클릭](/ko/)", "vague link", ["여기를 클릭"]),
        ("ja", "[https://a.example](/ja/)", "vague link", ["https://a.example"]),
        ("ja", "詳細はhttps://a.example/b。", "bare address", ["https://a.example/b"]),
        ("en", "See www.a.example.", "bare address", ["www.a.example"]),
        ("ja", "2024/1/2に", "date", ["2024/1/2", "2024年1月2日"]),
        ("en", "On 2024-01-02", "date", ["2024-01-02", "2 January 2024"]),
        ("ko", "2024.1.2", "date", ["2024.1.2", "2024년 1월 2일"]),
        ("zh-hans", "2024/12/31", "date", ["2024/12/31", "2024年12月31日"]),
        ("en", "On 3/4/2024.", "ambiguous date", ["3/4/2024"]),
        ("ja", "日　時：5月4日、大 阪 市", "spaces", ["日　時”, “大 阪 市"]),
        ("en", "O s a k a City", "spaces", ["O s a k a"]),
        ("zh-hans", "大 阪", "spaces", ["大 阪"]),
        ("ja", "ﾒﾙﾎﾞﾙﾝと", "half width", ["ﾒﾙﾎﾞﾙﾝ", "メルボルン"]),
        ("en", "The ｶﾅ", "half width", ["ｶﾅ", "カナ"]),
        ("ja", "ＪＲで１０分", "full width", ["ＪＲ”, “１０", "JR”, “10"]),
        ("ja", "１，０００円", "full width", ["１，０００", "1,000"]),
        ("en", "Osaka（大阪）", "full width", ["（”, “）", "(”, “)"]),
        ("ko", "１０분", "full width", ["１０", "10"]),
        ("ja", "①㈱大阪", "platform", ["①”, “㈱", "1”, “(株)"]),
        ("en", "Part Ⅲ, №5", "platform", ["Ⅲ”, “№", "III”, “No"]),
        ("ja", LONG_JAPANESE, "characters", [LONG_JAPANESE[:40] + "…"]),
        ("zh-hans", LONG_JAPANESE, "characters", [LONG_JAPANESE[:40] + "…"]),
        ("en", LONG_ENGLISH, "words", [LONG_ENGLISH[:40] + "…"]),
        ("ja", "OSAKA CITY AND PORTで", "capitals", ["OSAKA CITY AND PORT"]),
        ("en", "IMPORTANT NOTICE", "capitals", ["IMPORTANT NOTICE"]),
        ("en", "We say NO ENTRY TODAY now.", "capitals", ["NO ENTRY TODAY"]),
    ],
)
def test_warning_is_found(language, text, name, words):
    assert found_in(text, language) == said(WARNING, name, *words)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ja", "## 歴史\n\n### 港\n\n## 今"),
        ("en", "# History\n\n## Port\n\n### Piers\n\n# Today"),
        ("en", "### One\n\n### Two"),
        ("ja", "| 曜日 | 時間 |\n|---|---|\n| 平日 | 9時 |"),
        ("en", "| | Monday |\n|---|---|\n| Open | 9 |"),
        ("en", "Either | or"),
        ("ja", "[大阪市](https://example.com/)と[国際交流センター](/ja/house/)"),
        ("en", "[Write to us](mailto:a@b.example), [call](tel:+816), [above](#x)"),
        ("ja", "![桟橋](pier)"),
        ("en", "![A pier](pier-1930)"),
        ("ja", "1 < 2、<一>、A<B"),
        ("en", "1 < 2 > 0, <https>"),
        ("ja", "こちらの[上海港の案内](/ja/)は、ここで配ります。"),
        ("en", "Here is [the House](/en/), www and all."),
        ("ja", "2024年1月2日、1/2、2024/25、192.168.2024.1.2、2024-1234"),
        ("ja", "[予定](https://example.com/2024/1/2/)"),
        ("en", "2 January 2024, 2024/25, 24/7, version 1.2.2024.5"),
        ("ko", "2026. 4. 1. 개최"),
        ("ja", "大阪　太郎さんと 上海 の人、A 案"),
        ("en", "Plan A, B and C; I am a"),
        ("ko", "이 곳 그 때"),
        ("ja", "メルボルン、「友好」・都市（港）"),
        ("en", "Melbourne (Australia), 10% – “twice”"),
        ("ja", "JRで10分、(1)、℃、（株）"),
        ("ko", "① 제3회 Ⅲ"),
        ("zh-hans", "① Ⅲ，（一）"),
        ("ja", "大阪市" * 39 + "です。" + "上海市" * 30),
        ("ja", "- " + "大阪市" * 30 + "\n- " + "上海市" * 30),
        ("en", "word " * 44 + "end. And more words."),
        ("ko", "오사카 " * 60),
        ("ja", "UNESCOとWHO、JICA、ASEAN"),
        ("en", "UNESCO, WHO and JICA; OSAKA; CC BY 4.0"),
    ],
)
def test_nothing_is_found_where_nothing_is_wrong(language, text):
    assert found_in(text, language) == []


@pytest.mark.parametrize("language", ["ja", "en"])
def test_short_texts_are_checked_too(language):
    """They are no Markdown: brackets and signs stand for themselves."""
    assert found_in("[x](y) ## ①", language, "summary") == said(
        WARNING, "platform", "①", "1"
    )
    assert found_in("www.a.example/?on=2024/1/2", language, "place") == said(
        WARNING, "bare address", "www.a.example/?on=2024/1/2"
    )
    assert found_in("<b>", language, "host") == said(ERROR, "tag", "<b>")


def test_limits_are_those_that_sentences_name():
    assert (LONGEST_IN_CHARACTERS, LONGEST_IN_WORDS) == (120, 45)


def test_title_must_say_where_it_leads():
    findings = findings_of(Exchange(title_ja="こちら", title_en="Here"))

    assert findings == [
        Finding(WARNING, "title_en", "en", SENTENCES["vague link"].format("Here")),
        Finding(WARNING, "title_ja", "ja", SENTENCES["vague link"].format("こちら")),
    ]


ALT = {"alt_ja": "桟橋に立つ人々", "alt_en": "People on a pier"}


@pytest.mark.parametrize(
    ("texts", "findings"),
    [
        ({}, []),
        ({"caption_ja": "桟橋", "caption_ko": "부두", "alt_ko": "부두의 사람들"}, []),
        ({"alt_ja": ""}, [(ERROR, "alt_ja", "ja", "no alternative")]),
        ({"alt_en": " "}, [(ERROR, "alt_en", "en", "no alternative")]),
        ({"alt_ja": "IMG_1234.JPG"}, [(ERROR, "alt_ja", "ja", "file name")]),
        ({"alt_ja": "写真1"}, [(ERROR, "alt_ja", "ja", "file name")]),
        ({"alt_en": "DSC0012"}, [(ERROR, "alt_en", "en", "file name")]),
        ({"alt_en": "pier-1930.png"}, [(ERROR, "alt_en", "en", "file name")]),
        ({"alt_en": "Picture"}, [(ERROR, "alt_en", "en", "file name")]),
        ({"alt_ja": "写真展の会場"}, []),
        ({"alt_en": "Picture postcards of 1930"}, []),
        (
            {"caption_ja": "桟橋", "caption_zh_hans": "码头"},
            [(WARNING, "alt_zh_hans", "zh-hans", "untranslated alternative")],
        ),
    ],
)
def test_pictures_have_alternative_texts(texts, findings):
    assert findings_of(Picture(**ALT | texts)) == [
        Finding(level, field, language, SENTENCES[name].format(texts.get(field)))
        for level, field, language, name in findings
    ]


def test_missing_japanese_is_said_of_each_text():
    partner = Partner(
        name_ko="상하이", name_en="Shanghai", introduction_en="A port.", aliases_en="Sh"
    )

    assert findings_of(partner) == [
        Finding(
            WARNING, "name_ja", "ja", SENTENCES["no Japanese"].format("English, 한국어")
        ),
        Finding(
            WARNING, "introduction_ja", "ja", SENTENCES["no Japanese"].format("English")
        ),
    ]


def test_parts_of_records_are_checked_too():
    document = AgreementDocument(title_ja="協定書①", title_en="Agreement")

    assert findings_of(document) == [
        Finding(WARNING, "title_ja", "ja", SENTENCES["platform"].format("①", "1"))
    ]


def test_quotes_are_few_and_short():
    text = "".join(f"{number}㈱" for number in range(9)) + "①②③④"

    assert found_in(text, "ja") == said(
        WARNING, "platform", "㈱”, “①”, “②”, “…", "(株)”, “1”, “2”, “…"
    )


def test_errors_come_first_and_alone():
    record = exchange(title_ja="①", body_en="[x](y)", body_ja="①")

    findings = findings_of(record)

    assert [(found.level, found.field) for found in findings] == [
        (ERROR, "body_en"),
        (WARNING, "title_ja"),
        (WARNING, "body_ja"),
    ]
    assert errors_of(record) == findings[:1]


@pytest.mark.parametrize(
    ("reader", "named"), [("en", "English, 한국어"), ("ja", "English、한국어")]
)
def test_findings_are_in_the_language_of_the_reader(reader, named):
    with translation.override(reader):
        (found,) = findings_of(Partner(name_en="Busan", name_ko="부산"))

    assert named in found.message


def starting_content():
    """Every record of the fixtures with its own words; what it belongs to is not."""
    for name in ("network", "events", "updates_since_seed"):
        path = settings.BASE_DIR / "fixtures" / f"{name}.json"
        for entry in json.loads(path.read_text(encoding="utf-8")):
            model = apps.get_model(entry["model"])
            yield model(
                **{
                    field.name: entry["fields"][field.name]
                    for field in model._meta.fields
                    if field.name in entry["fields"] and not field.is_relation
                }
            )


def test_starting_content_lacks_one_japanese_name_and_nothing_else():
    found = {
        (record.slug, finding.field, finding.level)
        for record in starting_content()
        for finding in findings_of(record)
    }

    assert found == {("fraunhofer-ipa", "name_ja", WARNING)}


# ---- the command ----------------------------------------------------------------


def rows(capsys, *options):
    call_command("check_content", "--language=en", *options)
    header, *lines = csv.reader(capsys.readouterr().out.splitlines())
    assert header == [
        *("\ufeffkind", "number", "address", "title", "status"),
        *("language", "field", "level", "message"),
    ]
    return lines


@pytest.mark.django_db
def test_command_lists_the_findings_of_every_record(capsys):
    tie = make_affiliation(
        slug="tie",
        partner=make_partner(slug="city", name_ja="街", aliases_en="=1+1"),
        category=make_category(name_ja="姉妹都市", tie_name_ja="姉妹都市"),
        content_ja="①",
    )
    picture = make_picture(status=Status.DRAFT, alt_ja="")
    make_picture(alt_ja="", trashed_at=timezone.now())

    error = [
        "picture",
        str(picture.pk),
        f"http://127.0.0.1:8000/admin/network/picture/{picture.pk}/change/",
        "A pier",
        "Draft",
        "ja",
        "alt_ja",
        "error",
        SENTENCES["no alternative"],
    ]
    warning = [
        "affiliation",
        str(tie.pk),
        "http://127.0.0.1:8000/en/partners/city/#tie",
        "Springfield: Sister city",
        "Published",
        "ja",
        "content_ja",
        "warning",
        SENTENCES["platform"].format("①", "1"),
    ]
    assert rows(capsys) == [error, warning]
    assert rows(capsys, "--errors-only") == [error]


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.django_db
def test_command_costs_a_query_a_kind(capsys, size, django_assert_num_queries):
    for _number in range(size):
        tie = make_affiliation(content_en="①")
        make_programme(text_en="①")
        make_exchange(body_en="①", celebrates=tie, partners=[tie.partner])
        make_office(city=tie.partner, introduction_en="①")

    with django_assert_num_queries(12):
        assert len(rows(capsys)) > size * 4
