"""The clock of the server is wrong for a while. It alone decides what is public:
nothing shows before its time by the clock as it is now, in either direction."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from osaka_site.desk.models import OutgoingMail
from tests.factories import make_exchange

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 25, 3, tzinfo=UTC)
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)


def test_what_is_public_follows_the_clock_both_ways(client, time_machine):
    coming = make_exchange(publish_at=NOON + HOUR, unpublish_at=NOON + 3 * HOUR)
    address = reverse("events:exchange_detail", args=[coming.slug])

    seen = []
    for hours in (0, 2, 0, 4, 2, 0):
        time_machine.move_to(NOON + hours * HOUR, tick=False)
        seen.append(client.get(address).status_code)

    assert seen == [404, 200, 404, 404, 200, 404]


def test_log_in_ends_when_the_clock_jumps_ahead(client, editor, time_machine):
    time_machine.move_to(NOON, tick=False)
    client.force_login(editor)

    seen = []
    for hours in (0, -2, 1, 9):
        time_machine.move_to(NOON + hours * HOUR, tick=False)
        seen.append(client.get("/admin/desk/trash/").status_code)

    assert seen == [200, 200, 200, 302]


@pytest.mark.parametrize(
    ("tried", "is_due"),
    [
        (-YEAR, True),
        (-timedelta(minutes=11), True),
        (-timedelta(minutes=9), False),
        (timedelta(seconds=30), False),  # another machine, whose clock is ahead
        (YEAR, True),
    ],
)
def test_mail_does_not_wait_for_a_time_that_was_never(time_machine, tried, is_due):
    time_machine.move_to(NOON, tick=False)
    OutgoingMail.objects.create(to="a@example.org", tried_at=NOON + tried)

    assert OutgoingMail.objects.due().exists() is is_due
