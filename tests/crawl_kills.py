"""Crawls in child processes that are killed at random moments, and what must be true in Postgres after each kill.

Children come from a fork server that has the product imported already, so that a start costs milliseconds. The world
stands still during a round; between rounds reviews are edited and new ones arrive, so that first walks and update
walks are both killed.
"""

import asyncio
import logging
import multiprocessing
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from typing import Any

import structlog

from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.models.reviews import CrawlPhase, CrawlState
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.simulators.paging import ReviewOrder, parse_cursor
from steampulse_dagster.simulators.review_totals import build_query_summary
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.simulators.server import running_simulators
from steampulse_dagster.simulators.traffic import TrafficLog, TrafficRules, build_traffic
from steampulse_dagster.utils.db import Database, execute, fetch_all
from tests.fake_steam import raw_review

LATENCY_SECONDS = 0.02
MOST_REQUESTS = 16
"""A child is killed within so many requests: by requests and not by seconds, so that a busy machine changes nothing."""
LONGEST_PAUSE_SECONDS = 0.06
"""…and at a random moment within this time after the last of them: while it fetches, stores, commits, or starts up."""
PATIENCE_SECONDS = 60.0
MOST_KILLS_A_ROUND = 12
CHANGED_SHARE = 0.1
"""Reviews edited, and as many new ones, between two rounds."""
Raw = dict[str, Any]


class KilledWorld(SeededWorld):
    """A few games whose reviews are numbered; `edit` gives them a new text and time, and adds others."""

    def __init__(self, *, games: int, reviews: int) -> None:
        super().__init__()
        self.games = {
            100 + game: tuple(self._review(100 + game, number) for number in range(reviews)) for game in range(games)
        }

    def list_reviews(self, appid: int) -> Sequence[Mapping[str, Any]] | None:
        return self.games.get(appid)

    def get_query_summary(self, appid: int) -> Mapping[str, Any] | None:
        return build_query_summary(positive=len(self.games[appid]), negative=0) if appid in self.games else None

    def edit(self, rng: random.Random) -> None:
        for appid, reviews in self.games.items():
            count = int(CHANGED_SHARE * len(reviews))
            edited = set(rng.sample(range(len(reviews)), count))
            moment = max(int(review["timestamp_updated"]) for review in reviews) + 86_400
            changed = tuple(
                {**review, "review": f"{review['review']} again", "timestamp_updated": moment + number}
                if number in edited
                else review
                for number, review in enumerate(reviews)
            )
            new = tuple(self._review(appid, len(reviews) + number, moment + number) for number in range(count))
            self.games[appid] = changed + new

    @staticmethod
    def _review(appid: int, number: int, moment: int | None = None) -> Raw:
        # Two share each second, so that places are decided by id too.
        created = 1_600_000_000 + number // 2 * 60 if moment is None else moment
        return raw_review(number, created=created, recommendationid=str(appid * 1_000_000 + number))


@dataclass
class KillReport:
    """What was seen; everything but `kills`, `kills_midwalk` and `rounds` should be 0."""

    kills: int = 0
    kills_midwalk: int = 0
    rounds: int = 0
    lost: int = 0
    twice: int = 0
    cursor_ahead: int = 0
    miscounted: int = 0
    pages_after_whole: int = 0
    failed_children: int = 0
    texts_lost: int = 0
    places: dict[str, int] = field(default_factory=dict)
    """Kills by how much of the world was stored, in fifths."""


