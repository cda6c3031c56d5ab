from dataclasses import asdict

import pytest

from tests.library_kills import KillHarness

pytestmark = pytest.mark.integration


def test_imports_killed_at_random_moments_alone_and_in_pairs_end_with_the_right_counts(database_url, tmp_path):
    report = KillHarness(database_url, tmp_path, games=100, seed=11).run(kills=4)
    seen = asdict(report)
    assert seen["kills"] >= 4
    for name in ("half_imports", "half_files", "wrong_matches", "wrong_counts", "failed_children"):
        assert seen[name] == 0, seen
