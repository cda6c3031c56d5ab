"""Reads and writes `reviews`, and writes earlier texts to `review_revisions`."""

from collections.abc import Iterable, Sequence

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.base import ReviewId
from steampulse_dagster.models.reviews import Review, ReviewFacts, UpsertCounts
from steampulse_dagster.repositories.copying import copy_rows
from steampulse_dagster.repositories.review_facts import get_review_facts
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one
from steampulse_dagster.utils.text import VISIBLE_PATTERN

_STAGE = """
    create temporary table staged_reviews (
        appid bigint, recommendationid bigint, author_key text, author_num_games_owned integer,
        author_num_reviews integer, playtime_forever integer, playtime_last_two_weeks integer,
        playtime_at_review integer, deck_playtime_at_review integer, last_played timestamptz, language text,
        review text, timestamp_created timestamptz, timestamp_updated timestamptz, voted_up boolean,
        votes_up integer, votes_funny integer, weighted_vote_score double precision, comment_count integer,
        steam_purchase boolean, received_for_free boolean, refunded boolean, written_during_early_access boolean,
        primarily_steam_deck boolean, developer_response text, timestamp_dev_responded timestamptz,
        content_hash text
    ) on commit drop
"""
_COPY = """
    copy staged_reviews (
        appid, recommendationid, author_key, author_num_games_owned, author_num_reviews, playtime_forever,
        playtime_last_two_weeks, playtime_at_review, deck_playtime_at_review, last_played, language, review,
        timestamp_created, timestamp_updated, voted_up, votes_up, votes_funny, weighted_vote_score, comment_count,
        steam_purchase, received_for_free, refunded, written_during_early_access, primarily_steam_deck,
        developer_response, timestamp_dev_responded, content_hash
    ) from stdin
"""
# Rows go in by id, so that two crawls of one game lock them in the same order. An answer older than what is stored
# (anonymous answers may be ten minutes old) changes nothing. The lateral `limit 1` looks each review up by its key:
# a plain join reads the whole table when statistics are not there yet.
_UPSERT = """
    with edited as (
        insert into review_revisions (appid, recommendationid, content_hash, review, voted_up, timestamp_updated)
        select old.appid, old.recommendationid, old.content_hash, old.review, old.voted_up, old.timestamp_updated
        from staged_reviews new cross join lateral (
            select r.appid, r.recommendationid, r.content_hash, r.review, r.voted_up, r.timestamp_updated
            from reviews r where r.appid = new.appid and r.recommendationid = new.recommendationid limit 1
        ) old
        where new.content_hash <> old.content_hash and new.timestamp_updated >= old.timestamp_updated
        on conflict do nothing
    ), written as (
        insert into reviews as stored (
            appid, recommendationid, author_key, author_num_games_owned, author_num_reviews, playtime_forever,
            playtime_last_two_weeks, playtime_at_review, deck_playtime_at_review, last_played, language, review,
            timestamp_created, timestamp_updated, voted_up, votes_up, votes_funny, weighted_vote_score, comment_count,
            steam_purchase, received_for_free, refunded, written_during_early_access, primarily_steam_deck,
            developer_response, timestamp_dev_responded, content_hash
        )
        select appid, recommendationid, author_key, author_num_games_owned, author_num_reviews, playtime_forever,
            playtime_last_two_weeks, playtime_at_review, deck_playtime_at_review, last_played, language, review,
            timestamp_created, timestamp_updated, voted_up, votes_up, votes_funny, weighted_vote_score, comment_count,
            steam_purchase, received_for_free, refunded, written_during_early_access, primarily_steam_deck,
            developer_response, timestamp_dev_responded, content_hash
        from staged_reviews order by appid, recommendationid
        on conflict (appid, recommendationid) do update set
            author_key = excluded.author_key,
            author_num_games_owned = excluded.author_num_games_owned,
            author_num_reviews = excluded.author_num_reviews,
            playtime_forever = excluded.playtime_forever,
            playtime_last_two_weeks = excluded.playtime_last_two_weeks,
            playtime_at_review = excluded.playtime_at_review,
            deck_playtime_at_review = excluded.deck_playtime_at_review,
            last_played = excluded.last_played,
            language = excluded.language,
            review = excluded.review,
            timestamp_created = excluded.timestamp_created,
            timestamp_updated = excluded.timestamp_updated,
            voted_up = excluded.voted_up,
            votes_up = excluded.votes_up,
            votes_funny = excluded.votes_funny,
            weighted_vote_score = excluded.weighted_vote_score,
            comment_count = excluded.comment_count,
            steam_purchase = excluded.steam_purchase,
            received_for_free = excluded.received_for_free,
            refunded = excluded.refunded,
            written_during_early_access = excluded.written_during_early_access,
            primarily_steam_deck = excluded.primarily_steam_deck,
            developer_response = excluded.developer_response,
            timestamp_dev_responded = excluded.timestamp_dev_responded,
            content_hash = excluded.content_hash,
            changed_at = now()
        where excluded.timestamp_updated >= stored.timestamp_updated and (
            stored.author_key, stored.author_num_games_owned, stored.author_num_reviews, stored.playtime_forever,
            stored.playtime_last_two_weeks, stored.playtime_at_review, stored.deck_playtime_at_review,
            stored.last_played, stored.language, stored.timestamp_created, stored.timestamp_updated, stored.votes_up,
            stored.votes_funny, stored.weighted_vote_score, stored.comment_count, stored.steam_purchase,
            stored.received_for_free, stored.refunded, stored.written_during_early_access,
            stored.primarily_steam_deck, stored.developer_response, stored.timestamp_dev_responded,
            stored.content_hash
        ) is distinct from (
            excluded.author_key, excluded.author_num_games_owned, excluded.author_num_reviews,
            excluded.playtime_forever, excluded.playtime_last_two_weeks, excluded.playtime_at_review,
            excluded.deck_playtime_at_review, excluded.last_played, excluded.language, excluded.timestamp_created,
            excluded.timestamp_updated, excluded.votes_up, excluded.votes_funny, excluded.weighted_vote_score,
            excluded.comment_count, excluded.steam_purchase, excluded.received_for_free, excluded.refunded,
            excluded.written_during_early_access, excluded.primarily_steam_deck, excluded.developer_response,
            excluded.timestamp_dev_responded, excluded.content_hash
        )
        returning xmax = 0 as inserted
    )
    select count(*) filter (where inserted) as inserted, count(*) filter (where not inserted) as updated from written
"""
# `not in` and `= any` are written so on purpose: as joins, PostgreSQL's guess of the number of chunk members made it
# compare every review with every member (8 s instead of 0.2 s with 139,000 reviews in 2,000 chunks).
_UNCHUNKED = """
    select r.appid, r.recommendationid, r.author_key, r.author_num_games_owned, r.author_num_reviews,
        r.playtime_forever, r.playtime_last_two_weeks, r.playtime_at_review, r.deck_playtime_at_review,
        r.last_played, r.language, r.review, r.timestamp_created, r.timestamp_updated, r.voted_up, r.votes_up,
        r.votes_funny, r.weighted_vote_score, r.comment_count, r.steam_purchase, r.received_for_free, r.refunded,
        r.written_during_early_access, r.primarily_steam_deck, r.developer_response, r.timestamp_dev_responded,
        r.content_hash
    from reviews r
    where r.appid = %(appid)s and r.review ~ %(visible)s
        and r.recommendationid not in (select unnest(review_ids) from chunks where appid = %(appid)s)
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


class ReviewRepository:
    """Reviews of games; a review is the same review for ever by (appid, recommendationid)."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def upsert_many(self, appid: int, reviews: Iterable[Review]) -> UpsertCounts:
        """Store a game's reviews; a row is rewritten only if one of Steam's fields changed, an edit keeps its past.

        Needs an open transaction. Of two versions of one review in a batch the later edited, then the later one wins.
        """
        newest: dict[ReviewId, Review] = {}
        for review in reviews:
            if review.appid != appid:
                raise ValueError(f"a review of {review.appid} among those of {appid}")
            known = newest.get(review.recommendationid)
            if known is None or review.timestamp_updated >= known.timestamp_updated:
                newest[review.recommendationid] = review
        if not newest:
            return UpsertCounts()
        execute(self._conn, _STAGE)
        copy_rows(self._conn, _COPY, [_columns(review) for review in newest.values()])
        counts = fetch_one(self._conn, _UPSERT) or {}
        execute(self._conn, "drop table staged_reviews")
        written = counts["inserted"] + counts["updated"]
        return UpsertCounts(**counts, unchanged=len(newest) - written)

    def get_facts(self, appid: int) -> ReviewFacts | None:
        """Arithmetic over all stored reviews of a game; None if there are none."""
        return get_review_facts(self._conn, appid)

    def list_unchunked(self, appid: int, limit: int) -> list[Review]:
        """Readable reviews that are in no chunk yet, oldest first."""
        params = {"appid": appid, "limit": limit, "visible": VISIBLE_PATTERN}
        return [Review(**row) for row in fetch_all(self._conn, _UNCHUNKED, params)]

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
        rows = fetch_all(self._conn, sql, {"appid": appid, "ids": list(ids)})
        return {row["recommendationid"]: row["content_hash"] for row in rows}

    def count(self, appid: int) -> int:
        """Stored reviews of a game."""
        row = fetch_one(self._conn, "select count(*) as n from reviews where appid = %(appid)s", {"appid": appid})
        return int(row["n"]) if row else 0


def _columns(review: Review) -> tuple[str | int | float | bool | None, ...]:
    """Values in the order of the COPY statement."""
    return (
        review.appid,
        review.recommendationid,
        review.author_key,
        review.author_num_games_owned,
        review.author_num_reviews,
        review.playtime_forever,
        review.playtime_last_two_weeks,
        review.playtime_at_review,
        review.deck_playtime_at_review,
        None if review.last_played is None else review.last_played.isoformat(),
        review.language,
        review.review,
        review.timestamp_created.isoformat(),
        review.timestamp_updated.isoformat(),
        review.voted_up,
        review.votes_up,
        review.votes_funny,
        review.weighted_vote_score,
        review.comment_count,
        review.steam_purchase,
        review.received_for_free,
        review.refunded,
        review.written_during_early_access,
        review.primarily_steam_deck,
        review.developer_response,
        None if review.timestamp_dev_responded is None else review.timestamp_dev_responded.isoformat(),
        review.content_hash,
    )
