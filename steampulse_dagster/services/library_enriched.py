"""The IGDB enrichment: reads a raw file, says of each app what it is and which of IGDB's games; writes
`enriched/steam-library-…-enriched.csv`, `store_items`, `quarantine`, and what `igdb_matching` writes.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import IO

import structlog

from steampulse_dagster.clients.object_store import ObjectStore
from steampulse_dagster.clients.steam import STORE_ITEMS_PAGE, SteamDataSource
from steampulse_dagster.errors import NotFoundError
from steampulse_dagster.models.catalog import CatalogItem
from steampulse_dagster.models.library import (
    AppKind,
    Confidence,
    EnrichedLibrary,
    KindSource,
    KnownApp,
    LibraryRow,
    MatchStatus,
    OwnedGame,
)
from steampulse_dagster.repositories.known_apps import KnownAppRepository
from steampulse_dagster.repositories.store_items import StoreItemRepository
from steampulse_dagster.services import library_files
from steampulse_dagster.services.app_kinds import classify, is_typed
from steampulse_dagster.services.game_names import GameNames, goes_on
from steampulse_dagster.services.igdb_matching import IgdbMatchingService, Matches, Wanted
from steampulse_dagster.services.library_progress import LibraryProgress
from steampulse_dagster.services.tracking import fetch_catalog_items
from steampulse_dagster.utils.batches import in_batches
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.csv_rows import encode_header, encode_rows, read_rows
from steampulse_dagster.utils.db import Database
from steampulse_dagster.utils.text import clean_line
from steampulse_dagster.utils.threads import in_thread
from steampulse_dagster.utils.together import run_all, run_in_order

log = structlog.get_logger()
ROWS_AT_ONCE = 2_000
"""Rows looked up together: enough for full requests, few enough that memory does not grow with the library."""
BATCHES_AT_ONCE = 3
"""…of which so many are under way: while one waits for IGDB, the next one asks Steam, and a third one is stored."""
PAGES_AT_ONCE = 8
"""Pages of GetItems that are asked for together and stored together."""
UNKNOWN_GOOD_FOR = timedelta(days=30)
"""How long an app that Steam did not know is not asked for again."""


class EnrichmentService:
    """Makes the enriched file of a raw one. The same raw file gives a file of the same name, made anew."""

    def __init__(
        self,
        db: Database,
        steam: SteamDataSource,
        matching: IgdbMatchingService,
        store: ObjectStore,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._db = db
        self._steam = steam
        self._matching = matching
        self._store = store
        self._clock = clock

    def get_latest_raw_key(self, steam_id: str) -> str:
        """The key of the newest raw file of a library. Raises NotFoundError."""
        return find_latest(self._store, f"raw/steam-library-{steam_id}-")

    async def enrich(self, s3_key: str, *, progress: LibraryProgress | None = None) -> EnrichedLibrary:
        """Classify and match every row of a raw file.

        What is answered is remembered at once, so that a repeated call asks only what is missing. Raises
        ValidationError for a key or file that is none, NotFoundError for a file that is not there, SteamApiError,
        IgdbApiError (a refused key; an outage leaves rows PENDING), ObjectStoreError, DatabaseError.
        """
        steam_id, _ = library_files.read_raw_key(s3_key)
        with structlog.contextvars.bound_contextvars(steam_id=steam_id):
            work = _Enrichment(progress or LibraryProgress())
            work.progress.stage = "classifying and looking up in IGDB"
            key = library_files.enriched_key(s3_key)
            opened = in_thread(self._store.open_reader(s3_key)), in_thread(self._store.open_writer(key))
            async with opened[0] as raw, opened[1] as enriched:
                enriched.write(encode_header(library_files.ENRICHED_COLUMNS))
                await run_in_order(
                    in_batches(work.read(raw, s3_key), ROWS_AT_ONCE),
                    lambda games: self._enrich_rows(games, work),
                    lambda rows: asyncio.to_thread(_write, enriched, rows),
                    most=BATCHES_AT_ONCE,
                )
            result = work.build_result(key, steam_id, s3_key)
            log.info("library_enriched", s3_key=key, rows=result.rows, matches=result.matches, kinds=result.kinds)
        return result

    async def _enrich_rows(self, games: Sequence[OwnedGame], work: "_Enrichment") -> list[LibraryRow]:
        known = await self._find_known([game.appid for game in games], work)
        names = {game.appid: _name_of(game, known.get(game.appid)) for game in games}
        others = await self._list_game_names(names, known, work)
        kinds = {
            game.appid: classify(names[game.appid], known.get(game.appid), others, played=game.playtime_forever > 0)
            for game in games
        }
        work.progress.classified += len(kinds)
        wanted = [_want(appid, names[appid], kind, known.get(appid)) for appid, kind in kinds.items()]
        matches = await self._matching.match(wanted, progress=work.progress)
        rows = [_build_row(game, names[game.appid], kinds[game.appid], matches) for game in games]
        work.count(rows, matches)
        return rows

    async def _list_game_names(
        self, names: Mapping[int, str], known: Mapping[int, KnownApp], work: "_Enrichment"
    ) -> GameNames | None:
        """The names of all games of the catalogue, read once and only if they can tell anything."""
        if work.game_names is None and any(
            goes_on(name) for appid, name in names.items() if not is_typed(known.get(appid))
        ):
            work.game_names = asyncio.create_task(asyncio.to_thread(self._read_game_names))
        return None if work.game_names is None else await work.game_names

    def _read_game_names(self) -> GameNames:
        with self._db.connection() as conn:
            return GameNames(KnownAppRepository(conn).list_game_names())

    async def _find_known(self, appids: Sequence[int], work: "_Enrichment") -> dict[int, KnownApp]:
        """What Steam says of these apps: as stored, and for the rest as GetItems answers now, a hundred a request."""
        known = await asyncio.to_thread(self._list_known, appids)
        pages = in_batches((appid for appid in appids if appid not in known), STORE_ITEMS_PAGE)
        for wave in in_batches(pages, PAGES_AT_ONCE):
            checked = [item for items in await run_all(self._fetch_page(page, work) for page in wave) for item in items]
            await asyncio.to_thread(self._store_items, checked)
            known |= await asyncio.to_thread(self._list_known, [item.appid for item in checked])
        return known

    async def _fetch_page(self, appids: Sequence[int], work: "_Enrichment") -> list[CatalogItem]:
        items = await fetch_catalog_items(self._steam, appids, now=self._clock())
        work.progress.steam_calls += 1
        return items

    def _list_known(self, appids: Sequence[int]) -> dict[int, KnownApp]:
        with self._db.connection() as conn:
            return KnownAppRepository(conn).list_known(appids, unknown_since=self._clock() - UNKNOWN_GOOD_FOR)

    def _store_items(self, checked: Sequence[CatalogItem]) -> None:
        with self._db.transaction() as conn:
            StoreItemRepository(conn).upsert_many(checked)


class _Enrichment:
    """What is counted while one file is enriched."""

    def __init__(self, progress: LibraryProgress) -> None:
        self.progress = progress
        self.game_names: asyncio.Task[GameNames] | None = None
        self._seen: set[int] = set()
        self._unreadable = 0
        self._rows = 0
        self._kinds: Counter[str] = Counter()
        self._sources: Counter[str] = Counter()
        self._matches: Counter[str] = Counter()
        self._confidences: Counter[str] = Counter()
        self._genres: Counter[str] = Counter()
        self._pending_reason: str | None = None

    def read(self, raw: IO[bytes], key: str) -> Iterator[OwnedGame]:
        """The readable rows of a raw file, each app once."""
        for cells in read_rows(raw, columns=library_files.RAW_COLUMNS, name=key):
            game = cells if isinstance(cells, str) else library_files.parse_raw(cells)
            if isinstance(game, str):
                self._unreadable += 1
                log.warning("library_row_unreadable", s3_key=key, reason=game)
            elif game.appid not in self._seen:
                self._seen.add(game.appid)
                yield game

    def count(self, rows: Sequence[LibraryRow], matches: Matches) -> None:
        self._rows += len(rows)
        for row in rows:
            self._kinds[row.classification.value] += 1
            self._sources[row.classified_by.value] += 1
            self._matches[row.match_status.value] += 1
            if row.confidence is not None:
                self._confidences[row.confidence.value] += 1
            if row.igdb is not None:
                self._genres.update(genre.name for genre in row.igdb.genres)
        self._pending_reason = self._pending_reason or matches.pending_reason
        self.progress.games = max(self.progress.games, self._rows)

    def build_result(self, key: str, steam_id: str, source_key: str) -> EnrichedLibrary:
        return EnrichedLibrary(
            s3_key=key,
            steam_id=steam_id,
            source_key=source_key,
            rows=self._rows,
            unreadable=self._unreadable,
            kinds=dict(self._kinds),
            sources=dict(self._sources),
            matches=dict(self._matches),
            confidences=dict(self._confidences),
            genres=dict(self._genres.most_common()),
            igdb_calls=self.progress.igdb_calls,
            steam_calls=self.progress.steam_calls,
            pending_reason=self._pending_reason,
        )


def find_latest(store: ObjectStore, prefix: str) -> str:
    """The last of the keys that begin so: they sort by time. Raises NotFoundError if there is none."""
    keys = store.list_keys(prefix)
    if not keys:
        raise NotFoundError(f"There is no file {prefix}… in {store.url}: import the library first.")
    return keys[-1]


def _name_of(game: OwnedGame, known: KnownApp | None) -> str:
    """The name of the library; where Steam sent none, the stored one."""
    return clean_line(game.name) or (known.name if known else "")


def _build_row(game: OwnedGame, name: str, kind: tuple[AppKind, KindSource], matches: Matches) -> LibraryRow:
    classification, classified_by = kind
    match, found = matches.found.get(game.appid), matches.get_game(game.appid)
    if _is_doubtful(kind) and match is not None and match.confidence in (Confidence.STRONG, Confidence.WEAK):
        classification = AppKind.GAME
    if found is not None:
        status = MatchStatus.MATCHED
    elif not classification.is_playable:
        status = MatchStatus.IGNORED
    else:
        status = MatchStatus.PENDING if match is None else MatchStatus.UNMATCHED
    return LibraryRow(
        appid=game.appid,
        name=name,
        classification=classification,
        classified_by=classified_by,
        match_status=status,
        confidence=None if match is None else match.confidence,
        igdb=found,
        playtime_forever=game.playtime_forever,
        playtime_2weeks=game.playtime_2weeks,
        last_played=game.last_played,
        icon=clean_line(game.icon),
    )


def _want(appid: int, name: str, kind: tuple[AppKind, KindSource], known: KnownApp | None) -> Wanted:
    """What is asked of IGDB: games, and what is none by its name alone, for it may have a game of just this name."""
    return Wanted(
        appid,
        name,
        known.release_date if known else None,
        ask=kind[0].is_playable or _is_doubtful(kind),
        doubtful=_is_doubtful(kind),
    )


def _is_doubtful(kind: tuple[AppKind, KindSource]) -> bool:
    return not kind[0].is_playable and kind[1] is KindSource.NAME


def _write(file: IO[bytes], rows: Sequence[LibraryRow]) -> None:
    file.write(encode_rows(map(library_files.to_cells, rows)))
