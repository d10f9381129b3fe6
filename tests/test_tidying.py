import html5lib
import pytest
from django.urls import reverse

from network.models import Partner
from osaka_site.tidying import tidy

from .forms import form_data

ADD_PARTNER = reverse("admin:network_partner_add")
SIGNS = (
    "A blank line starts a new paragraph. “## ” before a line makes a heading, “- ” an "
    "item of a list. **Words** are bold, [words](address) a link, ![](picture) a "
    "picture; | parts the cells of a table."
)


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("", ""),
        ("One.\r\n\r\nTwo.\rThree.\u2028Four.", "One.\n\nTwo.\nThree.\nFour."),
        ("One \t\n\n\n \n\u3000\nTwo\u3000\n", "One\n\nTwo"),
        ("10\xa0km, 大\u200b阪\ufeff, inter\xadnational", "10 km, 大阪, international"),
        ("大阪　太郎", "大阪　太郎"),
        ("👩‍👧 a\x00b", "👩‍👧 ab"),
        ("<p class=MsoNormal>One<o:p></o:p></p><p>Two</p>", "One\n\nTwo"),
        ('<span style="color:red">赤い</span><font color="red">字</font>', "赤い字"),
        ("One<br>two<BR />three", "One\ntwo\nthree"),
        ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two"),
        ('<a href="/a" class="x">One</a> <a name="b">Two</a>', "[One](/a) Two"),
        ('in <st1:place w:st="on">Osaka</st1:place>', "in Osaka"),
        ("<!--[if gte mso 9]><xml><a/></xml><![endif]-->One", "One"),
        ("<style>p {color: red}</style><script>x()</script>One", "One"),
        ("1 < 2, a <b, <一>, <https://example.com/>", None),
        ("\uf0b7   One\n\uf0a7 Two\n•\tThree\n· Four", "- One\n- Two\n- Three\n· Four"),
        ("##見出し\n＃＃　見出し\n###\u3000Part", "## 見出し\n## 見出し\n### Part"),
        ("#1 of 3\n# Heading", None),
        ("-　一\n1.　二\n・三", "- 一\n1. 二\n・三"),
        ("｜曜日｜時間｜\n｜---｜---｜", "|曜日|時間|\n|---|---|"),
        (
            "曜日\t時間\t所\n平日\t9時\tA|B",
            "| 曜日 | 時間 | 所 |\n|---|---|---|\n| 平日 | 9時 | A\\|B |",
        ),
        ("日時\t5月4日\n場所\t大阪", None),
        ("a\tb\tc\nd\te\tf\tg", None),
        ("a\tb\tc", None),
    ],
)
def test_tidy_keeps_what_was_typed(pasted, kept):
    assert tidy(pasted) == (pasted if kept is None else kept)
    assert tidy(tidy(pasted)) == tidy(pasted)


@pytest.mark.django_db
def test_texts_are_tidied_when_a_form_is_saved(editor_client):
    sent = form_data(
        editor_client.get(ADD_PARTNER),
        name_ja="上海",
        country="CN",
        introduction_ja="##友好都市\r\n<b>大\u200b阪</b>と上海\xa0\r\n",
        introduction_en="<p>One</p><p>Two</p>",
    )

    response = editor_client.post(ADD_PARTNER, sent)

    partner = Partner.objects.get()
    assert response.status_code == 302
    assert partner.introduction_ja == "## 友好都市\n大阪と上海"
    assert partner.introduction_en == "One\n\nTwo"


@pytest.mark.django_db
def test_signs_of_markdown_are_explained_once_a_text(editor_client):
    html = editor_client.get(ADD_PARTNER).content.decode()

    page = html5lib.parse(html, namespaceHTMLElements=False)
    helps = [
        "".join(block.itertext()).strip()
        for block in page.iter("div")
        if block.get("id", "").startswith("id_introduction_")
    ]
    assert helps == [SIGNS]
