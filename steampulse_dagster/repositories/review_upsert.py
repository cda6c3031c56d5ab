"""Writes `reviews` and, for edits, `review_revisions`: many rows by COPY into a staging table, then one upsert."""

from collections.abc import Sequence

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.reviews import ReviewRow, UpsertCounts
from steampulse_dagster.repositories.copying import NULL, copy_lines, encode_text
from steampulse_dagster.utils.db import execute, fetch_one

# The staging table and the prepared upsert live as long as their connection: making them for each page cost more
# than storing it (planning alone is a millisecond) and left dead rows in the system catalogs. Emptied at each commit;
# the `delete` is for a second batch within one transaction. Times are staged as seconds, which are cheaper to write
# and to read than dates.
_STAGE = """
    create temporary table if not exists staged_reviews (
        appid bigint, recommendationid bigint, author_key text, author_num_games_owned integer,
        author_num_reviews integer, playtime_forever integer, playtime_last_two_weeks integer,
        playtime_at_review integer, deck_playtime_at_review integer, last_played double precision, language text,
        review text, timestamp_created double precision, timestamp_updated double precision, voted_up boolean,
        votes_up integer, votes_funny integer, weighted_vote_score double precision, comment_count integer,
        steam_purchase boolean, received_for_free boolean, refunded boolean, written_during_early_access boolean,
        primarily_steam_deck boolean, developer_response text, timestamp_dev_responded double precision,
        content_hash text
    ) on commit delete rows;
    delete from staged_reviews;
    select exists (select from pg_prepared_statements where name = 'upsert_reviews') as prepared
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
# (anonymous answers may be ten minutes old) changes nothing. The lateral look-up is written
# so that only the primary key can answer it: a plan is kept for as long as a connection, also one that was made while
# the table was empty, and with `=` it may then be another index, read from one end to the other for each review.
# What is known and unchanged does not reach the insert: its `do update … where` locks and logs each row it looks at
# (3.8 kB of log each), also where it changes nothing. It stays for rows that another crawl stores meanwhile.
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
            and to_timestamp(new.timestamp_updated) >= old.timestamp_updated
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
            playtime_last_two_weeks, playtime_at_review, deck_playtime_at_review, to_timestamp(last_played), language,
            review, to_timestamp(timestamp_created), to_timestamp(timestamp_updated), voted_up, votes_up, votes_funny,
            weighted_vote_score, comment_count, steam_purchase, received_for_free, refunded,
            written_during_early_access, primarily_steam_deck, developer_response,
            to_timestamp(timestamp_dev_responded), content_hash
        from staged_reviews new
        where not exists (
            select from (
                select * from reviews r where r.appid = new.appid and r.recommendationid >= new.recommendationid
                order by r.recommendationid limit 1
            ) old
            where old.recommendationid = new.recommendationid and (
                to_timestamp(new.timestamp_updated) < old.timestamp_updated or (
                    old.author_key, old.author_num_games_owned, old.author_num_reviews, old.playtime_forever,
                    old.playtime_last_two_weeks, old.playtime_at_review, old.deck_playtime_at_review, old.last_played,
                    old.language, old.timestamp_created, old.timestamp_updated, old.votes_up, old.votes_funny,
                    old.weighted_vote_score, old.comment_count, old.steam_purchase, old.received_for_free,
                    old.refunded, old.written_during_early_access, old.primarily_steam_deck, old.developer_response,
                    old.timestamp_dev_responded, old.content_hash
                ) is not distinct from (
                    new.author_key, new.author_num_games_owned, new.author_num_reviews, new.playtime_forever,
                    new.playtime_last_two_weeks, new.playtime_at_review, new.deck_playtime_at_review,
                    to_timestamp(new.last_played), new.language, to_timestamp(new.timestamp_created),
                    to_timestamp(new.timestamp_updated), new.votes_up, new.votes_funny, new.weighted_vote_score,
                    new.comment_count, new.steam_purchase, new.received_for_free, new.refunded,
                    new.written_during_early_access, new.primarily_steam_deck, new.developer_response,
                    to_timestamp(new.timestamp_dev_responded), new.content_hash
                )
            )
        )
        order by appid, recommendationid
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


def upsert_reviews(conn: Connection, reviews: Sequence[ReviewRow]) -> UpsertCounts:
    """Store reviews, each id once; see `ReviewRepository.upsert_many` for what is written when."""
    state = fetch_one(conn, _STAGE)
    if not (state and state["prepared"]):
        execute(conn, _PREPARE)
    copy_lines(conn, _COPY, map(_build_line, reviews))
    counts = fetch_one(conn, "execute upsert_reviews") or {}
    return UpsertCounts(**counts, unchanged=len(reviews) - counts["inserted"] - counts["updated"])


def _build_line(row: ReviewRow) -> str:
    """The line of the COPY statement. Written out: to ask each of 27 values for its type takes twice as long."""
    return (
        f"{row.appid}\t{row.recommendationid}\t{encode_text(row.author_key)}\t{_or_null(row.author_num_games_owned)}\t"
        f"{_or_null(row.author_num_reviews)}\t{row.playtime_forever}\t{row.playtime_last_two_weeks}\t"
        f"{_or_null(row.playtime_at_review)}\t{row.deck_playtime_at_review}\t{_or_null(row.last_played)}\t"
        f"{encode_text(row.language)}\t{encode_text(row.review)}\t{row.timestamp_created}\t"
        f"{row.timestamp_updated}\t{row.voted_up}\t{row.votes_up}\t{row.votes_funny}\t"
        f"{row.weighted_vote_score}\t{row.comment_count}\t{row.steam_purchase}\t{row.received_for_free}\t"
        f"{row.refunded}\t{row.written_during_early_access}\t{row.primarily_steam_deck}\t"
        f"{NULL if row.developer_response is None else encode_text(row.developer_response)}\t"
        f"{_or_null(row.timestamp_dev_responded)}\t{row.content_hash}"
    )


def _or_null(number: int | None) -> int | str:
    return NULL if number is None else number
