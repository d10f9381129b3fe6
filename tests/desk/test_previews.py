"""Public pages as they will be: what they show, to whom, and that nothing leaks."""

import re
from datetime import datetime, timedelta
from itertools import cycle

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from events.finding import current_index
from network.models import Partner
from osaka_site.desk import copies, previews, snapshots
from osaka_site.publishing import Status
from tests.factories import (
    make_affiliation,
    make_category,
    make_exchange,
    make_facility,
    make_field,
    make_link,
    make_office,
    make_page_text,
    make_partner,
    make_picture,
    make_programme,
    make_source,
)
from tests.pages import LANGUAGES
from tests.reading import links_of, words_of

MARKER = "Zyxomma"
PLACE = '<span id="first-difference"></span>'
FEEDS = [f"/en/exchanges.{kind}" for kind in ("ics", "atom", "json", "csv")]


@pytest.fixture
def draft(db):
    return make_exchange(
        slug="draft", title_en=MARKER, starts_on="2027-05-04", status=Status.DRAFT
    )


def edit(record, user, **texts):
    """Give a public record a working copy with other texts."""
    data, label = snapshots.take(record), snapshots.label_of(record)
    copies.keep(record, {**data, label: {**data[label], **texts}}, user)


def at(*parts):
    return timezone.make_aware(datetime(*parts))


# ---- what a preview shows ---------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_draft_shows_as_its_page_will_be(client, draft, language):
    answer = previews.page(draft, language)

    assert answer.status_code == 200
    assert MARKER in words_of(answer)
    assert answer["Content-Language"].lower() == language
    assert client.get(f"/{language}/exchanges/draft/").status_code == 404


@pytest.mark.django_db
def test_working_copy_shows_and_the_public_page_stays(client, editor):
    partner = make_partner(slug="milan", name_en="Milan")
    edit(partner, editor, name_en=MARKER, slug="milano")

    assert MARKER in words_of(previews.page(partner, "en"))
    assert MARKER not in words_of(client.get("/en/partners/milan/"))
    assert client.get("/en/partners/milano/").status_code == 404


@pytest.mark.django_db
def test_preview_is_what_a_visitor_gets(client):
    field = make_field()
    make_exchange(fields=[field])

    answer = previews.page(field, "ja", path="/ja/exchanges/?when=past")

    assert answer.content == client.get("/ja/exchanges/?when=past").content


def test_rest_of_the_site_shows_the_draft_in_its_place(draft):
    public = make_exchange(starts_on="2027-05-05")

    pages = [previews.page(draft, "en", path=path) for path in ["/en/", *FEEDS]]
    index = previews.page(draft, "en", path="/en/exchanges/?year=2027")

    assert [MARKER in page.text for page in pages] == [True] * 5
    assert MARKER in index.text
    assert public.title_en in index.text


def test_other_drafts_stay_hidden(draft):
    make_exchange(title_en="Another", starts_on="2027-05-05", status=Status.DRAFT)

    pages = [
        previews.page(draft, "en", path=path).text
        for path in ["/en/", "/en/exchanges/", "/en/exchanges/years/", *FEEDS]
    ]

    assert [path for path in pages if "Another" in path] == []


@pytest.mark.django_db
def test_lists_and_anniversaries_move_to_the_chosen_day():
    tie = make_affiliation(signed_on="1974-04-18")
    make_exchange(starts_on="2027-05-04")

    def told(*day):
        coming = previews.page(tie, "en", at(*day), "/en/anniversaries/")
        listed = previews.page(tie, "en", at(*day), "/en/exchanges/?when=upcoming")
        return (
            "A choir comes to Osaka" in words_of(listed),
            re.search(r"\d+(?=th)", words_of(coming))[0],
        )

    assert told(2027, 5, 4) == (True, "55")
    assert told(2027, 5, 5) == (False, "55")
    assert told(2030, 1, 1) == (False, "60")


def test_scheduled_records_show_from_their_moment(draft):
    make_exchange(title_en="Scheduled", publish_at=at(2030, 4, 1))

    shown = [
        "Scheduled" in previews.page(draft, "en", moment, "/en/exchanges/").text
        for moment in (at(2030, 3, 31), at(2030, 4, 1))
    ]

    assert shown == [False, True]


PLACES = {
    make_page_text: "",
    make_source: "/en/about-this-data/",
    make_link: "",
    make_picture: "",
    make_office: "/en/offices/",
    make_facility: "/en/house/",
    make_programme: "/en/house/",
}


@pytest.mark.parametrize(("make", "place"), PLACES.items())
@pytest.mark.django_db
def test_record_without_a_page_of_its_own_has_a_place(make, place):
    address = previews.address_of(make(status=Status.DRAFT))

    assert address.partition("#")[0] == place


