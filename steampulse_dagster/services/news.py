"""Which games have news that is worth another analysis: asks the database, lets the rules choose. Stores nothing."""

from collections.abc import Callable, Collection
from datetime import datetime
from decimal import Decimal

from steampulse_dagster.models.news import NewsLimits, NewsPlan
from steampulse_dagster.models.nights import FREE
from steampulse_dagster.repositories.candidates import CandidateRepository
from steampulse_dagster.services import news_rules, night_runs
from steampulse_dagster.services.analysis_forecast import AnalysisForecast
from steampulse_dagster.services.due_rules import LEAST_USEFUL
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database


class NewsService:
    """Asks nobody but the database, and blocks on it. Never counts reviews: crawls and reports leave their counts."""

    def __init__(
        self,
        db: Database,
        *,
        limits: NewsLimits,
        games_per_run: int,
        forecast: AnalysisForecast | None,
        analyst_key: str | None,
        analysed_per_game: int | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._db = db
        self._limits = limits
        self._games_per_run = games_per_run
        self._forecast = forecast
        self._analyst_key = analyst_key
        self._analysed_per_game = analysed_per_game
        self._clock = clock

    @property
    def cool_down_hours(self) -> float:
        """Least time between two analyses of a game."""
        return self._limits.cool_down_hours

    def plan(self, *, under_way: Collection[int] = (), promised_usd: Decimal = Decimal(0)) -> NewsPlan:
        """One run's worth of games to analyse now. `under_way`: games that a run has or just had; `promised_usd`: what
        runs that are not over are expected to spend. Raises ConfigError for a model without a price."""
        usd_left = None
        if self._forecast is not None:
            left = self._forecast.get_left() - promised_usd
            usd_left = max(Decimal(0), min(left, self._forecast.per_run * night_runs.ROOM))
        with self._db.connection() as conn:
            found = CandidateRepository(conn).list_news(analyst_key=self._analyst_key, least=LEAST_USEFUL)
        return news_rules.plan_news(
            found,
            limits=self._limits,
            prices=FREE if self._forecast is None else self._forecast.get_prices(),
            usd_left=usd_left,
            most=self._games_per_run,
            under_way=under_way,
            now=self._clock(),
            analysed_per_game=self._analysed_per_game,
        )
