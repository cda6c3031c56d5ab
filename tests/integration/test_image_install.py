"""The image's build stage carried out in a bare folder: what the Dockerfile copies, and the commands that it runs."""

import os
import shlex
import shutil
import subprocess

import pytest

from scripts.compose_file import ROOT

pytestmark = pytest.mark.integration

CHECK = """
import importlib.metadata as m
import steampulse_dagster
from importlib.resources import files
from steampulse_dagster.definitions import defs
from steampulse_dagster.repositories.migrate import list_migrations
assert ".venv" in steampulse_dagster.__file__, "installed, not linked to a checkout"
assert len(list_migrations()) >= 10
assert (files("steampulse_dagster.analyzer") / "prompts" / "extract_chunk.md").is_file()
assert (files("steampulse_dagster.embedded") / "dagster.yaml").is_file()
assert {"refresh_games_job", "refresh_catalog_job"} <= {job.name for job in defs.resolve_all_job_defs()}
names = {d.metadata["Name"].lower() for d in m.distributions()}
assert not names & {"pytest", "moto", "ruff", "mypy", "cfn-lint"}, "no tools of development"
print(len(names))
"""


def test_the_install_step_of_the_image_works_from_the_lock_file_alone(tmp_path):
    app = tmp_path / "app"
    app.mkdir()
    for line in _list_build_stage():
        instruction, _, rest = line.partition(" ")
        if instruction == "COPY":
            *sources, target = rest.split()
            for source in sources:
                _copy(source, app / target)
        elif instruction == "RUN" and rest.startswith("uv "):
            _run_uv(rest, app)

    python = app / ".venv" / "bin" / "python"
    done = subprocess.run([python, "-c", CHECK], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert 80 < int(done.stdout) < 200
    told = subprocess.run(
        [python.with_name("steampulse"), "exec", "steampulse", "--help"], capture_output=True, text=True
    )
    assert "migrate" in told.stdout


def _list_build_stage() -> list[str]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return text.split("\nFROM ")[1].splitlines()[1:]


def _copy(source: str, target) -> None:
    """As COPY does it: a folder's content, or a file into a folder."""
    if (ROOT / source).is_dir():
        shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    else:
        shutil.copy(ROOT / source, target)


def _run_uv(command: str, app) -> None:
    """With the project's uv, and nothing of this environment's own virtual environment."""
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    words = [str(ROOT / "scripts" / "uv"), *shlex.split(command)[1:]]
    done = subprocess.run(words, cwd=app, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
