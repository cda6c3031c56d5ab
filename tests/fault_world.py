"""A world of tiny games behind the simulators and a fault plan, in process: for crawls that must survive all of it."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from starlette.middleware import Middleware

from steampulse_dagster.clients.http import RetryPolicy
from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.clients.steam_reviews import parse_review
from steampulse_dagster.errors import SteamPulseError
from steampulse_dagster.models.reviews import CrawlPhase, Review, ReviewRow
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.quarantine import QuarantineRepository
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.simulators.app import build_app
from steampulse_dagster.simulators.fault_middleware import ConnectionBrokenError, FaultMiddleware
from steampulse_dagster.simulators.fault_quirks import make_odd
from steampulse_dagster.simulators.faults import GROUPS, Fault, FaultPlan
from steampulse_dagster.utils.db import Database, fetch_all
from tests.fake_steam import raw_review
from tests.review_rows import as_read

PAGE = 10
"""Reviews of a page in these worlds, in place of Steam's 100."""
WORLD_BEGAN = 1_700_000_000
STALL_SECONDS = 0.4
READ_SECONDS = 0.2
PATIENT_SECONDS = 30.0
"""Where nothing stalls on purpose: a busy machine is no fault."""
SLOW = frozenset({"stall", "drip", "endless"})
"""Faults that take their time: rare in mixes."""
RETRY = RetryPolicy(attempts=4, total_seconds=30, first_wait=0, longest_wait=0, jitter=0)


@dataclass
class TinyWorld:
    """Games with a few reviews each; `now` moves on by itself, and reviews come and change."""

    chance: random.Random
    reviews: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    now: int = WORLD_BEGAN
    name: str = "tiny"
    _made: int = 0

    def add_game(self, appid: int, *, reviews: int) -> None:
        self.reviews[appid] = []
        self.write(appid, reviews)

    def write(self, appid: int, number: int) -> None:
        """New reviews."""
        fresh = []
        for _ in range(number):
            self._made += 1
            self.now += self.chance.choice((0, 1, 60, 90_000))
            author = {"steamid": str(76561197960265729 + self._made), "playtime_forever": self._made}
            fresh.append(raw_review(self._made, created=self.now, author=author, review=f"Number {self._made}"))
        # Another list, so that the simulator sees that it changed.
        self.reviews[appid] = self.reviews[appid] + fresh

    def edit(self, appid: int, number: int) -> None:
        """Edits of some reviews, in a list of their own."""
        reviews = list(self.reviews[appid])
        for at in self.chance.sample(range(len(reviews)), min(number, len(reviews))):
            self.now += self.chance.choice((1, 60, 90_000))
            changed = {"review": f"Edited at {self.now}", "voted_up": False, "timestamp_updated": self.now}
            reviews[at] = {**reviews[at], **changed}
        self.reviews[appid] = reviews

    def list_apps(self) -> Sequence[Mapping[str, Any]]:
        return []

    def get_appdetails(self, appid: int) -> Mapping[str, Any] | None:
        return None

    def get_store_item(self, appid: int) -> Mapping[str, Any] | None:
        return None

    def list_tags(self) -> Mapping[int, str]:
        return {}

    def list_reviews(self, appid: int) -> Sequence[Mapping[str, Any]] | None:
        return self.reviews.get(appid)

    def get_query_summary(self, appid: int) -> Mapping[str, Any] | None:
        return None

    def get_owned_games(self, steamid: str) -> Mapping[str, Any] | None:
        return None

    def resolve_vanity(self, name: str) -> str | None:
        return None

    def list_igdb_games(self) -> Sequence[Mapping[str, Any]]:
        return []

    def list_igdb_external_games(self) -> Sequence[Mapping[str, Any]]:
        return []


class FaultyTransport(httpx.AsyncBaseTransport):
    """A simulator in this process as a network would show it: broken connections and time-outs are httpx's own."""

    def __init__(self, world: Any, plan: FaultPlan, *, read_seconds: float = READ_SECONDS) -> None:
        app = build_app(world, middleware=[Middleware(FaultMiddleware, plan=plan)])
        self._inner = httpx.ASGITransport(app)
        self._read_seconds = read_seconds

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            async with asyncio.timeout(self._read_seconds):
                return await self._inner.handle_async_request(request)
        except TimeoutError:
            raise httpx.ReadTimeout("no answer in time", request=request) from None
        except ConnectionBrokenError as error:
            kind = httpx.RemoteProtocolError if error.answered else httpx.ConnectError
            raise kind(str(error), request=request) from None


def open_steam(world: Any, plan: FaultPlan, *, read_seconds: float = READ_SECONDS) -> SteamDataSource:
    client = httpx.AsyncClient(transport=FaultyTransport(world, plan, read_seconds=read_seconds))
    urls = {"api_url": "http://sim/steam", "store_url": "http://sim/store"}
    limiter = HostLimiter(requests_per_second=None, concurrency=16)
    return SteamDataSource(client, key="any", limiter=limiter, retry=RETRY, **urls)


def build_plan(faults: Sequence[Fault], *, seed: int) -> FaultPlan:
    return FaultPlan(faults, seed=seed, stall_seconds=STALL_SECONDS, retry_after_seconds=0, endless_mebibytes=2)


