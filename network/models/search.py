"""The index of the search: one entry a record, whatever kind of record it is.

An entry holds the words of a record in all languages, published or not. Who may see
the record is asked when somebody searches, so nothing has to happen for it to
appear or to go.

Beside the entries stands ``network_searchindex``, a table of the database's own full
text search: FTS5 on SQLite, ``tsvector`` with GIN on PostgreSQL. Both get the tokens
that ``osaka_site.searching`` cuts, and cut nothing themselves.
"""

from collections import defaultdict

from django.db import connection, models, transaction
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from osaka_site.searching import beginnings, needle, phrase, tokens

LONGEST_TOKEN = 500  # PostgreSQL takes 2,046 bytes
RECORDS = 1 << 40  # the numbers an entry of one kind can have


class SearchEntryQuerySet(models.QuerySet):
    def write(self, kind, texts):
        """``texts`` are ``{pk: (title, body)}``, both normalised."""
        entries = [
            SearchEntry(
                id=kind.entry(pk), kind=kind, record_id=pk, title=title, body=body
            )
            for pk, (title, body) in texts.items()
        ]
        with transaction.atomic(), connection.cursor() as cursor:
            self.bulk_create(
                entries,
                batch_size=500,
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=["title", "body"],
            )
            cursor.executemany(
                _dialect().insert,
                [_dialect().row(entry) for entry in entries],
            )

    def forget(self, kind, pks):
        ids = [kind.entry(pk) for pk in pks]
        self.filter(id__in=ids).delete()
        with connection.cursor() as cursor:
            cursor.executemany(
                "DELETE FROM network_searchindex WHERE rowid = %s",
                [(entry,) for entry in ids],
            )

    def forget_all(self):
        self.all().delete()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM network_searchindex")

    def pks_matching(self, kind, words):
        """The primary keys of the records with all of the words, for ``pk__in``."""
        condition, values = _dialect().condition([kind], words)
        return RawSQL(  # what was typed is among the values
            f"SELECT rowid - {kind.entry(0)} AS pk FROM network_searchindex s"
            f" WHERE {condition}",
            values,
        )

    def list_pks_matching(self, kind, words):
        """The same as a list: fast where it has many thousands."""
        subquery = self.pks_matching(kind, words)
        with connection.cursor() as cursor:
            cursor.execute(_dialect().gathered.format(subquery.sql), subquery.params)
            (found,) = cursor.fetchone()
        return _dialect().numbers(found)

    def find(self, words, public_exchanges, most):
        """Which records have all of the words, those that have them in the title
        first: ``{kind: ([pk, …], [pk, …])}``. One query.

        Of the exchanges, which may be many, only public ones are taken, and of those
        at most ``most``, the last ones entered; of all other kinds, every record.
        """
        exchanges = public_exchanges.order_by().filter(
            pk=RawSQL(f"s.rowid - {MANY.entry(0)}", [])
        )
        is_public, is_public_values = exchanges.values("pk").query.sql_with_params()
        parts, values = [], []
        for where in ("title", ""):
            few, few_values = _dialect().condition(FEW, words, where)
            many, many_values = _dialect().condition([MANY], words, where)
            # Twice as many, for those in the title are among them.
            limit = most if where else 2 * most
            hits = f"SELECT rowid, '{where}' FROM network_searchindex s WHERE"
            parts.append(f"{hits} {few}")
            parts.append(
                f"SELECT * FROM ({hits} {many} AND EXISTS ({is_public})"
                f" ORDER BY rowid DESC LIMIT {limit}) many"
            )
            values += [*few_values, *many_values, *is_public_values]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), values)
            rows = cursor.fetchall()
        in_title = {entry for entry, where in rows if where}
        found = defaultdict(lambda: ([], []))
        for entry in dict.fromkeys(entry for entry, _where in rows):
            kind = SearchEntry.Kind(entry // RECORDS)
            found[kind][entry not in in_title].append(entry % RECORDS)
        for title_pks, other_pks in found.values():
            del other_pks[max(most - len(title_pks), 0) :]
        return dict(found)


class SearchEntry(models.Model):
    class Kind(models.IntegerChoices):
        PARTNER = 1, _("Partners")
        TIE = 2, _("Affiliations")
        CATEGORY = 3, _("Kinds of affiliation")
        FIELD = 4, _("Fields of exchange")
        PROGRAMME = 5, _("Programmes")
        FACILITY = 6, _("Facilities")
        OFFICE = 7, _("Overseas offices")
        LINK = 8, _("External links")
        PAGE_TEXT = 9, _("Pages")
        EXCHANGE = 10, _("Exchanges")  # the last, so that the others are one range

        def entry(self, pk):
            """The number of the entry: those of one kind stand together."""
            return self.value * RECORDS + pk

    id = models.BigIntegerField(primary_key=True)
    kind = models.PositiveSmallIntegerField(_("kind"), choices=Kind)
    record_id = models.BigIntegerField(_("record"))
    title = models.TextField(_("title"))
    body = models.TextField(_("text"))

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "record_id"], name="one_entry_a_record"
            )
        ]

    def __str__(self):
        return self.title


