"""Recomputes every number of a stored report by SQL, from `reviews`, `signal_mentions` and the other tables.

Written apart from the product's own arithmetic: it shares no formula and no query with it.
"""

from collections.abc import Mapping
from math import isclose
from typing import Any

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.reports import SECTION_NAMES, Evidence, GameReport, ReportItem, StoredReport
from steampulse_dagster.models.scores import SentimentTrend, Share
from steampulse_dagster.repositories.reports import ReportRepository
from steampulse_dagster.utils.db import fetch_all, fetch_one

SIGNALS = {
    "design_strengths": ["design_praise"],
    "gameplay_friction": ["gameplay_friction"],
    "player_wishlist": ["wishlist_items"],
    "churn_triggers": ["dropout_moments"],
    "dev_priorities": ["gameplay_friction", "dropout_moments"],
    "competitive_context": ["competitor_refs"],
}
Z2 = "3.841458820694124"
TOLERANCE = 2e-6


def check_report_numbers(conn: Connection, appid: int) -> int:
    """Compare the game's current report, number by number; raises AssertionError naming the first that differs.

    Returns how many numbers were compared. Nothing may have been crawled or analysed since the report was made.
    """
    stored = ReportRepository(conn).get_current(appid)
    assert stored is not None, f"{appid} has no current report"
    checker = _Checker(conn, stored)
    checker.check_sample()
    checker.check_facts()
    checker.check_scores()
    checker.check_sections()
    checker.check_grounding()
    return checker.compared


