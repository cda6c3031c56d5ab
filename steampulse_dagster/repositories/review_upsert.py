"""Writes `reviews` and, for edits, `review_revisions`: new rows by COPY, known ones staged by COPY for one upsert."""

from collections.abc import Mapping, Sequence

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.reviews import ReviewRow, UpsertCounts
from steampulse_dagster.repositories.copying import copy_bytes
from steampulse_dagster.repositories.review_rows import COLUMNS, encode_rows
from steampulse_dagster.utils.db import execute, fetch_one, fetch_rows

# Whoever writes reviews of a game holds its lock until the end of the transaction, so what is found to be new stays new
# until it is stored. Two crawls of one game wait for each other from page to page, as they would for its rows anyway.
# The locks of several games are taken in the order given.
_LOCK = """
    select pg_advisory_xact_lock(hashtextextended('reviews of ' || appid, 0))
    from unnest(%(appids)s::bigint[]) as game (appid)
"""
# A statement of its own behind the locks sees what their last holders stored. One text for all ids of a game: as a
# list of them it costs four times as much to read.
_KNOWN = """
    select game.appid, stored.recommendationid
    from unnest(%(appids)s::bigint[], %(ids)s::text[]) as game (appid, ids) cross join lateral (
        select recommendationid from reviews
        where reviews.appid = game.appid and recommendationid = any(game.ids::bigint[])
        offset 0
    ) stored
"""
_COPY_NEW = f"copy reviews ({COLUMNS}) from stdin (format binary)"
# The staging table and the prepared upsert live as long as their connection: making them for each page cost more
# than storing it (planning alone is a millisecond) and left dead rows in the system catalogs. Emptied at each commit;
# the `delete` is for a second batch within one transaction.
_STAGE = """
    create temporary table if not exists staged_reviews (
        appid bigint, recommendationid bigint, author_key text, author_num_games_owned integer,
        author_num_reviews integer, playtime_forever integer, playtime_last_two_weeks integer,
        playtime_at_review integer, deck_playtime_at_review integer, last_played timestamptz, language text,
        review text, timestamp_created timestamptz, timestamp_updated timestamptz, voted_up boolean,
        votes_up integer, votes_funny integer, weighted_vote_score double precision, comment_count integer,
        steam_purchase boolean, received_for_free boolean, refunded boolean, written_during_early_access boolean,
        primarily_steam_deck boolean, developer_response text, timestamp_dev_responded timestamptz,
        content_hash text
    ) on commit delete rows;
    delete from staged_reviews;
    select exists (select from pg_prepared_statements where name = 'upsert_reviews') as prepared
"""
_COPY_STAGED = f"copy staged_reviews ({COLUMNS}) from stdin (format binary)"
# An answer older than what is stored (anonymous answers may be ten minutes old) changes nothing. The lateral look-up is
# written so that only the primary key can answer it: a plan is kept for as long as a connection, also one that was made
# while the table was empty, and with `=` it may then be another index, read from one end to the other for each review.
# `on conflict` names the key for the same reason; an `update … from` would have to look the rows up by `=`.
# What is unchanged does not reach the insert: its `do update` locks and logs each row it looks at (3.8 kB of log
# each), also where it changes nothing.
_PREPARE = """
    prepare upsert_reviews as
    with edited as (
        insert into review_revisions (appid, recommendationid, content_hash, review, voted_up, timestamp_updated)
        select old.appid, old.recommendationid, old.content_hash, old.review, old.voted_up, old.timestamp_updated
        from staged_reviews new cross join lateral (
            select r.appid, r.recommendationid, r.content_hash, r.review, r.voted_up, r.timestamp_updated
            from reviews r where r.appid = new.appid and r.recommendationid >= new.recommendationid
            order by r.recommendationid limit 1
        ) old
        where old.recommendationid = new.recommendationid and new.content_hash <> old.content_hash
            and new.timestamp_updated >= old.timestamp_updated
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
            playtime_last_two_weeks, playtime_at_review, deck_playtime_at_review, last_played, language,
            review, timestamp_created, timestamp_updated, voted_up, votes_up, votes_funny,
            weighted_vote_score, comment_count, steam_purchase, received_for_free, refunded,
            written_during_early_access, primarily_steam_deck, developer_response,
            timestamp_dev_responded, content_hash
        from staged_reviews new
        where not exists (
            select from (
                select * from reviews r where r.appid = new.appid and r.recommendationid >= new.recommendationid
                order by r.recommendationid limit 1
            ) old
            where old.recommendationid = new.recommendationid and (
                new.timestamp_updated < old.timestamp_updated or (
                    old.author_key, old.author_num_games_owned, old.author_num_reviews, old.playtime_forever,
                    old.playtime_last_two_weeks, old.playtime_at_review, old.deck_playtime_at_review, old.last_played,
                    old.language, old.timestamp_created, old.timestamp_updated, old.votes_up, old.votes_funny,
                    old.weighted_vote_score, old.comment_count, old.steam_purchase, old.received_for_free,
                    old.refunded, old.written_during_early_access, old.primarily_steam_deck, old.developer_response,
                    old.timestamp_dev_responded, old.content_hash
                ) is not distinct from (
                    new.author_key, new.author_num_games_owned, new.author_num_reviews, new.playtime_forever,
                    new.playtime_last_two_weeks, new.playtime_at_review, new.deck_playtime_at_review,
                    new.last_played, new.language, new.timestamp_created,
                    new.timestamp_updated, new.votes_up, new.votes_funny, new.weighted_vote_score,
                    new.comment_count, new.steam_purchase, new.received_for_free, new.refunded,
                    new.written_during_early_access, new.primarily_steam_deck, new.developer_response,
                    new.timestamp_dev_responded, new.content_hash
                )
            )
        )
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
        returning appid
    )
    select appid, count(*) as updated from written group by appid
"""