MANY = SearchEntry.Kind.EXCHANGE
FEW = [kind for kind in SearchEntry.Kind if kind != MANY]


# ---- the two databases ----------------------------------------------------------


def _dialect():
    return {"sqlite": _SQLite, "postgresql": _PostgreSQL}[connection.vendor]


class _SQLite:
    """Phrases of tokens. The tokenizer "ascii" leaves every other character alone,
    where "unicode61" would cut tokens by the Unicode of 2012."""

    insert = (
        "INSERT OR REPLACE INTO network_searchindex (rowid, title, body)"
        " VALUES (%s, %s, %s)"
    )
    gathered = "SELECT group_concat(pk) FROM ({} ) hits"

    @staticmethod
    def row(entry):
        return entry.id, " ".join(tokens(entry.title)), " ".join(tokens(entry.body))

    @staticmethod
    def condition(kinds, words, where=""):
        query = " AND ".join(_SQLite._phrase(word) for word in words)
        if where:
            query = f"{{{where}}} : ({query})"
        sql = "network_searchindex MATCH %s AND rowid BETWEEN %s AND %s"
        return sql, [query, kinds[0].entry(0), kinds[-1].entry(RECORDS - 1)]

    @staticmethod
    def _phrase(word):
        parts, is_prefix = phrase(word)
        return f'"{" ".join(parts)}"' + (" *" if is_prefix else "")

    @staticmethod
    def numbers(found):
        return [int(number) for number in found.split(",")] if found else []


class _PostgreSQL:
    """Sets of tokens; that they follow each other is asked of the entry's text, which
    has no limit to its positions. The kind is a token too, so that a word that many
    records of one kind have costs the others nothing; and so are the beginnings of
    words, of which the database then knows how many records have them."""

    insert = (
        "INSERT INTO network_searchindex (rowid, title, body)"
        " VALUES (%s, array_to_tsvector(%s::text[]), array_to_tsvector(%s::text[]))"
        " ON CONFLICT (rowid) DO UPDATE"
        " SET title = excluded.title, body = excluded.body"
    )
    gathered = "SELECT array_agg(pk) FROM ({} ) hits"

    @staticmethod
    def row(entry):
        """Here the body's tokens include those of the title."""
        title = [f"={entry.kind}", *_PostgreSQL._lexemes(entry.title)]
        return entry.id, title, [*title, *_PostgreSQL._lexemes(entry.body)]

    @staticmethod
    def _lexemes(text):
        found = {token[:LONGEST_TOKEN] for token in tokens(text)}
        return [
            *found,
            *{f"^{begun}" for token in found for begun in beginnings(token)},
        ]

    @staticmethod
    def condition(kinds, words, where=""):
        columns = [where] if where else ["title", "body"]
        phrases = {word: phrase(word) for word in words}
        any_kind = " | ".join(f"'={kind.value}'" for kind in kinds)
        query = [f"({any_kind})", *map(_PostgreSQL._tokens, phrases.values())]
        sql = f"{columns[-1]} @@ %s::tsquery AND rowid BETWEEN %s AND %s"
        values = [" & ".join(query), kinds[0].entry(0), kinds[-1].entry(RECORDS - 1)]
        for word, (parts, _is_prefix) in phrases.items():
            if len(parts) > 1 or len(parts[0]) > LONGEST_TOKEN:
                stands = " OR ".join(
                    f"strpos(' ' || e.{column}, %s) > 0" for column in columns
                )
                sql += (
                    " AND EXISTS (SELECT FROM network_searchentry e"
                    f" WHERE e.id = s.rowid AND ({stands}))"
                )
                values += [needle(word)] * len(columns)
        return sql, values

    @staticmethod
    def _tokens(parts_and_end):
        parts, is_prefix = parts_and_end
        quoted = [f"'{part[:LONGEST_TOKEN]}'" for part in parts]
        if is_prefix:
            begun = beginnings(parts[-1])[-1]
            if begun == parts[-1]:
                quoted.pop()
            else:
                quoted[-1] += ":*"
            quoted.append(f"'^{begun}'")
        return " & ".join(quoted)

    @staticmethod
    def numbers(found):
        return found or []
