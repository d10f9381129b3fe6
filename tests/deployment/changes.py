"""What staff may do on a day, chosen at random and done through the admin."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.forms import form_data

from .visiting import Staff

LANGUAGES = ["ja", "en", "zh_hans", "ko"]
# The texts of a record, the one that it cannot be without in "ja" and "en" first.
TEXTS = {
    "network.partner": ["name", "formal_name", "introduction"],
    "network.affiliation": ["wording", "content"],
    "network.category": ["name", "summary", "introduction"],
    "network.overseasoffice": ["name", "introduction"],
    "network.facility": ["name", "lead", "introduction"],
    "network.programme": ["title", "text"],
    "network.pagetext": ["title", "body"],
    "network.externallink": ["title", "description"],
    "network.picture": ["alt", "caption"],
    "events.exchange": ["title", "summary", "body", "place"],
    "events.field": ["name"],
}
WORDS = {
    "ja": ["くじらの町と港", "水と緑のまちづくり", "市民の日の催し"],
    "en": ["The whale’s town & its port", "Water, “green” and towns", "A day for all"],
    "zh_hans": ["鲸鱼之城与港口", "水与绿的城市建设", "市民之日"],
    "ko": ["고래의 도시와 항구", "물과 녹지의 도시", "시민의 날"],
}
JAPAN = ZoneInfo("Asia/Tokyo")


@dataclass
class Desk:
    """An editor and a publisher with the records that they look after.

    ``records`` are their primary keys by slug, those of each model. Each change
    returns the moment at which it shows, or ``None``: at once.
    """

    editor: Staff
    publisher: Staff
    records: dict[str, dict[str, int]]
    random: Random
    hidden: list[str] = field(default_factory=list)  # archived: addresses
    down: list[str] = field(default_factory=list)  # whose time is over
    in_trash: list[tuple[str, str]] = field(default_factory=list)
    numbers: count = field(default_factory=count)

    def through(self, server):
        self.editor.server = self.publisher.server = server

    # ---- edit and translation ----------------------------------------------------

    def edit(self):
        self._approve(self._written(["ja", "en"]))

    def translate(self):
        self._approve(self._written(["zh_hans", "ko"]))

    def send_for_review(self):
        """Nothing of it is public."""
        _done(self.editor.step(self._written(LANGUAGES), "send"))

    def untranslate(self):
        """What has no text in a language shows another one's."""
        model = self.random.choice(list(TEXTS))
        column = f"{self.random.choice(TEXTS[model])}_{self._one(['zh_hans', 'ko'])}"
        record = self._any(model)
        if form_data(self.editor.get(f"{record}change/"))[column]:
            _done(self.editor.save(record, **{column: ""}))
            self._approve(record)

    def rename_address(self):
        """The old address leads to the new one."""
        slug = self._one(list(self.records["events.exchange"]))
        number = self.records["events.exchange"].pop(slug)
        new = f"{slug.partition('--')[0]}--{next(self.numbers)}"
        self.records["events.exchange"][new] = number
        record = _address("events.exchange", number)
        _done(self.editor.save(record, slug=new))
        self._approve(record)

    def confirm(self):
        model = self._one(list(TEXTS))
        number = self._one(list(self.records[model].values()))
        self.editor.get("/admin/")
        data = {"record": f"{model}:{number}", "next": "/admin/"}
        _done(self.editor.post("/admin/desk/confirm/", data))

    # ---- publishing --------------------------------------------------------------

    def add_exchange(self):
        self._approve(self._new_exchange())

    def archive_or_publish(self):
        if self.hidden and self._one([True, False]):
            self._approve(self.hidden[-1])
        else:
            record = self._any("events.exchange", "network.programme", "network.source")
            if record not in [*self.hidden, *self.down]:
                _done(self.publisher.step(record, "archive"))
                self.hidden.append(record)

    def publish_many(self):
        """Two at once, by the action of a list."""
        records = [self._new_exchange() for _number in range(2)]
        address = "/admin/events/exchange/"
        self.publisher.get(address)
        chosen = [record.split("/")[-2] for record in records]
        data = {"action": "approve", "_selected_action": chosen}
        _done(self.publisher.post(address, data))

    # ---- schedule ----------------------------------------------------------------

    def approve_for_later(self):
        moment = _soon()
        self._approve(self._written(LANGUAGES), **_parts("at", moment))
        return moment

    def add_exchange_for_later(self):
        record, moment = self._new_exchange(), _soon()
        self._approve(record, **_parts("at", moment))
        return moment

    def take_down_or_put_up(self):
        if self.down:
            _done(self.publisher.step(self.down.pop(), "schedule"))
            return None
        record = self._any("events.exchange", "network.picture", "network.externallink")
        if record in self.hidden:
            return None
        moment = _soon()
        _done(self.publisher.step(record, "schedule", **_parts("until", moment)))
        self.down.append(record)
        return moment

    def end_applications(self):
        """People can apply until a moment; then the page says nothing of it."""
        moment = _soon(seconds=4)
        record = self._new_exchange(
            how_to_apply_ja="電話でお申し込みください。",
            how_to_apply_en="Call us.",
            **_parts("apply_until", moment),
        )
        self._approve(record)
        return moment

    # ---- trash -------------------------------------------------------------------

    def trash_or_bring_back(self):
        if self.in_trash:
            model, number = self.in_trash.pop()
            self.publisher.get("/admin/desk/trash/")
            data = {"record": f"{model}:{number}"}
            _done(self.publisher.post("/admin/desk/trash/", data))
            return
        model = self._one(["events.exchange", "network.programme", "network.pagetext"])
        number = self._one(list(self.records[model].values()))
        record = _address(model, number)
        self.publisher.get(f"{record}delete/")
        _done(self.publisher.post(f"{record}delete/", {"post": "yes"}))
        self.in_trash.append((model, number))

    # ---- pictures and links ------------------------------------------------------

    def upload_picture(self):
        """A new picture, which a partner shows."""
        words = {f"alt_{code}": self._words(code) for code in ("ja", "en")}
        data = {**words, "file": self._picture()}
        record = self._add("network.picture", data)
        self._approve(record)
        self._attach("picture", record)

    def drop_picture(self):
        self._detach("picture")

    def upload_another_file(self):
        record = self._any("network.picture")
        _done(self.editor.save(record, file=self._picture()))
        self._approve(record)

    def add_link(self):
        words = {f"title_{code}": self._words(code) for code in ("ja", "en")}
        address = f"https://example.org/{next(self.numbers)}"
        data = {**words, "url": address, "is_listed": "on"}
        record = self._add("network.externallink", data)
        self._approve(record)
        self._attach("externallink", record)

    def drop_link(self):
        self._detach("externallink")

    # ---- what many pages show ----------------------------------------------------

    def edit_page_text(self):
        self._approve(self._written(LANGUAGES, ["network.pagetext"]))

    def reorder(self):
        record = self._any("network.category", "events.field", "network.externallink")
        _done(self.editor.save(record, order=next(self.numbers) % 200))
        self._approve(record)

    def change_anniversaries(self):
        record = self._any("network.category")
        interval = form_data(self.editor.get(f"{record}change/"))
        other = "10" if interval["anniversary_interval"] == "5" else "5"
        _done(self.editor.save(record, anniversary_interval=other))
        self._approve(record)

    # ---- how ---------------------------------------------------------------------

    def _one(self, things):
        return self.random.choice(things)

    def _any(self, *models):
        """The address of some record that is not in the trash."""
        model = self._one(models or list(TEXTS))
        numbers = set(self.records[model].values())
        numbers -= {number for other, number in self.in_trash if other == model}
        return _address(model, self._one(sorted(numbers)))

    def _words(self, language):
        """Never the same twice."""
        return f"{self._one(WORDS[language])} {next(self.numbers)}"

    def _written(self, languages, models=()):
        """The address of a record with a text that the editor has just written."""
        record = self._any(*models)
        model = ".".join(record.split("/")[2:4])
        language = self._one(languages)
        column = f"{self._one(TEXTS[model])}_{language}"
        _done(self.editor.save(record, **{column: self._words(language)}))
        return record

    def _approve(self, record, **times):
        _done(self.publisher.step(record, "approve", **times))
        if record in self.hidden:
            self.hidden.remove(record)

    def _add(self, model, data):
        """The address of a new record; visitors do not see it yet."""
        address = f"/admin/{model.replace('.', '/')}/add/"
        form = form_data(self.editor.get(address))
        answer = _done(self.editor.post(address, {**form, **data, "_continue": "1"}))
        return answer.headers["Location"].removesuffix("change/")

    def _new_exchange(self, **data):
        """Of a partner, in some days."""
        day = datetime.now(JAPAN) + timedelta(days=self.random.randrange(1, 400))
        partners, fields = (
            self.random.sample(sorted(self.records[model].values()), 2)
            for model in ("network.partner", "events.field")
        )
        return self._add(
            "events.exchange",
            {
                "title_ja": self._words("ja"),
                "title_en": self._words("en"),
                "slug": f"new-{next(self.numbers)}",
                "kind": "seminar",
                "partners": partners,
                "fields": fields,
                "starts_on_year": day.year,
                "starts_on_month": day.month,
                "starts_on_day": day.day,
                **data,
            },
        )

    def _picture(self):
        colour = tuple(self.random.randrange(256) for _part in range(3))
        file = BytesIO()
        Image.new("RGB", (640, 480), colour).save(file, "PNG")
        return SimpleUploadedFile("picture.png", file.getvalue())

    def _attach(self, target, record):
        partner = self._any("network.partner")
        rows = {"picture": "Partner_pictures", "externallink": "Partner_links"}[target]
        form = form_data(self.editor.get(f"{partner}change/"))
        last = int(form[f"{rows}-TOTAL_FORMS"])
        typed = {
            f"{rows}-TOTAL_FORMS": last + 1,
            f"{rows}-{last}-id": "",
            f"{rows}-{last}-partner": partner.split("/")[-2],
            f"{rows}-{last}-{target}": record.split("/")[-2],
        }
        _done(self.editor.save(partner, **typed))
        self._approve(partner)

    def _detach(self, target):
        """The first one of a partner that has one."""
        rows = {"picture": "Partner_pictures", "externallink": "Partner_links"}[target]
        for number in self.records["network.partner"].values():
            partner = _address("network.partner", number)
            form = form_data(self.editor.get(f"{partner}change/"))
            if form[f"{rows}-INITIAL_FORMS"] != "0":
                _done(self.editor.save(partner, **{f"{rows}-0-DELETE": "on"}))
                self._approve(partner)
                return


