"""Reads what a page of a game tells beside game, crawl and report.

Reads `games`, `tracked_games`, `report_heads`, `reports`, `llm_calls`, `reviews`.
"""

from collections.abc import Mapping
from datetime import datetime

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.base import Model
from steampulse_dagster.models.reading import GameCost, PlaytimeBucket, ReportHead
from steampulse_dagster.utils.db import fetch_all, fetch_one, fetch_one_planned

PLAYTIME_HOURS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)
"""Borders between the buckets of playtime."""

_MARKS = """
    select tracked.appid is not null as is_tracked, tracked.reason as tracked_reason, head.report_id, head.confirmed_at,
        (select max(older.report_id) from reports older
            where older.appid = game.appid and older.report_id < head.report_id) as older_report_id,
        calls, input_tokens, output_tokens, usd, playtimes
    from (select %(appid)s::bigint as appid) game
    left join tracked_games tracked using (appid)
    left join report_heads head using (appid)
    cross join (
        select count(*) as calls,
            coalesce(sum(input_tokens + cache_read_tokens + cache_write_tokens), 0) as input_tokens,
            coalesce(sum(output_tokens), 0) as output_tokens, coalesce(sum(counted_usd), 0) as usd
        from llm_calls where appid = %(appid)s
    ) cost
    cross join (
        select coalesce(json_object_agg(bucket, json_build_array(positive, negative)), '{}') as playtimes
        from (
            select width_bucket(playtime_at_review::double precision, %(borders)s::double precision[]) as bucket,
                count(*) filter (where voted_up) as positive, count(*) filter (where not voted_up) as negative
            from reviews where appid = %(appid)s and playtime_at_review is not null
            group by bucket
        ) bucket
    ) playtimes
"""
_COST = ("calls", "input_tokens", "output_tokens", "usd")
_HISTORY = """
    select reports.report_id, report_key, created_at, head.report_id is not null as is_current,
        report #>> '{sample,data_time}' as data_time, report #> '{sample,stored}' as stored,
        report #> '{sample,read}' as read, report -> 'sentiment' as sentiment, report -> 'hidden_gem' as hidden_gem,
        concat_ws(' ', report #>> '{provenance,engine}', report #>> '{provenance,model}',
            report #>> '{provenance,version}') as analyst,
        report #>> '{provenance,degraded}' as degraded
    from reports left join report_heads head using (appid, report_id)
    where appid = %(appid)s and (%(before)s::bigint is null or reports.report_id < %(before)s)
    order by reports.report_id desc limit %(limit)s
"""


class GameMarks(Model):
    """What other tables say of a game."""

    is_tracked: bool
    tracked_reason: str | None
    report_id: int | None
    confirmed_at: datetime | None
    older_report_id: int | None
    cost: GameCost
    """Of all model calls about the game."""
    playtimes: tuple[PlaytimeBucket, ...]
    """All buckets in order, those without reviews too."""


class GamePageRepository:
    """The small things around a game and its reports."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def is_stored(self, appid: int) -> bool:
        """Whether the game was ever crawled."""
        return fetch_one(self._conn, "select from games where appid = %(appid)s", {"appid": appid}) is not None

    def get_marks(self, appid: int) -> GameMarks:
        """Whether it is tracked, which reports it has, what they cost, and its playtimes; in one question, as each
        costs 0.1 ms on its way, however small."""
        params = {"appid": appid, "borders": [60 * hours for hours in PLAYTIME_HOURS]}
        row = fetch_one_planned(self._conn, _MARKS, params) or {}
        cost = GameCost(**{name: row.pop(name) for name in _COST})
        playtimes = _build_playtimes(row.pop("playtimes"))
        return GameMarks(**row, cost=cost, playtimes=playtimes)

    def list_history(self, appid: int, *, limit: int, before: int | None = None) -> list[ReportHead]:
        """The game's reports older than `before`, newest first, without their content."""
        rows = fetch_all(self._conn, _HISTORY, {"appid": appid, "limit": limit, "before": before})
        return [ReportHead(**row) for row in rows]


def _build_playtimes(found: Mapping[str, tuple[int, int]]) -> tuple[PlaytimeBucket, ...]:
    borders = [0, *PLAYTIME_HOURS, None]
    buckets = []
    for number in range(len(PLAYTIME_HOURS) + 1):
        positive, negative = found.get(str(number), (0, 0))
        begin, end = borders[number] or 0, borders[number + 1]
        buckets.append(PlaytimeBucket(from_hours=begin, to_hours=end, positive=positive, negative=negative))
    return tuple(buckets)
