"""What is read from a replica of the database, and what never is."""

import re
from secrets import randbits

import pytest
from django.db import OperationalError, connections, router

from events.models import ContentVersion
from network.models import Partner
from osaka_site import doctor, replica
from osaka_site.desk.models import Division

from .databases import place
from .factories import make_partner

PRIMARY, REPLICA = "As the primary has it", "As the replica has it"


@pytest.fixture(scope="module")
def copied(tmp_path_factory, django_db_setup, django_db_blocker):
    folder = tmp_path_factory.mktemp("replica")
    with django_db_blocker.unblock(), place(folder, copied=True) as copied:
        yield copied


@pytest.fixture
def partner(copied, db, settings, monkeypatch):
    """One that is in both, where the replica can be told by its name; both say that
    they are in step."""
    settings.DATABASE_ROUTERS = ["osaka_site.replica.ReplicaRouter"]
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "osaka_site.replica.ReplicaMiddleware",
    ]
    known = {**connections.settings, replica.REPLICA: copied.other.settings_dict}
    monkeypatch.setattr(connections, "settings", known)
    partner = make_partner(slug="shanghai", name_en=PRIMARY)
    with copied.entered():
        Partner.objects.all().delete()
        make_partner(pk=partner.pk, slug="shanghai", name_en=REPLICA)
    connections[replica.REPLICA] = copied.other
    bring_in_step()
    yield partner
    copied.other.close()
    del connections[replica.REPLICA]


def bring_in_step():
    """At a version that nothing was kept at yet."""
    token = randbits(53)
    for database in ("default", replica.REPLICA):
        ContentVersion.objects.using(database).update(token=token)


def shown(client):
    """The heading of the page; other parts may be from what a process keeps."""
    page = client.get("/en/partners/shanghai/").content.decode()
    return re.search(r"<h1[^>]*>\s*(.*?)\s*</h1>", page, re.DOTALL)[1]


def test_page_is_read_from_a_replica_that_is_in_step(client, partner):
    assert shown(client) == REPLICA


def test_page_is_never_read_from_one_that_is_behind(client, partner):
    Partner.objects.update(introduction_en="New words")

    first = shown(client)
    bring_in_step()

    assert (first, shown(client)) == (PRIMARY, REPLICA)


def test_what_was_read_from_it_does_not_lead_there_again(partner):
    record = Partner.objects.using(replica.REPLICA).get()

    assert router.db_for_read(Partner, instance=record) == "default"
    assert Partner.objects.get().name_en == PRIMARY


def test_staff_read_the_primary(editor_client, partner):
    assert shown(editor_client) == PRIMARY


def test_primary_is_read_once_something_was_written(rf, partner):
    names = []

    def view(request):
        names.append(Partner.objects.get().name_en)
        Division.objects.create(name_en="International", name_ja="国際課")
        names.append(Partner.objects.get().name_en)

    replica.ReplicaMiddleware(view)(rf.get("/en/"))

    assert names == [REPLICA, PRIMARY]
    assert Division.objects.using("default").count() == 1
    assert Division.objects.using(replica.REPLICA).count() == 0


def test_replica_that_is_gone_is_asked_once_and_left_alone(
    client, partner, copied, monkeypatch, caplog
):
    asked = []

    def refuse():
        asked.append(1)
        raise connections["default"].Database.OperationalError("gone")

    assert list(doctor.replica()) == []
    copied.other.close()
    monkeypatch.setattr(copied.other, "connect", refuse)

    assert [shown(client), shown(client)] == [PRIMARY, PRIMARY]
    assert asked == [1]
    assert "The replica is left alone for 10 s: gone" in caplog.messages
    assert list(doctor.replica()) == [
        (
            "The replica cannot be read (gone), so the primary does all. Start it, or"
            " correct DATABASE_REPLICA_URL."
        )
    ]


def test_page_that_the_replica_breaks_off_comes_from_the_primary(
    client, partner, copied
):
    def break_off(execute, sql, *rest):
        if "network_partner" in sql:
            raise OperationalError("conflict with recovery")
        return execute(sql, *rest)

    with copied.other.execute_wrapper(break_off):
        assert shown(client) == PRIMARY


def test_replica_is_not_migrated(partner):
    assert router.allow_migrate(replica.REPLICA, "network") is False
    assert router.allow_migrate("default", "network") is True
