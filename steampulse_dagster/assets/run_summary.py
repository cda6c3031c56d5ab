"""What a person reads of a whole key-set run: counts, rates, completeness, cost, grounded share, what was slow, why
games failed. Goes into an observation of the run's last asset and into the run's tags."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import dagster as dg

from steampulse_dagster.assets.metadata import bar
from steampulse_dagster.models.analysis import ChunkOutcome
from steampulse_dagster.models.lineage import Stage, StageFailure, StageSuccess
from steampulse_dagster.models.reviews import CrawlResult
from steampulse_dagster.services.progress import Progress

DONE_TAG, FAILED_TAG, COST_TAG = "steampulse/done", "steampulse/failed", "steampulse/cost_usd"
SLOWEST = 10
SHOWN_FAILURES = 50


class RunSummary:
    """Adds up the outcomes of one run; a few numbers for each game, so that 100,000 of them are no burden."""

    def __init__(self) -> None:
        self._seconds: dict[Stage, dict[int, float]] = {}
        self._completeness: list[float] = []
        self._quotes = Counter[str]()

    def add(self, success: StageSuccess) -> None:
        """A stage that ended well for one game."""
        self._seconds.setdefault(success.stage, {})[success.appid] = success.seconds
        match success.result:
            case CrawlResult(completeness=float(share)):
                self._completeness.append(share)
            case ChunkOutcome(grounding=grounding):
                self._quotes.update(quotes=grounding.quotes, proven=grounding.proven, dropped=grounding.dropped)
            case _:
                pass

    def describe(self, progress: Progress, failures: Sequence[StageFailure]) -> Mapping[str, dg.MetadataValue]:
        """Metadata of the run."""
        elapsed = max(progress.elapsed, 0.001)
        metadata: dict[str, Any] = {
            "games": progress.games_total,
            "games failed": len(failures),
            "games a minute": round(60 * progress.games_done / elapsed, 1),
            "reviews stored": progress.reviews_stored,
            "reviews analysed": progress.reviews_analysed,
            "reports written": progress.reports_written,
            "seconds": round(elapsed, 1),
            "stages": dg.MetadataValue.md(self._chart(failures)),
        }
        if self._seconds:
            metadata["slowest games"] = dg.MetadataValue.table(self._list_slowest())
        if progress.spent_usd is not None:
            metadata["cost (USD)"] = float(progress.spent_usd)
        if self._completeness:
            share = sum(min(one, 1.0) for one in self._completeness) / len(self._completeness)
            metadata[f"average completeness of {len(self._completeness)} games"] = round(share, 4)
        if kept := self._quotes["quotes"] - self._quotes["dropped"]:
            metadata["quotes"] = self._quotes["quotes"]
            metadata["grounded share of shown quotes"] = round(self._quotes["proven"] / kept, 4)
        if failures:
            metadata["failed"] = dg.MetadataValue.table([_to_record(one) for one in failures[:SHOWN_FAILURES]])
        return metadata

    def _chart(self, failures: Sequence[StageFailure]) -> str:
        """A Markdown table with a row for each stage: how many games, the middle and the longest time."""
        failed = Counter(failure.stage for failure in failures)
        middle = {stage: median(times.values()) for stage, times in self._seconds.items() if times}
        most = max(middle.values(), default=0.0)
        rows = [
            f"| {stage.value} | {len(self._seconds.get(stage, {})):,} | {failed[stage]:,} | "
            f"`{bar(round(1000 * middle.get(stage, 0.0)), round(1000 * most))}` | {middle.get(stage, 0.0):.2f} s | "
            f"{max(self._seconds.get(stage, {}).values(), default=0.0):.2f} s |"
            for stage in Stage
            if stage in self._seconds or failed[stage]
        ]
        return "\n".join(["| stage | done | failed | | median | longest |", "|---|---:|---:|---|---:|---:|", *rows])

    def _list_slowest(self) -> list[dg.TableRecord]:
        totals = Counter[int]()
        for times in self._seconds.values():
            totals.update({appid: round(1000 * seconds) for appid, seconds in times.items()})
        return [
            dg.TableRecord({"appid": appid, "seconds": milliseconds / 1000})
            for appid, milliseconds in totals.most_common(SLOWEST)
        ]


def build_summary_tags(progress: Progress, failures: Sequence[StageFailure]) -> dict[str, str]:
    """The run's numbers for the list of runs."""
    tags = {DONE_TAG: str(progress.games_done - len(failures)), FAILED_TAG: str(len(failures))}
    return tags if progress.spent_usd is None else {**tags, COST_TAG: f"{progress.spent_usd:.4f}"}


def _to_record(failure: StageFailure) -> dg.TableRecord:
    return dg.TableRecord(
        {"appid": failure.appid, "stage": failure.stage.value, "code": failure.code, "reason": failure.reason}
    )
