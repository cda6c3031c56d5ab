"""Finds IGDB's game of each app: by hand, from memory, by appid, by title; reads and writes `igdb_matches`,
`igdb_overrides` and `igdb_games`. Every answer is remembered as it comes: a killed import asks nothing twice.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog

from steampulse_dagster.clients.igdb import MOST_ROWS, TITLES_PAGE, UIDS_PAGE, IgdbSource
from steampulse_dagster.errors import IgdbApiError, IgdbErrorKind
from steampulse_dagster.models.library import Confidence, IgdbGame, IgdbMatch
from steampulse_dagster.repositories.igdb_games import IgdbGameRepository
from steampulse_dagster.repositories.igdb_matches import IgdbMatchRepository
from steampulse_dagster.services import igdb_rules
from steampulse_dagster.services.library_progress import LibraryProgress
from steampulse_dagster.utils.batches import in_batches
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database
from steampulse_dagster.utils.together import run_all

log = structlog.get_logger()

HITS_GOOD_FOR = timedelta(days=30)
"""Mappings move: IGDB named the wrong Counter-Strike for weeks, and mended it."""
MISSES_GOOD_FOR = timedelta(days=7)
"""Games are entered every day, those of a title that matched among them."""


@dataclass(frozen=True)
class Wanted:
    """An app to find in IGDB. `ask` is False for what is no game: it has a match only if somebody said so by hand.
    `doubtful` is what sounds like no game, and nobody says so: only a game of exactly this name is its match."""

    appid: int
    name: str
    released: date | None = None
    ask: bool = True
    doubtful: bool = False


@dataclass
class Matches:
    """What was found. Apps that are not in `found` could not be asked for, because of `pending_reason`."""

    found: dict[int, IgdbMatch] = field(default_factory=dict)
    games: dict[int, IgdbGame] = field(default_factory=dict)
    pending_reason: str | None = None
    progress: LibraryProgress = field(default_factory=LibraryProgress)

    def add(self, answers: Sequence[IgdbMatch], games: Mapping[int, IgdbGame]) -> None:
        """Further answers, and the games that they name."""
        self.found |= {answer.appid: answer for answer in answers}
        self.games |= games
        self.progress.answered += len(answers)
        self.progress.matched += sum(1 for answer in answers if answer.igdb_id is not None)

    def get_game(self, appid: int) -> IgdbGame | None:
        """The matched game, None for a miss."""
        match = self.found.get(appid)
        return None if match is None or match.igdb_id is None else self.games.get(match.igdb_id)


class IgdbMatchingService:
    """Answers for thousands of apps in a handful of requests."""

    def __init__(self, db: Database, igdb: IgdbSource, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._db = db
        self._igdb = igdb
        self._clock = clock
        self._stopped: str | None = None
        self._told = igdb.queries

    async def match(self, wanted: Sequence[Wanted], *, progress: LibraryProgress | None = None) -> Matches:
        """The game of each app. `progress` is told with each answer.

        A passing failure of IGDB (rate limit, outage) leaves what was not answered yet pending, here and in later
        calls; IgdbApiError is raised for any other (refused key, changed service), DatabaseError for the database.
        """
        matches = Matches(progress=progress or LibraryProgress())
        matches.add(*await asyncio.to_thread(self._recall, wanted))
        missing = [each for each in wanted if each.ask and each.appid not in matches.found]
        if self._stopped is None:
            try:
                await self._ask(missing, matches)
            except IgdbApiError as error:
                if not error.retryable:
                    raise
                self._stopped = error.message
                log.warning("igdb_not_asked", reason=error.message, apps=len(missing))
            finally:
                self._tell_calls(matches)
        if any(each.appid not in matches.found for each in missing):
            matches.pending_reason = self._stopped
        return matches

    async def _ask(self, missing: Sequence[Wanted], matches: Matches) -> None:
        """By appid, then editions and parts by the game they stand for, then by title; each answer is kept at once."""
        followed: dict[int, IgdbGame] = {}
        pages = list(in_batches(missing, UIDS_PAGE))
        await run_all([self._match_appids(page, matches, followed) for page in pages])
        await self._follow(followed, matches)
        left = [each for each in missing if each.appid not in matches.found]
        await run_all([self._match_titles(page, matches) for page in in_batches(left, TITLES_PAGE)])

    async def fetch_game(self, igdb_id: int) -> IgdbGame | None:
        """One game by IGDB's id, asked for now and stored; None if there is none."""
        game = (await self._igdb.fetch_games([igdb_id])).get(igdb_id)
        if game is not None:
            await asyncio.to_thread(self._remember, [], {igdb_id: game})
        return game

    def _recall(self, wanted: Sequence[Wanted]) -> tuple[list[IgdbMatch], dict[int, IgdbGame]]:
        """What needs no request: decisions by hand, then recent answers whose game is stored."""
        now = self._clock()
        with self._db.connection() as conn:
            repository = IgdbMatchRepository(conn)
            recent = repository.list_recent(
                [each.appid for each in wanted if each.ask],
                hits_since=now - HITS_GOOD_FOR,
                misses_since=now - MISSES_GOOD_FOR,
            ) | repository.list_overrides([each.appid for each in wanted])
            games = IgdbGameRepository(conn).list_games(sorted({m.igdb_id for m in recent.values() if m.igdb_id}))
        return [match for match in recent.values() if match.igdb_id is None or match.igdb_id in games], games

    async def _match_appids(self, page: Sequence[Wanted], matches: Matches, followed: dict[int, IgdbGame]) -> None:
        """What IGDB names these appids for; editions and parts go to `followed`."""
        rows = await self._igdb.fetch_by_appids([each.appid for each in page])
        games: dict[int, IgdbGame] = {}
        for each in page:
            best = igdb_rules.choose_best(_list_possible(each, rows.get(each.appid, ())))
            if best is not None and igdb_rules.find_parent(best) is None:
                games[each.appid] = best
            elif best is not None:
                followed[each.appid] = best
        await self._keep(games, Confidence.STRONG, matches)

    async def _follow(self, followed: Mapping[int, IgdbGame], matches: Matches) -> None:
        """Take the games that editions and parts belong to; where IGDB no longer has one, what it named itself."""
        parents: dict[int, IgdbGame] = {}
        wanted = {parent for game in followed.values() if (parent := igdb_rules.find_parent(game)) is not None}
        for ids in in_batches(sorted(wanted), MOST_ROWS):
            parents |= await self._igdb.fetch_games(ids)
        games = {appid: parents.get(igdb_rules.find_parent(game) or 0, game) for appid, game in followed.items()}
        await self._keep(games, Confidence.FOLLOWED, matches)

    async def _match_titles(self, page: Sequence[Wanted], matches: Matches) -> None:
        """The last resort, flagged as weak; what it does not find is a miss."""
        candidates: dict[str, list[IgdbGame]] = {}
        for game in await self._fetch_titles([igdb_rules.build_titles(each.name) for each in page if each.name]):
            candidates.setdefault(igdb_rules.fold_title(game.name), []).append(game)
        chosen = {
            each.appid: igdb_rules.choose_by_title(
                each.name,
                each.released,
                _list_possible(each, candidates.get(igdb_rules.fold_title(each.name), ())),
            )
            for each in page
        }
        await self._keep(chosen, Confidence.WEAK, matches)

    async def _fetch_titles(self, titles: Sequence[tuple[str, str]]) -> list[IgdbGame]:
        """Candidates for these titles. A title that IGDB cannot read spoils nobody else's: it has no candidates."""
        if not titles:
            return []
        try:
            return await self._igdb.fetch_by_titles(titles)
        except IgdbApiError as error:
            if error.kind is not IgdbErrorKind.BAD_QUERY:
                raise
            if len(titles) == 1:
                log.warning("igdb_title_refused", title=titles[0][0])
                return []
        middle = len(titles) // 2
        return await self._fetch_titles(titles[:middle]) + await self._fetch_titles(titles[middle:])

    async def _keep(self, games: Mapping[int, IgdbGame | None], confidence: Confidence, matches: Matches) -> None:
        """Remember the games of apps, None for a miss."""
        now = self._clock()
        answers = [
            IgdbMatch(
                appid=appid,
                igdb_id=None if game is None else game.igdb_id,
                confidence=None if game is None else confidence,
                checked_at=now,
            )
            for appid, game in games.items()
        ]
        found = {game.igdb_id: game for game in games.values() if game is not None}
        await asyncio.to_thread(self._remember, answers, found)
        matches.add(answers, found)
        self._tell_calls(matches)

    def _tell_calls(self, matches: Matches) -> None:
        """Requests that were sent since somebody was told last."""
        matches.progress.igdb_calls += self._igdb.queries - self._told
        self._told = self._igdb.queries

    def _remember(self, answers: Sequence[IgdbMatch], games: Mapping[int, IgdbGame]) -> None:
        with self._db.transaction() as conn:
            IgdbGameRepository(conn).upsert_many(list(games.values()), fetched_at=self._clock(), asked=True)
            if answers:
                IgdbMatchRepository(conn).upsert_many(answers)


def _list_possible(wanted: Wanted, games: Sequence[IgdbGame]) -> Sequence[IgdbGame]:
    return [game for game in games if not wanted.doubtful or igdb_rules.is_game_called(game, wanted.name)]
