"""Metrics over real tables: what each figure says, and that a dashboard asks for none that does not exist."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from steampulse_dagster.models.costs import Budgets
from steampulse_dagster.services.metrics import METRICS, PREFIX, MetricsService
from steampulse_dagster.utils.db import Database, execute, fetch_all

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
BUDGETS = Budgets(per_call=Decimal(1), per_run=Decimal(10), per_day=Decimal(25), per_month=Decimal(250))
FILL = """
    insert into tracked_games (appid, name, reason) select n, 'Game', 'manual' from generate_series(1, 5) n;
    insert into crawl_state (appid, phase, stored, completeness, finished_at, next_due_at, consecutive_failures,
            last_error_kind, dead_since)
        values (1, 'complete', 100, 1, now() - interval '10 min', now() + interval '1 day', 0, null, null),
            (2, 'complete', 40, 0.5, now() - interval '2 days', now() - interval '1 hour', 0, null, null),
            (3, 'first', 2, null, null, now() + interval '1 hour', 2, 'rate_limited', null),
            (4, 'first', 0, null, null, now() - interval '9 days', 9, 'not_found', now());
    insert into rate_limits (host, requests_per_second, open_until, held_until)
        values ('api.example', 1, now() + interval '100 seconds', now() - interval '1 hour');
    insert into rate_leases (host, holder, slots, wanted, expires_at)
        values ('api.example', 'a', 3, 3, now() + interval '9 s'), ('api.example', 'b', 5, 5, now() - interval '9 s');
    insert into quarantine (source, payload, payload_hash, reason, entry_key) values ('reviews', 'p', 'h', 'r', 'k');
    insert into llm_calls (request_key, purpose, model, prompt_version, delivery, status, attempts, estimated_tokens,
            reserved_usd, price, input_tokens, output_tokens, cost_usd, reply, stop, created_at)
        values ('a', 'p', 'small', '1', 'real_time', 'answered', 1, 1, 0.5, '{}', 700, 30, 0.25, '{}', 'end', now()),
            ('b', 'p', 'small', '1', 'real_time', 'answered', 1, 1, 0.5, '{}', 9, 9, 1, '{}', 'end',
                now() - interval '40 days');
    insert into llm_batches (digest, client_token, job_name, model, status, records, input_uri, output_uri, created_at)
        values ('d', 't', 'j', 'small', 'InProgress', 120, 'i', 'o', now() - interval '2 hours');
    insert into analysis_jobs (appid, state, reason, mode, analyst_key)
        values (1, 'queued', 'new_reviews', 'batch', 'k');
    create schema dagster;
    create table dagster.runs (status text);
    insert into dagster.runs values ('QUEUED'), ('QUEUED'), ('STARTED'), ('SUCCESS');
"""


@pytest.fixture
def figures(db):
    with db.transaction() as conn:
        execute(conn, FILL)
    return read(MetricsService(db, fresh_hours=6, budgets=BUDGETS).render())


def read(text: bytes) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            labels = ",".join(sample.labels.values())
            found[sample.name.removeprefix(PREFIX) + (f"{{{labels}}}" if labels else "")] = sample.value
    return found


def test_each_figure_says_what_the_tables_hold(figures):
    assert {name: value for name, value in figures.items() if name.startswith("games")} == {
        "games{due}": 2,  # one overdue, one never crawled
        "games{waiting}": 1,
        "games{backing off}": 1,
        "games{dead}": 1,
        "games_failing{rate_limited}": 1,
        "games_failing{not_found}": 1,
        "games_incomplete": 1,
        "games_crawled_last_hour": 1,
    }
    assert figures["reviews_stored"] == 142
    assert 3590 < figures["crawl_lag_seconds"] < 3700, "a game that was given up does not wait"
    assert figures["quarantine_entries{reviews}"] == 1
    assert 90 < figures["host_blocked_seconds{api.example}"] <= 100
    assert figures["host_paused_seconds{api.example}"] == 0
    assert figures["host_open_requests{api.example}"] == 3
    assert (figures["dagster_runs{queued}"], figures["dagster_runs{started}"]) == (2, 1)
    assert figures["database_up"] == 1


def test_models_are_told_by_the_last_hour_and_by_the_limits_of_day_and_month(figures):
    assert figures["llm_calls_last_hour{small,answered}"] == 1
    assert figures["llm_tokens_last_hour{input,small}"] == 700
    assert figures["llm_usd_last_hour{small}"] == 0.25
    assert (figures["llm_spent_usd{day}"], figures["llm_budget_usd{day}"]) == (0.25, 25)
    assert figures["batch_jobs_open{InProgress}"] == 1
    assert figures["batch_records_waiting"] == 120
    assert figures["batch_oldest_seconds"] >= 7200
    assert figures["analysis_jobs{queued}"] == 1


def test_an_empty_database_has_figures_too(db):
    figures = read(MetricsService(db, fresh_hours=6, budgets=BUDGETS).render())

    assert (figures["reviews_stored"], figures["games{due}"]) == (0, 0)
    assert not [name for name in figures if name.startswith("dagster_runs")]


def test_a_database_that_cannot_be_reached_is_a_figure_and_no_error(database_url):
    service = MetricsService(Database(f"{database_url}_gone"), fresh_hours=6, budgets=BUDGETS)

    assert read(service.render()) == {"database_up": 0}


def test_a_hasty_scraper_costs_the_database_one_reading(db):
    service = MetricsService(db, fresh_hours=6, budgets=BUDGETS)
    first = service.render()
    with db.transaction() as conn:
        execute(conn, "insert into tracked_games (appid, name, reason) values (1, 'Game', 'manual')")

    assert service.render() is first


def test_no_figure_reads_the_reviews(db):
    with db.transaction() as conn:
        execute(conn, FILL)
    MetricsService(db, fresh_hours=6, budgets=BUDGETS).render()
    with db.connection() as conn:
        (row,) = fetch_all(
            conn, "select seq_scan + idx_scan as scans from pg_stat_user_tables where relname = 'reviews'"
        )
    assert row["scans"] == 0


def test_the_dashboard_asks_only_for_metrics_and_labels_that_exist():
    dashboard = json.loads((ROOT / "deploy" / "grafana" / "steampulse.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    asked = {name.removeprefix(PREFIX) for query in queries for name in re.findall(rf"{PREFIX}\w+", query)}

    assert asked == set(METRICS) - {"read_seconds"}, "every metric has a place, and no query asks for another"
    for query in queries:
        (name,) = set(re.findall(rf"{PREFIX}(\w+)", query)) & set(METRICS) or [None]
        for label in re.findall(r"by \((\w+)\)", query):
            assert label in METRICS[name][1], query
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            for label in re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")):
                (name, *_) = re.findall(rf"{PREFIX}(\w+)", target["expr"])
                assert label in METRICS[name][1], target
