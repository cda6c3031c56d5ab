"""Which games a night takes: their worth, their cost, and the choice within the budgets. Pure: no clock, no SQL.

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
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from steampulse_dagster.analyzer.tree import FAN_IN
from steampulse_dagster.models.analysis_jobs import AnalysisState
from steampulse_dagster.models.nights import (
    CallPrices,
    Candidate,
    Left,
    NightBudget,
    NightGame,
    NightPlan,
    NightRun,
    Work,
)
from steampulse_dagster.services.due_rules import FLOOR, count_useful
from steampulse_dagster.services.game_rules import are_details_old

MOST_BEHIND = 10.0
REVIEWS_PAGE = 100
CHUNK_REVIEWS = 50
ITEMS_REQUEST = 0.01
"""Of GetItems, which answers for a hundred games at once."""
PROOF_OF_END = 3
"""Pages that a first walk needs beyond its list: the end asked for by date, once more by cursor, off-topic reviews."""
OVERLAP = 1
"""Page that a later walk needs beyond its news."""
UNKNOWN_REVIEWS = 100
"""Of a game whose size nobody told: half of the games on Steam have fewer."""
STALLED = timedelta(hours=6)
"""An analysis that is at work and has not moved for so long is that of a dead process."""
FAILED_PAUSE = timedelta(hours=6)
"""So long an analysis that failed is left alone; `steampulse retry` ends it."""
ROOM = Decimal("0.8")
"""Part of a run's dollar limit that its games are expected to cost: forecasts err, and a run beyond it is refused."""
SHOWN_NAME = 60
"""Characters of a game's name in the words of a tick."""
RUN_HOURS = 0.5
"""Of a run's requests at the hosts' rates: several runs share a rate, and one that takes hours is ended as hung."""


@dataclass(frozen=True)
class _Wish:
    """A candidate with what it would do if everything were free."""

    game: Candidate
    work: Work
    value: float
    why: str
    api: float
    store: float
    usd: Decimal


def plan_night(
    candidates: Iterable[Candidate],
    *,
    budget: NightBudget,
    prices: CallPrices,
    under_way: Collection[int],
    now: datetime,
    shortest: timedelta = FLOOR,
    analysed_per_game: int | None = None,
) -> NightPlan:
    """The most valuable games that fit. What a game does not leave room for goes to the next one that fits.

    Games in `under_way` are left, and what they will need is taken off the budget first. A game that alone needs more
    requests than a whole night has is taken when nothing was before it: a crawl goes on where it was stopped. Where the
    dollars do not reach, a game is crawled without being analysed.
    """
    wishes = [
        wish
        for game in candidates
        if (wish := _wish(game, prices=prices, now=now, shortest=shortest, most=analysed_per_game)) is not None
    ]
    wishes.sort(key=lambda wish: (-wish.value, wish.game.appid))
    purse = _Purse(budget)
    waiting = [wish for wish in wishes if wish.game.appid in under_way]
    for wish in waiting:
        purse.pay(wish)
    chosen, left, unpaid = _choose((wish for wish in wishes if wish.game.appid not in under_way), purse)
    if waiting:
        left[Left.UNDER_WAY] = len(waiting)
    return NightPlan(
        made_at=now,
        budget=budget,
        candidates=len(wishes),
        games=tuple(chosen),
        runs=tuple(cut_runs(chosen, budget)),
        left=left,
        unpaid=unpaid,
        api_requests=sum(game.api_requests for game in chosen),
        store_requests=sum(game.store_requests for game in chosen),
        hours=_count_hours(chosen, budget),
        usd=sum((game.usd for game in chosen), Decimal(0)),
    )


def needs_analysis(game: Candidate, *, now: datetime, expected: float = 0.0) -> bool:
    """Whether its stored reviews, and those `expected` from a crawl before it, make an analysis worth while."""
    if is_resting(game.job, game.job_changed_at, now=now):
        return False
    if game.job == AnalysisState.QUEUED and game.stored:
        return True  # begun and not ended, or asked for again by hand
    unread = game.stored + expected - (game.analysed or 0)
    return unread > 0 if game.analysed is None else unread >= count_useful(game.analysed)


