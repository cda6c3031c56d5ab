"""Wishes for work are stored once, however often and from wherever they arrive."""

import pytest

from steampulse_dagster.errors import NotFoundError, ValidationError
from steampulse_dagster.models.work_requests import NewWorkRequest, WorkKind, WorkSource, WorkState
from steampulse_dagster.repositories.work_requests import WorkRequestRepository
from steampulse_dagster.services.work_requests import WorkRequestService

pytestmark = pytest.mark.integration


@pytest.fixture
def service(db):
    return WorkRequestService(db)


def wish(appid=440, kind=WorkKind.CRAWL, key=None):
    return NewWorkRequest(kind=kind, appid=appid, source=WorkSource.API, request_key=key)


def test_the_same_key_is_the_same_request_even_after_it_was_taken_up(service, db):
    first = service.submit(wish(key="a"))
    with db.transaction() as conn:
        assert WorkRequestRepository(conn).mark_launched([first.request.request_id], run_id="run") == 1
    again = service.submit(wish(key="a"))

    assert (first.is_new, again.is_new) == (True, False)
    assert again.request.request_id == first.request.request_id
    assert again.request.state is WorkState.LAUNCHED


def test_without_a_key_an_equal_request_counts_once_while_it_waits(service, db):
    first, again = service.submit(wish()), service.submit(wish())
    with db.transaction() as conn:
        WorkRequestRepository(conn).mark_launched([first.request.request_id], run_id="run")
    later = service.submit(wish())

    assert again.request == first.request
    assert later.is_new


def test_a_key_used_for_another_wish_is_refused_and_nothing_of_the_call_is_stored(service, db):
    service.submit(wish(key="a"))
    with pytest.raises(ValidationError, match="stands for crawl of 440"):
        service.submit_all([wish(appid=570), wish(appid=571, key="a")])
    with db.connection() as conn:
        assert [row.appid for row in WorkRequestRepository(conn).list_queued(limit=10)] == [440]


@pytest.mark.parametrize(("appid", "key"), [(0, None), (2**32, None), (440, ""), (440, "with space"), (440, "x" * 201)])
def test_what_cannot_be_is_refused(service, appid, key):
    with pytest.raises(ValidationError):
        service.submit(wish(appid=appid, key=key))


def test_a_request_that_does_not_exist_is_not_found(service):
    with pytest.raises(NotFoundError):
        service.require(1)
