"""A run of the library import inside this process, recorded in the Dagster instance like any other run."""

import dagster as dg

from steampulse_dagster.definitions import defs
from steampulse_dagster.partitions import STEAM_IDS
from steampulse_dagster.runs import QUIET_LOGS, build_run_tags, read_reason
from steampulse_dagster.services.library_progress import SHOWN_LIBRARY_PROGRESS, LibraryProgress


def run_library(
    instance: dg.DagsterInstance, steam_id: str, *, track_games: bool, progress: LibraryProgress, lock: str
) -> str | None:
    """Import one library as its partition; the reason if it failed."""
    instance.add_dynamic_partitions(STEAM_IDS.name or "", [steam_id])
    token = SHOWN_LIBRARY_PROGRESS.set(progress)
    try:
        result = defs.resolve_job_def("import_library_job").execute_in_process(
            instance=instance,
            partition_key=steam_id,
            run_config={**QUIET_LOGS, "ops": {"library_import": {"config": {"track_games": track_games}}}},
            tags=build_run_tags(lock),
            raise_on_error=False,
        )
    finally:
        SHOWN_LIBRARY_PROGRESS.reset(token)
    return None if result.success else read_reason(result)