class KillHarness:
    """One world, one database, and children that crawl the one into the other."""

    def __init__(self, database_url: str, *, games: int, reviews: int, seed: int) -> None:
        self.world = KilledWorld(games=games, reviews=reviews)
        self.report = KillReport()
        self._url = database_url
        self._rng = random.Random(seed)
        self._texts: dict[int, set[str]] = {}
        self._log = TrafficLog()
        self._fork: ForkServerContext = multiprocessing.get_context("forkserver")
        self._fork.set_forkserver_preload(["tests.crawl_kills"])

    def run(self, *, kills: int) -> KillReport:
        """Rounds of crawls until so many children were killed and the last round came to its end."""
        rules = TrafficRules(latency_seconds=LATENCY_SECONDS)
        database = Database(self._url, pool_size=2)
        with running_simulators(self.world, middleware=[build_traffic(self._log, rules)]) as api_url:
            try:
                self._crawl_unhurt([], api_url)  # starts the fork server, which imports everything once
                while self.report.kills < kills:
                    self._run_round(database, api_url, kills=kills)
            finally:
                database.close()
        return self.report

    def _run_round(self, database: Database, api_url: str, *, kills: int) -> None:
        if self.report.rounds % 2 == 0:
            self._begin_anew(database)
        for reviews in self.world.games.values():
            for review in reviews:
                self._texts.setdefault(int(review["recommendationid"]), set()).add(review["review"])
        last = min(kills, self.report.kills + MOST_KILLS_A_ROUND)
        while self.report.kills < last and self._crawl_and_kill(api_url):
            self.report.kills += 1
            self._check(database)
        self._crawl_unhurt(list(self.world.games), api_url)
        self._check_end(database)
        asked = len(self._log.seen)
        self._crawl_unhurt(list(self.world.games), api_url, force=False)
        self.report.pages_after_whole += len(self._log.seen) - asked
        self.report.rounds += 1
        self.world.edit(self._rng)

    def _begin_anew(self, database: Database) -> None:
        """Every other round is a first crawl."""
        self._texts.clear()
        with database.transaction() as conn:
            execute(conn, "truncate reviews, review_revisions, crawl_state")

    def _crawl_and_kill(self, api_url: str) -> bool:
        """Whether the child was killed before it came to its end."""
        child = self._fork.Process(target=crawl, args=(api_url, self._url, list(self.world.games), True))
        target = len(self._log.seen) + self._rng.randint(0, MOST_REQUESTS)
        child.start()
        while child.exitcode is None and len(self._log.seen) < target:
            child.join(0.002)
        child.join(self._rng.uniform(0.0, LONGEST_PAUSE_SECONDS))
        killed = child.exitcode is None
        child.kill()
        child.join()
        self.report.failed_children += child.exitcode not in (0, -9)
        return killed

    def _crawl_unhurt(self, appids: list[int], api_url: str, *, force: bool = True) -> None:
        child = self._fork.Process(target=crawl, args=(api_url, self._url, appids, force))
        child.start()
        child.join(PATIENCE_SECONDS)
        self.report.failed_children += child.exitcode != 0
        child.kill()

    def _check(self, database: Database) -> None:
        stored, states = _read(database)
        midwalk = False
        for appid, state in states.items():
            midwalk |= state.under_way
            self.report.miscounted += state.stored != len(stored.get(appid, {}))
            passed = list_passed(state, self.world.games[appid])
            mine = stored.get(appid, {})
            self.report.cursor_ahead += sum(mine.get(int(r["recommendationid"])) != r["review"] for r in passed)
        self.report.kills_midwalk += midwalk
        total = sum(map(len, self.world.games.values()))
        fifth = min(4, 5 * sum(map(len, stored.values())) // total)
        place = f"{20 * fifth}-{20 * fifth + 20} %"
        self.report.places[place] = self.report.places.get(place, 0) + 1
        self.report.twice += _count_twice(database)

    def _check_end(self, database: Database) -> None:
        stored, _ = _read(database)
        for appid, reviews in self.world.games.items():
            world = {int(review["recommendationid"]): review["review"] for review in reviews}
            mine = stored.get(appid, {})
            self.report.lost += sum(mine.get(review_id) != text for review_id, text in world.items())
            self.report.lost += len(mine.keys() - world.keys())
        self.report.texts_lost += self._count_lost_texts(database)
        self.report.twice += _count_twice(database)

    def _count_lost_texts(self, database: Database) -> int:
        kept = _list_texts(database)
        return sum(len(texts - kept.get(review_id, set())) for review_id, texts in self._texts.items())


def list_passed(state: CrawlState, reviews: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The reviews that a saved state says are behind it: above its cursor, or all if its walk came to the end."""
    if not state.under_way:
        mark = state.high_water.timestamp() if state.high_water and state.finished_at else None
        return iter([r for r in reviews if mark is not None and r["timestamp_updated"] <= mark])
    order = ReviewOrder.UPDATED if state.phase is CrawlPhase.UPDATES else ReviewOrder.RECENT
    name = "timestamp_updated" if order is ReviewOrder.UPDATED else "timestamp_created"
    position = parse_cursor(state.cursor, order) if state.cursor else None
    if position is not None:
        return (r for r in reviews if (r[name], int(r["recommendationid"])) >= (position.at, position.id))
    down_to = state.walked_to.timestamp() if state.walked_to else float("inf")
    return (r for r in reviews if r["timestamp_created"] > down_to)


def crawl(api_url: str, database_url: str, appids: list[int], force: bool) -> None:
    """What a child does: crawl these games at once through the product's own service."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(_crawl(api_url, database_url, appids, force=force))


async def _crawl(api_url: str, database_url: str, appids: list[int], *, force: bool) -> None:
    database = Database(database_url, pool_size=4)
    async with build_http_client(concurrency=4) as http:
        limiter = HostLimiter(requests_per_second=None, concurrency=4)
        urls = {"api_url": f"{api_url}/steam", "store_url": f"{api_url}/store"}
        service = CrawlService(database, SteamDataSource(http, key=None, limiter=limiter, **urls), fresh_hours=24)
        async with asyncio.TaskGroup() as group:
            for appid in appids:
                group.create_task(service.crawl_reviews(appid, force=force))
    database.close()


def _read(database: Database) -> tuple[dict[int, dict[int, str]], dict[int, CrawlState]]:
    """All stored texts by game and id, and all states, at one moment: a killed child's last commit may still come."""
    stored: dict[int, dict[int, str]] = {}
    with database.transaction() as conn:
        execute(conn, "set transaction isolation level repeatable read")
        for row in fetch_all(conn, "select appid, recommendationid, review from reviews"):
            stored.setdefault(row["appid"], {})[row["recommendationid"]] = row["review"]
        appids = [row["appid"] for row in fetch_all(conn, "select appid from crawl_state")]
        states = {appid: state for appid in appids if (state := CrawlStateRepository(conn).get(appid)) is not None}
    return stored, states


def _count_twice(database: Database) -> int:
    """Reviews stored more than once, earlier texts kept more than once, and those kept that are the current ones."""
    sql = """
        select (select count(*) - count(distinct (appid, recommendationid)) from reviews)
            + (select count(*) - count(distinct (appid, recommendationid, review)) from review_revisions)
            + (select count(*) from review_revisions join reviews using (appid, recommendationid, review)) as n
    """
    with database.connection() as conn:
        return int(fetch_all(conn, sql)[0]["n"])


def _list_texts(database: Database) -> dict[int, set[str]]:
    texts: dict[int, set[str]] = {}
    sql = "select recommendationid, review from reviews union select recommendationid, review from review_revisions"
    with database.connection() as conn:
        for row in fetch_all(conn, sql):
            texts.setdefault(row["recommendationid"], set()).add(row["review"])
    return texts
