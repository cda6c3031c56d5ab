"""A `reviews` table of any size that looks as one does after years of crawling; made in SQL inside the server.

- Sizes of games: a power law, a few giants and a long tail (10,000,000 reviews are 40,000 games, the largest of
  370,000), beside games of exactly known size that the queries ask for.
- Texts: log-normal lengths with a median of 60 and a mean of about 260 characters, cut from the seeded world's reviews,
  so that they compress as text does.
- Arrival: half of each game came in pages of 100 of one first crawl, half one by one later, and all of it is shuffled
  over the whole table. That is harsher than a real history, in which a first crawl leaves its pages near each other.
"""

import random
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

from psycopg2.extensions import connection as Connection

from steampulse_dagster.embedded.supervisor import acquire, stop
from steampulse_dagster.repositories.databases import copy_database, create_missing_databases, drop_database
from steampulse_dagster.repositories.migrate import migrate
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.utils.db import Database, execute, fetch_all
from tests.helpers import with_database

FIRST_TAIL_APPID = 1_000_000
KNOWN_SIZES = {10: 100_000, **{20 + n: 2_000 for n in range(20)}, **{100 + n: 300 for n in range(40)}}
"""Reviews by appid of the games that are asked for; the rest of the table is the tail."""
GIANT, MIDDLING = 10, 20
POOL = 8_192
ROWS_A_GAME = 250
MAX_TEXT = 8_000

_SIZES = """
    create temporary table sized_games on commit drop as
    select appid, reviews, exp(3.5 + 2 * random())::integer as playtime
    from unnest(%(appids)s::bigint[], %(sizes)s::integer[]) as known (appid, reviews)
    union all
    select %(first)s + k, greatest(1, round(%(tail)s * k ^ -0.85 / total.weight))::integer,
        exp(3.5 + 2 * random())::integer
    from generate_series(1, %(games)s) k,
        (select sum(k ^ -0.85) as weight from generate_series(1, %(games)s) k) total
"""
# Sorted while a row is three numbers; the wide columns are made on the way out of the sort.
_FILL = """
    insert into reviews (
        appid, recommendationid, author_key, author_num_games_owned, author_num_reviews, playtime_forever,
        playtime_last_two_weeks, playtime_at_review, deck_playtime_at_review, last_played, language, review,
        timestamp_created, timestamp_updated, voted_up, votes_up, votes_funny, weighted_vote_score, comment_count,
        steam_purchase, received_for_free, refunded, written_during_early_access, primarily_steam_deck,
        developer_response, timestamp_dev_responded, content_hash
    )
    select appid, (extract(epoch from created)::bigint - 1300000000) * 1000000 + made.n,
        md5('author ' || (mixed & 16777215)), 1 + (mixed & 255), 1 + (mixed & 15), playtime + (mixed & 1023),
        case when mixed & 31 = 0 then mixed & 511 else 0 end, playtime + (mixed & 511), 0,
        created + (mixed & 1023) * interval '1 hour',
        (array['english', 'english', 'english', 'schinese', 'russian', 'german', 'spanish', 'brazilian'])
            [1 + ((mixed >> 4) & 7)],
        text.review, created, created + case when mixed & 15 = 1 then interval '9 days' else interval '0' end,
        mixed & 7 <> 3, case when mixed & 3 = 0 then (mixed >> 3) & 63 else 0 end, 0,
        case when mixed & 3 = 0 then 0.5 + ((mixed >> 7) & 1023) / 2100.0 else 0.5 end, 0, mixed & 7 <> 2,
        mixed & 63 = 5, mixed & 127 = 9, mixed & 15 = 4, mixed & 31 = 8,
        case when mixed & 127 = 77 then 'Thank you for playing, a patch is on its way.' end,
        case when mixed & 127 = 77 then created + interval '1 day' end, md5(made.n || ' ' || mixed)
    from (
        select appid, n, playtime, hashint8extended(appid * 1048576 + n, 7) & 1152921504606846975 as mixed,
            timestamptz '2015-01-01Z' + (appid %% 1500 + 2500 * (n::float8 / reviews)) * interval '1 day' as created
        from (
            select appid, reviews, playtime, n
            from sized_games cross join lateral generate_series(1, reviews) n
            order by hashint8(appid * 1048576 + case when n * 2 <= reviews then n / 100 else n end), n
        ) shuffled
    ) made
    join text_pool text on text.n = (mixed >> 20) & %(mask)s
"""
# All games are followed and were crawled, as the timetable and `status --games` expect.
_STATES = """
    with followed as (
        insert into tracked_games (appid, name, reason) select appid, 'Game ' || appid, 'manual' from sized_games
    )
    insert into crawl_state (appid, phase, stored, completeness, finished_at, next_due_at)
    select appid, 'updates', reviews, 1.0, now() - interval '1 day', now() + random() * interval '20 days'
    from sized_games
"""