def upsert_reviews(conn: Connection, reviews: Mapping[int, Sequence[ReviewRow]]) -> dict[int, UpsertCounts]:
    """Store reviews by game, each id once; see `ReviewRepository.upsert_games` for what is written when."""
    if not reviews:
        return {}
    appids = sorted(reviews)  # all writers take their locks in this order, so none waits for another in a circle
    ids = [f"{{{','.join([str(review.recommendationid) for review in reviews[appid]])}}}" for appid in appids]
    known: dict[int, set[int]] = {appid: set() for appid in appids}
    for appid, review_id in fetch_rows(conn, f"{_LOCK}; {_KNOWN}", {"appids": appids, "ids": ids}):
        known[appid].add(review_id)
    new = {appid: [r for r in reviews[appid] if r.recommendationid not in known[appid]] for appid in appids}
    if any(new.values()):
        copy_bytes(conn, _COPY_NEW, encode_rows(review for appid in appids for review in new[appid]))
    met = [r for appid in appids if known[appid] for r in reviews[appid] if r.recommendationid in known[appid]]
    updated = _update(conn, met) if met else {}
    return {
        appid: UpsertCounts(
            inserted=len(new[appid]),
            updated=updated.get(appid, 0),
            unchanged=len(known[appid]) - updated.get(appid, 0),
        )
        for appid in appids
    }


def lock_reviews(conn: Connection, appid: int) -> None:
    """Keep everybody else from writing reviews of this game until the transaction ends."""
    execute(conn, _LOCK, {"appids": [appid]})


def _update(conn: Connection, reviews: Sequence[ReviewRow]) -> dict[int, int]:
    """Bring known reviews up to date; how many were changed, by game."""
    state = fetch_one(conn, _STAGE)
    if not (state and state["prepared"]):
        execute(conn, _PREPARE)
    copy_bytes(conn, _COPY_STAGED, encode_rows(reviews))
    return dict(fetch_rows(conn, "execute upsert_reviews"))
