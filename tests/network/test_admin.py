import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from network.models import (
    Affiliation,
    AgreementDocument,
    Category,
    ExternalLink,
    Partner,
    Picture,
)
from osaka_site.dates import PartialDate
from osaka_site.publishing import Status

from ..factories import (
    make_affiliation,
    make_category,
    make_link,
    make_partner,
    make_picture,
    make_source,
)
from ..forms import errors_of, form_data, messages_of

FOR_PUBLISHERS = (
    "Only publishers can publish or archive. Choose “In review” and ask one of them."
)
MEANWHILE = (
    "This tie was published while you were writing, so it stays as it is. "
    "Save again to keep the rest."
)
TWO_TIES = (
    "This partner has two ties of this category in the same time. "
    "Correct one of them, or give the earlier one an end."
)
CHOOSE_AGAIN = (
    "A file cannot be kept while something else has to be corrected: "
    "please choose it again."
)
ONE_OF_TWO = (
    "Write this in Japanese or in English: the other languages fall back to one of "
    "the two."
)
WEB_ADDRESS = "Write the whole address of a page, starting with https:// or http://."
STORED_TIE = (
    "This partner already has a tie of this category in that time: "
    "18 April 1974 – 1990. Correct that one, or give it an end."
)
ADD_PARTNER = reverse("admin:network_partner_add")
ADD_TIE = reverse("admin:network_affiliation_add")
ADD_PICTURE = reverse("admin:network_picture_add")


def change(record):
    opts = record._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])


def new_partner(client, **typed):
    return form_data(client.get(ADD_PARTNER), name_en="Utopia", country="PT") | typed


def with_ties(sent, *ties):
    """``sent`` and new rows of ties, each a dict of its fields."""
    first = int(sent["affiliations-TOTAL_FORMS"])
    rows = {
        f"affiliations-{number}-{name}": value
        for number, tie in enumerate(ties, first)
        for name, value in tie.items()
    }
    return {**sent, **rows, "affiliations-TOTAL_FORMS": first + len(ties)}


# ---- partners and their ties ------------------------------------------------


def test_partner_is_added_with_a_tie_known_to_the_month(editor_client):
    category = make_category()
    tie = {"category": category.pk, "signed_on_year": "1974", "signed_on_month": "4"}

    editor_client.post(ADD_PARTNER, with_ties(new_partner(editor_client), tie))

    stored = Affiliation.objects.get()
    assert stored.signed_on == PartialDate(1974, 4)
    assert (stored.partner.slug, stored.partner.status) == ("utopia", Status.DRAFT)
    assert (stored.slug, stored.status) == (f"{category.slug}-utopia", Status.DRAFT)


@pytest.mark.parametrize(
    ("earlier", "later", "errors"),
    [
        ({}, {}, {"affiliations-1-category": [TWO_TIES]}),
        (
            {"signed_on_year": "1974", "ended_on_year": "1990"},
            {"signed_on_year": "1980"},
            {"affiliations-1-category": [TWO_TIES]},
        ),
        (
            {"signed_on_year": "1974", "ended_on_year": "1990"},
            {"signed_on_year": "1990"},
            None,
        ),
    ],
)
def test_two_new_ties_of_a_category_may_not_overlap(
    editor_client, earlier, later, errors
):
    category = {"category": make_category().pk}
    sent = with_ties(
        new_partner(editor_client), {**category, **earlier}, {**category, **later}
    )

    response = editor_client.post(ADD_PARTNER, sent)

    assert (errors_of(response) if errors else response.context) == errors
    assert Affiliation.objects.count() == (0 if errors else 2)


def test_ties_of_two_categories_may_overlap(editor_client):
    ties = [{"category": make_category().pk} for _ in range(2)]

    editor_client.post(ADD_PARTNER, with_ties(new_partner(editor_client), *ties))

    assert Affiliation.objects.count() == 2


def test_new_tie_may_not_overlap_a_stored_one_in_the_partners_form(editor_client):
    tie = make_affiliation(status=Status.DRAFT)
    Partner.objects.update(status=Status.DRAFT)
    sent = form_data(editor_client.get(change(tie.partner)))

    response = editor_client.post(
        change(tie.partner), with_ties(sent, {"category": tie.category_id})
    )

    assert errors_of(response) == {"affiliations-1-category": [TWO_TIES]}
    assert list(Affiliation.objects.all()) == [tie]


