"""Where a lineage run stands, for whoever shows it: the run log and the command line read the same object."""

import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal

from steampulse_dagster.models.lineage import NothingToReport, StageFailure


@dataclass
class Progress:
    """Counters of one run; written by the lineage service, read from any thread."""

    games_total: int = 0
    games_done: int = 0
    failures: list[StageFailure] = field(default_factory=list)
    pages_fetched: int = 0
    reviews_crawled: int = 0
    """Reviews of the pages that were stored, known ones included."""
    reviews_stored: int = 0
    """New and changed reviews, counted when a game's crawl ends."""
    reviews_analysed: int = 0
    chunks_analysed: int = 0
    reports_written: int = 0
    without_report: list[NothingToReport] = field(default_factory=list)
    spent_usd: Decimal | None = None
    """What the run's calls of language models cost so far, open ones included; None: nothing costs anything."""
    running: dict[str, int] = field(default_factory=dict)
    """Games under way by stage name."""
    started: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.started

    def enter(self, stage: str) -> None:
        """A game begins a stage."""
        self.running[stage] = self.running.get(stage, 0) + 1

    def leave(self, stage: str) -> None:
        """A game ends a stage, well or not."""
        self.running[stage] -= 1

    @property
    def nothing_new(self) -> bool:
        """Nothing was fetched, analysed or written, and nothing failed."""
        return not (self.pages_fetched or self.chunks_analysed or self.reports_written or self.failures)

    def _idle_word(self) -> str:
        return "done" if self.games_total and self.games_done == self.games_total else "starting"

    def describe(self) -> str:
        """One line: games done of total, failed, rates, cost so far, current stages, elapsed."""
        elapsed = max(self.elapsed, 0.001)
        stages = ", ".join(f"{name} {count}" for name, count in self.running.items() if count) or self._idle_word()
        failed = f" ({len(self.failures)} failed)" if self.failures else ""
        spent = "" if self.spent_usd is None else f"${self.spent_usd:,.4f} so far · "
        return (
            f"games {self.games_done}/{self.games_total}{failed}, {60 * self.games_done / elapsed:,.0f} a minute · "
            f"reviews crawled {self.reviews_crawled:,} ({self.reviews_crawled / elapsed:,.0f}/s), "
            f"analysed {self.reviews_analysed:,} ({self.reviews_analysed / elapsed:,.0f}/s) · "
            f"{spent}now: {stages} · {int(elapsed) // 60}:{int(elapsed) % 60:02d} elapsed"
        )


SHOWN_PROGRESS: ContextVar[Progress | None] = ContextVar("shown_progress", default=None)
"""Set by a command that shows the progress of a run in its own process."""
