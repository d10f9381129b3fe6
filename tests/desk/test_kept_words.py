"""What is sent after the log-in ran out waits for the next one."""

import pytest
from django.urls import reverse

from tests.factories import make_partner

KEPT = reverse("admin:desk_kept_words")


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["change", "review"])
def test_words_wait_until_they_are_sent_again(client, editor, page):
    partner = make_partner()
    path = reverse("admin:network_partner_change", args=[partner.pk])
    path = path.replace("/change/", f"/{page}/")
    client.post(path, {"comment": "Words of mine."})
    client.force_login(editor)

    looks = [client.get(KEPT).content.decode() for _time in range(2)]
    client.post(path, {"comment": "Words of mine."})
    after = client.get(KEPT)

    assert ["Words of mine." in look for look in looks] == [True, True]
    assert (after.status_code, after["Location"]) == (302, reverse("admin:index"))
