"""Reads and writes `reviews`, and writes earlier texts to `review_revisions`."""

from collections.abc import Iterable, Mapping, Sequence

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.base import ReviewId
from steampulse_dagster.models.reviews import Review, ReviewFacts, ReviewRef, ReviewRow, UpsertCounts
from steampulse_dagster.repositories.review_facts import get_review_facts
from steampulse_dagster.repositories.review_upsert import upsert_reviews
from steampulse_dagster.utils.db import fetch_all, fetch_one
from steampulse_dagster.utils.text import VISIBLE_PATTERN

# `except` sorts or hashes whatever the server guesses. As a join, its guess of the number of chunk members made it
# compare every review with every member; as `not in` it did the same from 250,000 members on, which its hash is too
# small for (400,000 reviews: over 40 s, and 3 s as it is). Blank ones stand in an index of their own (migration 0016).
_UNCHUNKED = """
    select r.recommendationid, r.content_hash, r.timestamp_created
    from (
        select recommendationid from reviews
        where appid = %(appid)s and (timestamp_created, recommendationid) > (%(created)s::timestamptz, %(id)s)
        except
        select unnest(review_ids) from chunks where appid = %(appid)s
        except
        select recommendationid from reviews where appid = %(appid)s and review !~ %(visible)s
    ) waiting
    join reviews r on r.appid = %(appid)s and r.recommendationid = waiting.recommendationid
    order by r.timestamp_created, r.recommendationid
    limit %(limit)s
"""
_BY_IDS = """
    select r.appid, r.recommendationid, r.author_key, r.author_num_games_owned, r.author_num_reviews,
        r.playtime_forever, r.playtime_last_two_weeks, r.playtime_at_review, r.deck_playtime_at_review,
        r.last_played, r.language, r.review, r.timestamp_created, r.timestamp_updated, r.voted_up, r.votes_up,
        r.votes_funny, r.weighted_vote_score, r.comment_count, r.steam_purchase, r.received_for_free, r.refunded,
        r.written_during_early_access, r.primarily_steam_deck, r.developer_response, r.timestamp_dev_responded,
        r.content_hash
    from reviews r
    where r.appid = %(appid)s and r.recommendationid = any(%(ids)s::bigint[])
"""
_BEGINNING = {"created": "-infinity", "id": 0}


class ReviewRepository:
    """Reviews of games; a review is the same review for ever by (appid, recommendationid)."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def upsert_many(self, appid: int, reviews: Iterable[ReviewRow]) -> UpsertCounts:
        """Store a game's reviews; see `upsert_games`."""
        return self.upsert_games({appid: reviews})[appid]

    def upsert_games(self, reviews: Mapping[int, Iterable[ReviewRow]]) -> dict[int, UpsertCounts]:
        """Store reviews by game; a row is rewritten only if one of Steam's fields changed, an edit keeps its past.

        Needs an open transaction. Of two versions of one review in a batch the later edited, then the later one wins.
        """
        newest = {appid: _list_newest(appid, of_game) for appid, of_game in reviews.items()}
        written = upsert_reviews(self._conn, {appid: rows for appid, rows in newest.items() if rows})
        return {appid: written.get(appid, UpsertCounts()) for appid in reviews}

    def get_facts(self, appid: int) -> ReviewFacts | None:
        """Arithmetic over all stored reviews of a game; None if there are none."""
        return get_review_facts(self._conn, appid)

    def list_unchunked(self, appid: int, limit: int, *, after: ReviewRef | None = None) -> list[ReviewRef]:
        """Readable reviews that are in no chunk yet, oldest first; only those later than `after`, if it is given."""
        params = {"appid": appid, "limit": limit, "visible": VISIBLE_PATTERN}
        begin = {"created": after.timestamp_created, "id": after.recommendationid} if after else _BEGINNING
        return [ReviewRef(**row) for row in fetch_all(self._conn, _UNCHUNKED, {**params, **begin})]

    def list_refs(self, appid: int, ids: Sequence[ReviewId]) -> list[ReviewRef]:
        """What seats these reviews, oldest first; ids that are not stored are missing."""
        sql = """
            select recommendationid, content_hash, timestamp_created from reviews
            where appid = %(appid)s and recommendationid = any(%(ids)s::bigint[])
            order by timestamp_created, recommendationid
        """
        return [ReviewRef(**row) for row in fetch_all(self._conn, sql, {"appid": appid, "ids": list(ids)})]

    def list_by_ids(self, appid: int, ids: Sequence[ReviewId]) -> list[Review]:
        """The reviews with these ids, in this order; ids that are not stored are missing."""
        rows = fetch_all(self._conn, _BY_IDS, {"appid": appid, "ids": list(ids)})
        found = {row["recommendationid"]: Review(**row) for row in rows}
        return [found[review_id] for review_id in ids if review_id in found]

    def list_content_hashes(self, appid: int, ids: Sequence[ReviewId]) -> dict[ReviewId, str]:
        """Content hashes by id; ids that are not stored are missing."""
        sql = """
            select recommendationid, content_hash from reviews
            where appid = %(appid)s and recommendationid = any(%(ids)s::bigint[])
        """
        # As one text: a list of 100,000 ids takes PostgreSQL a second to read.
        rows = fetch_all(self._conn, sql, {"appid": appid, "ids": f"{{{','.join(map(str, ids))}}}"})
        return {row["recommendationid"]: row["content_hash"] for row in rows}

    def count(self, appid: int) -> int:
        """Stored reviews of a game."""
        row = fetch_one(self._conn, "select count(*) as n from reviews where appid = %(appid)s", {"appid": appid})
        return int(row["n"]) if row else 0


def _list_newest(appid: int, reviews: Iterable[ReviewRow]) -> list[ReviewRow]:
    newest: dict[ReviewId, ReviewRow] = {}
    for review in reviews:
        if review.appid != appid:
            raise ValueError(f"a review of {review.appid} among those of {appid}")
        known = newest.get(review.recommendationid)
        if known is None or review.timestamp_updated >= known.timestamp_updated:
            newest[review.recommendationid] = review
    return list(newest.values())
