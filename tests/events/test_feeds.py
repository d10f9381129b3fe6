"""The other forms of the list: the same records, readable by other programs."""

import csv
import io
import json
from datetime import date, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
import vobject
from django.utils import timezone
from icalendar import Calendar

from events import atom
from events.calendars import left_out_of_calendar
from events.models import Exchange
from osaka_site.characters import clean, in_one_line
from osaka_site.publishing import Status
from osaka_site.spreadsheets import safe_cell
from tests.factories import (
    make_affiliation,
    make_exchange,
    make_facility,
    make_field,
    make_partner,
)
from tests.test_leaks import HIDDEN, MARKER, plant, public  # noqa: F401 (a fixture)

FORMS = ["ics", "atom", "json", "csv"]
TYPES = {
    "ics": "text/calendar; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}
ATOM = {"a": "http://www.w3.org/2005/Atom"}
TOKYO = ZoneInfo("Asia/Tokyo")
LONG = "a" * 10_000
UNKNOWN = "There is no such choice. Use the list."


def get(client, form, query="", language="en"):
    return client.get(f"/{language}/exchanges.{form}?{query}")


def events_of(response):
    return Calendar.from_ical(response.content).events


def entries_of(response):
    return ElementTree.fromstring(response.content).findall("a:entry", ATOM)


def items_of(response):
    return json.loads(response.content)["items"]


def rows_of(response):
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def slugs_in(form, response):
    """The slugs of the records, from the link back that each has."""
    links = {
        "ics": lambda: [str(event["url"]) for event in events_of(response)],
        "atom": lambda: [
            entry.find("a:link", ATOM).get("href") for entry in entries_of(response)
        ],
        "json": lambda: [item["url"] for item in items_of(response)],
        "csv": lambda: [row["url"] for row in rows_of(response)],
    }[form]()
    return [link.split("/")[-2] for link in links]


# ---- the same records -----------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("query", ["page=7", "page=nope", "sort=oldest", "sort=nope"])
@pytest.mark.django_db
def test_what_concerns_the_page_only_changes_no_other_form(client, form, query):
    for year in (2018, 2019):
        make_exchange(starts_on=f"{year}-05-04")

    assert get(client, form, query).content == get(client, form).content


@pytest.mark.django_db
def test_list_without_records_is_empty_in_every_form(client):
    make_exchange(starts_on="2019-05-04")

    for form in FORMS:
        response = get(client, form, "year=1900")
        assert (form, response.status_code, slugs_in(form, response)) == (form, 200, [])


@pytest.mark.parametrize("language", ["en", "ja", "zh-hans", "ko"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.django_db
def test_form_says_what_it_is_and_sets_no_cookie(client, form, language):
    make_exchange()

    response = get(client, form, language=language)

    assert response.headers["Content-Type"] == TYPES[form]
    assert response.headers["Content-Language"] == language
    assert "Vary" not in response.headers
    assert not response.cookies


@pytest.mark.parametrize(
    ("address", "disposition"),
    [
        ("exchanges.ics", 'inline; filename="osaka-exchanges.ics"'),
        ("exchanges.csv", 'attachment; filename="osaka-exchanges.csv"'),
        ("exchanges/choir.ics", 'attachment; filename="choir.ics"'),
    ],
)
@pytest.mark.django_db
def test_file_that_people_keep_has_a_name(client, address, disposition):
    make_exchange(slug="choir")

    response = client.get(f"/en/{address}")

    assert response.headers["Content-Disposition"] == disposition


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.django_db
def test_form_is_sent_again_only_when_something_is_new(
    client, form, django_assert_num_queries
):
    exchange = make_exchange(title_en="Before")
    first = get(client, form)
    known = {"headers": {"if-none-match": first.headers["ETag"]}}

    with django_assert_num_queries(2):
        same = client.get(f"/en/exchanges.{form}", **known)
    other = client.get(f"/en/exchanges.{form}?year=2019", **known)
    Exchange.objects.filter(pk=exchange.pk).update(title_en="After")
    changed = client.get(f"/en/exchanges.{form}", **known)

    assert (same.status_code, same.content) == (304, b"")
    assert (other.status_code, changed.status_code) == (200, 200)
    assert b"After" in changed.content


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.django_db
def test_scheduled_exchange_comes_into_the_forms_by_itself(client, time_machine, form):
    moment = timezone.now() + timedelta(minutes=5)
    make_exchange(slug="soon", publish_at=moment)
    first = get(client, form)
    known = {"headers": {"if-none-match": first.headers["ETag"]}}

    time_machine.move_to(moment + timedelta(minutes=1))
    later = client.get(f"/en/exchanges.{form}", **known)

    assert slugs_in(form, first) == []
    assert slugs_in(form, later) == ["soon"]


# ---- iCalendar ------------------------------------------------------------


def days(first, last):
    return {"starts_on": first, "ends_on": last}


def times(start, end, **fields):
    def time(text):
        return text and datetime.strptime(text, "%H:%M").time()

    return {"starts_at": time(start), "ends_at": time(end), **fields}


def in_japan(*parts):
    return datetime(*parts, tzinfo=TOKYO)


SPANS = {
    "one day": (days("2019-05-04", None), date(2019, 5, 4), date(2019, 5, 5)),
    "over new year": (
        days("2024-12-31", "2025-01-02"),
        date(2024, 12, 31),
        date(2025, 1, 3),
    ),
    "leap day": (days("2024-02-29", None), date(2024, 2, 29), date(2024, 3, 1)),
    "hours": (
        times("10:00", "12:30", starts_on="2026-05-04"),
        in_japan(2026, 5, 4, 10),
        in_japan(2026, 5, 4, 12, 30),
    ),
    "hours over days": (
        times("18:00", "09:00", **days("2026-05-04", "2026-05-06")),
        in_japan(2026, 5, 4, 18),
        in_japan(2026, 5, 6, 9),
    ),
    "no end": (
        times("10:00", None, starts_on="2026-05-04"),
        in_japan(2026, 5, 4, 10),
        None,
    ),
    "no hour it ends at, over days": (
        times("10:00", None, **days("2026-05-04", "2026-05-06")),
        date(2026, 5, 4),
        date(2026, 5, 7),
    ),
    "long ago": (days("0645-12-30", None), date(645, 12, 30), date(645, 12, 31)),
    "last day there is": (days("9999-12-31", None), date(9999, 12, 31), None),
}


@pytest.mark.parametrize(("fields", "start", "end"), SPANS.values(), ids=SPANS)
@pytest.mark.django_db
def test_span_in_the_calendar(client, fields, start, end):
    make_exchange(slug="choir", **fields)

    for address in ("/en/exchanges.ics", "/en/exchanges/choir.ics"):
        (event,) = events_of(client.get(address))
        stop = event["dtend"].dt if "dtend" in event else None
        assert (event["dtstart"].dt, stop) == (start, end)


@pytest.mark.django_db
def test_two_libraries_read_the_same_events(client):
    for number, (fields, _start, _end) in enumerate(SPANS.values()):
        make_exchange(
            slug=f"exchange-{number}",
            title_ja=f"訪問団{number}；「水」, \\n と\n港" * 9,
            summary_ja="一行目\n二行目; 三, 四\\",
            place_ja="大阪城、西の丸庭園",
            fields=[make_field(name_ja="文化, 芸術"), make_field(name_ja="水")],
            **fields,
        )

    for address in [
        "exchanges.ics",
        *(f"exchanges/exchange-{n}.ics" for n in range(len(SPANS))),
    ]:
        response = client.get(f"/ja/{address}")
        one = {str(event["uid"]): event for event in events_of(response)}
        other = {
            event.uid.value: event
            for event in vobject.readOne(response.content.decode()).vevent_list
        }

        assert one.keys() == other.keys()
        for uid, event in one.items():
            twin = other[uid]
            assert _same_moment(event["dtstart"].dt, twin.dtstart.value)
            assert ("dtend" in event) == hasattr(twin, "dtend")
            if "dtend" in event:
                assert _same_moment(event["dtend"].dt, twin.dtend.value)
            for name in ("summary", "description", "location", "status", "url"):
                assert str(event[name]) == getattr(twin, name).value, name
            assert [str(word) for word in event["categories"].cats] == list(
                twin.categories.value
            )
            assert event["sequence"] == int(twin.sequence.value)


def _same_moment(one, other):
    if isinstance(one, datetime):
        return one.timestamp() == other.timestamp()
    return one == other and not isinstance(other, datetime)


@pytest.mark.django_db
def test_event_says_everything_that_is_known(client, settings, time_machine):
    settings.SITE_URL = "https://network.example.osaka"
    time_machine.move_to("2026-11-30T03:00:00.5Z", tick=False)
    make_exchange(
        slug="choir",
        title_en="A choir comes",
        summary_en="They sing.",
        place_en="Central Hall",
        fields=[make_field(name_en="Culture")],
        starts_on="2026-12-01",
    )

    (event,) = events_of(get(client, "ics"))

    assert {name: event[name].to_ical() for name in event} == {
        "UID": b"choir.exchange@network.example.osaka",
        "DTSTAMP": b"20261130T030000Z",
        "LAST-MODIFIED": b"20261130T030000Z",
        "SEQUENCE": b"218170800",
        "DTSTART": b"20261201",
        "DTEND": b"20261202",
        "STATUS": b"CONFIRMED",
        "SUMMARY": b"A choir comes",
        "DESCRIPTION": rb"They sing.\n\n"
        b"https://network.example.osaka/en/exchanges/choir/",
        "LOCATION": b"Central Hall",
        "CATEGORIES": b"Culture",
        "URL": b"https://network.example.osaka/en/exchanges/choir/",
        "TRANSP": b"TRANSPARENT",
    }


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("as-planned", "CONFIRMED"),
        ("postponed", "TENTATIVE"),
        ("cancelled", "CANCELLED"),
    ],
)
@pytest.mark.django_db
def test_cancelled_exchange_is_sent_as_cancelled(client, state, status):
    make_exchange(slug="choir", state=state)

    for address in ("/en/exchanges.ics", "/en/exchanges/choir.ics"):
        (event,) = events_of(client.get(address))
        assert event["status"] == status


@pytest.mark.django_db
def test_change_raises_the_sequence(client, time_machine):
    time_machine.move_to("2026-11-30T03:00:00Z")
    exchange = make_exchange()
    (before,) = events_of(get(client, "ics"))

    time_machine.shift(timedelta(seconds=90))
    exchange.state = Exchange.State.CANCELLED
    exchange.save()
    (after,) = events_of(get(client, "ics"))

    assert after["sequence"] - before["sequence"] == 90
    assert after["uid"] == before["uid"]
    assert after["last-modified"].dt > before["last-modified"].dt


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        ("2019", None),
        ("2019-05", None),
        ("2019", "2020"),
        ("2019-05", "2019-05-04"),
        ("2019-05-04", "2019-06"),
        ("2019-05-04", "2020"),
    ],
)
@pytest.mark.django_db
def test_no_day_is_made_up_for_the_calendar(client, starts_on, ends_on):
    make_exchange(slug="choir", starts_on=starts_on, ends_on=ends_on)
    make_exchange(slug="dated", starts_on="2019-05-04", ends_on="2019-05-05")

    alone = client.get("/en/exchanges/choir.ics")

    assert slugs_in("ics", get(client, "ics")) == ["dated"]
    assert left_out_of_calendar(Exchange.objects.published()) == 1
    assert alone.status_code == 404
    assert alone.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.django_db
