"""Physical designs of `reviews` to compare: each changes the empty table that the migrations leave."""

from collections.abc import Callable, Mapping

from psycopg2.extensions import connection as Connection

from steampulse_dagster.utils.db import execute, fetch_all

_ALIGNMENTS = {"d": 0, "i": 1, "s": 2, "c": 3}
_VARIABLE = 4


def _keep(_: Connection) -> None:
    """As the migrations leave it."""


def _run(*statements: str) -> Callable[[Connection], None]:
    def apply(conn: Connection) -> None:
        for statement in statements:
            execute(conn, statement)

    return apply


def _list_indexes(conn: Connection) -> list[str]:
    """The statements that make the indexes beside the primary key."""
    sql = """
        select pg_get_indexdef(indexrelid) as definition from pg_index
        where indrelid = 'reviews'::regclass and not indisprimary
    """
    return [row["definition"] for row in fetch_all(conn, sql)]


def _hash(partitions: int) -> Callable[[Connection], None]:
    """Hash partitions by appid; every statement of the product names an appid."""

    def apply(conn: Connection) -> None:
        indexes = _list_indexes(conn)
        execute(conn, "alter table reviews rename to plain_reviews")
        execute(
            conn,
            "create table reviews (like plain_reviews including defaults including storage including compression) "
            "partition by hash (appid)",
        )
        execute(conn, "drop table plain_reviews cascade")
        for number in range(partitions):
            execute(
                conn,
                f"create table reviews_{number} partition of reviews "
                f"for values with (modulus {partitions}, remainder {number})",
            )
        execute(conn, "alter table reviews add constraint reviews_pkey primary key (appid, recommendationid)")
        for index in indexes:
            execute(conn, index)

    return apply


def _pack(conn: Connection) -> None:
    """Columns by falling alignment, texts last, so that no byte is padding."""
    columns = fetch_all(
        conn,
        """
        select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required, a.attlen,
            a.attalign, pg_get_expr(d.adbin, d.adrelid) as fallback
        from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = 'reviews'::regclass and a.attnum > 0 and not a.attisdropped
        """,
    )
    columns.sort(key=lambda column: _VARIABLE if column["attlen"] < 0 else _ALIGNMENTS[column["attalign"]])
    defined = ", ".join(
        f"{column['name']} {column['type']}"
        + (" not null" if column["required"] else "")
        + (f" default {column['fallback']}" if column["fallback"] else "")
        for column in columns
    )
    indexes = _list_indexes(conn)
    execute(conn, "drop table reviews cascade")
    execute(conn, f"create table reviews ({defined}, primary key (appid, recommendationid))")
    for index in indexes:
        execute(conn, index)


DESIGNS: Mapping[str, Callable[[Connection], None]] = {
    "product": _keep,
    "wordless": _run("drop index reviews_by_words"),
    "first": _run(
        "alter table reviews reset (fillfactor, parallel_workers, autovacuum_vacuum_scale_factor, "
        "autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)",
        "alter table reviews alter column appid set statistics -1",
    ),
    "external": _run("alter table reviews alter column review set storage external"),
    "full_pages": _run("alter table reviews reset (fillfactor)"),
    "words4": _run("alter index reviews_by_words reset (gin_pending_list_limit)"),
    "hash16": _hash(16),
    "hash64": _hash(64),
    "packed": _pack,
    "key_only": _run("drop index reviews_by_creation"),
    "brin": _run(
        "drop index reviews_by_creation",
        "create index reviews_by_creation on reviews using brin (appid, timestamp_created) with (pages_per_range = 16)",
    ),
    "narrow": _run(
        "drop index reviews_by_creation, reviews_blank, reviews_answered",
        "create index reviews_by_creation on reviews (appid, timestamp_created, recommendationid)",
    ),
    "helpful": _run("create index reviews_by_help on reviews (appid, weighted_vote_score desc, recommendationid desc)"),
}
"""`product` is what the migrations make, `first` what the first one made; the others change one thing."""
