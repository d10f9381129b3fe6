"""A draft read without an account, through a link: acceptance 5 of the desk."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Exchange
from network.models import Partner, Picture
from osaka_site.desk import copies, sharing, snapshots
from osaka_site.desk.models import Division, Revision, SharedDraft, StaffMember
from osaka_site.publishing import Status
from tests.factories import make_exchange, make_partner, make_picture
from tests.reading import links_of, words_of
from tests.test_admin import ROWS, page

MARKER = "Zyxomma"


@pytest.fixture
def draft(db):
    return make_exchange(
        slug="draft", title_en=MARKER, starts_on="2027-05-04", status=Status.DRAFT
    )


def share(record, **fields):
    """A link to the record: its row and its address."""
    key = SharedDraft.new_key()
    link = SharedDraft.objects.create(
        **{
            "record": record,
            "digest": SharedDraft.digest_of(key),
            "made_for": "City of Melbourne",
            "expires_at": timezone.now() + timedelta(days=14),
            **fields,
        }
    )
    return link, f"/shared/{key}/"


def steps_of(record):
    return [
        (step.action, step.by_name, step.comment)
        for step in Revision.objects.of(record)
    ]


# ---- reading ----------------------------------------------------------------


def test_link_shows_the_page_of_the_record_and_nothing_else(client, draft):
    other = make_exchange(slug="other", title_en="Another", status=Status.DRAFT)
    partner = make_partner(slug="milan")
    draft.partners.add(partner, make_partner(name_en="Hidden", status=Status.DRAFT))
    _link, address = share(draft)

    answer = client.get(address)

    assert answer.status_code == 200
    said = words_of(answer)
    assert "Draft: this page is not public yet For: City of Melbourne." in said
    assert said.count(MARKER) == 2  # the crumbs and the heading
    assert "Another" not in said
    assert "Hidden" not in said
    assert "/en/partners/milan/" in links_of(answer)
    for record in (draft, other):
        assert client.get(record.get_absolute_url()).status_code == 404
    assert MARKER not in words_of(client.get("/en/exchanges/"))
    assert "shared" not in client.get("/sitemap-exchanges.xml").text


def test_link_shows_the_working_copy(client, editor):
    partner = make_partner(slug="milan", name_en="Milan")
    data, label = snapshots.take(partner), snapshots.label_of(partner)
    copies.keep(partner, {**data, label: {**data[label], "name_en": MARKER}}, editor)
    _link, address = share(partner)

    assert MARKER in words_of(client.get(address))
    assert MARKER not in words_of(client.get("/en/partners/milan/"))


def test_answer_is_not_kept_not_listed_and_not_told_to_others(client, draft):
    _link, address = share(draft)

    answers = [client.get(address), client.get("/shared/no/")]

    for answer in answers:
        assert {
            name: answer[name]
            for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")
        } == {
            "Cache-Control": "no-store, private",
            "X-Robots-Tag": "noindex, nofollow",
            "Referrer-Policy": "same-origin",
        }
        assert answer["X-Frame-Options"] == "DENY"
    assert "Disallow: /shared/\n" in client.get("/robots.txt").text


def test_every_language_is_behind_the_link(client, draft):
    _link, address = share(draft)

    page = client.get(f"{address}?language=ja")

    twins = [link for link in links_of(page) if link.startswith(address)]
    assert page["Content-Language"] == "ja"
    assert 'lang="ja"' in page.text
    assert twins[1:] == [
        f"{address}?language={code}" for code in ("en", "ja", "zh-hans", "ko")
    ]
    for odd in ("xx", "", "\0", "j" * 5_000):
        answer = client.get(
            address, {"language": odd}, headers={"accept-language": "ko"}
        )
        assert answer["Content-Language"] == "ko"


def test_readings_are_counted(client, draft):
    link, address = share(draft)

    for _time in range(2):
        client.get(address)
    client.head(address)

    link.refresh_from_db()
    assert link.read_count == 2
    assert timezone.now() - link.last_read_at < timedelta(minutes=1)


def test_link_that_does_not_work_tells_nothing(client, draft):
    now = timezone.now()
    trashed = make_exchange(status=Status.DRAFT, trashed_at=now)
    deleted = make_exchange(status=Status.DRAFT)
    addresses = [
        share(draft, revoked_at=now)[1],
        share(draft, expires_at=now)[1],
        share(trashed)[1],
        share(deleted)[1],
        share(make_picture())[1],  # no page shows it
        "/shared/never/",
        "/shared/%00/",
        f"/shared/{'k' * 500}/",
    ]
    deleted.delete()

    answers = [client.get(address) for address in addresses]
    posted = [client.post(address, {"name": "A"}) for address in addresses]

    for answer in [*answers, *posted]:
        answer.headers.pop("X-Request-ID", None)  # random
    assert {answer.status_code for answer in [*answers, *posted]} == {404}
    assert len({answer.content for answer in [*answers, *posted]}) == 1
    assert len({str(answer.headers) for answer in [*answers, *posted]}) == 1
    assert "This link does not work" in words_of(answers[0])
    assert SharedDraft.objects.filter(read_count__gt=0).count() == 0


def test_database_does_not_know_the_key(draft):
    link, address = share(draft)
    key = address.split("/")[2]

    assert len(key) == 43
    assert key not in {str(value) for value in vars(link).values()}


# ---- files ------------------------------------------------------------------


def test_file_that_the_page_shows_is_served_through_the_link(client, settings, draft):
    for name in ("shown.png", "other.png"):
        path = settings.MEDIA_ROOT / "pictures" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"picture")
    picture = make_picture(file="pictures/shown.png", status=Status.DRAFT)
    make_exchange(pictures=[picture])
    make_picture(file="pictures/other.png", status=Status.DRAFT)
    link, address = share(picture)

    page = client.get(address)
    (file,) = [url for url in links_of(page) if url.endswith("shown.png.3.jpg")]
    answer = client.get(file)

    assert f'srcset="{address}media/' in page.text
    assert file.startswith(f"{address}media/")
    assert answer.getvalue() == b"picture"
    assert answer["Cache-Control"] == "no-store, private"
    assert client.get("/media/pictures/shown.png").status_code == 404
    for wrong in (
        file.replace("shown", "other"),
        file.replace(file.split("/")[4], "signature"),
        file.replace(address, share(draft)[1]),
        f"{file}%00",
    ):
        assert client.get(wrong).status_code == 404
    SharedDraft.objects.filter(pk=link.pk).update(revoked_at=timezone.now())
    assert client.get(file).status_code == 404


def test_open_page_shows_its_files_when_the_secret_key_is_changed(
    client, settings, draft
):
    name = default_storage.save("pictures/shown.png", ContentFile(b"picture"))
    draft.pictures.add(make_picture(file=name))
    _link, address = share(draft)
    (file,) = [
        url for url in links_of(client.get(address)) if url.endswith("shown.png.3.jpg")
    ]

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-one"
    meanwhile = client.get(file).getvalue()
    settings.SECRET_KEY_FALLBACKS = []

    assert meanwhile == b"picture"
    assert client.get(file).status_code == 404


# ---- remarks ----------------------------------------------------------------


def test_remark_lands_at_the_record(client, draft):
    link, address = share(draft)

    answer = client.post(
        f"{address}?language=ja",
        {"name": "Kim", "remark": "The hall is another one."},
        follow=True,
    )

    assert answer.redirect_chain == [(f"{address}?language=ja&sent=1", 302)]
    assert steps_of(draft) == [("remarked", "Kim", "The hall is another one.")]
    assert link.remarks.count() == 1
    assert "The hall is another one." not in answer.text


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        (
            {},
            {
                "name": ["This field is required."],
                "remark": ["This field is required."],
            },
        ),
        (
            {"name": "n" * 81, "remark": "r" * 10_000},
            {
                "name": ["Ensure this value has at most 80 characters (it has 81)."],
                "remark": [
                    "Ensure this value has at most 2000 characters (it has 10000)."
                ],
            },
        ),
        (
            {"name": "a\0b", "remark": "\0"},
            {
                "name": ["Null characters are not allowed."],
                "remark": ["Null characters are not allowed."],
            },
        ),
    ],
)
def test_wrong_remark_is_explained_and_kept_in_the_form(client, draft, sent, errors):
    _link, address = share(draft)

    answer = client.post(address, {"odd": "1", **sent})

    said = words_of(answer)
    assert answer.status_code == 200
    assert all(sentence in said for found in errors.values() for sentence in found)
    assert answer.text.count('class="errorlist"') == len(errors)
    assert sent.get("remark", "").strip("\0") in answer.text
    assert "<details open>" in answer.text
    assert steps_of(draft) == []


def test_one_link_takes_so_many_remarks_a_day(client, draft, monkeypatch):
    monkeypatch.setattr(sharing, "REMARKS_A_DAY", 2)
    _link, address = share(draft)
    _other, other_address = share(draft)
    remark = {"name": "Kim", "remark": "Again"}

    answers = [client.post(address, remark) for _time in range(3)]

    assert [answer.status_code for answer in answers] == [302, 302, 200]
    assert "This link takes no more remarks today." in words_of(answers[2])
    assert client.post(other_address, remark).status_code == 302
    Revision.objects.update(at=timezone.now() - timedelta(days=1, minutes=1))
    assert client.post(address, remark).status_code == 302


def test_remark_from_another_site_is_refused(draft):
    _link, address = share(draft)
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post(address, {"name": "Kim", "remark": "Forged"})

    assert answer.status_code == 403
    assert steps_of(draft) == []


@pytest.mark.django_db
def test_bar_says_that_the_page_is_public_by_now(client):
    _link, address = share(make_partner())

    assert "This page is public by now" in words_of(client.get(address))


# ---- in the admin -----------------------------------------------------------


def test_link_is_told_once_and_works(editor_client, editor, draft):
    page = f"/admin/events/exchange/{draft.pk}/share/"

    made = editor_client.post(page, {"made_for": "City of Melbourne", "days": "7"})
    again = editor_client.get(page)

    link = SharedDraft.objects.get()
    address = re.search(r'value="http://127.0.0.1:8000(/shared/[\w-]+/)"', made.text)[1]
    assert MARKER in words_of(Client().get(address))
    assert "/shared/" not in again.text
    assert (link.record, link.made_for, link.made_by) == (
        draft,
        "City of Melbourne",
        editor,
    )
    assert round((link.expires_at - timezone.now()) / timedelta(days=1)) == 7
    assert steps_of(draft) == [("shared", "editor", "City of Melbourne")]
    assert "City of Melbourne" in words_of(again)


def test_withdrawn_link_is_dead_and_both_are_recorded(editor_client, draft):
    page = f"/admin/events/exchange/{draft.pk}/share/"
    link, address = share(draft)

    answers = [
        editor_client.post(page, {"withdraw": link.pk}, follow=True)
        for _time in range(2)
    ]

    assert Client().get(address).status_code == 404
    assert steps_of(draft) == [("unshared", "editor", "City of Melbourne")]
    assert "The link for City of Melbourne no longer works." in words_of(answers[0])
    assert "This link was withdrawn already." in words_of(answers[1])
    assert "Withdrawn" in words_of(answers[1])


def test_link_of_another_record_cannot_be_withdrawn(editor_client, draft):
    link, address = share(make_exchange(status=Status.DRAFT))
    page = f"/admin/events/exchange/{draft.pk}/share/"

    for sent in (link.pk, "x", "\0", "9" * 5_000, ""):
        editor_client.post(page, {"withdraw": sent})

    assert Client().get(address).status_code == 200


def test_odd_wishes_for_a_link_are_explained(editor_client, draft):
    page = f"/admin/events/exchange/{draft.pk}/share/"

    answers = [
        editor_client.post(page, sent).context["form"].errors
        for sent in (
            {"made_for": " ", "days": "365"},
            {"made_for": "m" * 10_000, "days": "14"},
            {"made_for": "a\0b", "days": "\0"},
        )
    ]

    assert [sorted(errors) for errors in answers] == [
        ["days", "made_for"],
        ["made_for"],
        ["days", "made_for"],
    ]
    assert not SharedDraft.objects.exists()


def test_what_no_page_shows_cannot_be_shared(editor_client):
    picture = make_picture(status=Status.DRAFT)
    page = f"/admin/network/picture/{picture.pk}/share/"

    answer = editor_client.post(page, {"made_for": "Milan", "days": "7"})

    assert "No page shows this record" in words_of(answer)
    assert not SharedDraft.objects.exists()


def test_who_may_not_change_the_record_may_not_share_it(client, draft):
    viewer = get_user_model().objects.create(username="viewer", is_staff=True)
    viewer.user_permissions.set(
        viewer.user_permissions.model.objects.filter(codename="view_exchange")
    )
    client.force_login(viewer)
    start = f"/admin/events/exchange/{draft.pk}"

    shared = client.post(f"{start}/share/", {"made_for": "Milan", "days": "7"})
    form = client.get(f"{start}/change/")

    assert shared.status_code == 403
    assert not SharedDraft.objects.exists()
    assert client.get(f"{start}/preview/").status_code == 200
    assert f"{start}/share/" not in links_of(form)


def test_list_of_links_costs_the_same_however_many(editor_client, draft):
    page = f"/admin/events/exchange/{draft.pk}/share/"

    costs = []
    for _size in (1, 2):
        share(draft)
        with CaptureQueriesContext(connection) as queries:
            editor_client.get(page)
        costs.append(len(queries))

    assert costs[0] == costs[1]


# What each role may do with a draft of its own division, with one of another, and
# with what is public: p(review) and s(hare).
MAY = {
    "Contributors": ["ps", "p", "p"],
    "Editors": ["ps", "ps", "ps"],
    "Publishers": ["ps", "ps", "ps"],
    "Administrators": ["p", "p", "p"],
    None: ["", "", ""],
}


@pytest.mark.parametrize("model", [Partner, Exchange, Picture])
def test_roles_open_the_doors_they_should(client, db, model):
    ours, theirs = (Division.objects.create(name_en=name) for name in ("A", "B"))
    records = [
        ROWS[model](status=Status.DRAFT, owner=ours),
        ROWS[model](status=Status.DRAFT, owner=theirs),
        ROWS[model](owner=ours),
    ]

    def doors(record):
        seen = client.get(page(model, "preview", record.pk)).status_code
        sent = client.post(page(model, "share", record.pk), {"days": "7"}).status_code
        return "p" * (seen != 403) + "s" * (sent == 200)

    found = {}
    for role in MAY:
        user = get_user_model().objects.create(username=str(role), is_staff=True)
        StaffMember.objects.create(user=user, division=ours)
        if role:
            user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        found[role] = [doors(record) for record in records]

    assert found == MAY