def test_calendar_has_a_name_its_zone_and_a_time_to_ask_again(client):
    city = make_partner(slug="melbourne", name_en="Melbourne")
    make_exchange(starts_on="2018-05-04", partners=[city])

    response = get(client, "ics", "year=2018&partner=melbourne&page=2")
    calendar = Calendar.from_ical(response.content)

    assert calendar["x-wr-calname"] == (
        "Exchanges and visits of Osaka City: Melbourne, 2018"
    )
    assert calendar["url"] == (
        "http://127.0.0.1:8000/en/exchanges/?partner=melbourne&year=2018"
    )
    assert calendar["refresh-interval"].dt == timedelta(hours=12)
    assert [zone.tz_name for zone in calendar.timezones] == ["Asia/Tokyo"]
    assert calendar.get_missing_tzids() == set()


@pytest.mark.django_db
def test_lines_are_folded_between_characters(client):
    make_exchange(title_ja="鑑" * 200, summary_ja="🎎 " * 130, place_ja="港" * 200)

    content = get(client, "ics", language="ja").content

    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in content.replace(b"\r\n", b"")
    for line in lines:
        line.decode()  # no character is cut in two
    (event,) = Calendar.from_ical(content).events
    assert event["summary"] == "鑑" * 200


@pytest.mark.parametrize("start", range(4))
@pytest.mark.django_db
def test_sign_that_escapes_stays_with_its_character(client, start):
    title = "a" * start + "\\" * 90 + ";" * 90
    make_exchange(title_en=title)

    content = get(client, "ics").content

    for line in content.split(b"\r\n"):
        assert (len(line) - len(line.rstrip(b"\\"))) % 2 == 0
    assert vobject.readOne(content.decode()).vevent.summary.value == title
    assert str(Calendar.from_ical(content).events[0]["summary"]) == title