def random_mix(chance: random.Random) -> list[Fault]:
    """Some or all passing faults that together strike up to half of the requests, and some quirks."""
    names = chance.sample(GROUPS["passing"], chance.choice((2, 4, 8, len(GROUPS["passing"]))))
    rate = chance.choice((0.05, 0.2, 0.5)) / len(names)
    passing = [Fault(name, rate=rate * (0.1 if name in SLOW else 1)) for name in names]
    quirks = chance.sample(GROUPS["quirks"], chance.randint(0, 4))
    return [*passing, *(Fault(name, rate=chance.choice((0.02, 0.1))) for name in quirks)]


def skewed_clock(world: TinyWorld, chance: random.Random) -> Any:
    """A clock that may be years off the world's."""
    skew = timedelta(days=chance.choice((0, 0, 0, 1, -1, 400, -400)))
    return lambda: datetime.fromtimestamp(world.now, UTC) + skew


@dataclass
class Trial:
    """Some games of one world, crawled through faults, then without: what must be true is checked all along."""

    db: Database
    faults: Sequence[Fault]
    seed: int
    games: int = 4
    crawls: int = 0
    failures: int = 0
    struck: int = 0

    async def run(self) -> None:
        chance = random.Random(self.seed)
        world = TinyWorld(chance)
        first = self.seed * 1000 + 1
        appids = range(first, first + self.games)
        for appid in appids:
            world.add_game(appid, reviews=chance.choice((0, 1, 5, 9, 10, 11, 20, 37, 55)))
        plan = build_plan(self.faults, seed=self.seed)
        clock = skewed_clock(world, chance)
        service = self._open(world, plan, clock, read_seconds=READ_SECONDS)
        for _ in range(chance.choice((1, 2, 3, 4))):
            for appid in appids:
                await self._crawl_through_faults(service, world, appid, chance)
                await asyncio.to_thread(self._check_nothing_skipped, world, plan, appid)
        self.struck += plan.struck.total()
        plan.stop()
        service = self._open(world, plan, clock, read_seconds=PATIENT_SECONDS)
        for appid in appids:
            result = await service.crawl_reviews(appid, force=True)
            self.crawls += 1
            assert result.ended_early is None, (self.seed, appid, result)
            await asyncio.to_thread(self._check_exact, world, plan, appid)

    def _open(self, world: TinyWorld, plan: FaultPlan, clock: Any, *, read_seconds: float) -> CrawlService:
        steam = open_steam(world, plan, read_seconds=read_seconds)
        return CrawlService(self.db, steam, fresh_hours=0, clock=clock, store_author_ids=True)

    async def _crawl_through_faults(
        self, service: CrawlService, world: TinyWorld, appid: int, chance: random.Random
    ) -> None:
        def live(_: int) -> None:
            if chance.random() < 0.3:
                world.write(appid, chance.choice((1, 1, 12)))
            if chance.random() < 0.3:
                world.edit(appid, chance.choice((1, 3)))

        self.crawls += 1
        try:
            async with asyncio.timeout(60):
                await service.crawl_reviews(appid, force=True, on_progress=live)
        except SteamPulseError:
            self.failures += 1
        world.edit(appid, chance.choice((0, 1, 25)))
        world.write(appid, chance.choice((0, 0, 3, 25)))

    def _check_nothing_skipped(self, world: TinyWorld, plan: FaultPlan, appid: int) -> None:
        """What lies between the mark and the place of a first walk is stored: the place is not ahead of the data."""
        with self.db.connection() as conn:
            state = CrawlStateRepository(conn).get(appid)
        if state is None or state.phase is not CrawlPhase.FIRST or state.walked_to is None:
            return
        if state.pending_high_water is None or any(fault.name == "odd_edit_time" for fault in plan.quirks):
            return
        stored = self._stored(appid)
        low, high = state.walked_to.timestamp(), state.pending_high_water.timestamp()
        for raw in world.reviews[appid]:
            expected = self._parse(raw, plan, appid)
            if isinstance(expected, ReviewRow) and low < raw["timestamp_created"] <= high:
                # One that is younger than the walk's first page may stand in front of it.
                assert expected.recommendationid in stored or raw["timestamp_created"] == high, (self.seed, appid, raw)

    def _check_exact(self, world: TinyWorld, plan: FaultPlan, appid: int) -> None:
        expected = [self._parse(raw, plan, appid) for raw in world.reviews[appid]]
        readable = {row.recommendationid: as_read(row) for row in expected if isinstance(row, ReviewRow)}
        stored = self._stored(appid)
        missing, extra = readable.keys() - stored.keys(), stored.keys() - readable.keys()
        assert (len(missing), len(extra)) == (0, 0), (self.seed, appid)
        other = [review_id for review_id, review in readable.items() if stored[review_id] != review]
        assert not other, (self.seed, appid, [(readable[each], stored[each]) for each in other[:2]])
        with self.db.connection() as conn:
            kept = QuarantineRepository(conn).count(appid)
        assert kept >= len(expected) - len(readable), (
            self.seed,
            appid,
            "quarantine",
            kept,
            len(expected) - len(readable),
        )

    def _parse(self, raw: dict[str, Any], plan: FaultPlan, appid: int) -> Any:
        return parse_review(make_odd(raw, plan), appid=appid, author_key_of=str)

    def _stored(self, appid: int) -> dict[int, Review]:
        with self.db.connection() as conn:
            rows = fetch_all(conn, "select * from reviews where appid = %(appid)s", {"appid": appid})
        assert len(rows) == len({row["recommendationid"] for row in rows})
        return {row["recommendationid"]: Review.model_validate(_model_fields(row)) for row in rows}


def _model_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in Review.model_fields}
