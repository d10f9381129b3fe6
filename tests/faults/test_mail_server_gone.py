"""Nobody listens where mails should go; later somebody does."""

import psycopg

from .mail_server import mail_server


def test_mails_wait_and_leave_once(deployment):
    publisher = deployment.staff("reader", "Publishers")
    editor = deployment.staff("asker", "Editors")
    rows = "SELECT attempts, sent_at IS NOT NULL FROM desk_outgoingmail"
    record = deployment.record("network.Partner", "busan")
    with psycopg.connect(deployment.database.url, autocommit=True) as database:
        database.execute(
            "UPDATE auth_user SET email = 'reader@example.org'"
            " WHERE username = 'reader'"
        )
        assert editor.save(record, introduction_en="Asked for.").status == 302

        asked = editor.step(record, "send")

        assert asked.status == 302
        assert publisher.get(record + "review/").status == 200
        assert database.execute(rows).fetchall() == [(1, False)]

        # Whoever is being sent a mail is left alone for ten minutes.
        database.execute(
            "UPDATE desk_outgoingmail SET tried_at = tried_at - interval '11 minutes'"
        )
        with mail_server(deployment.mail_port) as taken:
            printed = [deployment.manage("send_mails") for _time in range(2)]

        assert printed == [
            "Mails sent: 1, waiting: 0.\n",
            "Mails sent: 0, waiting: 0.\n",
        ]
        assert len(taken) == 1
        assert "To: reader@example.org" in taken[0]
        assert database.execute(rows).fetchall() == [(2, True)]
        database.execute("DELETE FROM desk_outgoingmail")
        database.execute("UPDATE auth_user SET email = ''")
