"""Games with new reviews since their report, and which of them are analysed again: what the sensor reads and says."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from steampulse_dagster.models.base import Model


@dataclass(frozen=True, slots=True)
class News:
    """A crawled game of which more is stored than its report knows. No pydantic: there may be very many."""

    appid: int
    name: str
    stored: int
    report_id: int | None = None
    """None: it was never analysed, or by another analyst."""
    analysed: int = 0
    """Reviews that the report knows, and the positive ones of them."""
    positive: int = 0
    recent: int = 0
    """Reviews created since the newest of those, and the positive ones of them."""
    recent_positive: int = 0
    confirmed_at: datetime | None = None
    """When the report was made or last found to be still true."""
    job: str | None = None
    """Where an analysis that is not done stands (an AnalysisState), and since when."""
    job_changed_at: datetime | None = None
    edited: int = 0
    """Reviews that the report knows and that were edited since."""

    @property
    def new(self) -> int:
        """Reviews that the report does not know; below 0 where reviews were taken back."""
        return self.stored - self.analysed


class NewsLimits(Model):
    """From when on news of a game is worth another analysis."""

    count: int
    share: float
    shift: float
    """How far the positive share of the new reviews surely is from that of the known ones."""
    cool_down_hours: float


class Unchosen(StrEnum):
    """Why a game with news is not taken at this tick."""

    DOLLARS = "analysing it does not fit into what the dollar limits leave"
    NEXT_TICK = "the run of this tick is full; the next tick takes it"
    UNDER_WAY = "a run that waits or works has it, or had it within the cool-down"


class NewsGame(Model):
    """A game that is analysed again, and why."""

    appid: int
    name: str
    stored: int
    report_id: int | None
    value: float
    why: str
    usd: Decimal = Decimal(0)


class NewsPlan(Model):
    """What one tick of the sensor does."""

    games: tuple[NewsGame, ...]
    looked_at: int
    """Crawled games with at least ten reviews that no report knows as they read now, or without any report."""
    worth: int
    """Of them, games whose news is worth an analysis."""
    left: dict[Unchosen, int]
    usd: Decimal = Decimal(0)
    usd_left: Decimal | None = None
