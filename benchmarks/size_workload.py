"""What is stored and what is asked in `ingest_at_size.py`: batches of reviews, and the queries of analysis and API."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from psycopg2.extensions import connection as Connection

from benchmarks.sized_reviews import GIANT, KNOWN_SIZES, MIDDLING
from steampulse_dagster.models.reviews import Review, ReviewRow
from steampulse_dagster.repositories.chunks import ChunkRepository
from steampulse_dagster.repositories.due import DueRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.repositories.status import StatusRepository
from steampulse_dagster.utils.db import fetch_all
from tests.review_rows import build_row

BATCH = 100
FIRST_NEW_APPID = 900_000
SMALL_GAMES = tuple(appid for appid, size in KNOWN_SIZES.items() if size == 300)
MIDDLING_GAMES = tuple(appid for appid, size in KNOWN_SIZES.items() if size == KNOWN_SIZES[MIDDLING])
_LATER = timedelta(days=900)
_NEXT_ID = 10**15
"""Above every id that `sized_reviews` gives."""

# What the pages of a game's reviews ask for: no repository has these queries yet.
_PAGES: Mapping[str, str] = {
    "page_newest": """
        select recommendationid, review, timestamp_created from reviews
        where appid = %(appid)s order by timestamp_created desc, recommendationid desc limit 20
    """,
    "page_older": """
        select recommendationid, review, timestamp_created from reviews
        where appid = %(appid)s and (timestamp_created, recommendationid) < (timestamptz '2019-01-01Z', 0)
        order by timestamp_created desc, recommendationid desc limit 20
    """,
    "page_helpful": """
        select recommendationid, review, weighted_vote_score from reviews
        where appid = %(appid)s order by weighted_vote_score desc, recommendationid desc limit 20
    """,
}


@dataclass(frozen=True)
class Batch:
    """One page of one game, stored in one transaction."""

    kind: str
    appid: int
    reviews: tuple[ReviewRow, ...]


@dataclass(frozen=True)
class Query:
    """One question, and the games of which it is asked in turn (none: it is about all games)."""

    name: str
    ask: Callable[[Connection, int], object]
    appids: tuple[int, ...] = (0,)


NEW_FOR_EACH = 6
"""Batches of new reviews for each of known ones. Words of new reviews are put into their index by the ten thousand, and
what that costs shows only over many times: after a checkpoint the first writes each page that it touches whole."""


def build_batches(conn: Connection, count: int) -> list[Batch]:
    """`count` batches of known reviews of each kind and NEW_FOR_EACH times as many of new ones, the kinds in the order
    in which they must be stored."""
    rng = random.Random(11)
    old = {appid: _list_reviews(conn, appid) for appid in SMALL_GAMES}
    templates = [review for reviews in old.values() for review in reviews]
    batches = [
        _invent("new games", FIRST_NEW_APPID + n // 2, rng, templates, first=n * BATCH)
        for n in range(NEW_FOR_EACH * count)
    ]
    batches += [
        _invent("new reviews", SMALL_GAMES[n % len(SMALL_GAMES)], rng, templates, first=n * BATCH)
        for n in range(NEW_FOR_EACH * count)
    ]
    for n in range(count):
        appid = SMALL_GAMES[n % len(SMALL_GAMES)]
        batches.append(Batch("unchanged", appid, tuple(map(build_row, rng.sample(old[appid], BATCH)))))
    for n in range(count):
        appid = SMALL_GAMES[n % len(SMALL_GAMES)]
        edits = tuple(
            _edit(review, n, text=place % 5 == 0) for place, review in enumerate(rng.sample(old[appid], BATCH))
        )
        batches.append(Batch("edits", appid, edits))
    return batches


def list_queries() -> list[Query]:
    """The reading queries, cheapest last so that a giant's pages do not warm the way for the others."""
    return [
        Query("facts_of_2000", lambda conn, appid: ReviewRepository(conn).get_facts(appid), MIDDLING_GAMES),
        Query(
            "unchunked_of_2000", lambda conn, appid: ReviewRepository(conn).list_unchunked(appid, 2_000), MIDDLING_GAMES
        ),
        Query("waiting_of_2000", lambda conn, appid: ChunkRepository(conn).count_waiting(appid), MIDDLING_GAMES),
        Query("hashes_of_2000", _ask_hashes, MIDDLING_GAMES),
        Query("chunk_of_50", _ask_chunk, MIDDLING_GAMES),
        Query("count_of_2000", lambda conn, appid: ReviewRepository(conn).count(appid), MIDDLING_GAMES),
        *(Query(name, _ask_page(sql), MIDDLING_GAMES) for name, sql in _PAGES.items()),
        Query("facts_of_giant", lambda conn, appid: ReviewRepository(conn).get_facts(appid), (GIANT,)),
        Query("waiting_of_giant", lambda conn, appid: ChunkRepository(conn).count_waiting(appid), (GIANT,)),
        Query("hashes_of_giant", _ask_hashes, (GIANT,)),
        Query("count_of_giant", lambda conn, appid: ReviewRepository(conn).count(appid), (GIANT,)),
        *(Query(f"{name}_of_giant", _ask_page(sql), (GIANT,)) for name, sql in _PAGES.items()),
        Query("status_tables", lambda conn, _: StatusRepository(conn).count_tables()),
        Query("due", _ask_due),
        Query("status_games", lambda conn, _: StatusRepository(conn).list_game_status()),
    ]


