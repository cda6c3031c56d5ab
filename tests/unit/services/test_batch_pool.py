"""The pool of requests: parts fill, order does not matter, what is dropped is gone from the file."""

import json

import pytest

from steampulse_dagster.clients.bedrock_models import get_capabilities
from steampulse_dagster.models.batches import BatchLimits
from steampulse_dagster.models.costs import CallEstimate
from steampulse_dagster.services.batch_pool import RequestPool
from tests.llm_fakes import build_request

pytestmark = pytest.mark.unit


def build_pool(*keys, maximum=1_000, size=10_000_000, model=None):
    pool = RequestPool(
        BatchLimits(minimum_records=1, maximum_records=maximum, maximum_bytes=size), get_capabilities=get_capabilities
    )
    for key in keys:
        changes = {} if model is None else {"model": model(key)}
        pool.add(build_request(key, user=f"About {key}.", **changes), CallEstimate.model_construct())
    return pool


def read_lines(part):
    part.file.seek(0)
    return {record["recordId"]: record["modelInput"]["messages"] for record in map(json.loads, part.file)}


def test_equal_sets_are_equal_jobs_in_whatever_order_they_came():
    (one,), (other,) = build_pool("a", "b", "c").take_rest(), build_pool("c", "a", "b", "a").take_rest()
    (less,) = build_pool("a", "b").take_rest()
    assert one.digest == other.digest != less.digest
    assert read_lines(one) == read_lines(other)
    assert all(len(record_id) == 11 and record_id.isalnum() for record_id in read_lines(one))


def test_what_is_dropped_leaves_the_part_of_the_others():
    (part,), (other,) = build_pool("a", "b", "c").take_rest(), build_pool("c", "a").take_rest()
    part.drop({"b"})
    assert part.digest == other.digest
    assert read_lines(part) == read_lines(other)


def test_a_full_part_is_handed_out_and_another_begun():
    pool = build_pool("a", "b", "c", "d", "e", maximum=2)
    assert [len(part.requests) for part in pool.take_full()] == [2, 2]
    assert [len(part.requests) for part in pool.take_rest()] == [1]
    assert pool.take_rest() == []


def test_no_part_is_larger_than_a_job_may_be():
    pool = build_pool(*map(str, range(40)), size=10_000)
    parts = [*pool.take_full(), *pool.take_rest()]
    assert len(parts) > 1
    assert sum(len(part.requests) for part in parts) == 40
    assert max(part.size for part in parts) <= 10_000


def test_each_model_has_jobs_of_its_own():
    parts = build_pool("a", "b", "c", model=lambda key: "small" if key == "b" else "large").take_rest()
    assert sorted((part.model, len(part.requests)) for part in parts) == [("large", 2), ("small", 1)]
