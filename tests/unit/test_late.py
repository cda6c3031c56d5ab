"""A module whose import waits is loaded once, whole, by whoever uses it first."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]


def run(code):
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_threads_that_use_it_at_once_all_see_all_of_it():
    run(
        "import sys; from concurrent.futures import ThreadPoolExecutor\n"
        "from steampulse_dagster.late import import_late\n"
        "import_late('steampulse_dagster.bootstrap_orchestration'); import_late('steampulse_dagster.bootstrap')\n"
        "from steampulse_dagster import bootstrap, bootstrap_orchestration\n"
        "assert 'httpx' not in sys.modules\n"
        "ask = lambda number: [bootstrap.get_database, bootstrap_orchestration.build_run_heartbeats][number % 2]\n"
        "with ThreadPoolExecutor(8) as pool: found = set(pool.map(ask, range(16)))\n"
        "assert len(found) == 2 and 'httpx' in sys.modules"
    )


def test_what_is_set_on_it_is_seen_by_everybody():
    run(
        "import sys; from steampulse_dagster.late import import_late\n"
        "import_late('steampulse_dagster.bootstrap')\n"
        "from steampulse_dagster import bootstrap as late\n"
        "late.get_database = 'mine'\n"
        "import steampulse_dagster.bootstrap as real\n"
        "assert real is not late and real.get_database == late.get_database == 'mine'\n"
        "real.get_database = 'yours'\n"
        "assert late.get_database == 'yours'"
    )


def test_a_module_that_cannot_be_loaded_says_so_each_time():
    run(
        "import steampulse_dagster; from steampulse_dagster.late import import_late\n"
        "import_late('steampulse_dagster.nowhere')\n"
        "from steampulse_dagster import nowhere\n"
        "for _ in range(2):\n"
        "    try: nowhere.anything\n"
        "    except ModuleNotFoundError: continue\n"
        "    raise AssertionError"
    )
