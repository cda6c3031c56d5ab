"""Which games a night takes: the most valuable ones that fit into the budgets. Pure: no clock, no SQL."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from steampulse_dagster.models.nights import CallPrices, Candidate, Left, NightBudget, NightGame, NightPlan, Work
from steampulse_dagster.services.due_rules import FLOOR
from steampulse_dagster.services.night_runs import cut_runs
from steampulse_dagster.services.night_worth import Wish, build_wish


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
        if (wish := build_wish(game, prices=prices, now=now, shortest=shortest, most=analysed_per_game)) is not None
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


def count_requests(
    *, per_second: float | None, hours: float, now: datetime, stopped_until: datetime | None
) -> float | None:
    """Requests that a host bears in a night that begins now; None: no limit. `stopped_until`: nothing before that."""
    lost = max(0.0, (stopped_until - now) / timedelta(hours=1)) if stopped_until is not None else 0.0
    open_hours = max(0.0, hours - lost)
    if per_second is None:
        return None if open_hours else 0.0
    return per_second * 3600 * open_hours


def _choose(wishes: Iterable[Wish], purse: "_Purse") -> tuple[list[NightGame], dict[Left, int], int]:
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


class _Purse:
    """What is left of a night's budget while games are chosen."""

    def __init__(self, budget: NightBudget) -> None:
        self._budget = budget
        self._api, self._store, self._usd, self._games = 0.0, 0.0, Decimal(0), 0

    def judge(self, wish: Wish) -> Work | Left:
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

    def pay(self, wish: Wish, *, usd: Decimal | None = None) -> None:
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
