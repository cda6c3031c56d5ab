"""Which layer may import which: the table of docs/architecture.md, checked on the code itself."""

import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

PACKAGE = Path(__file__).parents[2] / "steampulse_dagster"
NAME = PACKAGE.name

INNERMOST = {"models", "errors", "utils"}
MAY_IMPORT = {
    "utils": INNERMOST,
    "models": INNERMOST,
    "errors": INNERMOST,
    "repositories": INNERMOST,
    "clients": INNERMOST,
    "analyzer": INNERMOST,
    "services": INNERMOST | {"repositories", "clients", "analyzer"},
    "simulators": INNERMOST | {"analyzer"},  # the simulated model reads prompts and reviews with it
}
"""Layers that may import only what is named (and themselves). Those not listed start work and may import anything."""

NEVER_IMPORTS = {
    "services": {"dagster", "fastapi", "psycopg2", "starlette"},
    "analyzer": {"dagster", "psycopg2", "httpx"},
    "repositories": {"dagster", "httpx", "boto3"},
    "clients": {"dagster", "psycopg2"},
    "models": {"dagster", "psycopg2", "httpx", "boto3"},
    "simulators": {"dagster", "psycopg2", "boto3"},
}

FILES = sorted(PACKAGE.rglob("*.py"))


def layer_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


def imported_modules(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_its_own_layer_and_below(path):
    layer = layer_of(path)
    for module in imported_modules(path):
        parts = module.split(".")
        if parts[0] == NAME and len(parts) > 1 and layer in MAY_IMPORT:
            assert parts[1] in MAY_IMPORT[layer] | {layer}, f"{path.name} imports {module}"
        assert parts[0] not in NEVER_IMPORTS.get(layer, set()), f"{path.name} imports {module}"


def test_only_the_configuration_reads_the_environment():
    allowed = {PACKAGE / "config.py", PACKAGE / "embedded" / "environment.py"}
    readers = [path for path in FILES if "os.environ" in path.read_text() or "os.getenv" in path.read_text()]
    assert set(readers) <= allowed, "environment.py exports what Dagster needs, config.py reads settings, nobody else"


def test_statements_of_sql_stand_only_in_repositories():
    words = ("select ", "insert into ", "update ", "delete from ", "copy ")
    for path in FILES:
        if layer_of(path) in {"repositories"} or path == PACKAGE / "utils" / "db.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "execute":
                literal = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ""
                assert not str(literal).strip().lower().startswith(words), f"{path} runs SQL"