def test_tie_is_ended_and_followed_in_one_go(editor_client):
    tie = make_affiliation(partner=make_partner(status=Status.DRAFT))
    sent = form_data(editor_client.get(change(tie.partner)))
    ended = {**sent, "affiliations-0-ended_on_year": "1990"}
    follower = {"category": tie.category_id, "signed_on_year": "2001"}

    editor_client.post(change(tie.partner), with_ties(ended, follower))

    periods = [tie.period for tie in Affiliation.objects.in_time()]
    assert periods == ["18 April 1974 – 1990", "2001"]


def test_mistake_in_a_row_is_not_taken_for_a_second_tie(publisher_client):
    tie = make_affiliation()
    sent = form_data(publisher_client.get(change(tie.partner)))
    follower = {"category": tie.category_id, "signed_on_day": "1"}

    response = publisher_client.post(
        change(tie.partner),
        with_ties({**sent, "affiliations-0-DELETE": "on"}, follower),
    )

    assert errors_of(response) == {
        "affiliations-1-signed_on": ["Give the year as well: a date needs one."]
    }


def test_second_tie_in_the_same_time_is_refused_in_its_own_form(editor_client):
    tie = make_affiliation(signed_on="1974-04-18", ended_on="1990")
    sent = form_data(editor_client.get(ADD_TIE), signed_on_year="1980")
    sent |= {"partner": tie.partner_id, "category": tie.category_id}

    response = editor_client.post(ADD_TIE, sent)

    assert errors_of(response) == {"category": [STORED_TIE]}
    assert list(Affiliation.objects.all()) == [tie]


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        (
            {"signed_on_year": "1974", "ended_on_year": "1973"},
            {"ended_on": ["A tie cannot end before it was signed."]},
        ),
        (
            {"signed_on_year": "1974", "signed_on_day": "18"},
            {
                "signed_on": [
                    "Give the month as well: a day without a month cannot be stored."
                ]
            },
        ),
        (
            {"signed_on_year": "1974", "signed_on_month": "2", "signed_on_day": "30"},
            {"signed_on": ["There is no 30 February 1974."]},
        ),
    ],
)
def test_wrong_dates_of_a_tie_are_named_at_the_field(editor_client, typed, errors):
    partner, category = make_partner(), make_category()
    sent = form_data(editor_client.get(ADD_TIE), wording_en="Kept", **typed)
    sent |= {"partner": partner.pk, "category": category.pk}

    own = editor_client.post(ADD_TIE, sent)
    row = editor_client.post(
        ADD_PARTNER,
        with_ties(new_partner(editor_client), {**typed, "category": category.pk}),
    )

    assert errors_of(own) == errors
    assert form_data(own) | typed | {"wording_en": "Kept"} == form_data(own)
    assert errors_of(row) == {
        f"affiliations-0-{name}": sentences for name, sentences in errors.items()
    }
    assert Affiliation.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        (
            {"name_en": "", "name_ko": "낙원"},
            {"name_ja": [ONE_OF_TWO]},
        ),
        (
            {"name_ja": "あ" * 5000},
            {
                "name_ja": [
                    "Ensure this value has at most 120 characters (it has 5000)."
                ]
            },
        ),
        (
            {"website": "javascript:alert(1)"},
            {"website": [WEB_ADDRESS]},
        ),
        (
            {"website": "ftp://example.com/"},
            {"website": [WEB_ADDRESS]},
        ),
        (
            {"latitude": "34.7"},
            {"__all__": ["Give both the latitude and the longitude, or neither."]},
        ),
    ],
)
def test_bad_input_about_a_partner_is_named_at_the_field(editor_client, typed, errors):
    sent = new_partner(editor_client, introduction_ja="書いた文章") | typed

    response = editor_client.post(ADD_PARTNER, sent)

    assert errors_of(response) == errors
    shown = form_data(response)
    assert {name: shown[name] for name in sent} == {
        **sent,
        "csrfmiddlewaretoken": shown["csrfmiddlewaretoken"],
    }
    assert Partner.objects.count() == 0


