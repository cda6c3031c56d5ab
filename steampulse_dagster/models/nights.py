"""What a night's backfill chooses from, what it chose, and what it left: read by the schedule and `steampulse plan`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from steampulse_dagster.models.base import Model
from steampulse_dagster.models.llm import Delivery


@dataclass(frozen=True, slots=True)
class Candidate:
    """A followed game that is due for a crawl or whose analysis may be behind. No pydantic: 100,000 of them."""

    appid: int
    name: str
    crawl_due: bool
    due_at: datetime | None = None
    every: timedelta | None = None
    reviews_per_day: float | None = None
    stored: int = 0
    finished_at: datetime | None = None
    failures: int = 0
    reported: int | None = None
    """Steam's own count of its reviews, as last heard."""
    details_at: datetime | None = None
    modified_at: datetime | None = None
    """When its store page last changed, by the catalogue."""
    analysed: int | None = None
    """Reviews that its current report knows; None without a report by the analyst that is set."""
    job: str | None = None
    """Where an analysis that is not done stands (an AnalysisState), and since when."""
    job_changed_at: datetime | None = None


class Work(StrEnum):
    """What a night does with a game."""

    FULL = "crawl and analyse"
    CRAWL = "crawl"
    ANALYSE = "analyse"


class Left(StrEnum):
    """Why a game that has something to do is left for another night, or for another tick."""

    REQUESTS = "Steam's requests of the night are given away"
    DOLLARS = "analysing it does not fit into what the dollar limits leave"
    GAMES = "the night has its most games"
    UNDER_WAY = "a run that waits or works already has it"


class CallPrices(Model):
    """What usual calls of the configured models are expected to cost, in US dollars."""

    delivery: Delivery
    chunk: Decimal = Decimal(0)
    join: Decimal = Decimal(0)
    report: Decimal = Decimal(0)


FREE = CallPrices(delivery=Delivery.REAL_TIME)
"""The local analyst."""


class NightBudget(Model):
    """What a night may use. None: no limit."""

    hours: float
    api_requests: float | None = None
    """Of Steam's Web API: reviews and store items."""
    store_requests: float | None = None
    """Of the store: details of a game."""
    usd: Decimal | None = None
    usd_per_run: Decimal | None = None
    games: int
    games_per_run: int


class NightGame(Model):
    """A game that was chosen, why, and what it is expected to need."""

    appid: int
    name: str
    work: Work
    value: float
    why: str
    api_requests: float = 0.0
    store_requests: float = 0.0
    usd: Decimal = Decimal(0)


class NightRun(Model):
    """Games that go through the same stages in one run."""

    work: Work
    appids: tuple[int, ...]
    usd: Decimal = Decimal(0)


class NightPlan(Model):
    """Tonight: what runs, most valuable first, and what is left."""

    made_at: datetime
    budget: NightBudget
    candidates: int
    """Games that have something to do, chosen or left."""
    games: tuple[NightGame, ...]
    runs: tuple[NightRun, ...]
    left: dict[Left, int]
    unpaid: int = 0
    """Of the chosen games, those that are crawled only, because analysing them does not fit into the dollars."""
    api_requests: float = 0.0
    store_requests: float = 0.0
    hours: float = 0.0
    """That the requests take at the hosts' rates; 0 where these are unlimited."""
    usd: Decimal = Decimal(0)

    def count(self, work: Work) -> int:
        """Chosen games that get this."""
        return sum(game.work is work for game in self.games)
