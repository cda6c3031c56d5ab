"""The product's definitions with stages that do nothing, so that what a run costs is Dagster's part alone.

Everything else is the product's: the step, its records of each (asset, game), its checks, signs of life and progress.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from steampulse_dagster import bootstrap_models, bootstrap_pipeline, definitions
from steampulse_dagster.models.lineage import NothingToReport, Stage, StageFailure, StageSuccess
from steampulse_dagster.services.lineage import OnOutcome
from steampulse_dagster.services.progress import Progress


class TrivialLineage:
    """In place of LineageService: every stage of every game succeeds at once."""

    async def run(
        self,
        appids: Sequence[int],
        *,
        stages: Sequence[Stage],
        progress: Progress,
        on_outcome: OnOutcome,
        **_: object,
    ) -> list[StageFailure]:
        progress.games_total += len(appids)
        for appid in appids:
            for stage in stages:
                result = NothingToReport(appid=appid, reason="nothing was done")
                await on_outcome(StageSuccess(appid=appid, stage=stage, result=result, seconds=0.0))
            progress.games_done += 1
        return []


@asynccontextmanager
async def _open_nothing() -> AsyncIterator[None]:
    yield None


def _build_trivial(*_: Any, **__: Any) -> Any:
    return TrivialLineage()


bootstrap_pipeline.build_lineage_service = _build_trivial
bootstrap_models.open_analyst = _open_nothing  # type: ignore[assignment]
bootstrap_pipeline.open_steam = _open_nothing  # type: ignore[assignment]

defs = definitions.defs
