"""When a game's new reviews call for another analysis, and which games go first. Pure: no clock, no SQL.

A game is analysed again when one of these holds, and not within the cool-down after its last report:

- it was never analysed, or its analysis was begun and not ended, or `steampulse retry` asks for it;
- it has at least `count` changed reviews: new ones, and those that its report knows as they read before an edit;
- its changed reviews are at least `share` of those that its report knows (and at least 10);
- the positive share of the reviews created since the report has moved by more than its noise: the whole 95 % interval
  of the difference (Newcombe, utils/stats.py; at least 10 new reviews) lies beyond `shift`. Not merely beyond 0: a game
  is looked at after every crawl, and one look in twenty would find a difference where there is none.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from steampulse_dagster.models.analysis_jobs import AnalysisState
from steampulse_dagster.models.news import News, NewsGame, NewsLimits, NewsPlan, Unchosen
from steampulse_dagster.models.nights import CallPrices
from steampulse_dagster.services.analysis_rules import CHUNK_REVIEWS, count_dollars, is_resting, measure_effort
from steampulse_dagster.services.due_rules import LEAST_USEFUL
from steampulse_dagster.services.night_words import SHOWN_NAME
from steampulse_dagster.utils.scores import MIN_REVIEWS
from steampulse_dagster.utils.stats import newcombe_interval

MOST_NEWS = 100.0
FIRST_ANALYSIS = 1e6
"""News of a game that was never analysed: whatever its size, such games go before all others."""


def plan_news(
    found: Iterable[News],
    *,
    limits: NewsLimits,
    prices: CallPrices,
    usd_left: Decimal | None,
    most: int,
    under_way: Collection[int],
    now: datetime,
    analysed_per_game: int | None = None,
) -> NewsPlan:
    """At most `most` games, those without any analysis first, then by the size of their news; within the dollars."""
    looked_at, worth = 0, list[NewsGame]()
    for news in found:
        looked_at += 1
        if (why := explain_news(news, limits=limits, now=now)) is None:
            continue
        usd = count_dollars(known=news.analysed, unread=count_unread(news), prices=prices, most=analysed_per_game)
        worth.append(
            NewsGame(
                appid=news.appid,
                name=news.name,
                stored=news.stored,
                report_id=news.report_id,
                value=round(weigh_news(news, limits=limits), 3),
                why=why,
                usd=usd,
            )
        )
    worth.sort(key=lambda game: (-game.value, game.appid))
    games, left = _choose(worth, under_way=under_way, most=most, usd_left=usd_left)
    return NewsPlan(
        games=tuple(games),
        looked_at=looked_at,
        worth=len(worth),
        left=left,
        usd=sum((game.usd for game in games), Decimal(0)),
        usd_left=usd_left,
    )


def explain_news(news: News, *, limits: NewsLimits, now: datetime) -> str | None:
    """Why the game is analysed again now; None if it is not."""
    if is_resting(news.job, news.job_changed_at, now=now):
        return None
    if news.job == AnalysisState.QUEUED:
        return "its analysis was begun, or asked for again"
    if news.report_id is None:
        return f"{news.stored:,} reviews, never analysed" if news.stored > 0 else None
    cool_down = timedelta(hours=limits.cool_down_hours)
    if news.confirmed_at is not None and now - news.confirmed_at < cool_down:
        return None
    changed = max(news.new, 0) + news.edited
    told = (
        f"{news.new:,} new reviews"
        if not news.edited
        else f"{max(news.new, 0):,} new and {news.edited:,} edited reviews"
    )
    if changed >= limits.count:
        return told
    if changed >= max(limits.share * news.analysed, LEAST_USEFUL):
        return f"{told}, {changed / max(news.analysed, 1):.0%} of {news.analysed:,}"
    if (shift := measure_shift(news)) is not None and min(map(abs, shift)) > limits.shift and shift[0] * shift[1] > 0:
        return (
            f"positive share of {news.recent:,} new reviews {news.recent_positive / news.recent:.0%}, "
            f"of {news.analysed:,} before {news.positive / news.analysed:.0%}"
        )
    return None


def count_unread(news: News) -> int:
    """Reviews that an analysis reads, at most: an edit makes it read the whole chunk of that review again."""
    return max(news.new, 0) + min(news.edited * CHUNK_REVIEWS, news.analysed)


def measure_shift(news: News) -> tuple[float, float] | None:
    """The 95 % interval of the positive share since the report less that before; None for too few reviews."""
    if min(news.recent, news.analysed) < MIN_REVIEWS:
        return None
    return newcombe_interval(
        count=news.recent_positive, of=news.recent, count_before=news.positive, of_before=news.analysed
    )


def weigh_news(news: News, *, limits: NewsLimits) -> float:
    """Worth of an analysis: the largest of changed reviews and share over their thresholds, and of the shift over its
    own; times log10(10 + reviews), over the effort, as in the nightly plan."""
    changed = max(news.new, 0) + news.edited
    weight = math.log10(10 + news.stored) / measure_effort(requests=0, unread=count_unread(news))
    if news.report_id is None or news.job == AnalysisState.QUEUED:
        return FIRST_ANALYSIS * weight
    parts = [changed / limits.count, changed / max(limits.share * news.analysed, LEAST_USEFUL)]
    if (shift := measure_shift(news)) is not None:
        parts.append(min(map(abs, shift)) / max(limits.shift, 0.01))
    return min(max(parts), MOST_NEWS) * weight


def explain_plan(plan: NewsPlan) -> str:
    """What a tick found, chose and left, in sentences."""
    if not plan.looked_at:
        return "Every crawled game has a report that knows its reviews, but for fewer than ten."
    told = f"{plan.looked_at:,} games have reviews that no report knows; for {plan.worth:,} that is worth an analysis. "
    if plan.games:
        told += f"Chosen: {len(plan.games):,}"
        told += f" for about ${plan.usd:,.2f} of ${plan.usd_left:,.2f}. " if plan.usd_left is not None else ". "
        told += (
            "First: "
            + "; ".join(f"{game.appid} {game.name[:SHOWN_NAME]} ({game.why})" for game in plan.games[:3])
            + ". "
        )
    left = " ".join(f"Left {count:,}: {reason.value}." for reason, count in plan.left.items())
    return (told + left).strip()


def _choose(
    worth: Sequence[NewsGame], *, under_way: Collection[int], most: int, usd_left: Decimal | None
) -> tuple[list[NewsGame], dict[Unchosen, int]]:
    games: list[NewsGame] = []
    left: dict[Unchosen, int] = {}
    usd = Decimal(0)
    for game in worth:
        reason = None
        if game.appid in under_way:
            reason = Unchosen.UNDER_WAY
        elif len(games) >= most:
            reason = Unchosen.NEXT_TICK
        elif usd_left is not None and usd + game.usd > usd_left:
            reason = Unchosen.DOLLARS
        if reason is not None:
            left[reason] = left.get(reason, 0) + 1
            continue
        usd += game.usd
        games.append(game)
    return games, left