@pytest.mark.parametrize("slug", ["nope", "%00", "a" * 5000, "..", "%ff", "大阪"])
@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.django_db
def test_unknown_exchange_has_no_calendar_entry(client, language, slug):
    response = client.get(f"/{language}/exchanges/{slug}.ics")

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert len(response.content.decode().splitlines()) == 1


# ---- characters -----------------------------------------------------------

NASTY = "".join(map(chr, range(0x20))) + "\x7f\x85\x9f\u2028\u2029\ufffe\uffff"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.django_db
def test_control_characters_break_nothing(client, form):
    title = NASTY.replace("\0", "")  # PostgreSQL cannot store that one
    words = {f"{name}_en": f"A{title}B" for name in ("title", "summary", "place")}
    field = make_field(name_en=f"A{title}B")
    make_exchange(slug="choir", fields=[field], **words)

    response = get(client, form)
    texts = {
        "ics": lambda: [str(events_of(response)[0]["summary"])],
        "atom": lambda: [entries_of(response)[0].find("a:title", ATOM).text],
        "json": lambda: [in_one_line(items_of(response)[0]["title"]["text"])],
        "csv": lambda: [rows_of(response)[0]["title"]],
    }[form]()

    assert slugs_in(form, response) == ["choir"]
    assert texts == ["A B"]
    if form == "ics":
        calendar = vobject.readOne(response.content.decode())
        assert calendar.vevent.summary.value == "A B"


