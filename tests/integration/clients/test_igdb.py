"""IGDB's client against the look-alike over HTTP: tokens, limits, faults, pages."""

import asyncio
import multiprocessing
from datetime import timedelta

import pytest
from starlette.middleware import Middleware

from steampulse_dagster.clients.igdb import Token
from steampulse_dagster.errors import ConfigError, IgdbApiError, IgdbErrorKind
from steampulse_dagster.services.igdb_tokens import SharedTokens
from steampulse_dagster.simulators.fault_middleware import FaultMiddleware
from steampulse_dagster.simulators.faults import Fault, FaultPlan
from steampulse_dagster.simulators.igdb import TokenDesk
from steampulse_dagster.simulators.large_library import FIRST_GAME, LargeLibraryWorld
from steampulse_dagster.simulators.server import running_simulators
from steampulse_dagster.simulators.traffic import TrafficLog, TrafficRules, build_traffic
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database
from tests.library_world import CLIENT, open_sources, rows_of

pytestmark = pytest.mark.integration

WORLD = LargeLibraryWorld(1_000)
APPIDS = list(WORLD.kinds)


class Simulator:
    """A running look-alike with its log, its token desk, and the faults that strike it."""

    def __init__(self, *faults):
        self.desk = TokenDesk({CLIENT["client_id"]: CLIENT["client_secret"]})
        self.log = TrafficLog()
        self.plan = FaultPlan(faults, stall_seconds=0.1)
        traffic = build_traffic(self.log, TrafficRules(prefix="/igdb"))
        self.middleware = [traffic, Middleware(FaultMiddleware, plan=self.plan)]

    def run(self):
        return running_simulators(WORLD, middleware=self.middleware, desk=self.desk)

    def count(self, status):
        return sum(1 for seen in self.log.seen if seen.status == status)


async def test_hundreds_of_appids_are_one_request_and_every_row_of_each_comes():
    simulator = Simulator()
    with simulator.run() as url:
        async with open_sources(url) as (_, igdb):
            found = await igdb.fetch_by_appids(APPIDS[:400])
    linked = {appid for appid in APPIDS[:400] if any(link["uid"] == str(appid) for link in WORLD._links)}
    assert found.keys() == linked
    assert max(map(len, found.values())) == 2
    assert igdb.queries == len(simulator.log.seen) == 1
    game = next(iter(found.values()))[0]
    assert (game.cover_image_id, len(game.genres), game.platforms[0].id) == (f"co{game.igdb_id:x}", 2, 6)


async def test_an_answer_of_500_rows_is_read_on():
    with Simulator().run() as url:
        async with open_sources(url) as (_, igdb):
            found = await igdb.fetch_by_appids(APPIDS)
    assert sum(map(len, found.values())) == len(WORLD._links) > 500
    assert igdb.queries == 2


async def test_titles_are_found_by_name_or_slug_whatever_they_contain():
    with Simulator().run() as url:
        async with open_sources(url) as (_, igdb):
            titles = [(WORLD._games[0]["name"], ""), ("", "game-2000001"), ('no " such \\ one; drop', "")]
            found = await igdb.fetch_by_titles(titles)
            gone = await igdb.fetch_games([FIRST_GAME, 5])
    assert [game.igdb_id for game in found] == [FIRST_GAME, FIRST_GAME + 1]
    assert list(gone) == [FIRST_GAME]


async def test_many_requests_at_once_keep_within_four_a_second():
    simulator = Simulator()
    with simulator.run() as url:
        async with open_sources(url) as (_, igdb), asyncio.TaskGroup() as group:
            for appid in APPIDS[:10]:
                group.create_task(igdb.fetch_by_appids([appid]))
    assert (simulator.count(200), simulator.count(429)) == (10, 0)


@pytest.mark.parametrize("fault", ["429", "429_retry_after", "500", "503", "refused", "reset", "truncated", "html"])
async def test_a_passing_fault_costs_a_repetition_and_nothing_else(fault):
    simulator = Simulator(Fault(fault, rate=1.0, count=1, target="igdb"))
    with simulator.run() as url:
        async with open_sources(url) as (_, igdb):
            assert FIRST_GAME in await igdb.fetch_games([FIRST_GAME])
    assert simulator.plan.struck[fault] == 1
    assert igdb.queries == 2


@pytest.mark.parametrize(
    ("fault", "kind", "retryable"),
    [
        ("429", IgdbErrorKind.RATE_LIMITED, True),
        ("502", IgdbErrorKind.UNAVAILABLE, True),
        ("403", IgdbErrorKind.KEY_REFUSED, False),
        ("401", IgdbErrorKind.KEY_REFUSED, False),
        ("redirect", IgdbErrorKind.BAD_QUERY, False),
        ("null", IgdbErrorKind.UNEXPECTED_SHAPE, False),
    ],
)
async def test_a_lasting_fault_ends_with_its_kind_and_the_one_code(fault, kind, retryable):
    with Simulator(Fault(fault, rate=1.0, target="igdb")).run() as url:
        async with open_sources(url) as (_, igdb):
            with pytest.raises(IgdbApiError) as caught:
                await igdb.fetch_games([FIRST_GAME])
    assert (caught.value.code, caught.value.kind, caught.value.retryable) == ("IGDB_API_ERROR", kind, retryable)
    assert CLIENT["client_secret"] not in caught.value.message


