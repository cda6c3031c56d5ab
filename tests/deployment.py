"""The product deployed as in production, for tests: code server, daemon and webserver as processes of their own,
Dagster and product on PostgreSQL, Steam simulated by the caller. GraphQL in the words of Dagster's own UI."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import dagster as dg
import httpx

from steampulse_dagster.embedded.postgres import DAGSTER_DATABASE, PRODUCT_DATABASE
from steampulse_dagster.embedded.supervisor import acquire, stop
from steampulse_dagster.repositories.migrate import migrate
from steampulse_dagster.utils.db import Database
from tests.dagster_instances import write_instance_file
from tests.helpers import short_lived_folder

ROOT = Path(__file__).parents[1]
ASSETS = ("games", "reviews", "chunk_summaries", "reports")
LOCATION = {"repositoryLocationName": "steampulse", "repositoryName": "__repository__"}
PATIENCE_SECONDS = 180.0
LINES_TOLD = 60

LAUNCH_RUN = """
mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename
  ... on LaunchRunSuccess { run { runId } }
  ... on PythonError { message stack }
  ... on RunConfigValidationInvalid { errors { message } }
} }"""
LAUNCH_BACKFILL = """
mutation ($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename
  ... on LaunchBackfillSuccess { backfillId }
  ... on PythonError { message stack }
} }"""
STATUSES = """
query ($keys: [AssetKeyInput!]!) { assetNodes(assetKeys: $keys) {
  assetKey { path }
  assetPartitionStatuses { ... on DefaultPartitionStatuses {
    materializedPartitions failedPartitions materializingPartitions unmaterializedPartitions
  } }
} }"""
START_SENSOR = """
mutation ($selector: SensorSelector!) { startSensor(sensorSelector: $selector) {
  __typename ... on PythonError { message } } }"""
START_SCHEDULE = """
mutation ($selector: ScheduleSelector!) { startSchedule(scheduleSelector: $selector) {
  __typename ... on PythonError { message } } }"""
RELOAD = """
mutation ($location: String!) { reloadRepositoryLocation(repositoryLocationName: $location) { __typename } }"""
TERMINATE = """
mutation ($runId: String!) { terminateRun(runId: $runId) {
  __typename ... on TerminateRunFailure { message } ... on PythonError { message } } }"""


class Deployment:
    """Processes of one deployment. Everything that it starts it ends."""

    def __init__(self, folder: Path, *, data_dir: Path, module: str, settings: Mapping[str, str], **instance: object):
        self.folder, self.data_dir = folder, data_dir
        self._lease = acquire(data_dir)
        self.database_url = self._lease.url(PRODUCT_DATABASE)
        migrate(self.database_url)
        self.home = folder / "dagster"
        self.home.mkdir()
        write_instance_file(self.home, self._lease.url(DAGSTER_DATABASE), **instance)
        self.dagster_dsn = f"{self._lease.url(DAGSTER_DATABASE)}&options=-csearch_path%3Ddagster"
        self.code_port, self.ui_port = free_port(), free_port()
        self._module = module
        self.workspace = folder / "workspace.yaml"
        self.workspace.write_text(
            f"load_from:\n  - grpc_server: {{host: 127.0.0.1, port: {self.code_port}, location_name: steampulse}}\n"
        )
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("STEAMPULSE_", "DAGSTER_"))}
        self.environment = {
            **kept,
            "DAGSTER_HOME": str(self.home),
            "DATABASE_URL": self.database_url,
            "STEAMPULSE_DATA_DIR": str(folder / "files"),
            "STEAMPULSE_AUTOMATION": "off",
            "STEAMPULSE_STEAM_API_KEY": "any",
            "STEAMPULSE_STEAM_REQUESTS_PER_SECOND": "1000",
            "STEAMPULSE_STEAM_STORE_REQUESTS_PER_SECOND": "1000",
            "PYTHONWARNINGS": "ignore",
            "DAGSTER_GRPC_TIMEOUT_SECONDS": "300",  # a busy machine is no failure
            **settings,
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *names: str) -> None:
        """Start `code`, `daemon` or `webserver`."""
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, "-m", *self._command(name)],
                    cwd=ROOT,
                    env=self.environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    # A background job of a shell ignores SIGINT, and Dagster gives SIGTERM what SIGINT has.
                    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
                )

    def _command(self, name: str) -> list[str]:
        match name:
            case "code":
                port = str(self.code_port)
                where = ["-m", self._module, "-h", "127.0.0.1", "-p", port, "--location-name", "steampulse"]
                return ["dagster", "api", "grpc", *where, "--log-level", "warning"]
            case "daemon":
                return ["dagster._daemon", "run", "-w", str(self.workspace)]
            case "webserver":
                return ["dagster_webserver", "-w", str(self.workspace), "-h", "127.0.0.1", "-p", str(self.ui_port)]
        raise ValueError(name)

    def kill(self, name: str) -> None:
        """SIGKILL, and wait."""
        self.processes[name].kill()
        self.processes.pop(name).wait()

    def wait_for_webserver(self) -> None:
        """Until the UI answers with the code location loaded."""

        def loaded() -> bool:
            with suppress(httpx.HTTPError, KeyError, TypeError):
                entries = self.ask("{ workspaceOrError { ... on Workspace { locationEntries { loadStatus } } } }")
                return [e["loadStatus"] for e in entries["workspaceOrError"]["locationEntries"]] == ["LOADED"]
            return False

        eventually(loaded, "the webserver came up")

    def ask(self, query: str, **variables: object) -> Any:
        """The data of a GraphQL answer; an error of any kind is an AssertionError with its words."""
        answer = httpx.post(
            f"http://127.0.0.1:{self.ui_port}/graphql", json={"query": query, "variables": variables}, timeout=60
        ).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def launch(
        self,
        job: str = "__ASSET_JOB",
        *,
        assets: Sequence[str] = ASSETS,
        tags: Mapping[str, str] | None = None,
        config: object = None,
    ) -> str:
        """Launch a run as the UI does; its id. A job of ops: no assets."""
        selector: dict[str, object] = {**LOCATION, "jobName": job}
        if assets:
            selector["assetSelection"] = [{"path": [asset]} for asset in assets]
        params = {
            "selector": selector,
            "mode": "default",
            "runConfigData": config or {},
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in (tags or {}).items()]},
        }
        answer = self.ask(LAUNCH_RUN, params=params)["launchRun"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        return str(answer["run"]["runId"])

    def backfill(self, appids: Iterable[int], *, assets: Sequence[str] = ASSETS) -> str:
        """Launch a backfill of these partitions as the UI does; its id."""
        params = {
            "assetSelection": [{"path": [asset]} for asset in assets],
            "partitionNames": [str(appid) for appid in appids],
        }
        answer = self.ask(LAUNCH_BACKFILL, params=params)["launchPartitionBackfill"]
        assert answer["__typename"] == "LaunchBackfillSuccess", answer
        return str(answer["backfillId"])

    def turn_on(self, *, sensor: str | None = None, schedule: str | None = None) -> None:
        """Turn a sensor or schedule on as the UI does."""
        if sensor:
            answer = self.ask(START_SENSOR, selector={**LOCATION, "sensorName": sensor})["startSensor"]
        else:
            answer = self.ask(START_SCHEDULE, selector={**LOCATION, "scheduleName": schedule})["startSchedule"]
        assert answer["__typename"] in ("Sensor", "ScheduleStateResult"), answer

    def terminate(self, run_id: str) -> None:
        """Cancel a run as the UI does."""
        answer = self.ask(TERMINATE, runId=run_id)["terminateRun"]
        assert answer["__typename"] == "TerminateRunSuccess", answer

    def fetch_statuses(self) -> dict[tuple[str, int], str]:
        """What the UI shows of every (asset, game): failed before materialized, as it does."""
        nodes = self.ask(STATUSES, keys=[{"path": [asset]} for asset in ASSETS])["assetNodes"]
        if len(nodes) < len(ASSETS):  # the code server was replaced
            self.ask(RELOAD, location=LOCATION["repositoryLocationName"])
        assert len(nodes) == len(ASSETS), "the webserver has not loaded the code location"
        return dict(_read_statuses(nodes))

    @contextmanager
    def open_instance(self) -> Iterator[dg.DagsterInstance]:
        """The deployment's instance in this process."""
        with dg.DagsterInstance.from_config(str(self.home)) as instance:
            yield instance

    @contextmanager
    def open_database(self) -> Iterator[Database]:
        """The product's database."""
        database = Database(self.database_url, pool_size=2)
        try:
            yield database
        finally:
            database.close()

    def tell_logs(self) -> None:
        """The ends of all logs, on standard error."""
        for log in sorted(self.folder.glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()[-LINES_TOLD:]
            sys.stderr.write("\n".join([f"--- {log.name}", *lines, ""]))

    def close(self) -> None:
        """End everything: runs first, which are children of the code server."""
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._lease.release()


def _read_statuses(nodes: Iterable[Mapping[str, Any]]) -> Iterator[tuple[tuple[str, int], str]]:
    kinds = ("unmaterialized", "materialized", "failed", "materializing")
    for node in nodes:
        for kind in kinds:
            for key in node["assetPartitionStatuses"][f"{kind}Partitions"]:
                yield (node["assetKey"]["path"][0], int(key)), kind


@contextmanager
def deployed(
    *, module: str = "steampulse_dagster.definitions", settings: Mapping[str, str], **instance: object
) -> Iterator[Deployment]:
    """A deployment on a PostgreSQL of its own; nothing of it is left afterwards."""
    with short_lived_folder() as folder:
        data_dir = folder / "data"
        deployment = Deployment(folder, data_dir=data_dir, module=module, settings=settings, **instance)
        try:
            yield deployment
        except BaseException:
            deployment.tell_logs()
            raise
        finally:
            deployment.close()
            stop(data_dir)


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until the condition comes true; AssertionError naming it if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not in {seconds:.0f} s: {what}"
        time.sleep(1.0)  # seldom: the simulated Steam is a thread of this process