def test_clean_text_keeps_lines_and_drops_what_no_format_holds():
    assert (
        clean("A\r\nB\rC\u2028D\tE\x00\x1b\x7f\ud800\udfff\ufffeF") == "A\nB\nC\nD EF"
    )
    assert clean("大阪 🎎 e\u0301") == "大阪 🎎 e\u0301"
    assert in_one_line(" A \n\n B\x85C\u3000") == "A B C"


# ---- Atom -----------------------------------------------------------------


@pytest.mark.django_db
def test_feed_has_what_atom_asks_for(client, time_machine):
    time_machine.move_to("2026-11-30T03:00:00Z", tick=False)
    make_exchange(slug="older", starts_on="2030-01-01")
    time_machine.shift(60)
    make_exchange(slug="newer", title_ja="訪問", starts_on="2018", state="cancelled")

    feed = ElementTree.fromstring(get(client, "atom", "sort=oldest").content)
    links = {link.get("rel"): link.get("href") for link in feed.findall("a:link", ATOM)}
    ids = [element.text for element in feed.iter(f"{{{ATOM['a']}}}id")]
    entry = feed.find("a:entry", ATOM)

    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert feed.findtext("a:updated", None, ATOM) == "2026-11-30T03:01:00Z"
    assert links == {
        "self": "http://127.0.0.1:8000/en/exchanges.atom",
        "alternate": "http://127.0.0.1:8000/en/exchanges/",
    }
    assert feed.findtext("a:author/a:name", None, ATOM) == "Osaka City"
    assert feed.find("a:subtitle", ATOM) is None
    assert len(set(ids)) == len(ids) == 3
    assert entry.findtext("a:id", None, ATOM) == "tag:127.0.0.1,2026:exchange/newer"
    assert entry.findtext("a:content", None, ATOM) == "<p>2018, Cancelled</p>"
    for element in [feed, *feed.findall("a:entry", ATOM)]:
        for name in ("id", "title", "updated"):
            assert element.findtext(f"a:{name}", None, ATOM), name


