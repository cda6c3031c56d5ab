"""What a night would do with a game if everything were free, what that is worth, and what it needs. Pure.

worth = news x audience / ((1 + failures) x effort)

- news: for a game whose crawl is due, 1 + how long it is overdue in parts of its own interval, which is the time to a
  useful number of new reviews (due_rules.py); it grows without end, so that no game waits for ever. For one that only
  lacks an analysis, unread reviews over the useful number, at most 10.
- audience: log10(10 + reviews): 1 for an unknown game, 3 for a thousand reviews, 6 for a million. Ten times the readers
  are worth one step, so that the largest games go before their small neighbours and not before everything.
- failures: a game that failed at its last crawls has less chance to give anything.
- effort: the square root of the pages of 100 reviews that are to be fetched or read, at least 1. Without it the first
  nights would go to a handful of giants; by the pages themselves these would come last for ever.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from steampulse_dagster.models.analysis_jobs import AnalysisState
from steampulse_dagster.models.nights import CallPrices, Candidate, Work
from steampulse_dagster.services.analysis_rules import REVIEWS_PAGE, count_dollars, measure_effort, needs_analysis
from steampulse_dagster.services.due_rules import count_useful
from steampulse_dagster.services.game_rules import are_details_old

MOST_BEHIND = 10.0
ITEMS_REQUEST = 0.01
"""Of GetItems, which answers for a hundred games at once."""
PROOF_OF_END = 3
"""Pages that a first walk needs beyond its list: the end asked for by date, once more by cursor, off-topic reviews."""
OVERLAP = 1
"""Page that a later walk needs beyond its news."""
UNKNOWN_REVIEWS = 100
"""Of a game whose size nobody told: half of the games on Steam have fewer."""


@dataclass(frozen=True)
class Wish:
    """A candidate with what it would do if everything were free."""

    game: Candidate
    work: Work
    value: float
    why: str
    api: float
    store: float
    usd: Decimal


def build_wish(
    game: Candidate, *, prices: CallPrices, now: datetime, shortest: timedelta, most: int | None
) -> Wish | None:
    """What there is to do with a game; None if it is neither due nor worth an analysis. `shortest`: the least interval
    of crawls, `most`: about how many reviews of a game are analysed at all."""
    expected = _expect_reviews(game, now=now) if game.crawl_due else 0.0
    analyse = needs_analysis(game, now=now, expected=expected)
    if not game.crawl_due and not analyse:
        return None
    known = game.analysed or 0
    unread = max(0.0, game.stored + expected - known)
    usd = count_dollars(known=known, unread=unread, prices=prices, most=most) if analyse else Decimal(0)
    api, store = _count_crawl(game, expected=expected, now=now) if game.crawl_due else (0.0, 0.0)
    work = Work.ANALYSE if not game.crawl_due else Work.FULL if analyse else Work.CRAWL
    news, why = _weigh_news(game, now=now, shortest=shortest)
    audience = math.log10(10 + max(game.stored, game.reported or 0))
    value = news * audience / ((1 + game.failures) * measure_effort(requests=api, unread=unread if analyse else 0.0))
    return Wish(game, work, value, why, api, store, usd)


def _weigh_news(game: Candidate, *, now: datetime, shortest: timedelta) -> tuple[float, str]:
    if not game.crawl_due:
        if game.job == AnalysisState.QUEUED:
            return MOST_BEHIND, "its analysis was begun, or asked for again"
        if game.analysed is None:
            return min(game.stored / count_useful(0), MOST_BEHIND), f"{game.stored:,} reviews never analysed"
        unread = game.stored - game.analysed
        return min(unread / count_useful(game.analysed), MOST_BEHIND), f"{unread:,} reviews since its report"
    overdue = max(0.0, (now - game.due_at) / (game.every or shortest)) if game.due_at is not None else 0.0
    if game.failures:
        return 1 + overdue, f"failed {game.failures} times, tried again"
    if game.finished_at is None:
        return 1 + overdue, "never crawled" if not game.stored else "its first crawl goes on"
    return 1 + overdue, f"due, {overdue:.1f} intervals ago"


def _expect_reviews(game: Candidate, *, now: datetime) -> float:
    """New reviews that a crawl now would bring."""
    if game.finished_at is None:
        return max(0.0, (UNKNOWN_REVIEWS if game.reported is None else game.reported) - game.stored)
    days = max(0.0, (now - game.finished_at) / timedelta(days=1))
    return (game.reviews_per_day or 0.0) * days


def _count_crawl(game: Candidate, *, expected: float, now: datetime) -> tuple[float, float]:
    pages = math.ceil(expected / REVIEWS_PAGE) + (PROOF_OF_END if game.finished_at is None else OVERLAP)
    details = are_details_old(game.details_at, modified_at=game.modified_at, now=now)
    return pages + ITEMS_REQUEST, float(details)
