import asyncio

import pytest

from steampulse_dagster.clients.steam_batches import KEEP_SECONDS, MOST_KEPT, BatchLoader
from steampulse_dagster.errors import SteamApiError, SteamErrorKind
from steampulse_dagster.utils.together import run_all

pytestmark = pytest.mark.unit


class FakeService:
    """Knows even numbers; refuses any call that names one of `bad`, and all calls while it is `broken`."""

    def __init__(self):
        self.calls, self.bad, self.broken = [], set(), None

    async def fetch(self, keys):
        self.calls.append(list(keys))
        await asyncio.sleep(0)
        if self.broken is not None:
            raise SteamApiError("Broken.", kind=self.broken)
        if self.bad & set(keys):
            raise SteamApiError("Bad request.", kind=SteamErrorKind.UNEXPECTED_SHAPE)
        return {key: f"app {key}" for key in keys if key % 2 == 0}


@pytest.fixture
def service():
    return FakeService()


@pytest.fixture
def loader(service):
    return BatchLoader(service.fetch, most=100)


async def load_all(loader, keys):
    tasks = {key: asyncio.create_task(loader.load(key)) for key in keys}
    await asyncio.wait(tasks.values())
    return {key: task.exception() or task.result() for key, task in tasks.items()}


async def test_wishes_at_the_same_time_share_calls_of_a_hundred(service, loader):
    found = await load_all(loader, range(1, 251))
    assert found == {key: f"app {key}" if key % 2 == 0 else None for key in range(1, 251)}
    assert [len(keys) for keys in service.calls] == [100, 100, 50]


async def test_two_wishes_for_one_app_are_one(service, loader):
    assert await run_all([loader.load(2), loader.load(2)]) == ["app 2", "app 2"]
    assert service.calls == [[2]]


async def test_one_bad_app_fails_alone(service, loader):
    service.bad = {37}
    found = await load_all(loader, range(1, 101))
    failed = [key for key, answer in found.items() if isinstance(answer, SteamApiError)]
    assert failed == [37]
    assert found[38] == "app 38"
    assert len(service.calls) <= 1 + 2 * 7


async def test_a_service_that_refuses_everything_is_not_searched_for_a_bad_app(service, loader):
    service.broken = SteamErrorKind.UNEXPECTED_SHAPE
    found = await load_all(loader, range(1, 101))
    assert all(isinstance(answer, SteamApiError) for answer in found.values())
    assert len(service.calls) == 3


@pytest.mark.parametrize("kind", [SteamErrorKind.RATE_LIMITED, SteamErrorKind.BLOCKED, SteamErrorKind.UNAVAILABLE])
async def test_an_outage_fails_all_waiters_with_one_call_and_heals(service, loader, kind):
    loader.expect([6, 8])
    service.broken = kind
    found = await load_all(loader, [2, 4])
    assert [answer.kind for answer in found.values()] == [kind, kind]
    assert len(service.calls) == 1
    service.broken = None
    assert await load_all(loader, [2, 8]) == {2: "app 2", 8: "app 8"}
    assert service.calls[1:] == [[2, 8, 6]]


async def test_a_waiter_that_is_cancelled_leaves_the_answer_to_the_others(service, loader):
    first, second = asyncio.create_task(loader.load(2)), asyncio.create_task(loader.load(4))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "app 4"


async def test_an_error_that_nobody_expected_reaches_every_waiter():
    async def fetch(keys):
        raise ZeroDivisionError

    found = await load_all(BatchLoader(fetch, most=100), [1, 2])
    assert [type(answer) for answer in found.values()] == [ZeroDivisionError] * 2


async def test_expected_apps_are_fetched_along_and_kept_until_they_are_wished_for(service, loader):
    loader.expect(range(1, 151))
    for key in range(1, 151):
        await loader.load(key)
    assert [len(keys) for keys in service.calls] == [100, 50]


async def test_what_was_fetched_ahead_is_fetched_again_after_an_hour(service):
    now = 0.0
    loader = BatchLoader(service.fetch, most=100, monotonic=lambda: now)
    loader.expect([2, 3])
    await loader.load(1)
    now = KEEP_SECONDS
    assert await loader.load(2) == "app 2"
    assert service.calls == [[1, 2, 3], [2]]


async def test_answers_that_nobody_comes_for_do_not_pile_up(service, loader):
    for start in range(0, 5 * MOST_KEPT, 50):
        loader.expect(range(start + 100_000, start + 100_050))
        await load_all(loader, range(start, start + 50))
    assert len(loader._kept) == MOST_KEPT