@pytest.mark.django_db
def test_long_feed_has_what_changed_last_and_says_so(client, monkeypatch):
    monkeypatch.setattr(atom, "LIMIT", 2)
    first, second, third = (make_exchange(title_en=str(n)) for n in range(3))
    first.save()

    response = get(client, "atom")
    feed = ElementTree.fromstring(response.content)

    assert slugs_in("atom", response) == [first.slug, third.slug]
    assert second.slug not in response.content.decode()
    assert feed.findtext("a:subtitle", None, ATOM) == (
        "The 2 that changed last, of 3 exchanges."
    )


@pytest.mark.django_db
def test_text_in_a_feed_is_no_markup(client):
    make_exchange(
        title_en="<b>A & B</b>", summary_en="<script>x</script>", place_en="<i>"
    )

    (entry,) = entries_of(get(client, "atom"))

    assert entry.findtext("a:title", None, ATOM) == "<b>A & B</b>"
    assert entry.findtext("a:content", None, ATOM) == (
        "<p>4 May 2019, &lt;i&gt;</p><p>&lt;script&gt;x&lt;/script&gt;</p>"
    )


# ---- JSON and CSV ---------------------------------------------------------


@pytest.mark.django_db
def test_json_item_says_what_is_known_and_no_more(client, time_machine):
    time_machine.move_to("2026-11-30T03:00:00Z", tick=False)
    city = make_partner(slug="melbourne", name_en="Melbourne", country="AU")
    tie = make_affiliation(slug="tie", partner=city, signed_on="1978-04-24")
    make_exchange(
        slug="choir",
        title_en="A choir",
        starts_on="2018-05",
        place_en="Melbourne",
        partners=[city],
        fields=[make_field(slug="culture", name_en="Culture")],
        celebrates=tie,
    )

    answer = json.loads(get(client, "json", language="ko").content)

    assert answer == {
        "title": answer["title"],
        "language": "ko",
        "link": "http://127.0.0.1:8000/ko/exchanges/",
        "count": 1,
        "items": [
            {
                "id": "tag:127.0.0.1,2026:exchange/choir",
                "url": "http://127.0.0.1:8000/ko/exchanges/choir/",
                "title": {"text": "A choir", "lang": "en"},
                "summary": None,
                "kind": "visit-from-abroad",
                "state": "as-planned",
                "starts_on": "2018-05",
                "ends_on": None,
                "precision": "month",
                "starts_at": None,
                "ends_at": None,
                "place": {"text": "Melbourne", "lang": "en"},
                "partners": [
                    {
                        "slug": "melbourne",
                        "name": {"text": "Melbourne", "lang": "en"},
                        "country": "AU",
                    }
                ],
                "fields": [
                    {"slug": "culture", "name": {"text": "Culture", "lang": "en"}}
                ],
                "celebrates": {
                    "tie": "tie",
                    "name": {"text": "Sister city", "lang": "en"},
                    "partner": "melbourne",
                    "anniversary": 40,
                },
                "updated": "2026-11-30T03:00:00Z",
            }
        ],
    }


@pytest.mark.parametrize(
    ("language", "lang", "title"),
    [("en", "en", "Choir"), ("ja", "ja", "合唱"), ("ko", "en", "Choir")],
)
@pytest.mark.django_db
def test_every_form_says_the_language_of_a_text(client, language, lang, title):
    make_exchange(title_en="Choir", title_ja="合唱")
    xml_lang = "{http://www.w3.org/XML/1998/namespace}lang"

    (event,) = events_of(get(client, "ics", language=language))
    (entry,) = entries_of(get(client, "atom", language=language))
    (item,) = items_of(get(client, "json", language=language))
    (row,) = rows_of(get(client, "csv", language=language))
    entry_title = entry.find("a:title", ATOM)

    assert (event["summary"], event["summary"].params["LANGUAGE"]) == (title, lang)
    assert (entry_title.text, entry_title.get(xml_lang, language)) == (title, lang)
    assert item["title"] == {"text": title, "lang": lang}
    assert (row["title"], row["title_lang"]) == (title, lang)


