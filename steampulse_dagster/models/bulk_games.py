"""Games on their way through bulk jobs, as Dagster drives them: rows of `bulk_games`."""

from collections.abc import Mapping
from enum import StrEnum

from steampulse_dagster.models.base import Model


class BulkState(StrEnum):
    """Where a game stands."""

    QUEUED = "queued"
    """To be looked at by the next run that submits."""
    WAITING = "waiting"
    """Its requests are in bulk jobs."""
    READY = "ready"
    """No job could answer more: a run is to write its report and record its partitions."""
    RECORDING = "recording"
    """Such a run was asked for."""
    DONE = "done"
    FAILED = "failed"


class BulkLook(Model):
    """All that the sensor decides from, as it was at one moment."""

    to_advance: tuple[int, ...]
    """Games whose next requests are to be put into jobs: queued ones, and those none of whose jobs is open any more."""
    in_jobs: int
    ready: tuple[int, ...]
    recording: Mapping[str, tuple[int, ...]]
    """Games by the key of the run that records them."""
    ended_jobs: tuple[int, ...]
    """Bulk jobs that the service is done with and whose answers are not read yet."""
    open_jobs: int
    """Bulk jobs that are not collected, ended ones included."""

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do, now or later."""
        return not (self.to_advance or self.in_jobs or self.ready or self.recording or self.open_jobs)
