"""Runs as processes of the code location, like Dagster's default, whose end is noticed with the code location's own.

Dagster's launcher cannot say whether a run still lives. A run that dies alone is reported by its code location; one
that dies with it, because the container was killed or replaced, would look under way until `max_runtime_seconds`.
"""

from typing import TYPE_CHECKING

from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import deserialize_value

if TYPE_CHECKING:
    from dagster import DagsterRun

ANSWER_SECONDS = 10


class WatchedRunLauncher(DefaultRunLauncher):
    """Asks the code location that a run was given to whether it knows the run; run monitoring does the rest."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: "DagsterRun") -> CheckRunHealthResult:
        """FAILED only when a code location answers at the run's address and does not know it: it was started anew.

        One that does not answer may be busy or about to come back, and a run without an address is some command's own.
        """
        client = self._get_grpc_client_for_termination(run.run_id)
        if client is None:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        try:
            answer = client.can_cancel_execution(CanCancelExecutionRequest(run_id=run.run_id), timeout=ANSWER_SECONDS)
        except DagsterUserCodeUnreachableError as error:
            return CheckRunHealthResult(WorkerStatus.RUNNING, f"its code location does not answer: {error}")
        if deserialize_value(answer, CanCancelExecutionResult).can_cancel:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "its code location was started anew and does not know it")
