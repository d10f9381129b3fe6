"""Staff who go on writing, whatever happens to the servers meanwhile."""

from contextlib import contextmanager
from http.client import HTTPException
from threading import Event, Thread

import psycopg

from tests.forms import form_data

NEW_LINK = "/admin/network/externallink/add/"


class Writer:
    """Adds one record after the other; ``answered`` holds the names of those for which
    the answer said so, ``sent`` of all."""

    def __init__(self, staff, name):
        self.staff = staff
        self.name = name
        self.sent, self.answered = [], []
        self.form = form_data(staff.get(NEW_LINK), url="https://example.org/")

    def write(self):
        slug = f"{self.name}-{len(self.sent)}"
        self.sent.append(slug)
        if self.send(slug) == 302:
            self.answered.append(slug)

    def send(self, slug):
        try:
            form = {**self.form, "slug": slug, "title_en": slug, "title_ja": slug}
            return self.staff.post(NEW_LINK, form).status
        except (OSError, HTTPException):
            return None  # nobody was there


@contextmanager
def writing(writers):
    """Each of them writes without a pause while the block runs."""
    is_over = Event()

    def write(writer):
        while not is_over.is_set():
            writer.write()

    threads = [Thread(target=write, args=[writer]) for writer in writers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def written(deployment, name):
    """``{slug: number of entries in its history}`` of what a writer has added."""
    with psycopg.connect(deployment.database.url) as connection:
        return dict(
            connection.execute(
                """
                SELECT slug, (
                    SELECT count(*) FROM desk_revision
                    JOIN django_content_type ON content_type_id = django_content_type.id
                    WHERE model = 'externallink' AND object_id = link.id
                    AND data IS NOT NULL
                )
                FROM network_externallink AS link WHERE slug LIKE %s
                """,
                [f"{name}-%"],
            ).fetchall()
        )