@pytest.mark.django_db
def test_picture_and_words_are_previewed_where_they_show():
    picture = make_picture(alt_en=MARKER, status=Status.DRAFT)
    make_partner(pictures=[picture], status=Status.DRAFT)
    partner = make_partner(slug="milan", pictures=[picture])
    text = make_page_text(slug="links", title_en=MARKER, status=Status.DRAFT)
    link = make_link(is_listed=True)

    assert previews.future_address(picture, "en") == partner.get_absolute_url()
    assert f'alt="{MARKER}"' in previews.page(picture, "en").text
    assert previews.future_address(text, "ja") == "/ja/links/"
    assert MARKER in previews.page(text, "en").text
    assert previews.future_address(link, "en") == "/en/links/"


@pytest.mark.django_db
def test_copy_that_can_no_longer_be_is_no_page(editor):
    partner = make_partner(slug="milan")
    edit(partner, editor, slug="turin")
    make_partner(slug="turin")

    assert previews.page(partner, "en").status_code == 404


# ---- nothing leaks ----------------------------------------------------------


def test_preview_leaves_no_trace_on_public_pages(client, draft):
    partner = make_partner(slug="partner", latitude=31, longitude=121)
    draft.partners.add(partner)
    pages = [
        "/en/",
        "/en/partners/partner/",
        "/en/exchanges/",
        "/en/exchanges/years/",
        "/en/search/?q=zyxomma",
        *FEEDS,
    ]
    moments = [None, at(2027, 5, 4), timezone.now() + timedelta(seconds=1)]
    before = {page: client.get(page).content for page in pages}
    index = current_index()

    for page, moment in zip(pages, cycle(moments), strict=False):
        assert previews.page(draft, "en", moment, page).content != before[page]
        assert client.get(page).content == before[page]

    assert current_index() is index
    assert {page: client.get(page).content for page in pages} == before
    draft.refresh_from_db()
    assert draft.status == Status.DRAFT


def test_nothing_kept_from_public_pages_shows_in_a_preview(client, draft):
    client.get("/en/exchanges/")

    in_preview = previews.page(
        draft, "en", path="/en/exchanges/?kind=visit-from-abroad"
    )

    assert MARKER in words_of(in_preview)


# ---- both sides -------------------------------------------------------------


@pytest.mark.django_db
def test_comparison_marks_what_differs(editor):
    partner = make_partner(introduction_en="A port in the north.")
    edit(partner, editor, introduction_en="A large port in the north.")

    before, after = previews.compare(partner, "en")

    assert f"<p>{PLACE}A port in the north.</p>" in before
    assert f"<p>{PLACE}A <ins>large</ins> port in the north.</p>" in after


def test_comparison_of_what_was_never_public_has_one_side(draft):
    before, after = previews.compare(draft, "en")

    assert before == ""
    assert MARKER in after
    assert "<ins>" not in after


# ---- in the admin -----------------------------------------------------------


@pytest.fixture
def address(draft):
    return f"/admin/events/exchange/{draft.pk}"


ADDRESSES = [
    "preview/",
    "preview/page/",
    "preview/page/now/en/exchanges/",
    "compare/page/",
    "share/",
]


def test_staff_without_the_permission_are_refused(client, address):
    user = get_user_model().objects.create(username="guest", is_staff=True)
    client.force_login(user)

    answers = [client.get(f"{address}/{place}").status_code for place in ADDRESSES]

    assert answers == [403] * 5


def test_visitors_are_sent_to_log_in(client, address):
    answers = [client.get(f"{address}/{place}") for place in ADDRESSES]

    assert {answer["Location"].partition("?")[0] for answer in answers} == {
        "/admin/login/"
    }


def test_preview_of_no_record_is_not_found(editor_client):
    answers = [
        editor_client.get(f"/admin/events/exchange/{pk}/{place}").status_code
        for pk in ("999", "9" * 30)
        for place in ADDRESSES
    ]

    assert answers == [404] * 10


def test_tool_bar_frames_the_chosen_page(editor_client, address):
    answer = editor_client.get(
        f"{address}/preview/?language=ja&width=375&on=2027-05-05"
    )

    frame = re.search(r'<iframe class="([^"]*)" src="([^"]*)"', answer.text).groups()
    assert frame == (
        "preview-frame preview-frame--375",
        f"{address}/preview/page/?language=ja&amp;on=2027-05-05",
    )
    assert answer.text.count('aria-current="page"') == 2


NO_DAY = "Write a day that there is, such as 2027-04-01."
OTHER_TIMES = "Choose a day between 1900 and 2100."


def test_wrong_day_is_named_at_its_field(editor_client, address):
    days = {
        "2027-02-30": NO_DAY,
        "tomorrow": NO_DAY,
        "9" * 5_000: NO_DAY,
        "1899-12-31": OTHER_TIMES,
        "9999-12-31": OTHER_TIMES,
    }

    for day, sentence in days.items():
        answer = editor_client.get(
            f"{address}/preview/", {"on": day, "language": "xx", "width": "wide"}
        )
        framed = editor_client.get(f"{address}/preview/page/{day[:50]}/en/")

        assert answer.context["form"].errors == {"on": [sentence]}
        assert sentence in words_of(answer)
        assert f"{address}/preview/page/?language=en&on=" in links_of(answer)
        assert framed.status_code == 404


