"""Arithmetic over the stored reviews of one game, all of it in SQL; reads `reviews`."""

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.reviews import LanguageCount, MonthCount, ReviewFacts, WindowCount
from steampulse_dagster.utils.db import fetch_all, fetch_one
from steampulse_dagster.utils.text import VISIBLE_PATTERN

WINDOW_DAYS = (7, 30, 90)

_TOTALS = """
    select count(*) as stored,
        count(*) filter (where voted_up) as positive,
        count(*) filter (where review !~ %(visible)s) as blank,
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
        count(*) filter (where timestamp_updated > timestamp_created) as edited,
        count(*) filter (where developer_response is not null) as developer_responses
    from reviews where appid = %(appid)s
"""
_LANGUAGES = """
    select language, count(*) as reviews, count(*) filter (where voted_up) as positive
    from reviews where appid = %(appid)s
    group by language order by count(*) desc, language collate "C"
"""
_MONTHS = """
    select to_char(timestamp_created at time zone 'UTC', 'YYYY-MM') as month,
        count(*) as reviews, count(*) filter (where voted_up) as positive
    from reviews where appid = %(appid)s
    group by 1 order by 1
"""
# Windows end with the newest review, which they include, and begin just after their first moment.
_WINDOWS = """
    with newest as (select max(timestamp_created) as at from reviews where appid = %(appid)s)
    select spans.days,
        count(*) filter (where r.timestamp_created > newest.at - spans.days * interval '1 day') as reviews,
        count(*) filter (where r.timestamp_created > newest.at - spans.days * interval '1 day' and r.voted_up)
            as positive,
        count(*) filter (where r.timestamp_created <= newest.at - spans.days * interval '1 day') as reviews_before,
        count(*) filter (where r.timestamp_created <= newest.at - spans.days * interval '1 day' and r.voted_up)
            as positive_before
    from newest
    cross join unnest(%(days)s::integer[]) as spans (days)
    join reviews r on r.appid = %(appid)s
        and r.timestamp_created > newest.at - 2 * spans.days * interval '1 day'
    group by spans.days order by spans.days
"""


def get_review_facts(conn: Connection, appid: int) -> ReviewFacts | None:
    """Facts over everything stored of a game; None if nothing is. Windows end at the newest review."""
    params = {"appid": appid, "visible": VISIBLE_PATTERN, "days": list(WINDOW_DAYS)}
    totals = fetch_one(conn, _TOTALS, params)
    if totals is None or totals["stored"] == 0:
        return None
    return ReviewFacts(
        appid=appid,
        **totals,
        languages=tuple(LanguageCount(**row) for row in fetch_all(conn, _LANGUAGES, params)),
        months=tuple(MonthCount(**row) for row in fetch_all(conn, _MONTHS, params)),
        windows=tuple(WindowCount(**row) for row in fetch_all(conn, _WINDOWS, params)),
    )