def test_unknown_placeholder_is_named_at_its_language(editor_client):
    add = reverse("admin:network_category_add")
    sent = form_data(editor_client.get(add), name_en="Ties", tie_name_en="Tie")
    sent |= {"shape": "sister", "introduction_ja": "大阪には{conut}の都市"}

    response = editor_client.post(add, sent)

    assert list(errors_of(response)) == ["introduction_ja"]
    assert errors_of(response)["introduction_ja"][0].startswith(
        "“{conut}” is not a word that can be filled in. Use one of: {count}, "
    )
    assert Category.objects.count() == 0


# ---- addresses --------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ({"name_en": "São Paulo"}, "sao-paulo"),
        ({"name_en": "", "name_ja": "上海"}, "partner"),
        ({"name_en": "Shanghai", "slug": "chosen"}, "chosen"),
        ({"name_en": "Taken"}, "taken-2"),
    ],
)
def test_address_is_made_when_none_is_given(editor_client, typed, slug):
    taken = make_partner(slug="taken")

    editor_client.post(ADD_PARTNER, new_partner(editor_client) | typed)

    assert Partner.objects.exclude(pk=taken.pk).get().slug == slug


def test_address_stays_when_the_name_changes(publisher_client):
    partner = make_partner(slug="shanghai", name_en="Shanghai", status=Status.DRAFT)
    response = publisher_client.get(change(partner))

    publisher_client.post(change(partner), form_data(response, name_en="Other"))

    partner = Partner.objects.get()
    assert (partner.name_en, partner.slug) == ("Other", "shanghai")
    assert response.context["adminform"].prepopulated_fields == []


# ---- lists ------------------------------------------------------------------


def column(client, model, name, query=""):
    """What a column of a list shows, from top to bottom."""
    address = reverse(f"admin:network_{model}_changelist") + query
    html = client.get(address).content.decode()
    return re.findall(rf'<td class="field-{name}[^"]*">(.*?)</td>', html)


@pytest.mark.parametrize(
    ("language", "dates"),
    [
        ("en", ["1957", "April 1974", "18 April 1974"]),
        ("ja", ["1957年", "1974年4月", "1974年4月18日"]),
    ],
)
def test_list_of_ties_shows_dates_as_far_as_known_and_sorts_by_them(
    admin_client, language, dates
):
    admin_client.cookies["django_language"] = language
    for signed_on in ("1974-04-18", "1957", "1974-04"):
        make_affiliation(signed_on=signed_on)

    assert column(admin_client, "affiliation", "signed_on", "?o=3") == dates
    assert column(admin_client, "affiliation", "signed_on", "?o=-3") == dates[::-1]
    assert column(admin_client, "affiliation", "ended_on") == ["-", "-", "-"]


@pytest.mark.parametrize(("language", "expected"), [("en", "Shanghai"), ("ja", "上海")])
def test_lists_name_partners_in_the_language_of_the_staff(
    admin_client, language, expected
):
    admin_client.cookies["django_language"] = language
    make_affiliation(partner=make_partner(name_en="Shanghai", name_ja="上海"))

    for model in ("partner", "affiliation"):
        html = admin_client.get(reverse(f"admin:network_{model}_changelist"))

        assert f'/change/">{expected}</a>' in html.content.decode()


@pytest.mark.parametrize("search", ["上海", "Shanghai", "상하이"])
def test_partners_are_found_in_every_language(admin_client, search):
    shanghai = make_partner(name_en="Shanghai", name_ja="上海", name_ko="상하이")
    make_partner()

    response = admin_client.get(
        reverse("admin:network_partner_changelist"), {"q": search}
    )

    assert list(response.context["cl"].result_list) == [shanghai]


@pytest.mark.parametrize("state", ["current", "ended", "awaited"])
def test_ties_are_filtered_by_their_state(admin_client, state):
    ties = {
        "current": make_affiliation(signed_on="1974"),
        "ended": make_affiliation(signed_on="1957", ended_on="2018-10-02"),
        "awaited": make_affiliation(signed_on="2999"),
    }

    response = admin_client.get(
        reverse("admin:network_affiliation_changelist"), {"state": state}
    )

    assert list(response.context["cl"].result_list) == [ties[state]]


# ---- pictures, links, documents ---------------------------------------------


def image(kind="JPEG", **options):
    data = BytesIO()
    Image.new("RGB", (6, 4)).save(data, kind, **options)
    return data.getvalue()


