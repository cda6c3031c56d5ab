"""Runs that carry a set of keys in their config: how they are asked for, and which keys a run has.

Dagster's own multi-partition runs carry a *range* of keys, so that a scattered selection falls apart into many runs. A
key-set run names its keys in run config; Dagster cannot plan them, so `key_set_events.py` does.
"""

import hashlib
from collections.abc import Mapping, Sequence
from enum import IntEnum

import dagster as dg
from pydantic import Field

from steampulse_dagster.models.lineage import Stage

JOB_NAME = "refresh_games_job"
STEP_NAME = "game_lineage"
PRIORITY_TAG = "dagster/priority"
REASON_TAG = "steampulse/reason"
"""Why a run was asked for, in words."""
GAMES_TAG = "steampulse/games"
"""How many games a key-set run carries."""
KIND_TAG = "steampulse/kind"
"""A Priority in lower case: what asked for the run."""
BACKGROUND_TAG = "steampulse/background"
"""On runs that nobody waits for: the queue keeps a place free beside them."""
PROCESS_TAG = "steampulse/process"
"""On runs of the command line: names the lock that the process of the run holds: host, process id, random."""
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"


class Priority(IntEnum):
    """Who is served first when runs wait in the queue. A click in the UI carries no tag, which Dagster reads as 0."""

    CLICK = 0
    RETRY = -5
    REQUEST = -10
    REANALYSIS = -20
    NIGHTLY = -30


class KeySetConfig(dg.Config):
    """Config of a step that works on a set of games."""

    appids: list[int] = Field(
        default=[], description="The games of this run. Leave empty when partitions were picked in the UI."
    )
    force: bool = Field(default=False, description="Fetch from Steam although what is stored is still fresh.")
    full: bool = Field(default=False, description="Walk all reviews of each game again; nothing that is stored goes.")


def build_tags(appids: Sequence[int], *, whole_chain: bool) -> dict[str, str]:
    """Tags that a key-set run of these games must carry.

    A run that begins in the middle of the chain has a partitioned input, and Dagster asks which partitions of it the
    run reads before the step begins; a run without any partition fails there. One of its own keys is answer enough.
    """
    if whole_chain or not appids:
        return {}
    return {RANGE_START_TAG: str(appids[0]), RANGE_END_TAG: str(appids[0])}


def build_run_request(
    appids: Sequence[int],
    *,
    stages: Sequence[Stage] = tuple(Stage),
    run_key: str | None,
    reason: str,
    priority: Priority,
    force: bool = False,
    full: bool = False,
    tags: Mapping[str, str] | None = None,
) -> dg.RunRequest:
    """One key-set run of `refresh_games_job` for a sensor or schedule of that job.

    `run_key`: stable for what is asked, so that the same wish is met once. `reason`: a sentence for the run's tags;
    `tags`: what it came from, for machines. Raises ValueError without appids or stages.
    """
    if not appids or not stages:
        raise ValueError("a run request needs games and stages")
    return dg.RunRequest(
        run_key=run_key,
        job_name=JOB_NAME,
        run_config=build_run_config(appids, force=force, full=full),
        asset_selection=[dg.AssetKey(stage.value) for stage in Stage if stage in stages],
        tags={
            **(tags or {}),
            **build_tags(appids, whole_chain=Stage.GAMES in stages),
            PRIORITY_TAG: str(int(priority)),
            KIND_TAG: priority.name.lower(),
            REASON_TAG: reason,
            GAMES_TAG: str(len(appids)),
            **({BACKGROUND_TAG: "true"} if priority <= Priority.REANALYSIS else {}),
        },
    )


def build_run_requests(
    appids: Sequence[int],
    *,
    size: int,
    stages: Sequence[Stage] = tuple(Stage),
    run_key: str,
    reason: str,
    priority: Priority,
    force: bool = False,
    full: bool = False,
    tags: Mapping[str, str] | None = None,
) -> list[dg.RunRequest]:
    """Key-set runs of at most `size` games (STEAMPULSE_GAMES_PER_RUN), in the given order, none for no games.

    Each run's key is `run_key` and a digest of its games: a tick that is repeated asks for no set twice.
    """
    return [
        build_run_request(
            part,
            stages=stages,
            run_key=f"{run_key}:{digest_key_set(part)}",
            reason=reason,
            priority=priority,
            force=force,
            full=full,
            tags=tags,
        )
        for part in split_key_set(appids, size=size)
    ]


def split_key_set(appids: Sequence[int], *, size: int) -> list[Sequence[int]]:
    """Parts of at most `size` games, in order."""
    return [appids[start : start + size] for start in range(0, len(appids), size)]


def digest_key_set(appids: Sequence[int]) -> str:
    """A short name for a set of games, whatever their order."""
    return hashlib.sha256(",".join(map(str, sorted(appids))).encode()).hexdigest()[:16]


def build_run_config(appids: Sequence[int], *, force: bool = False, full: bool = False) -> dict[str, object]:
    """Run config of a key-set run."""
    return {"ops": {STEP_NAME: {"config": {"appids": list(appids), "force": force, "full": full}}}}


def list_keys(context: dg.AssetExecutionContext, config: KeySetConfig) -> list[int]:
    """The appids of this run: from its config, else from its partition or range.

    Raises dg.Failure when a run has neither.
    """
    if config.appids:
        return sorted(set(config.appids))
    if context.has_partition_key or RANGE_START_TAG in context.run.tags:
        return [_parse_appid(key) for key in context.partition_keys]
    raise dg.Failure(
        "No games were chosen: pick partitions, or name appids in the run config of game_lineage.",
        allow_retries=False,
    )


def _parse_appid(key: str) -> int:
    if key.isascii() and key.isdigit():
        return int(key)
    raise dg.Failure(f"The partition {key!r} is no appid: delete it, or pick others.", allow_retries=False)
