from dataclasses import asdict

import pytest

from tests.crawl_kills import KillHarness

pytestmark = pytest.mark.integration


def test_crawls_killed_at_random_moments_lose_and_repeat_nothing(database_url):
    report = KillHarness(database_url, games=3, reviews=700, seed=7).run(kills=16)
    assert report.kills == 16
    assert report.kills_midwalk > 0
    seen = asdict(report)
    for name in ("lost", "twice", "cursor_ahead", "miscounted", "texts_lost", "pages_after_whole", "failed_children"):
        assert seen[name] == 0, seen
