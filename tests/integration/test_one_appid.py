"""One game from the catalogue to its report, through the real services, simulators and local analyst."""

import os
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from steampulse_dagster import bootstrap_pipeline
from steampulse_dagster.analyzer.local.analyst import open_local_analyst
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.services.progress import Progress
from steampulse_dagster.services.reports import ReportReader
from steampulse_dagster.simulators.recorded import RecordedWorld
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.simulators.server import running_simulators
from tests.report_numbers import check_report_numbers

pytestmark = pytest.mark.integration

MOSSBOUND = 9000070
RECORDED = Path(os.environ.get("STEAMPULSE_RECORDED_DATA", Path(__file__).parents[3] / "shared" / "data" / "steam"))


@pytest.fixture(scope="module")
def analyst():
    return open_local_analyst()


@asynccontextmanager
async def open_source(url):
    async with build_http_client(concurrency=8) as http:
        limiter = HostLimiter(requests_per_second=None, concurrency=8)
        yield SteamDataSource(http, api_url=f"{url}/steam", store_url=f"{url}/store", key="any", limiter=limiter)


async def run(world, appids, *, db, analyst, folder):
    """Catalogue, tracking and the four stages; what went wrong, and the progress."""
    progress = Progress()

    async def ignore(_):
        return None

    with running_simulators(world) as url:
        async with open_source(url) as source:
            await bootstrap_pipeline.build_catalog_service(db, source).refresh()
            await bootstrap_pipeline.build_tracking_service(db, source).track(appids, reason=TrackReason.MANUAL)
            lineage = bootstrap_pipeline.build_lineage_service(
                db,
                source,
                analyst=analyst,
                object_store=FolderStore(folder),
            )
            failures = await lineage.run(appids, stages=list(Stage), force=False, progress=progress, on_outcome=ignore)
    return failures, progress


async def test_a_game_of_the_seeded_world_becomes_a_report_whose_every_number_sql_finds_again(db, analyst, tmp_path):
    failures, progress = await run(SeededWorld(), [MOSSBOUND], db=db, analyst=analyst, folder=tmp_path)

    assert failures == []
    assert (progress.reviews_stored, progress.reports_written) == (160, 1)
    report = ReportReader(db).require_current_report(MOSSBOUND).report
    assert report.name == "Mossbound"
    assert report.sample.stored == 160
    assert report.sample.read + report.sample.skipped_language + report.sample.skipped_blank == 160
    assert report.grounding.share == 1.0
    assert report.design_strengths.items
    assert report.dev_priorities.reason
    with db.connection() as conn:
        assert check_report_numbers(conn, MOSSBOUND) > 100
    assert (tmp_path / "reports" / str(MOSSBOUND) / "latest.md").read_text().startswith("# Mossbound")


async def test_the_same_input_gives_the_same_bytes_in_another_database(db, database_server, analyst, tmp_path):
    from steampulse_dagster.utils.db import Database
    from tests.helpers import fresh_database

    await run(SeededWorld(), [MOSSBOUND], db=db, analyst=analyst, folder=tmp_path / "a")
    with fresh_database(database_server) as url:
        other = Database(url)
        await run(SeededWorld(), [MOSSBOUND], db=other, analyst=open_local_analyst(), folder=tmp_path / "b")
        other.close()

    name = f"reports/{MOSSBOUND}/latest.json"
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.recorded
async def test_recorded_games_become_reports_whose_every_number_sql_finds_again(db, analyst, tmp_path):
    if not (RECORDED / "manifest.json").exists():
        pytest.skip(f"RECORDED DATA ABSENT: {RECORDED} has no manifest.json (STEAMPULSE_RECORDED_DATA names it)")
    appids = [402710, 573170]

    failures, _ = await run(RecordedWorld(RECORDED), appids, db=db, analyst=analyst, folder=tmp_path)

    assert failures == []
    with db.connection() as conn:
        for appid in appids:
            assert check_report_numbers(conn, appid) > 100
