"""Plans the nightly backfill and the weekly bulk re-analysis: what is due, in view of requests and dollars. Stores
nothing; blocks on the database."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from steampulse_dagster.models.llm import Delivery
from steampulse_dagster.models.nights import FREE, CallPrices, Candidate, NightBudget, NightPlan
from steampulse_dagster.repositories.candidates import CandidateRepository
from steampulse_dagster.services import due_rules, night_rules, night_runs
from steampulse_dagster.services.analysis_forecast import AnalysisForecast
from steampulse_dagster.services.host_budget import HostBudgetService
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database


@dataclass(frozen=True)
class HostRate:
    """A host and how much it may be asked; None: without limit."""

    host: str
    requests_per_second: float | None


@dataclass(frozen=True)
class NightSettings:
    """What the settings allow a night."""

    fresh_hours: float
    hours: float
    games: int
    games_per_run: int
    analysed_per_game: int | None = None


class NightService:
    """Asks what has something to do, and lets the rules choose."""

    def __init__(
        self,
        db: Database,
        settings: NightSettings,
        *,
        api: HostRate,
        store: HostRate,
        forecast: AnalysisForecast | None,
        analyst_key: str | None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """`forecast`: None where analysing is free. `analyst_key`: reports by others do not count; None: all do."""
        self._db = db
        self._settings = settings
        self._api = api
        self._store = store
        self._forecast = forecast
        self._analyst_key = analyst_key
        self._clock = clock

    def plan_night(self, *, under_way: Collection[int] = ()) -> NightPlan:
        """What a night that begins now would do. `under_way`: games that a run has already.

        Raises ConfigError for a model without a price.
        """
        return self._plan(self._list(), under_way=under_way, delivery=Delivery.REAL_TIME)

    def plan_bulk(self, *, under_way: Collection[int] = ()) -> NightPlan:
        """Which games one run would send through bulk jobs now, at their prices: nothing is crawled. One run, so the
        limit of a run bounds them all. Raises as `plan_night` does."""
        games = [replace(game, crawl_due=False) for game in self._list() if game.stored]
        return self._plan(games, under_way=under_way, delivery=Delivery.BATCH, one_run=True)

    def _list(self) -> list[Candidate]:
        fresh = timedelta(hours=self._settings.fresh_hours)
        with self._db.connection() as conn:
            return CandidateRepository(conn).list_for_night(
                now=self._clock(), fresh=fresh, analyst_key=self._analyst_key
            )

    def _plan(
        self, games: list[Candidate], *, under_way: Collection[int], delivery: Delivery, one_run: bool = False
    ) -> NightPlan:
        now = self._clock()
        budget = self._build_budget(now)
        if one_run and budget.usd is not None and budget.usd_per_run is not None:
            budget = budget.model_copy(update={"usd": min(budget.usd, budget.usd_per_run * night_runs.ROOM)})
        return night_rules.plan_night(
            games,
            budget=budget,
            prices=self._get_prices(delivery),
            under_way=under_way,
            now=now,
            shortest=max(timedelta(hours=self._settings.fresh_hours), due_rules.FLOOR),
            analysed_per_game=self._settings.analysed_per_game,
        )

    def _get_prices(self, delivery: Delivery) -> CallPrices:
        return FREE if self._forecast is None else self._forecast.get_prices(delivery)

    def _build_budget(self, now: datetime) -> NightBudget:
        stops = {use.host: use.blocked_until or use.held_until for use in HostBudgetService(self._db).list_uses()}
        usd, per_run = self._get_dollars()

        def count(rate: HostRate) -> float | None:
            return night_rules.count_requests(
                per_second=rate.requests_per_second,
                hours=self._settings.hours,
                now=now,
                stopped_until=stops.get(rate.host),
            )

        return NightBudget(
            hours=self._settings.hours,
            api_requests=count(self._api),
            store_requests=count(self._store),
            usd=usd,
            usd_per_run=per_run,
            games=self._settings.games,
            games_per_run=self._settings.games_per_run,
        )

    def _get_dollars(self) -> tuple[Decimal | None, Decimal | None]:
        if self._forecast is None:
            return None, None
        return self._forecast.get_left(), self._forecast.per_run