class _Checker:
    def __init__(self, conn: Connection, stored: StoredReport) -> None:
        self._conn = conn
        self._report: GameReport = stored.report
        self._appid = stored.appid
        self.compared = 0

    def check_sample(self) -> None:
        sample = self._report.sample
        row = self._one(
            """
            select
                (select count(*) from reviews where appid = %(appid)s) as stored,
                (select max(timestamp_created) from reviews where appid = %(appid)s) as data_time,
                (select total from (select (reported ->> 'total_reviews')::int as total from crawl_state
                    where appid = %(appid)s) state) as reported,
                (select count(*) from reviews where appid = %(appid)s and btrim(review) <> ''
                    and recommendationid not in (select unnest(review_ids) from chunks where appid = %(appid)s)
                ) as loose
            """
        )
        self._same("sample.stored", sample.stored, row["stored"])
        self._same("sample.data_time", sample.data_time, row["data_time"])
        self._same("sample.reported", sample.reported.total_reviews if sample.reported else None, row["reported"])
        if sample.completeness is not None:
            self._near("sample.completeness", sample.completeness, row["stored"] / row["reported"])
        assert sample.waiting <= row["loose"]
        chunk = self._one(
            """
            select count(*) as chunks,
                coalesce(sum((summary #>> '{batch_stats,read}')::int), 0) as read,
                coalesce(sum((select sum((l ->> 'reviews')::int) from jsonb_array_elements(
                    summary #> '{batch_stats,skipped_languages}') l)), 0) as skipped
            from chunk_summaries s join chunks c using (appid, chunk_no, content_hash)
            where appid = %(appid)s and analyst_key = %(analyst)s
            """
        )
        self._same("sample.chunks", sample.chunks, chunk["chunks"])
        self._same("sample.read", sample.read, chunk["read"])
        self._same("sample.skipped_language", sample.skipped_language, chunk["skipped"])
        total = sample.read + sample.skipped_blank + sample.skipped_language + sample.waiting + sample.left_out
        self._same("sample adds up", total, sample.stored)
        self._same("read_languages add up", sum(count.reviews for count in sample.read_languages), sample.read)

    def check_facts(self) -> None:
        facts = self._report.facts
        row = self._one(
            """
            select sum(1) as stored, sum(voted_up::int) as positive, min(timestamp_created) as first_created,
                max(timestamp_created) as last_created, sum(steam_purchase::int) as steam_purchase,
                sum(received_for_free::int) as received_for_free, sum(refunded::int) as refunded,
                sum(written_during_early_access::int) as early_access, sum(primarily_steam_deck::int) as steam_deck,
                sum((timestamp_updated > timestamp_created)::int) as edited,
                count(developer_response) as developer_responses,
                (select percentile_cont(0.5) within group (order by playtime_at_review) from reviews
                    where appid = %(appid)s and voted_up) as median_playtime_at_review_positive,
                (select percentile_cont(0.5) within group (order by playtime_at_review) from reviews
                    where appid = %(appid)s and not voted_up) as median_playtime_at_review_negative
            from reviews where appid = %(appid)s
            """
        )
        for name, value in row.items():
            self._same(f"facts.{name}", getattr(facts, name), value)
        self._check_groups("languages", facts.languages, "language", "language")
        self._check_groups("months", facts.months, "month", "to_char(timestamp_created at time zone 'UTC', 'YYYY-MM')")

    def _check_groups(self, name: str, counts: tuple[Any, ...], key: str, expression: str) -> None:
        rows = self._all(
            f"select {expression} as key, count(*) as reviews, sum(voted_up::int) as positive "
            "from reviews where appid = %(appid)s group by 1"
        )
        found = {row["key"]: (row["reviews"], row["positive"]) for row in rows}
        told = {getattr(count, key): (count.reviews, count.positive) for count in counts}
        self._same(f"facts.{name}", told, found)
        self.compared += 2 * len(told) - 1

    def check_scores(self) -> None:
        sentiment, gem = self._report.sentiment, self._report.hidden_gem
        row = self._one("select count(*) as n, sum(voted_up::int) as positive from reviews where appid = %(appid)s")
        self._check_share("sentiment", sentiment.positive, count=row["positive"], of=row["n"])
        if sentiment.score is None:
            assert row["n"] < 10
        else:
            self._near("sentiment.score", sentiment.score, row["positive"] / row["n"])
        self._check_gem(gem.score, gem.reviews)
        for trend in self._report.trends:
            self._check_trend(trend)

    def _check_gem(self, score: float | None, reviews: int) -> None:
        row = self._one(
            f"""
            with total as (
                select coalesce(nullif((reported ->> 'total_reviews')::float8, 0), stored.n) as n,
                    case when coalesce((reported ->> 'total_reviews')::float8, 0) > 0
                        then (reported ->> 'total_positive')::float8 else stored.p end as p
                from (select count(*)::float8 as n, sum(voted_up::int)::float8 as p from reviews
                    where appid = %(appid)s) stored
                left join crawl_state on appid = %(appid)s
            ), bound as (
                select n, (p / n + {Z2} / (2 * n) - sqrt({Z2} * (p / n * (1 - p / n) + {Z2} / (4 * n)) / n))
                    / (1 + {Z2} / n) as low
                from total
            )
            select n, least(1, greatest(0, (low - 0.80) / 0.17))
                * least(1, greatest(0, 1 - ln(greatest(n, 50) / 50) / ln(200::float8))) as score
            from bound
            """
        )
        self._same("hidden_gem.reviews", reviews, int(row["n"]))
        if score is None:
            assert row["n"] < 10
        else:
            self._near("hidden_gem.score", score, row["score"])

    def _check_trend(self, trend: SentimentTrend) -> None:
        row = self._one(
            """
            with newest as (select max(timestamp_created) as at from reviews where appid = %(appid)s),
            aged as (
                select voted_up, newest.at - timestamp_created as age, make_interval(days => %(days)s) as span
                from reviews, newest where appid = %(appid)s
            )
            select sum((age < span)::int) as n, sum((age < span and voted_up)::int) as p,
                sum((age >= span and age < 2 * span)::int) as n_before,
                sum((age >= span and age < 2 * span and voted_up)::int) as p_before
            from aged
            """,
            days=trend.days,
        )
        name = f"trend {trend.days}"
        self._check_share(f"{name} recent", trend.recent, count=row["p"], of=row["n"])
        self._check_share(f"{name} before", trend.before, count=row["p_before"], of=row["n_before"])
        if min(row["n"], row["n_before"]) < 10:
            self._same(f"{name} direction", trend.direction.value, "insufficient")
            return
        recent, before = trend.recent, trend.before
        difference = row["p"] / row["n"] - row["p_before"] / row["n_before"]
        low = difference - ((recent.share - recent.low) ** 2 + (before.high - before.share) ** 2) ** 0.5
        high = difference + ((recent.high - recent.share) ** 2 + (before.share - before.low) ** 2) ** 0.5
        self._near(f"{name} difference", trend.difference, difference)
        self._near(f"{name} low", trend.difference_low, low, tolerance=1e-5)
        self._near(f"{name} high", trend.difference_high, high, tolerance=1e-5)
        expected = "improving" if low > 0 else "declining" if high < 0 else "stable"
        self._same(f"{name} direction", trend.direction.value, expected)

    def check_sections(self) -> None:
        for name in SECTION_NAMES:
            section = getattr(self._report, name)
            assert bool(section.items) != bool(section.reason), f"{name}: items or a reason"
            for item in section.items:
                self._check_item(name, item)
        for evidence in self._report.notable_quotes:
            self._check_evidence("notable_quotes", evidence)

    def _check_item(self, section: str, item: ReportItem) -> None:
        name = f"{section}/{item.topic}"
        row = self._one(
            """
            select count(*) as n, sum(voted_up::int) as positive, min(timestamp_created) as first,
                max(timestamp_created) as last,
                percentile_cont(0.5) within group (order by playtime_at_review) as playtime
            from reviews where appid = %(appid)s and recommendationid in (
                select recommendationid from signal_mentions
                where appid = %(appid)s and signal = any(%(signals)s) and topic = %(topic)s)
            """,
            signals=SIGNALS[section],
            topic=item.topic,
        )
        self._check_share(f"{name} mentions", item.mentions, count=row["n"], of=self._report.sample.read)
        self._check_share(f"{name} positive", item.positive_votes, count=row["positive"], of=row["n"])
        self._same(f"{name} playtime", item.median_playtime_at_review, row["playtime"])
        self._same(f"{name} first", item.first_mentioned, row["first"])
        self._same(f"{name} last", item.last_mentioned, row["last"])
        assert 1 <= len(item.evidence) <= 5, name
        for evidence in item.evidence:
            self._check_evidence(name, evidence, signals=SIGNALS[section], topic=item.topic)

    def _check_evidence(
        self, name: str, evidence: Evidence, *, signals: list[str] | None = None, topic: str | None = None
    ) -> None:
        row = self._one(
            """
            select voted_up, playtime_at_review, language, timestamp_created, votes_up,
                position(%(quote)s in review) > 0 as verbatim,
                %(topic)s::text is null or exists (select from signal_mentions m where m.appid = r.appid
                    and m.recommendationid = r.recommendationid and m.topic = %(topic)s
                    and m.signal = any(%(signals)s)) as mentioned
            from reviews r where appid = %(appid)s and recommendationid = %(review_id)s
            """,
            quote=evidence.quote,
            review_id=evidence.recommendationid,
            signals=signals or [],
            topic=topic,
        )
        assert row["verbatim"], f"{name}: the quote is not in review {evidence.recommendationid}"
        assert row["mentioned"], f"{name}: review {evidence.recommendationid} does not mention it"
        for field in ("voted_up", "playtime_at_review", "language", "timestamp_created", "votes_up"):
            self._same(f"{name} evidence {field}", getattr(evidence, field), row[field])

    def check_grounding(self) -> None:
        grounding = self._report.grounding
        row = self._one(
            """
            select coalesce(sum((summary #>> '{grounding,quotes}')::int), 0) as quotes,
                coalesce(sum((summary #>> '{grounding,proven}')::int), 0) as proven,
                coalesce(sum((summary #>> '{grounding,dropped}')::int), 0) as dropped
            from chunk_summaries s join chunks c using (appid, chunk_no, content_hash)
            where appid = %(appid)s and analyst_key = %(analyst)s
            """
        )
        for name, value in row.items():
            self._same(f"grounding.{name}", getattr(grounding, name), value)
        assert grounding.share in (None, 1.0)

    def _check_share(self, name: str, share: Share, *, count: int | None, of: int | None) -> None:
        self._same(f"{name} count", share.count, count or 0)
        self._same(f"{name} of", share.of, of or 0)
        assert share.population, f"{name} names no population"
        if not of:
            assert share.share is share.low is share.high is None
            return
        row = self._one(
            f"""
            select %(p)s::float8 / %(n)s as share,
                (%(p)s::float8 / %(n)s + {Z2} / (2 * %(n)s) - half) / (1 + {Z2} / %(n)s) as low,
                (%(p)s::float8 / %(n)s + {Z2} / (2 * %(n)s) + half) / (1 + {Z2} / %(n)s) as high
            from (select sqrt({Z2} * (%(p)s::float8 / %(n)s * (1 - %(p)s::float8 / %(n)s)
                + {Z2} / (4 * %(n)s::float8)) / %(n)s) as half) spread
            """,
            p=count or 0,
            n=of,
        )
        for bound in ("share", "low", "high"):
            self._near(f"{name} {bound}", getattr(share, bound), float(row[bound]))

    def _same(self, name: str, told: object, found: object) -> None:
        self.compared += 1
        assert told == found, f"{self._appid} {name}: the report says {told}, the tables say {found}"

    def _near(self, name: str, told: float | None, found: float, *, tolerance: float = TOLERANCE) -> None:
        self.compared += 1
        assert told is not None, f"{self._appid} {name}: the report says nothing, the tables say {found}"
        message = f"{self._appid} {name}: the report says {told}, the tables say {found}"
        assert isclose(told, found, rel_tol=0, abs_tol=tolerance), message

    def _params(self, more: Mapping[str, object]) -> dict[str, object]:
        return {"appid": self._appid, "analyst": self._report.provenance.key, **more}

    def _one(self, sql: str, **more: object) -> dict[str, Any]:
        row = fetch_one(self._conn, sql, self._params(more))
        assert row is not None
        return row

    def _all(self, sql: str) -> list[dict[str, Any]]:
        return fetch_all(self._conn, sql, self._params({}))
