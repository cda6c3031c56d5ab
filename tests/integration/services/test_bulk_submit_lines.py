"""A submit, and a collect, that ends before any one of its lines: the next one finishes it, and does nothing twice."""

import asyncio
import sys
import threading

import pytest

from steampulse_dagster.models.batches import JobStatus
from steampulse_dagster.utils.db import fetch_all
from tests.analysis_fakes import build_game, build_review, store_game, store_reviews
from tests.bulk_world import bulk_world, limit

pytestmark = pytest.mark.integration

LINES = ("/batch_jobs.py", "/batch_results.py", "/bedrock_batch.py", "/llm_batches.py")


class Ended(BaseException):
    """The process is gone."""


def end_before(line, work):
    """Run `work` as a loop of its own until so many lines of the bulk jobs' code; whether it ended there."""
    passed = 0

    def on_line(frame, event, arg):
        nonlocal passed
        if event == "line":
            passed += 1
            if passed == line:
                raise Ended
        return on_line

    def on_call(frame, event, arg):
        return on_line if frame.f_code.co_filename.endswith(LINES) else None

    threading.settrace(on_call)
    sys.settrace(on_call)
    try:
        asyncio.run(work())
    except (Ended, BaseExceptionGroup):
        return True
    finally:
        sys.settrace(None)
        threading.settrace(None)
    return False


def store_one(db, appid):
    store_game(db, build_game(f"Game {appid}", appid))
    store_reviews(db, [build_review(appid, appid=appid, text=f"I love the combat of {appid}.")])


def list_arns(db):
    with db.connection() as conn:
        return {row["job_arn"] for row in fetch_all(conn, "select job_arn from llm_batches")}


def test_a_submit_that_ends_before_any_line_makes_one_job(db, tmp_path):
    with bulk_world(db, tmp_path, limits=limit(1)) as world:
        world.rule(hold_at="InProgress")
        for line in range(1, 400):
            store_one(db, line)
            ended = end_before(line, lambda appid=line: world.submit(appid))
            asyncio.run(world.submit(line))
            asyncio.run(world.jobs.watch())

            assert list_arns(db) == {job.arn for job in world.remote}, f"before line {line}"
            assert len(world.remote) == line
            assert world.count_calls() == ({"answered": line - 1} if line > 1 else {}) | {"reserved": 1}
            world.simulator.jobs.release()
            asyncio.run(world.collect_all())
            if not ended:
                break
        assert line > 30, "there were lines to end before"


def test_a_collect_that_ends_before_any_line_stores_each_answer_once(db, tmp_path):
    with bulk_world(db, tmp_path, limits=limit(1)) as world:
        for line in range(1, 400):
            store_one(db, line)
            asyncio.run(world.submit(line))
            (job,) = asyncio.run(world.jobs.watch())
            while not job.status.ended:
                (job,) = asyncio.run(world.jobs.watch())
            ended = end_before(line, world.collect)
            asyncio.run(world.collect_all())

            assert world.count_calls() == {"answered": line}, f"before line {line}"
            assert world.jobs.list_open() == ()
            if not ended:
                break
        assert line > 30, "there were lines to end before"
        assert world.jobs.require(1).status is JobStatus.COMPLETED