def is_resting(job: str | None, changed_at: datetime | None, *, now: datetime) -> bool:
    """Whether an analysis that is not done is at work, waits for a bulk job, or failed a short while ago."""
    match job:
        case AnalysisState.WAITING_FOR_BATCH:
            return True
        case AnalysisState.RUNNING:
            return not _is_over(changed_at, STALLED, now=now)
        case AnalysisState.FAILED:
            return not _is_over(changed_at, FAILED_PAUSE, now=now)
        case _:
            return False


def measure_effort(*, requests: float, unread: float) -> float:
    """Of a game with so many requests to make and so many reviews to read; see the top of this module."""
    return math.sqrt(max(1.0, requests, unread / REVIEWS_PAGE))


def count_requests(
    *, per_second: float | None, hours: float, now: datetime, stopped_until: datetime | None
) -> float | None:
    """Requests that a host bears in a night that begins now; None: no limit. `stopped_until`: nothing before that."""
    lost = max(0.0, (stopped_until - now) / timedelta(hours=1)) if stopped_until is not None else 0.0
    open_hours = max(0.0, hours - lost)
    if per_second is None:
        return None if open_hours else 0.0
    return per_second * 3600 * open_hours


def cut_runs(games: Sequence[NightGame], budget: NightBudget) -> list[NightRun]:
    """Runs of one kind of work each, within the games, the dollars and the requests of a run; the run with the most
    valuable game first."""
    runs: list[_Run] = []
    open_runs: dict[Work, _Run] = {}
    for game in games:
        run = open_runs.get(game.work)
        if run is None or not run.has_room(game, budget):
            run = open_runs[game.work] = _Run(game.work)
            runs.append(run)
        run.add(game)
    return [NightRun(work=run.work, appids=tuple(run.appids), usd=run.usd) for run in runs]


def explain_plan(plan: NightPlan) -> str:
    """What was chosen and what was left, in sentences for a tick."""
    if not plan.candidates:
        return "Nothing to do: no followed game is due, and no analysis is behind."
    kinds = [f"{count:,} to {work.value}" for work in Work if (count := plan.count(work))]
    told = [f"{len(plan.games):,} of {plan.candidates:,} games in {len(plan.runs):,} runs: {', '.join(kinds)}."]
    if not plan.games:
        told = [f"None of {plan.candidates:,} games that have something to do is taken."]
    told.append(
        f"About {plan.api_requests:,.0f} requests to Steam's API{_limit(plan.budget.api_requests)}, "
        f"{plan.store_requests:,.0f} to its store{_limit(plan.budget.store_requests)}, {plan.hours:.1f} of "
        f"{plan.budget.hours:g} hours, ${plan.usd:,.2f}"
        + ("." if plan.budget.usd is None else f" of ${plan.budget.usd:,.2f} that the limits leave.")
    )
    if plan.unpaid:
        told.append(f"{plan.unpaid:,} are crawled only: analysing them does not fit into the dollars.")
    told += [f"Left {count:,}: {reason.value}." for reason, count in plan.left.items()]
    if plan.games:
        first = "; ".join(f"{game.appid} {game.name[:SHOWN_NAME]} ({game.why})" for game in plan.games[:3])
        told.append(f"First: {first}.")
    return " ".join(told)


def _wish(game: Candidate, *, prices: CallPrices, now: datetime, shortest: timedelta, most: int | None) -> _Wish | None:
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
    return _Wish(game, work, value, why, api, store, usd)


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