@pytest.mark.django_db
def test_csv_is_a_row_each_that_excel_in_japan_can_read(client):
    cities = [make_partner(slug=f"city-{n}", name_ja=f"市{n}") for n in range(2)]
    make_exchange(
        slug="choir",
        title_ja="合唱,\n「大阪」",
        starts_on="2018-05",
        ends_on="2018-06",
        partners=cities,
    )

    response = get(client, "csv", language="ja")
    (row,) = rows_of(response)

    assert response.content.startswith(b"\xef\xbb\xbfid,url,title,")
    assert row == {
        **dict.fromkeys(row, ""),
        "id": "tag:127.0.0.1,2026:exchange/choir",
        "url": "http://127.0.0.1:8000/ja/exchanges/choir/",
        "title": "合唱, 「大阪」",
        "title_lang": "ja",
        "kind": "visit-from-abroad",
        "state": "as-planned",
        "starts_on": "2018-05",
        "ends_on": "2018-06",
        "precision": "month",
        "partners": "city-0; city-1",
        "partner_names": "市0; 市1",
        "countries": "US; US",
        "updated": row["updated"],
    }


@pytest.mark.parametrize("sign", list("=+-@＝＋－＠"))
@pytest.mark.django_db
def test_csv_cell_is_no_formula(client, sign):
    text = f"{sign}HYPERLINK(1)"
    names = {f"{name}_en": text for name in ("title", "summary", "place")}
    make_exchange(
        partners=[make_partner(name_en=text)],
        fields=[make_field(name_en=text)],
        **names,
    )

    (row,) = rows_of(get(client, "csv"))

    changed = ("title", "summary", "place", "partner_names", "field_names")
    assert [row[name] for name in changed] == [f"'{text}"] * 5


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("-23.55", "-23.55"),
        ("+1", "+1"),
        (-5, "-5"),
        ("-23.55=1", "'-23.55=1"),
        ("\tA", "'\tA"),
        ("\rA", "'\rA"),
        ("\nA", "'\nA"),
        ("-", "'-"),
        ("A=1", "A=1"),
        ("", ""),
    ],
)
def test_cell_that_is_a_number_stays_one(text, cell):
    assert safe_cell(text) == cell


# ---- bad input ------------------------------------------------------------

BAD = [
    ("year=abc", "year", "Write the year in four digits, such as 2018."),
    ("year=2018&year=2019", "year", "Choose one only."),
    ("field=nope", "field", UNKNOWN),
    ("field=%00", "field", UNKNOWN),
    (f"partner={LONG}", "partner", UNKNOWN),
    ("kind=%ff", "kind", UNKNOWN),
    ("since=2018-02-30", "since", "Write the date as 2018, 2018-04 or 2018-04-01."),
    ("feild=culture", "feild", "There is no such parameter."),
    (f"{LONG}=1", LONG[:40], "There is no such parameter."),
]


@pytest.mark.parametrize(("query", "name", "reason"), BAD)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.django_db
def test_wrong_parameter_is_refused_by_name(client, form, query, name, reason):
    make_exchange()

    response = get(client, form, query)

    sentence = f"The parameter “{name}” cannot be used: {reason}"
    assert response.status_code == 400
    if form == "json":
        assert response.headers["Content-Type"] == "application/problem+json"
        assert json.loads(response.content) == {
            "type": "about:blank",
            "title": "Bad request",
            "status": 400,
            "detail": sentence,
            "errors": {name: [reason]},
        }
    else:
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert response.content.decode() == sentence + "\n"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.django_db
def test_empty_parameters_narrow_nothing(client, form):
    make_exchange(slug="choir")

    response = get(client, form, "year=&field=&partner=&page=&nope=")

    assert slugs_in(form, response) == ["choir"]


@pytest.mark.parametrize("address", [*FORMS, "event"])
@pytest.mark.django_db
def test_forms_are_for_reading_only(client, address):
    make_exchange(slug="event")
    path = "/event.ics" if address == "event" else f".{address}"

    assert client.post(f"/en/exchanges{path}").status_code == 405