def picture_form(client, data, name="port.jpg", **typed):
    sent = form_data(client.get(ADD_PICTURE), alt_en="Piers", **typed)
    return {**sent, "file": SimpleUploadedFile(name, data)}


def test_picture_is_stored_upright_and_without_its_place(editor_client):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (34.0, 39.0, 0.0)})
    sent = picture_form(editor_client, image(exif=exif), "../大阪 port.JPG")

    editor_client.post(ADD_PICTURE, sent)

    picture = Picture.objects.get()
    with Image.open(picture.file.path) as stored:
        assert dict(stored.getexif()) == {}
        assert stored.size == (picture.width, picture.height) == (4, 6)
    assert picture.file.name == "pictures/port.jpg"
    assert (picture.slug, picture.status) == ("piers", Status.DRAFT)


@pytest.mark.parametrize("data", [b"", b"text", b"<svg/>", image("GIF"), image()[:99]])
def test_what_is_no_picture_is_refused_and_the_words_stay(editor_client, data):
    sent = picture_form(editor_client, data, caption_ja="大阪港")

    response = editor_client.post(ADD_PICTURE, sent)

    assert errors_of(response) == {
        "file": ["This is not a picture we can read. Use a JPEG, PNG or WebP file."]
    }
    assert form_data(response)["caption_ja"] == "大阪港"
    assert Picture.objects.count() == 0


def test_form_says_that_a_picture_must_be_chosen_again(editor_client):
    sent = picture_form(editor_client, image())

    response = editor_client.post(ADD_PICTURE, {**sent, "alt_en": ""})

    assert list(errors_of(response)) == ["alt_ja"]
    assert messages_of(response) == [CHOOSE_AGAIN]


def test_words_of_a_picture_are_edited_without_its_file(editor_client):
    picture = make_picture(file="pictures/lost.png", status=Status.DRAFT)
    sent = form_data(editor_client.get(change(picture)), alt_en="A quay")

    editor_client.post(change(picture), sent)

    assert Picture.objects.values_list("alt_en", "file", "width").get() == (
        "A quay",
        "pictures/lost.png",
        3,
    )


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://example.com/", "//", "a b"]
)
def test_link_is_http_or_https(editor_client, url):
    add = reverse("admin:network_externallink_add")
    sent = form_data(editor_client.get(add), title_ja="題名", url=url)

    response = editor_client.post(add, sent)

    assert errors_of(response) == {
        "url": ["Write the whole address of a page, starting with https:// or http://."]
    }
    assert form_data(response)["title_ja"] == "題名"
    assert ExternalLink.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "errors"),
    [
        ("memorandum.pdf", {}),
        (
            "覚書" * 60 + ".pdf",
            {
                "documents-0-file": [
                    "Ensure this filename has at most 80 characters (it has 124)."
                ]
            },
        ),
        (
            "memorandum.docx",
            {
                "documents-0-file": [
                    "File extension “docx” is not allowed. Allowed extensions are: pdf."
                ]
            },
        ),
    ],
)
def test_document_of_a_tie_is_a_pdf(editor_client, name, errors):
    tie = make_affiliation(status=Status.DRAFT)
    sent = form_data(editor_client.get(change(tie))) | {
        "documents-TOTAL_FORMS": 1,
        "documents-0-title_en": "Memorandum",
        "documents-0-language": "ja",
        "documents-0-file": SimpleUploadedFile(name, b"%PDF-1.7"),
    }

    response = editor_client.post(change(tie), sent)

    assert (errors_of(response) if errors else {}) == errors
    assert AgreementDocument.objects.count() == (0 if errors else 1)


def test_pictures_links_and_sources_are_tied_by_their_names(admin_client):
    partner = make_partner(
        pictures=[make_picture()], links=[make_link()], sources=[make_source()]
    )

    response = admin_client.get(change(partner))

    headings = {
        str(inline.opts.verbose_name_plural): [
            field["label"] for field in inline.fields()
        ]
        for inline in response.context["inline_admin_formsets"][1:]
    }
    assert headings == {
        "pictures": ["Picture", "preview"],
        "links": ["External link"],
        "sources": ["Source"],
    }
    assert (
        '<img src="/media/pictures/test.png.3.webp" alt="" width="120" height="80"'
        in (response.content.decode())
    )