@contextmanager
def server_on_disk(kept: Path | None = None) -> Iterator[tuple[str, Path]]:
    """The URL of a PostgreSQL of its own, and the folder that it lies in: on disk, for what memory is too small for.

    A folder that is named outlives the run.
    """
    folder = Path(tempfile.mkdtemp(prefix="steampulse-size-")) if kept is None else kept.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)  # another user passes through it, the one that root's PostgreSQL runs as
    try:
        with acquire(folder / "data") as lease:
            try:
                yield lease.url("postgres"), folder
            finally:
                stop(folder / "data")
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(server_url: str) -> Iterator[Database]:
    """A migrated database of its own, dropped afterwards."""
    name = f"sized_{secrets.token_hex(4)}"
    create_missing_databases(server_url, [name])
    url = with_database(server_url, name)
    try:
        migrate(url)
        database = Database(url)
        try:
            yield database
        finally:
            database.close()
    finally:
        drop_database(server_url, name)


@contextmanager
def kept_database(server_url: str, name: str, fill: Callable[[Database], None]) -> Iterator[Database]:
    """A migrated database that outlives the run. It is copied from a filled one: what has the name is whole."""
    url = with_database(server_url, name)
    with closing(Database(server_url)) as server, server.connection() as conn:
        is_there = fetch_all(conn, "select from pg_database where datname = %(name)s", {"name": name})
    if not is_there:
        with fresh_database(server_url) as filled:
            fill(filled)
            filled.close()
            copy_database(server_url, template=urlsplit(filled._url).path.removeprefix("/"), name=name)
    migrate(url)
    with closing(Database(url)) as database:
        yield database


def fill_reviews(conn: Connection, rows: int, *, rows_a_game: int = ROWS_A_GAME) -> None:
    """Fill an empty `reviews` without indexes in the open transaction, which must have truncated it (then unlogged)."""
    execute(conn, "set local work_mem = '1GB'")
    _copy_pool(conn)
    known = {**KNOWN_SIZES, GIANT: min(KNOWN_SIZES[GIANT], rows // 5)}
    games = max(1, rows // rows_a_game)
    values = {"appids": list(known), "sizes": list(known.values()), "first": FIRST_TAIL_APPID, "games": games}
    execute(conn, _SIZES, {**values, "tail": rows - sum(known.values())})
    execute(conn, "analyze sized_games")
    execute(conn, _FILL, {"mask": POOL - 1})
    execute(conn, _STATES)


def drop_indexes(conn: Connection) -> list[str]:
    """Drop the primary key and all indexes of `reviews`; the statements that make them again."""
    keys = fetch_all(
        conn,
        "select conname, pg_get_constraintdef(oid) as definition from pg_constraint "
        "where conrelid = 'reviews'::regclass and contype = 'p'",
    )
    again = [f"alter table reviews add constraint {key['conname']} {key['definition']}" for key in keys]
    for key in keys:
        execute(conn, f"alter table reviews drop constraint {key['conname']}")
    plain = fetch_all(
        conn,
        "select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition "
        "from pg_index where indrelid = 'reviews'::regclass",
    )
    for index in plain:
        execute(conn, f"drop index {index['name']}")
    # Of a partitioned table the definition speaks of the parent alone.
    return again + [index["definition"].replace(" ON ONLY ", " ON ") for index in plain]


def _copy_pool(conn: Connection) -> None:
    execute(conn, "create temporary table text_pool (n integer primary key, review text not null) on commit drop")
    rng = random.Random(7)
    world = SeededWorld()
    corpus = " ".join(
        " ".join(str(review["review"]).split()).replace("\\", "")
        for appid in world.appids
        for review in world.list_reviews(appid) or ()
    )
    lines = StringIO()
    for number in range(POOL):
        length = min(MAX_TEXT, max(1, round(rng.lognormvariate(4.094, 1.795))))
        start = rng.randrange(len(corpus) - MAX_TEXT)
        lines.write(f"{number}\t{corpus[start : start + length]}\n")
    lines.seek(0)
    with conn.cursor() as cur:
        cur.copy_expert("copy text_pool (n, review) from stdin", lines)
    execute(conn, "analyze text_pool")