# One of each kind makes a round.
KINDS = {
    "edit": [Desk.edit, Desk.send_for_review, Desk.rename_address, Desk.confirm],
    "translation": [Desk.translate, Desk.translate, Desk.untranslate],
    "publish": [Desk.add_exchange, Desk.archive_or_publish, Desk.publish_many],
    "schedule": [
        Desk.approve_for_later,
        Desk.add_exchange_for_later,
        Desk.take_down_or_put_up,
        Desk.end_applications,
    ],
    "trash": [Desk.trash_or_bring_back],
    "picture": [Desk.upload_picture, Desk.drop_picture, Desk.upload_another_file],
    "link": [Desk.add_link, Desk.drop_link],
    "settings": [Desk.edit_page_text, Desk.reorder, Desk.change_anniversaries],
}


def _address(model, number):
    return f"/admin/{model.replace('.', '/')}/{number}/"


def _soon(seconds=3):
    """A whole second that has not come yet."""
    return datetime.now(JAPAN).replace(microsecond=0) + timedelta(seconds=seconds)


def _parts(name, moment):
    return {f"{name}_0": f"{moment:%Y-%m-%d}", f"{name}_1": f"{moment:%H:%M:%S}"}


def _done(answer):
    """The answer, which leads on to another page; a form that comes back does not."""
    if answer.status != 302:
        told = re.findall(
            r'class="(?:error|warning|errornote)[^>]*>(.*?)</', answer.text
        )
        raise AssertionError(f"{answer.status}: {told}")
    return answer