def test_first_and_last_day_can_be_shown(editor_client, address):
    answers = [
        editor_client.get(f"{address}/preview/page/{day}/en/{name}").status_code
        for day in ("1900-01-01", "2100-12-31")
        for name in ("", "anniversaries/", "exchanges/calendar/", "exchanges.ics")
    ]

    assert answers == [200] * 8


def test_framed_page_is_for_our_own_frames_only(editor_client, address):
    entry = editor_client.get(f"{address}/preview/page/?language=ja&on=2027-05-05")
    answer = editor_client.get(entry["Location"])

    assert entry["Location"] == (
        f"{address}/preview/page/2027-05-05/ja/exchanges/draft/"
    )
    assert answer.status_code == 200
    assert {name: answer[name] for name in ("X-Frame-Options", "X-Robots-Tag")} == {
        "X-Frame-Options": "SAMEORIGIN",
        "X-Robots-Tag": "noindex, nofollow",
    }
    assert "frame-ancestors 'self';" in answer["Content-Security-Policy"] + ";"
    assert "no-store" in answer["Cache-Control"]
    around = editor_client.get(f"{address}/preview/")
    assert around["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in around["Content-Security-Policy"]


def test_links_and_forms_stay_in_the_preview(editor_client, address):
    make_partner(slug="milan", website="https://milan.example/")
    base = f"{address}/preview/page/now"

    answer = editor_client.get(f"{base}/en/partners/milan/")

    anchors = re.findall(r'<a\b[^>]*?\shref="([^"]*)"([^>]*)', answer.text)
    out = [(link, rest) for link, rest in anchors if not link.startswith((base, "#"))]
    assert f"{base}/ja/partners/milan/" in dict(anchors)
    assert [link for link, _rest in out] == ["https://milan.example/"]
    assert 'target="_blank"' in out[0][1]
    assert re.findall(r'<form\b[^>]*action="([^"]*)"', answer.text) == [
        f"{base}/en/search/"
    ]


def test_short_form_of_a_list_is_in_the_preview_too(editor_client, address):
    base = f"{address}/preview/page/now/en/exchanges/"

    answer = editor_client.get(f"{base}?q=&year=2027")

    assert answer["Location"] == f"{base}?year=2027"
    assert MARKER in words_of(editor_client.get(answer["Location"]))


def test_nothing_but_public_pages_is_in_the_preview(admin_client, address):
    answers = [
        admin_client.get(f"{address}/preview/page/now/{place}").status_code
        for place in ("admin/", "media/x", "shared/x/", "en/nope/", "en/partners/%00/")
    ]

    assert answers == [404] * 5


def test_preview_cannot_be_posted_to(admin_client, address):
    answers = [
        admin_client.post(f"{address}/{place}").status_code for place in ADDRESSES[:-1]
    ]

    assert answers == [405] * 4


def test_both_sides_have_a_page(publisher_client, publisher):
    partner = make_partner(slug="milan", introduction_en="A port.")
    edit(partner, publisher, introduction_en="A large port.")
    page = f"/admin/network/partner/{partner.pk}/compare/page/?language=en&side="

    sides = {side: publisher_client.get(page + side) for side in ("before", "after")}

    assert f"<p>{PLACE}A port.</p>" in sides["before"].text
    assert f"<p>{PLACE}A <ins>large</ins> port.</p>" in sides["after"].text
    for answer in sides.values():
        assert answer["X-Frame-Options"] == "SAMEORIGIN"
        assert '<base target="_blank">' in answer.text
        assert {"/static/css/compare.css", "/static/js/compare.js"} <= set(
            links_of(answer)
        )


def test_what_was_never_public_has_nothing_before(editor_client, address):
    answer = editor_client.get(f"{address}/compare/page/?side=before")

    assert answer.status_code == 404
    assert "Nothing of this record is public yet." in words_of(answer)


def test_review_shows_both_sides(publisher_client, draft):
    page = publisher_client.get(
        f"/admin/events/exchange/{draft.pk}/review/?language=ja"
    )

    base = f"/admin/events/exchange/{draft.pk}/compare/page/"
    assert re.findall(r'<iframe src="([^"]*)" title="([^"]*)"', page.text) == [
        (f"{base}?side=before&amp;language=ja", "Public now"),
        (f"{base}?side=after&amp;language=ja", "As it will be"),
    ]
    assert "?language=ko" in links_of(page)


@pytest.mark.django_db
def test_part_of_something_hidden_says_why_there_is_nothing(publisher_client):
    hidden = make_partner(status=Status.DRAFT)
    tie = make_affiliation(partner=hidden, category=make_category())
    address = f"/admin/network/affiliation/{tie.pk}/preview/page/"

    answer = publisher_client.get(address, follow=True)

    assert answer.status_code == 404
    assert "Visitors would find no page at this address" in words_of(answer)
    assert Partner.objects.published().count() == 0


def test_form_of_a_record_leads_to_its_preview(editor_client, address):
    answer = editor_client.get(f"{address}/change/")

    assert {f"{address}/preview/", f"{address}/share/"} <= set(links_of(answer))
