"""Everything that API and pages ask, in one value."""

from dataclasses import dataclass
from typing import Any

from steampulse_dagster.services.analysis_jobs import AnalysisJobReader
from steampulse_dagster.services.drawn_pages import DrawnPageReader, RecentPages
from steampulse_dagster.services.exports import ExportService
from steampulse_dagster.services.metrics import MetricsService
from steampulse_dagster.services.readiness import ReadinessService
from steampulse_dagster.services.reading_games import GameReader
from steampulse_dagster.services.reading_library import LibraryReader
from steampulse_dagster.services.reading_reviews import ReviewReader
from steampulse_dagster.services.reading_signals import SignalReader
from steampulse_dagster.services.report_diffs import ReportDiffService
from steampulse_dagster.services.reports import ReportReader
from steampulse_dagster.services.work_requests import WorkRequestService
from steampulse_dagster.utils.remembered import Recent

DRAWN_ROWS = 10_000
"""2.6 kB each."""


@dataclass(frozen=True)
class ReadingServices:
    """The services of the reading side."""

    games: GameReader
    drawn: DrawnPageReader
    lists: RecentPages
    rows: Recent[int, Any]
    """What the overview has drawn of reports, by report: most of a page's time, and many lists begin with the same."""
    reviews: ReviewReader
    signals: SignalReader
    library: LibraryReader
    reports: ReportReader
    diffs: ReportDiffService
    jobs: AnalysisJobReader
    requests: WorkRequestService
    exports: ExportService
    readiness: ReadinessService
    metrics: MetricsService
