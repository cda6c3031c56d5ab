"""Arithmetic over the stored reviews of one game, all of it in SQL; reads `reviews`."""

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.reviews import ReviewFacts
from steampulse_dagster.utils.db import fetch_one
from steampulse_dagster.utils.text import VISIBLE_PATTERN

WINDOW_DAYS = (7, 30, 90)

# One statement, so that all figures speak of the same moment, and from indexes alone: the rows of a game lie scattered
# over the table. Whoever adds a column adds it to `reviews_by_creation`, as migration 0016 does.
# Windows end with the newest review, which they include, and begin just after their first moment.
_FACTS = """
    with facts as materialized (
        select voted_up, language, timestamp_created, playtime_at_review, steam_purchase, received_for_free, refunded,
            written_during_early_access, primarily_steam_deck, timestamp_updated > timestamp_created as edited
        from reviews where appid = %(appid)s
    ), totals as (
        select count(*) as stored,
            count(*) filter (where voted_up) as positive,
            min(timestamp_created) as first_created,
            max(timestamp_created) as last_created,
            percentile_cont(0.5) within group (order by playtime_at_review)
                filter (where voted_up) as median_playtime_at_review_positive,
            percentile_cont(0.5) within group (order by playtime_at_review)
                filter (where not voted_up) as median_playtime_at_review_negative,
            count(*) filter (where steam_purchase) as steam_purchase,
            count(*) filter (where received_for_free) as received_for_free,
            count(*) filter (where refunded) as refunded,
            count(*) filter (where written_during_early_access) as early_access,
            count(*) filter (where primarily_steam_deck) as steam_deck,
            count(*) filter (where edited) as edited
        from facts
    ), languages as (
        select language, count(*) as reviews, count(*) filter (where voted_up) as positive
        from facts group by language
    ), months as (
        select to_char(at, 'YYYY-MM') as month, reviews, positive
        from (
            select date_trunc('month', timestamp_created at time zone 'UTC') as at,
                count(*) as reviews, count(*) filter (where voted_up) as positive
            from facts group by 1
        ) each_month
    ), spans as materialized (
        select days, last_created - days * interval '1 day' as since,
            last_created - 2 * days * interval '1 day' as since_before
        from totals cross join unnest(%(days)s::integer[]) as spans (days)
    ), windows as (
        select days,
            count(*) filter (where timestamp_created > since) as reviews,
            count(*) filter (where timestamp_created > since and voted_up) as positive,
            count(*) filter (where timestamp_created <= since) as reviews_before,
            count(*) filter (where timestamp_created <= since and voted_up) as positive_before
        from spans join facts on timestamp_created > since_before
        group by days
    )
    select stored, positive, first_created, last_created, median_playtime_at_review_positive,
        median_playtime_at_review_negative, steam_purchase, received_for_free, refunded, early_access, steam_deck,
        edited,
        (select count(*) from reviews where appid = %(appid)s and review !~ %(visible)s) as blank,
        (select count(*) from reviews where appid = %(appid)s and developer_response is not null)
            as developer_responses,
        (select json_agg(languages order by reviews desc, language collate "C") from languages) as languages,
        (select json_agg(months order by month) from months) as months,
        (select json_agg(windows order by days) from windows) as windows
    from totals
"""


def get_review_facts(conn: Connection, appid: int) -> ReviewFacts | None:
    """Facts over everything stored of a game; None if nothing is. Windows end at the newest review."""
    facts = fetch_one(conn, _FACTS, {"appid": appid, "visible": VISIBLE_PATTERN, "days": list(WINDOW_DAYS)})
    return None if facts is None or facts["stored"] == 0 else ReviewFacts(appid=appid, **facts)