def count_dollars(*, known: int, unread: float, prices: CallPrices, most: int | None = None) -> Decimal:
    """What an analysis is expected to cost that finds so many reviews beside those its report knows. `most`: about how
    many of a game are analysed at all."""
    if most is not None:
        unread = min(unread, max(most - known, CHUNK_REVIEWS))
    chunks = math.ceil(unread / CHUNK_REVIEWS) + (1 if known else 0)  # the open chunk is read again
    return chunks * prices.chunk + (chunks // FAN_IN) * prices.join + prices.report


def _choose(wishes: Iterable[_Wish], purse: "_Purse") -> tuple[list[NightGame], dict[Left, int], int]:
    chosen: list[NightGame] = []
    left: dict[Left, int] = {}
    unpaid = 0
    for wish in wishes:
        verdict = purse.judge(wish)
        if isinstance(verdict, Left):
            left[verdict] = left.get(verdict, 0) + 1
            continue
        unpaid += verdict is not wish.work
        usd = wish.usd if verdict is not Work.CRAWL else Decimal(0)
        purse.pay(wish, usd=usd)
        chosen.append(
            NightGame(
                appid=wish.game.appid,
                name=wish.game.name,
                work=verdict,
                value=round(wish.value, 3),
                why=wish.why,
                api_requests=wish.api,
                store_requests=wish.store,
                usd=usd,
            )
        )
    return chosen, left, unpaid


@dataclass
class _Run:
    """A run while it is filled."""

    work: Work
    appids: list[int] = field(default_factory=list)
    usd: Decimal = Decimal(0)
    api: float = 0.0
    store: float = 0.0

    def has_room(self, game: NightGame, budget: NightBudget) -> bool:
        """Whether another game fits into what one run may hold."""
        part = RUN_HOURS / budget.hours
        return (
            len(self.appids) < budget.games_per_run
            and (budget.usd_per_run is None or self.usd + game.usd <= budget.usd_per_run * ROOM)
            and (budget.api_requests is None or self.api + game.api_requests <= budget.api_requests * part)
            and (budget.store_requests is None or self.store + game.store_requests <= budget.store_requests * part)
        )

    def add(self, game: NightGame) -> None:
        """Take a game in, whatever it needs."""
        self.appids.append(game.appid)
        self.usd += game.usd
        self.api += game.api_requests
        self.store += game.store_requests


class _Purse:
    """What is left of a night's budget while games are chosen."""

    def __init__(self, budget: NightBudget) -> None:
        self._budget = budget
        self._api, self._store, self._usd, self._games = 0.0, 0.0, Decimal(0), 0

    def judge(self, wish: _Wish) -> Work | Left:
        """What may be done with a game, or why nothing."""
        if self._games >= self._budget.games:
            return Left.GAMES
        crawls = wish.work is not Work.ANALYSE
        if crawls and not (
            _fits(wish.api, used=self._api, limit=self._budget.api_requests)
            and _fits(wish.store, used=self._store, limit=self._budget.store_requests)
        ):
            return Left.REQUESTS
        limit = self._budget.usd
        run = self._budget.usd_per_run
        too_dear = (limit is not None and self._usd + wish.usd > limit) or (run is not None and wish.usd > run)
        if wish.usd and too_dear:
            return Work.CRAWL if crawls else Left.DOLLARS
        return wish.work

    def pay(self, wish: _Wish, *, usd: Decimal | None = None) -> None:
        """Take what a game needs."""
        self._api += wish.api
        self._store += wish.store
        self._usd += wish.usd if usd is None else usd
        self._games += 1


def _fits(need: float, *, used: float, limit: float | None) -> bool:
    if limit is None or not need:
        return True
    return used + need <= limit or (not used and limit > 0)


def _count_hours(games: Sequence[NightGame], budget: NightBudget) -> float:
    def take(requests: float, limit: float | None) -> float:
        return requests / limit * budget.hours if limit else 0.0

    return max(
        take(sum(game.api_requests for game in games), budget.api_requests),
        take(sum(game.store_requests for game in games), budget.store_requests),
    )


def _limit(requests: float | None) -> str:
    return "" if requests is None else f" of {requests:,.0f}"


def _is_over(since: datetime | None, pause: timedelta, *, now: datetime) -> bool:
    return since is None or now - since >= pause