def list_ids(conn: Connection, appid: int) -> list[int]:
    """All review ids of a game in the order of their ids."""
    sql = "select recommendationid from reviews where appid = %(appid)s order by recommendationid"
    return [row["recommendationid"] for row in fetch_all(conn, sql, {"appid": appid})]


_ids: dict[int, list[int]] = {}


def _known_ids(conn: Connection, appid: int) -> list[int]:
    """Remembered, so that a timed query does not time the finding of its ids."""
    if appid not in _ids:
        _ids[appid] = list_ids(conn, appid)
    return _ids[appid]


def _ask_hashes(conn: Connection, appid: int) -> object:
    return ReviewRepository(conn).list_content_hashes(appid, _known_ids(conn, appid))


def _ask_chunk(conn: Connection, appid: int) -> object:
    return ReviewRepository(conn).list_by_ids(appid, _known_ids(conn, appid)[700:750])


def _ask_due(conn: Connection, _: int) -> object:
    now, day = datetime.now(UTC), timedelta(days=1)
    return DueRepository(conn).list_due(now=now, fresh=day, shortest=day, limit=300)


def _ask_page(sql: str) -> Callable[[Connection, int], object]:
    return lambda conn, appid: fetch_all(conn, sql, {"appid": appid})


def _list_reviews(conn: Connection, appid: int) -> list[Review]:
    return ReviewRepository(conn).list_by_ids(appid, list_ids(conn, appid))


def _invent(kind: str, appid: int, rng: random.Random, templates: list[Review], *, first: int) -> Batch:
    return Batch(kind, appid, tuple(_copies(appid, rng.sample(templates, BATCH), first)))


def _copies(appid: int, templates: list[Review], first: int) -> Iterator[ReviewRow]:
    for number, template in enumerate(templates, start=first):
        created = template.timestamp_created + _LATER
        changes = {"appid": appid, "recommendationid": _NEXT_ID + number, "timestamp_created": created}
        yield build_row(template, **changes, timestamp_updated=template.timestamp_updated + _LATER)


def _edit(review: Review, number: int, *, text: bool) -> ReviewRow:
    changes: dict[str, object] = {
        "votes_up": review.votes_up + 1 + number,
        "playtime_forever": review.playtime_forever + 60 + number,
        "weighted_vote_score": 0.6 + number / 10_000,
    }
    if text:
        edited = {"review": f"{review.review} (edit {number})", "content_hash": f"{number:032x}"}
        changes |= {**edited, "timestamp_updated": review.timestamp_updated + timedelta(days=10 + number)}
    return build_row(review, **changes)
