"""Translations that have become older than the Japanese."""

import pytest
from django.urls import reverse

from network.models import PageText, Partner
from osaka_site.desk.models import OlderTranslation, WorkingCopy

from ..factories import make_affiliation, make_page_text, make_partner
from ..forms import form_data

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

WHOLE = {
    "title_ja": "頁",
    "title_en": "A page",
    "title_zh_hans": "页",
    "title_ko": "쪽",
}


@pytest.fixture
def text():
    return make_page_text(slug="page", **WHOLE)


def write(client, record, **typed):
    """Open the form, send it, and say what the desk then asks for."""
    opts = record._meta
    address = reverse(
        f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk]
    )
    client.post(address, form_data(client.get(address), **typed))
    rows = client.get(reverse("admin:desk_todo", args=["translations"])).context["rows"]
    return {row.record.slug: row.what for row in rows}


def test_japanese_that_changes_makes_its_translations_older(editor_client, text):
    older = {"page": ["English (older)", "简体中文 (older)", "한국어 (older)"]}

    assert write(editor_client, text, staff_note="Nothing of it") == {}
    assert write(editor_client, text, title_ja="新しい頁") == older
    listed = editor_client.get(
        reverse("admin:network_pagetext_changelist") + "?to_do=translations"
    )
    assert [found.slug for found in listed.context["cl"].result_list] == ["page"]


def test_translation_that_is_written_after_it_is_not_older(editor_client, text):
    both = {"title_ja": "新しい頁", "title_en": "A new page"}

    assert write(editor_client, text, **both) == {
        "page": ["简体中文 (older)", "한국어 (older)"]
    }
    assert write(editor_client, text, title_ko="새 쪽") == {
        "page": ["简体中文 (older)"]
    }


def test_japanese_as_it_was_makes_them_right_again(editor_client, text):
    write(editor_client, text, title_ja="新しい頁")
    write(editor_client, text, title_ja="もっと新しい頁")

    assert write(editor_client, text, title_ja="頁") == {}
    assert not OlderTranslation.objects.exists()


def test_discarded_working_copy_leaves_nothing_older(publisher_client, text):
    write(publisher_client, text, title_ja="新しい頁")
    review = reverse("admin:network_pagetext_review", args=[text.pk])

    publisher_client.post(review, {"step": "discard"})

    assert not WorkingCopy.objects.exists()
    assert not OlderTranslation.objects.exists()


def test_confirming_says_that_they_are_right(editor_client, text):
    write(editor_client, text, title_ja="頁。")
    form = reverse("admin:network_pagetext_change", args=[text.pk])

    shown = editor_client.get(form).content.decode()
    label = f"network.pagetext:{text.pk}"
    editor_client.post(reverse("admin:desk_confirm"), {"record": label, "next": form})

    assert f'<button name="record" value="{label}">' in shown
    assert not OlderTranslation.objects.exists()


def test_tie_that_is_written_on_its_partners_page_is_noted_itself(editor_client):
    partner = make_partner(
        slug="partner", name_ja="市", name_zh_hans="市", name_ko="시"
    )
    tie = make_affiliation(
        slug="tie", partner=partner, content_ja="水", content_en="Water", status="draft"
    )

    write(editor_client, partner, **{"affiliations-0-content_ja": "水と緑"})

    assert [(mark.record, mark.column) for mark in OlderTranslation.objects.all()] == [
        (tie, "content_en")
    ]
    assert not OlderTranslation.objects.of_kind(Partner).exists()
    assert not OlderTranslation.objects.of_kind(PageText).exists()
