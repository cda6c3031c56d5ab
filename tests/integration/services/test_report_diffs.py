"""Comparing stored reports: which ones, and what is said where there is nothing to compare."""

from pathlib import Path

import pytest

from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.errors import NotFoundError, ValidationError
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.report_diffs import ReportDiffService
from steampulse_dagster.services.reports import ReportService
from steampulse_dagster.utils.db import Database
from tests.analysis_fakes import APPID, KeywordAnalyst, build_game, build_reviews, store_game, store_reviews

pytestmark = pytest.mark.integration


async def test_the_current_report_is_compared_with_the_one_before(db: Database, tmp_path: Path) -> None:
    store_game(db, build_game())
    service, analyst = ReportDiffService(db), KeywordAnalyst()
    with pytest.raises(NotFoundError, match="steampulse run 4200"):
        service.compare(APPID)
    ids = []
    for first, count in ((0, 60), (60, 100)):
        store_reviews(db, build_reviews(first, count))
        await AnalysisService(db, analyst).summarize_chunks(APPID)
        ids.append((await ReportService(db, analyst, FolderStore(tmp_path)).write_report(APPID)).report_id)
        if len(ids) == 1:
            with pytest.raises(ValidationError, match="no report older"):
                service.compare(APPID)
    diff = service.compare(APPID)
    assert [diff.from_id, diff.to_id] == ids
    assert {count.name: (count.before, count.after) for count in diff.counts}["stored"] == (60, 160)
    assert service.compare(APPID, from_id=ids[1], to_id=ids[0]).from_id == ids[1]
    with pytest.raises(NotFoundError):
        service.compare(APPID, from_id=999)
