"""The body of every step that takes a set of games through their stages and tells Dagster what became of each."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

import dagster as dg

from steampulse_dagster import bootstrap_orchestration, bootstrap_pipeline
from steampulse_dagster.assets.failures import to_failure
from steampulse_dagster.assets.metadata import describe_success
from steampulse_dagster.assets.run_summary import RunSummary, build_summary_tags
from steampulse_dagster.errors import DatabaseError, SteamPulseError
from steampulse_dagster.interrupts import run_until_interrupted
from steampulse_dagster.key_set_events import KeySetRecorder
from steampulse_dagster.key_sets import PROCESS_TAG
from steampulse_dagster.models.costs import GameCost
from steampulse_dagster.models.lineage import Stage, StageFailure, StageSuccess
from steampulse_dagster.partitions import APPIDS
from steampulse_dagster.resources.analyst import AnalystResource
from steampulse_dagster.resources.object_store import ObjectStoreResource
from steampulse_dagster.resources.postgres import PostgresResource
from steampulse_dagster.resources.steam import SteamResource
from steampulse_dagster.services.progress import SHOWN_PROGRESS, Progress

if TYPE_CHECKING:
    from steampulse_dagster.services.lineage import StageOutcome

FLUSH_SECONDS = 1.0
"""How much of its newest outcomes a run that is killed may lose; the next run finds them done and records them."""
PROGRESS_LOG_SECONDS = 5.0
PAID = (Stage.CHUNK_SUMMARIES, Stage.REPORTS)
"""Stages that ask a language model."""


class KeySetStep:
    """One step of one run. What it writes to Dagster comes after what it speaks of is committed."""

    def __init__(
        self,
        context: dg.AssetExecutionContext | dg.OpExecutionContext,
        *,
        postgres: PostgresResource,
        steam: SteamResource,
        analyst: AnalystResource,
        object_store: ObjectStoreResource,
    ) -> None:
        self._context = context
        self._postgres = postgres
        self._steam = steam
        self._analyst = analyst
        self._object_store = object_store
        self._recorder = KeySetRecorder(context)
        self._progress = SHOWN_PROGRESS.get() or Progress()
        self._summary = RunSummary()
        try:
            self._heartbeats = bootstrap_orchestration.build_run_heartbeats(postgres.get_database())
            self._get_cost = bootstrap_orchestration.build_run_cost(context.run.run_id)
            self._get_game_cost = bootstrap_orchestration.build_game_cost(context.run.run_id)
        except SteamPulseError as error:
            raise to_failure(error) from error

    def plan(self, appids: Sequence[int], stages: Sequence[Stage]) -> None:
        """Announce every (asset, game). Dagster itself announces those of a partition or range."""
        self._recorder.plan([stage.value for stage in stages], [str(appid) for appid in appids])

    def drive(
        self, appids: Sequence[int], stages: Sequence[Stage], *, force: bool = False, full: bool = False
    ) -> list[StageFailure]:
        """Take the games through the stages; the failures, at most one a game.

        Raises dg.Failure where the whole step is refused, DagsterExecutionInterruptedError where it is cancelled.
        """

        async def work() -> list[StageFailure]:
            async with self._steam.open() as source, self._analyst.open(run_id=self._context.run.run_id) as reader:
                lineage = bootstrap_pipeline.build_lineage_service(
                    self._postgres.get_database(),
                    source,
                    analyst=reader,
                    object_store=self._object_store.get_store(),
                )
                async with self._recording():
                    return await lineage.run(
                        appids,
                        stages=stages,
                        force=force,
                        full=full,
                        progress=self._progress,
                        on_outcome=self._note,
                    )

        try:
            failures = run_until_interrupted(work)
        except SteamPulseError as error:
            raise to_failure(error) from error
        self._settle()
        self._summarize(failures, last=max(stages, key=list(Stage).index))
        return failures

    async def _note(self, outcome: "StageOutcome") -> None:
        if isinstance(outcome, StageSuccess):
            self._summary.add(outcome)
            cost = await asyncio.to_thread(self._read_cost, outcome) if outcome.stage in PAID else None
            self._recorder.add(
                dg.AssetMaterialization(
                    asset_key=outcome.stage.value,
                    partition=str(outcome.appid),
                    metadata=dict(describe_success(outcome, cost=cost)),
                )
            )

    def _read_cost(self, outcome: StageSuccess) -> GameCost | None:
        with contextlib.suppress(DatabaseError):  # the game is done, whatever it cost
            return self._get_game_cost(outcome.appid)
        return None

    @contextlib.asynccontextmanager
    async def _recording(self) -> AsyncIterator[None]:
        """Inside, outcomes are written every second, progress is told every few and signs of life are given; at the
        end, however it comes, the rest is written."""
        beside = [asyncio.create_task(self._tell()), asyncio.create_task(self._beat())]
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)
            await asyncio.to_thread(self._recorder.flush)
            await asyncio.to_thread(self._log_progress)
            # The last one stays until the sensor of dead runs finds the run ended: a process that is killed between its
            # last outcome and the end of its run would otherwise look at work for hours. A run of the command line has
            # a lock for that.
            with contextlib.suppress(DatabaseError):
                if PROCESS_TAG in self._context.run.tags:
                    await asyncio.to_thread(self._heartbeats.end, [self._context.run.run_id])
                else:
                    await asyncio.to_thread(self._heartbeats.beat, self._context.run.run_id)

    async def _beat(self) -> None:
        while True:
            with contextlib.suppress(DatabaseError):  # an outage; many beats may be missed
                await asyncio.to_thread(self._heartbeats.beat, self._context.run.run_id)
            await asyncio.sleep(self._heartbeats.seconds)

    async def _tell(self) -> None:
        told = time.monotonic()
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await asyncio.shield(asyncio.to_thread(self._try_to_flush))
            if time.monotonic() - told >= PROGRESS_LOG_SECONDS:
                told = time.monotonic()
                await asyncio.to_thread(self._log_progress)

    def _try_to_flush(self) -> None:
        """The outcomes of this second; where Dagster's database is away, they wait for the next."""
        try:
            self._recorder.flush()
        except Exception as error:  # noqa: BLE001  # any driver's error; the last flush, at the end, raises it
            self._context.log.warning(f"Outcomes could not be recorded yet: {error}")

    def _settle(self) -> None:
        try:
            self._recorder.settle(APPIDS)
        except Exception as error:  # noqa: BLE001  # everything is recorded; only a page of the UI may lag behind
            self._context.log.warning(f"Whether the UI shows the newest outcomes could not be checked: {error}")

    def _summarize(self, failures: Sequence[StageFailure], *, last: Stage) -> None:
        """Tell what the whole run did, in its log, beside the last asset, and in the list of runs."""
        try:
            metadata = dict(self._summary.describe(self._progress, failures))
            self._context.log_event(dg.AssetObservation(last.value, metadata=metadata))
            tags = build_summary_tags(self._progress, failures)
            self._context.instance.add_run_tags(self._context.run.run_id, tags)
        except Exception as error:  # noqa: BLE001  # the games are done and recorded; the run has to end as they did
            self._context.log.warning(f"What the run did as a whole could not be told: {error!r}")

    def _log_progress(self) -> None:
        with contextlib.suppress(DatabaseError):
            self._progress.spent_usd = self._get_cost()
        self._context.log.info(self._progress.describe())