# ---- hidden records -------------------------------------------------------


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.django_db
def test_hidden_records_are_in_no_form(client, public, hidden):  # noqa: F811
    type(public["exchange"]).objects.update(venue=None)
    addresses = [f"/en/exchanges.{form}" for form in FORMS]
    addresses += [
        "/en/exchanges.json?partner=partner",
        "/en/exchanges/exchange.ics",
        "/en/exchanges/exchange/",
    ]
    before = {address: client.get(address).content for address in addresses}

    withheld, _celebrating = plant(public, **hidden())
    # A venue that is hidden, on a public exchange without words for its place.
    place = make_facility(name_en=MARKER, **hidden())
    Exchange.objects.filter(starts_on="2020").delete()
    Exchange.objects.filter(slug="exchange").update(venue=place)
    after = {address: client.get(address).content for address in addresses}

    assert {a: MARKER in text.decode() for a, text in after.items()} == dict.fromkeys(
        addresses, False
    )
    assert after == before
    slugs = [record.slug for record in withheld if isinstance(record, Exchange)]
    assert len(slugs) == 2
    for slug in [*slugs, "nope"]:
        response = client.get(f"/en/exchanges/{slug}.ics")
        assert (response.status_code, response.content.decode()) == (
            404,
            "There is no such calendar entry.\n",
        )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.django_db
def test_exchange_of_a_hidden_tie_does_not_tell_it(client, public, form):  # noqa: F811
    plant(public, status=Status.DRAFT)

    assert MARKER.lower() not in get(client, form).content.decode().lower()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.django_db
def test_hidden_choice_is_refused_like_an_unknown_one(client, form):
    secret = make_partner(slug="secret", status=Status.DRAFT)
    make_exchange(partners=[secret])

    hidden, unknown = (get(client, form, f"partner={s}") for s in ("secret", "nope"))

    assert hidden.status_code == unknown.status_code == 400
    assert hidden.content == unknown.content


# ---- cost -----------------------------------------------------------------


@pytest.mark.parametrize("size", [3, 110])
@pytest.mark.django_db
def test_forms_cost_a_fixed_number_of_queries(client, size, django_assert_num_queries):
    house = make_facility()
    for number in range(size):
        city = make_partner(slug=f"city-{number}")
        tie = make_affiliation(partner=city)
        make_exchange(
            slug=f"exchange-{number}",
            partners=[city, make_partner()],
            fields=[make_field()],
            celebrates=tie,
            venue=make_facility(parent=house),
        )
    client.get("/en/exchanges.json")  # makes the index

    for address, cost in {
        "exchanges.ics": 3,
        "exchanges.atom": 3 if size <= atom.LIMIT else 4,
        "exchanges.json": 3,
        "exchanges.csv": 3,
        "exchanges.csv?partner=city-1&year=2019": 3,
        "exchanges.json?year=abc": 2,
        "exchanges/exchange-1.ics": 3,
        "exchanges/nope.ics": 3,
    }.items():
        with django_assert_num_queries(cost, info=address):
            client.get(f"/en/{address}")


# ---- on the pages ---------------------------------------------------------


@pytest.mark.django_db
def test_partner_page_offers_the_calendar_of_its_exchanges(client):
    city = make_partner(slug="melbourne", name_en="Melbourne")
    make_exchange(partners=[city])
    other = make_partner()

    page = client.get(city.get_absolute_url()).content.decode()

    assert "Subscribe to exchanges with Melbourne" in page
    for address in (
        "webcal://127.0.0.1:8000/en/exchanges.ics?partner=melbourne",
        "/en/exchanges.ics?partner=melbourne",
        "/en/exchanges.atom?partner=melbourne",
    ):
        assert f'href="{address}"' in page
    assert "exchanges.ics" not in client.get(other.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("fields", "offers"),
    [
        ({}, True),
        ({"starts_on": "2019-05"}, False),
        ({"ends_on": "2019-06"}, False),
        ({"state": "postponed"}, True),
        ({"state": "cancelled"}, False),
    ],
)
@pytest.mark.django_db
def test_exchange_page_offers_what_can_be_in_a_calendar(client, fields, offers):
    exchange = make_exchange(slug="choir", **fields)

    page = client.get(exchange.get_absolute_url()).content.decode()

    assert ('href="/en/exchanges/choir.ics"' in page) == offers
