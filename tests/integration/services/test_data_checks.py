"""Checks on tables of a real database: a sound one passes, each kind of trouble is found and named."""

from datetime import UTC, datetime

import pytest

from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.models.data_checks import CheckName
from steampulse_dagster.repositories.tracking import TrackingRepository
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.data_checks import DataCheckService
from steampulse_dagster.services.reports import ReportService
from steampulse_dagster.utils.db import execute
from tests.analysis_fakes import APPID, KeywordAnalyst, build_game, build_reviews, store_game, store_reviews
from tests.llm_fakes import build_ledger

pytestmark = pytest.mark.integration


@pytest.fixture
async def service(db, tmp_path):
    store_game(db, build_game())
    store_reviews(db, build_reviews(0, 60))
    await AnalysisService(db, KeywordAnalyst()).summarize_chunks(APPID)
    await ReportService(db, KeywordAnalyst(), FolderStore(tmp_path)).write_report(APPID)
    with db.transaction() as conn:
        names = {APPID: "Lantern\nKeep"}
        TrackingRepository(conn).insert_many(names, reason=TrackReason.MANUAL, tracked_at=datetime.now(UTC))
    run_sql(
        db,
        "insert into crawl_state (appid, phase, stored, completeness, finished_at, next_due_at) "
        f"values ({APPID}, 'done', 60, 1.0, now(), now() + interval '1 day') "
        "on conflict (appid) do update set stored = 60, completeness = 1.0, next_due_at = now() + interval '1 day'",
    )
    return DataCheckService(db, ledger=build_ledger(db))


def run_sql(db, sql):
    with db.transaction() as conn:
        execute(conn, sql)


def check(service, name):
    (outcome,) = service.check([name])
    return outcome


async def test_a_sound_database_passes_every_check_and_each_names_what_it_counted(service):
    outcomes = service.check()

    assert [outcome.name for outcome in outcomes] == list(CheckName)
    assert [outcome.name for outcome in outcomes if not outcome.passed] == []
    counted = {outcome.name: outcome.of for outcome in outcomes}
    assert counted[CheckName.GROUNDED] == counted[CheckName.COMPLETE] == counted[CheckName.FRESH] == 1


@pytest.mark.parametrize(
    ("path", "value", "name"),
    [
        ("{design_strengths,items,0,evidence,0,quote}", '"This pays my rent"', CheckName.GROUNDED),
        ("{design_strengths,items,0,mentions,of}", "7", CheckName.COUNTED),
    ],
)
async def test_a_report_that_was_altered_is_found_when_it_is_examined(db, service, path, value, name):
    run_sql(db, f"update reports set report = jsonb_set(report, '{path}', '{value}')")
    run_sql(db, "delete from report_proofs")

    outcome = check(service, name)

    assert (outcome.passed, outcome.bad, outcome.of) == (False, 1, 1)
    assert outcome.offenders[0]["appid"] == APPID
    assert "rent" not in str(outcome.offenders)


async def test_a_stored_report_that_cannot_be_read_is_an_offender_and_stops_nothing(db, service):
    run_sql(db, "update reports set report = '{}'")
    run_sql(db, "delete from report_proofs")

    outcome = check(service, CheckName.COUNTED)

    assert (outcome.passed, outcome.bad) == (False, 1)
    assert "can read" in outcome.offenders[0]["first"]


async def test_reports_from_before_there_were_proofs_are_examined_a_few_at_a_time(db, service):
    run_sql(db, "delete from report_proofs")

    assert service.examine_unproven(limit=1) == 1
    assert service.examine_unproven(limit=1) == 0


async def test_a_bad_report_that_is_not_the_current_one_any_more_worries_nobody(db, service):
    run_sql(db, "update report_proofs set ungrounded = 1")
    assert not check(service, CheckName.GROUNDED).passed

    run_sql(db, "delete from report_heads")

    assert check(service, CheckName.GROUNDED).passed


async def test_an_incomplete_game_is_named_with_its_numbers_in_one_line(db, service):
    run_sql(db, "update crawl_state set completeness = 0.5, reported = '{\"total_reviews\": 120}'")

    outcome = check(service, CheckName.COMPLETE)

    assert (outcome.passed, outcome.bad) == (False, 1)
    assert outcome.offenders == (
        {"appid": APPID, "name": "Lantern Keep", "stored": 60, "reported": 120, "completeness": 0.5},
    )


async def test_overdue_and_never_crawled_games_are_found_and_given_up_ones_counted_apart(db, service):
    run_sql(db, "update crawl_state set next_due_at = now() - interval '3 days'")
    run_sql(
        db,
        "insert into tracked_games (appid, name, reason, tracked_at) "
        "values (7, 'Never', 'manual', now() - interval '9 days')",
    )

    outcome = check(service, CheckName.FRESH)

    assert (outcome.passed, outcome.bad, outcome.of) == (False, 2, 2)
    assert [row["appid"] for row in outcome.offenders] == [7, APPID]

    run_sql(db, "update crawl_state set dead_since = now()")
    assert check(service, CheckName.FRESH).details["given up"] == 1


async def test_spending_beyond_a_limit_is_found(db, service):
    run_sql(
        db,
        "insert into llm_spend (scope, key, spent_usd) "
        "values ('day', to_char(now() at time zone 'UTC', 'YYYY-MM-DD'), 1000000)",
    )

    outcome = check(service, CheckName.WITHIN_BUDGET)

    assert not outcome.passed
    assert outcome.offenders[0]["limit"] == "day"


async def test_a_bulk_job_that_nobody_looks_after_is_named(db, service):
    columns = "(digest, client_token, job_name, model, status, records, input_uri, output_uri, created_at, finished_at)"
    run_sql(
        db,
        f"insert into llm_batches {columns} values "
        "('a', 'a', 'a', 'm', 'Intended', 3, '', '', now() - interval '2 days', null), "
        "('b', 'b', 'b', 'm', 'Intended', 3, '', '', now(), null)",
    )

    outcome = check(service, CheckName.NO_ORPHANS)

    assert (outcome.passed, outcome.bad, outcome.of) == (False, 1, 2)
    assert outcome.offenders[0]["status"] == "Intended"