async def test_a_query_that_igdb_cannot_read_is_not_repeated():
    with Simulator().run() as url:
        async with open_sources(url) as (_, igdb):
            with pytest.raises(IgdbApiError) as caught:
                await igdb.query("games", "fields name")
    assert caught.value.kind is IgdbErrorKind.BAD_QUERY
    assert igdb.queries == 1


@pytest.mark.parametrize("wrong", [{"client_id": "other"}, {"client_secret": "other-secret"}])
async def test_wrong_credentials_are_told_as_such_and_not_shown(wrong):
    with Simulator().run() as url:
        async with open_sources(url, **wrong) as (_, igdb):
            with pytest.raises(IgdbApiError) as caught:
                await igdb.fetch_games([FIRST_GAME])
    assert caught.value.kind is IgdbErrorKind.KEY_REFUSED
    assert "IGDB_CLIENT_ID" in caught.value.advice
    assert "other-secret" not in caught.value.message + caught.value.advice
    assert igdb.queries == 0


async def test_without_credentials_nothing_is_asked():
    with Simulator().run() as url:
        async with open_sources(url, client_secret="") as (_, igdb):
            with pytest.raises(ConfigError, match="IGDB_CLIENT_SECRET"):
                await igdb.fetch_games([FIRST_GAME])


async def test_a_revoked_token_is_renewed_once_for_all_requests_that_were_under_way():
    simulator = Simulator()
    with simulator.run() as url:
        async with open_sources(url) as (_, igdb):
            await igdb.fetch_games([FIRST_GAME])
            simulator.desk.revoke_all()
            async with asyncio.TaskGroup() as group:
                for _ in range(4):
                    group.create_task(igdb.fetch_games([FIRST_GAME]))
    assert simulator.desk.issued == 2
    assert simulator.count(200) == 5


async def test_a_token_near_its_end_is_replaced_before_igdb_refuses_it():
    simulator = Simulator()
    simulator.desk.seconds = 1
    with simulator.run() as url:
        async with open_sources(url) as (_, igdb):
            await igdb.fetch_games([FIRST_GAME])
            later = utc_now() + timedelta(days=1)
            igdb._clock = lambda: later
            await igdb.fetch_games([FIRST_GAME])
    assert simulator.desk.issued == 2
    assert simulator.count(401) == 0


def ask_from_a_process(url, database_url, results):
    async def ask():
        db = Database(database_url, pool_size=2)
        tokens = SharedTokens(db, **CLIENT, auth_url=url)
        async with open_sources(url, tokens=tokens, igdb_rate=1.5) as (_, igdb):
            results.put(len(await igdb.fetch_games([FIRST_GAME])))
        db.close()

    asyncio.run(ask())


def test_processes_that_start_together_fetch_one_token(database_url):
    simulator = Simulator()
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    with simulator.run() as url:
        processes = [context.Process(target=ask_from_a_process, args=(url, database_url, results)) for _ in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
    assert [results.get(timeout=5) for _ in processes] == [1, 1, 1]
    assert simulator.desk.issued == 1


async def test_a_token_stored_between_the_look_and_the_claim_is_taken_not_fetched_again(db):
    async def fetch(value):
        fetched.append(value)
        return Token(value=value, good_until=utc_now() + timedelta(days=60))

    def claim_after_another_has_renewed():
        if not fetched:
            asyncio.run(SharedTokens(db, **CLIENT, auth_url=url).renew(None, lambda: fetch("first")))
        return claim()

    url = "http://twitch.test"
    fetched = []
    late = SharedTokens(db, **CLIENT, auth_url=url)
    claim, late._claim = late._claim, claim_after_another_has_renewed
    assert (await late.renew(None, lambda: fetch("second"))).value == "first"
    assert fetched == ["first"]
    assert late._claim()


async def test_the_stored_token_is_shared_encrypted_and_replaced_when_it_is_refused(db):
    simulator = Simulator()
    with simulator.run() as url:
        for _ in range(2):
            async with open_sources(url, tokens=SharedTokens(db, **CLIENT, auth_url=url)) as (_, igdb):
                await igdb.fetch_games([FIRST_GAME])
        assert simulator.desk.issued == 1
        (token,) = simulator.desk._owners
        stored = str(rows_of(db, "select * from igdb_tokens"))
        assert token not in stored
        assert CLIENT["client_secret"] not in stored
        assert token not in repr(await SharedTokens(db, **CLIENT, auth_url=url).load())
        simulator.desk.revoke_all()
        async with open_sources(url, tokens=SharedTokens(db, **CLIENT, auth_url=url)) as (_, igdb):
            assert FIRST_GAME in await igdb.fetch_games([FIRST_GAME])
    assert simulator.desk.issued == 2


async def test_another_secret_cannot_read_the_stored_token(db):
    simulator = Simulator()
    with simulator.run() as url:
        async with open_sources(url, tokens=SharedTokens(db, **CLIENT, auth_url=url)) as (_, igdb):
            await igdb.fetch_games([FIRST_GAME])
        other = SharedTokens(db, client_id=CLIENT["client_id"], client_secret="changed", auth_url=url)
        assert await other.load() is None


def test_the_world_has_the_game_that_these_tests_ask_for():
    assert WORLD._games[0]["id"] == FIRST_GAME
