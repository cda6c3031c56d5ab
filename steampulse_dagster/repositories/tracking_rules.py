"""Reads and writes `tracking_rules`; finds what they match in `store_items` and `games`."""

from collections.abc import Sequence
from datetime import datetime

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.tracking_rules import RuleConditions, RuleMatch, TrackingRule
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one

_COLUMNS = "rule_id, min_reviews, tag, genre, developer, up_to, added, created_at, applied_at"
# Apps that GetItems was asked for, and games that were crawled; of both, what is known from either side.
_MATCHES = """
    select appid, coalesce(nullif(games.name, ''), nullif(item.name, ''), 'App ' || appid) as name,
        greatest(item.review_count, games.review_count, 0) as reviews,
        tracked.appid is not null as followed, gone.appid is not null as refused
    from store_items item
    full join games using (appid)
    left join tracked_games tracked using (appid)
    left join untracked_games gone using (appid)
    where coalesce(games.type, item.type) = 'game'
        and (%(min_reviews)s is null or greatest(item.review_count, games.review_count) >= %(min_reviews)s)
        and (%(tag)s is null
            or exists (select from unnest(item.tags) as tag where lower(tag) = lower(%(tag)s))
            or exists (select from game_tags tag where tag.appid = games.appid and lower(tag.name) = lower(%(tag)s)))
        and (%(genre)s is null
            or exists (
                select from game_genres genre
                where genre.appid = games.appid and lower(genre.name) = lower(%(genre)s)
            )
            or (games.appid is null
                and exists (select from unnest(item.tags) as tag where lower(tag) = lower(%(genre)s))))
        and (%(developer)s is null
            or exists (
                select from unnest(item.developers || games.developers) as name where lower(name) = lower(%(developer)s)
            ))
"""
_COUNT = f"""
    select count(*) as matches, count(*) filter (where followed) as followed,
        count(*) filter (where refused and not followed) as refused
    from ({_MATCHES}) game
"""  # noqa: S608 - a constant of this module
_LIST_NEW = f"""
    select appid, name, reviews from ({_MATCHES}) game where not followed and not refused
    order by reviews desc, appid limit %(most)s
"""  # noqa: S608 - a constant of this module


class TrackingRuleRepository:
    """Rules by id."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def insert(self, conditions: RuleConditions, *, up_to: int) -> TrackingRule:
        """A new rule."""
        sql = f"""
            insert into tracking_rules (min_reviews, tag, genre, developer, up_to)
            values (%(min_reviews)s, %(tag)s, %(genre)s, %(developer)s, %(up_to)s)
            returning {_COLUMNS}
        """  # noqa: S608 - a constant of this module
        return TrackingRule(**(fetch_one(self._conn, sql, {**_conditions(conditions), "up_to": up_to}) or {}))

    def list_all(self) -> tuple[TrackingRule, ...]:
        """All rules, in the order in which they are applied."""
        sql = f"select {_COLUMNS} from tracking_rules order by rule_id"  # noqa: S608 - a constant of this module
        return tuple(TrackingRule(**row) for row in fetch_all(self._conn, sql))

    def lock(self, rule_id: int) -> TrackingRule | None:
        """A rule, held until the transaction ends: two processes never fill its cap twice. None: it is gone."""
        sql = f"select {_COLUMNS} from tracking_rules where rule_id = %(rule_id)s for update"  # noqa: S608
        row = fetch_one(self._conn, sql, {"rule_id": rule_id})
        return None if row is None else TrackingRule(**row)

    def mark_applied(self, rule_id: int, *, added: int, applied_at: datetime) -> None:
        """Note that a rule was applied to a walk of the catalogue, and how many games it added."""
        sql = """
            update tracking_rules set added = added + %(added)s, applied_at = %(applied_at)s
            where rule_id = %(rule_id)s
        """
        execute(self._conn, sql, {"rule_id": rule_id, "added": added, "applied_at": applied_at})

    def delete_many(self, rule_ids: Sequence[int]) -> tuple[int, ...]:
        """Forget rules; the ids that there were. Games that they added stay followed."""
        sql = "delete from tracking_rules where rule_id = any(%(rule_ids)s::bigint[]) returning rule_id"
        return tuple(sorted(row["rule_id"] for row in fetch_all(self._conn, sql, {"rule_ids": list(rule_ids)})))

    def count_matches(self, conditions: RuleConditions) -> tuple[int, int, int]:
        """Games that meet the conditions: all, those followed, and those that a person stopped following."""
        row = fetch_one(self._conn, _COUNT, _conditions(conditions)) or {}
        return row["matches"], row["followed"], row["refused"]

    def list_new(self, conditions: RuleConditions, *, most: int) -> tuple[RuleMatch, ...]:
        """Games that meet the conditions and may be followed, most reviews first."""
        rows = fetch_all(self._conn, _LIST_NEW, {**_conditions(conditions), "most": most})
        return tuple(RuleMatch(**row) for row in rows)


def _conditions(conditions: RuleConditions) -> dict[str, object]:
    return conditions.model_dump(include={"min_reviews", "tag", "genre", "developer"})
