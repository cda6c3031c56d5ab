"""Runs of the product's jobs inside this process, recorded in the Dagster instance like any other run."""

import fcntl
import os
import socket
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from steampulse_dagster import key_sets
from steampulse_dagster.definitions import defs
from steampulse_dagster.key_sets import PROCESS_TAG
from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.partitions import sync_appid_partitions
from steampulse_dagster.pools import free_slots
from steampulse_dagster.services.progress import SHOWN_PROGRESS, Progress

UNFINISHED = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
QUIET_LOGS = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_catalog(instance: dg.DagsterInstance, *, lock: str) -> str | None:
    """Run the catalogue's job; the reason if it failed."""
    result = defs.resolve_job_def("refresh_catalog_job").execute_in_process(
        instance=instance, run_config=QUIET_LOGS, tags=build_run_tags(lock), raise_on_error=False
    )
    return None if result.success else read_reason(result)


def run_games(
    instance: dg.DagsterInstance,
    appids: Sequence[int],
    *,
    tracked: Sequence[int],
    stages: Sequence[Stage],
    force: bool,
    full: bool,
    progress: Progress,
    lock: str,
) -> str | None:
    """Run the chosen stages of the chosen games as one key-set run; the reason if it failed.

    `tracked` are all tracked games: the partitions are made to equal them first. Reasons of single games are in
    `progress.failures`.
    """
    sync_appid_partitions(instance, list(tracked))
    token = SHOWN_PROGRESS.set(progress)
    try:
        result = defs.resolve_job_def("refresh_games_job").execute_in_process(
            instance=instance,
            run_config={**QUIET_LOGS, **key_sets.build_run_config(appids, force=force, full=full)},
            asset_selection=[dg.AssetKey(stage.value) for stage in stages],
            tags={**build_run_tags(lock), **key_sets.build_tags(appids, whole_chain=Stage.GAMES in stages)},
            raise_on_error=False,
        )
    finally:
        SHOWN_PROGRESS.reset(token)
    return None if result.success else read_reason(result)


@contextmanager
def run_lock(folder: Path) -> Iterator[str]:
    """Hold a lock whose name goes into the tags of runs: the kernel frees it however this process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    path = folder / name
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield name
        finally:
            path.unlink(missing_ok=True)


def fail_dead_runs(instance: dg.DagsterInstance, folder: Path) -> int:
    """Mark runs whose process on this machine was killed as failed, so that nothing looks under way for ever; how
    many there were."""
    unfinished = instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))
    dead = [run for run in unfinished if _is_dead(run, folder)]
    for run in dead:
        instance.report_run_failed(run, "The process of this run was killed. What it finished is stored; run it again.")
        free_slots(instance, run.run_id)
        (folder / run.tags[PROCESS_TAG]).unlink(missing_ok=True)
    return len(dead)


def build_run_tags(lock: str) -> dict[str, str]:
    """Tags of a run that this process executes itself."""
    # No retries: a run of this process is not for the daemon to launch again.
    return {PROCESS_TAG: lock, "dagster/max_retries": "0"}


def _is_dead(run: dg.DagsterRun, folder: Path) -> bool:
    lock = run.tags.get(PROCESS_TAG, "")
    return lock.startswith(f"{socket.gethostname()}-") and not _is_held(folder / lock)


def _is_held(path: Path) -> bool:
    if not path.exists():
        return False
    with path.open("r+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def read_reason(result: dg.ExecuteInProcessResult) -> str:
    """Why a run failed, in one sentence."""
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            if data.user_failure_data and data.user_failure_data.description:
                advice = data.user_failure_data.metadata.get("advice")
                return f"{data.user_failure_data.description} {advice.value if advice else ''}".strip()
            return data.error.to_string().strip().splitlines()[-1] if data.error else "the step failed"
    return "the run failed before its step began"
