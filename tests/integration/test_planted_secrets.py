"""Secrets planted in every setting that holds one, and a run that succeeds, one that fails and a database that refuses:
nothing that is written or answered anywhere may hold one of them."""

import zlib
from pathlib import Path

import httpx
import pytest

from steampulse_dagster.utils.db import Database, fetch_all
from tests.topology_kills import running_world

pytestmark = pytest.mark.integration

PLANTED = {
    "STEAM_API_KEY": "plantedsteamkey1",
    "IGDB_CLIENT_SECRET": "plantedigdbsecret2",
    "OPENAI_API_KEY": "plantedopenaikey3",
    "STEAMPULSE_AUTHOR_SALT": "plantedauthorsalt4",
    "AWS_SECRET_ACCESS_KEY": "plantedawskey5",
}
PASSWORD = "plantedpassword6"
UNKNOWN_APPID = 424242
ASKED = """
query Everything($runs: Int!) {
  instance { info runLauncher { name }
    daemonHealth { allDaemonStatuses { daemonType lastHeartbeatErrors { message stack } } } }
  workspaceOrError { __typename ... on Workspace { locationEntries { name displayMetadata { key value }
    locationOrLoadError { __typename ... on PythonError { message stack } } } } }
  runsOrError(limit: $runs) { ... on Runs { results { runId status runConfigYaml tags { key value }
    eventConnection { events { __typename ... on MessageEvent { message }
      ... on ExecutionStepFailureEvent { error { message stack causes { message stack } }
        failureMetadata { metadataEntries { label ... on TextMetadataEntry { text }
          ... on TableMetadataEntry { table { records } } } } } } } } } }
  repositoriesOrError { ... on RepositoryConnection { nodes { name
    allTopLevelResourceDetails { name configFields { name } configuredValues { key value type } } } } }
}
"""


def test_no_log_event_config_answer_or_error_page_holds_a_planted_secret(tmp_path):
    demo = Path("deploy/demo.env").read_text().replace("POSTGRES_PASSWORD=demo", f"POSTGRES_PASSWORD={PASSWORD}")
    kept = [line for line in demo.splitlines() if line.partition("=")[0] not in PLANTED]
    env_file = tmp_path / "planted.env"
    env_file.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in PLANTED.items()), "LOG_LEVEL=DEBUG"]))
    with running_world(games=2, reviews=6, env_file=env_file) as harness:
        topology = harness.topology
        played = harness.play()
        harness.fail(UNKNOWN_APPID)
        answers = _ask(topology)
        stored = _read_dagster(topology.postgres.url)
        topology.kill("postgres")
        answers += [httpx.post(f"{topology.url('webserver')}/graphql", json={"query": "{ version }"}).text]
        answers += [httpx.get(f"{topology.url('api')}{path}").text for path in ("/ready", "/games", "/nowhere")]
        topology.stop()
        written = {path: path.read_bytes() for path in topology.folder.rglob("*") if _may_tell(path, topology.folder)}

    assert [run.status for run in played.runs] == ["SUCCESS"]
    assert {path.name for path in written} >= {"code.log", "daemon.log", "webserver.log", "api.log"}
    everywhere = {str(path): text for path, text in written.items()}
    everywhere |= {"event log and the rest of Dagster's tables": stored, "answers": "\n".join(answers).encode()}
    assert b"refresh_games_job" in stored
    assert str(UNKNOWN_APPID).encode() in everywhere["answers"], "the failed run is among what was asked for"
    found = {
        (secret, place)
        for secret in (*PLANTED.values(), PASSWORD)
        for place, text in everywhere.items()
        if secret.encode() in text
    }
    assert found == set()


def _ask(topology) -> list[str]:
    """What the UI asks for, and the pages that it shows when something is wrong."""
    url = topology.url("webserver")
    answers = [httpx.post(f"{url}/graphql", json={"query": ASKED, "variables": {"runs": 10}}, timeout=60).text]
    answers += [httpx.post(f"{url}/graphql", json={"query": "{ broken"}).text, httpx.get(f"{url}/server_info").text]
    return answers


def _read_dagster(url: str) -> bytes:
    """Every value of every table of Dagster's, its compressed snapshots unpacked."""
    database = Database(url, pool_size=1)
    with database.connection() as conn:
        tables = fetch_all(conn, "select tablename as name from pg_tables where schemaname = 'dagster'")
        values = [
            value
            for table in tables
            for row in fetch_all(conn, f"select * from dagster.{table['name']}")
            for value in row.values()
        ]
    database.close()
    return b"\n".join(_unpack(value) for value in values)


def _unpack(value) -> bytes:
    if isinstance(value, memoryview):
        return zlib.decompress(value)
    return str(value).encode()


def _may_tell(path: Path, folder: Path) -> bool:
    """Logs, outputs of steps and report files; not the database's own files, which hold what it was given."""
    return path.is_file() and path.relative_to(folder).parts[0] in {"logs", "data", "app"}
