"""Analyses that are killed between two statements, in bulk and in real time."""

import pytest

from tests.bulk_kills import KillHarness

pytestmark = pytest.mark.integration


def test_killed_analyses_pay_nothing_twice_submit_nothing_twice_and_end_with_the_same_reports(
    database_server, tmp_path
):
    report = KillHarness(database_server, tmp_path, games=2, chunks=1, seed=7).run(kills=6)

    assert report.kills >= 6
    assert report.jobs > 0
    assert (report.paid_again, report.unbooked, report.jobs_doubled, report.jobs_unbooked) == (0, 0, 0, 0)
    assert (report.money_astray, report.reports_differ, report.failed_children) == (0, 0, 0)
