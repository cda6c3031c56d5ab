"""The code location loads as Dagster's server loads it, and every asset tells a reader what it is."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.workspace.load_target import WorkspaceFileTarget

from steampulse_dagster.definitions import defs

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
LINEAGE = ["catalog", "games", "reviews", "chunk_summaries", "reports"]
FARGATE_MEMORY = {
    "512": range(1024, 4096 + 1, 1024),
    "1024": range(2048, 8192 + 1, 1024),
    "2048": range(4096, 16384 + 1, 1024),
}
"""MB by CPU units: Amazon ECS task size combinations for Linux on Fargate."""
LIBRARY = ["library_raw", "library_enriched", "library_import"]


def test_the_workspace_file_names_the_code_server_and_the_definitions_load(monkeypatch):
    monkeypatch.setenv("DAGSTER_CODE_HOST", "code.internal")
    monkeypatch.setenv("DAGSTER_CODE_PORT", "4266")

    (origin,) = WorkspaceFileTarget(paths=[str(ROOT / "workspace.yaml")]).create_origins()

    assert (origin.location_name, origin.host, origin.port) == ("steampulse", "code.internal", 4266)
    dg.Definitions.validate_loadable(defs)


def test_the_lineage_is_a_chain_from_the_catalogue_to_the_reports():
    graph = defs.resolve_asset_graph()
    for upstream, downstream in (*pairwise(LINEAGE), *pairwise(LIBRARY)):
        assert graph.get(dg.AssetKey(downstream)).parent_keys == {dg.AssetKey(upstream)}


@pytest.mark.parametrize("name", LINEAGE + LIBRARY)
def test_every_asset_has_a_description_a_group_kinds_an_owner_and_a_code_version(name):
    node = defs.resolve_asset_graph().get(dg.AssetKey(name))

    assert node.description
    assert len(node.description) > 60
    assert node.group_name in {"steam", "analysis", "library"}
    assert node.kinds
    assert node.owners
    assert node.code_version


@pytest.mark.parametrize("job", [job.name for job in defs.jobs])
def test_every_job_says_how_large_a_task_its_runs_take_and_fargate_has_that_size(job):
    tags = defs.resolve_job_def(job).tags

    assert int(tags["ecs/memory"]) in FARGATE_MEMORY[tags["ecs/cpu"]]


def test_loading_the_definitions_opens_nothing_and_leaves_heavy_libraries_alone():
    """Each process of Dagster loads them: the webserver's and daemon's code server, and every run."""
    heavy = "aiohttp boto3 httpx numpy onnxruntime rapidfuzz rich stamina starlette structlog tokenizers vaderSentiment"
    code = (
        "import sys, dagster; before = set(sys.modules); import steampulse_dagster.definitions as d; "
        "d.defs.get_repository_def(); "
        f"heavy = set({heavy.split()!r}) & (set(sys.modules) - before); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
