"""The database import: reads an enriched file; fills `imported_games`, `library_items`, `igdb_games` with genres and
platforms, `import_runs`, and `quarantine` with the rows that cannot be read.

All of a file goes in by one transaction: killed anywhere, nothing of it is there, and the next call does it whole.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import IO

import structlog

from steampulse_dagster.clients.object_store import ObjectStore
from steampulse_dagster.models.library import LibraryImport, LibraryRow, PlayStatus
from steampulse_dagster.models.quarantine import QuarantineSource, Unparsed
from steampulse_dagster.repositories.igdb_games import IgdbGameRepository
from steampulse_dagster.repositories.imported_games import ImportedGameRepository
from steampulse_dagster.repositories.quarantine import QuarantineRepository
from steampulse_dagster.services import library_files
from steampulse_dagster.services.igdb_rules import suggest_status
from steampulse_dagster.services.library_enriched import find_latest
from steampulse_dagster.services.library_progress import LibraryProgress
from steampulse_dagster.utils.batches import in_batches
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.csv_rows import read_rows
from steampulse_dagster.utils.db import Connection, Database

log = structlog.get_logger()
ROWS_AT_ONCE = 2_000
REPEATED = "the appid is named twice"


class LibraryImportService:
    """Brings enriched files into the tables. Blocks on the store and the database."""

    def __init__(self, db: Database, store: ObjectStore, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._db = db
        self._store = store
        self._clock = clock

    def get_latest_enriched_key(self, steam_id: str) -> str:
        """The key of the newest enriched file of a library. Raises NotFoundError."""
        return find_latest(self._store, f"enriched/steam-library-{steam_id}-")

    def import_file(self, s3_key: str, *, progress: LibraryProgress | None = None) -> LibraryImport:
        """Bring a file into the tables. Rows that cannot be read are kept in quarantine and counted by reason.

        Apps that the file no longer names are marked, not deleted; a file older than what is stored changes nothing.
        Raises ValidationError for a key or file that is none, NotFoundError, ObjectStoreError, DatabaseError.
        """
        steam_id, fetched_at = library_files.read_enriched_key(s3_key)
        started_at = self._clock()
        with structlog.contextvars.bound_contextvars(steam_id=steam_id):
            if progress is not None:
                progress.stage = "writing to PostgreSQL"
            # Opened first: a store that is slow or gone costs no transaction.
            with self._store.open_reader(s3_key) as file, self._db.transaction() as conn:
                result = _Import(conn, steam_id, s3_key, fetched_at, progress).run(file, started_at=started_at)
            log.info("library_imported", s3_key=s3_key, imported=result.imported_count, skipped=result.skipped_count)
        return result


class _Import:
    """One file within one transaction."""

    def __init__(
        self, conn: Connection, steam_id: str, key: str, fetched_at: datetime, progress: LibraryProgress | None
    ) -> None:
        self._conn = conn
        self._games = ImportedGameRepository(conn)
        self._steam_id, self._key, self._fetched_at = steam_id, key, fetched_at
        self._progress = progress or LibraryProgress()
        self._seen: set[int] = set()
        self._reasons: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._skipped: set[int] = set()
        self._nameless = 0

    def run(self, file: IO[bytes], *, started_at: datetime) -> LibraryImport:
        self._games.lock(self._steam_id)
        self._games.begin()
        for rows in in_batches(self._read(file), ROWS_AT_ONCE):
            games = {row.igdb.igdb_id: row.igdb for row in rows if row.igdb is not None}
            IgdbGameRepository(self._conn).upsert_many(list(games.values()), fetched_at=self._fetched_at, asked=False)
            self._games.stage_many([(row, self._suggest(row)) for row in rows])
            self._progress.imported += len(rows)
        counts = self._games.merge(
            self._steam_id,
            fetched_at=self._fetched_at,
            keep=sorted(self._skipped - self._seen),
            may_mark=not self._nameless,
        )
        result = LibraryImport(
            steam_id=self._steam_id,
            source_key=self._key,
            fetched_at=self._fetched_at,
            imported_count=len(self._seen),
            skipped_count=self._reasons.total(),
            counts=counts,
            reasons=dict(self._reasons.most_common()),
            statuses=dict(self._statuses),
            kept_unmarked=self._nameless > 0,
        )
        self._games.record(result, started_at=started_at)
        return result

    def _read(self, file: IO[bytes]) -> Iterator[LibraryRow]:
        for cells in read_rows(file, columns=library_files.ENRICHED_COLUMNS, name=self._key):
            row = cells if isinstance(cells, str) else library_files.parse_row(cells)
            if isinstance(row, LibraryRow) and row.appid not in self._seen:
                self._seen.add(row.appid)
                yield row
            else:
                self._skip(cells, row if isinstance(row, str) else REPEATED)

    def _skip(self, cells: Mapping[str, str] | str, reason: str) -> None:
        """Keep a row that cannot be read. Without its appid nobody can tell whether the app is still owned."""
        self._reasons[reason] += 1
        appid = "" if isinstance(cells, str) else cells["appid"].strip()
        known = int(appid) if appid.isascii() and appid.isdigit() and 0 < int(appid[:12]) < 2**32 else None
        self._nameless += known is None
        if known is not None:
            self._skipped.add(known)
        unparsed = Unparsed(
            source=QuarantineSource.LIBRARY_ROW,
            appid=known,
            payload=json.dumps({"s3_key": self._key, **({"row": cells} if isinstance(cells, str) else cells)}),
            reason=reason,
        )
        QuarantineRepository(self._conn).insert_many([unparsed])

    def _suggest(self, row: LibraryRow) -> PlayStatus:
        """Counted from when Steam was asked, so that the same file says the same on any day."""
        status = suggest_status(
            playtime_forever=row.playtime_forever,
            playtime_2weeks=row.playtime_2weeks,
            last_played=None if row.last_played is None else row.last_played.date(),
            today=self._fetched_at.date(),
        )
        self._statuses[status.value] += row.classification.is_playable
        return status
