"""Plans a game's chunks: who sits where, and which reviews wait or are left out. Reads `reviews`, `crawl_state`; writes
`chunks`, `analysis_samples`."""

from collections.abc import Iterator

from steampulse_dagster.analyzer.chunks import NO_MEMBERS, plan_chunks
from steampulse_dagster.models.analysis import AnalysisSample, Chunk
from steampulse_dagster.models.reviews import ReviewRef
from steampulse_dagster.repositories.analysis_samples import AnalysisSampleRepository
from steampulse_dagster.repositories.chunks import ChunkRepository
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.services.analysis_samples import list_sampled, settle_sample
from steampulse_dagster.utils.db import Connection, Database

PLAN_BATCH = 20_000
"""Reviews that are seated at a time, by id and digest: each time all that wait are looked through."""


class ChunkPlanner:
    """Seats reviews in append-only chunks. Blocks on the database: call it from a thread where an event loop runs."""

    def __init__(self, database: Database, *, analysed_per_game: int | None = None) -> None:
        self._db = database
        self._cap = analysed_per_game

    def seat(self, appid: int) -> list[Chunk]:
        """Seat new reviews and re-digest changed chunks; the game's readable chunks. One transaction, one planner."""
        with self._db.transaction() as conn:
            ChunkRepository(conn).lock_game(appid)
            return self._plan(conn, appid, store=True)

    def preview(self, appid: int) -> list[Chunk]:
        """What `seat` would return; nothing is stored."""
        with self._db.transaction() as conn:
            return self._plan(conn, appid, store=False)

    def _plan(self, conn: Connection, appid: int, *, store: bool) -> list[Chunk]:
        repository, reviews = ChunkRepository(conn), ReviewRepository(conn)
        chunks = {chunk.chunk_no: chunk for chunk in repository.list_by_game(appid)}
        members = [review_id for chunk in chunks.values() for review_id in chunk.review_ids]
        hashes = reviews.list_content_hashes(appid, members)
        for batch in self._list_batches(conn, appid, seated=len(members), store=store):
            planned = plan_chunks(appid=appid, existing=tuple(chunks.values()), member_hashes=hashes, unchunked=batch)
            if store:
                repository.upsert_many(planned)
            chunks.update({chunk.chunk_no: chunk for chunk in planned})
            hashes.update({ref.recommendationid: ref.content_hash for ref in batch})
        return [chunk for chunk in chunks.values() if chunk.content_hash != NO_MEMBERS]

    def _list_batches(self, conn: Connection, appid: int, *, seated: int, store: bool) -> Iterator[list[ReviewRef]]:
        """Who is to be seated, in order; at least one batch, for what changed without anybody new."""
        samples = AnalysisSampleRepository(conn)
        sample = samples.get(appid)
        if self._cap is None and (sample is None or sample.rate >= 1):
            yield from _list_all(conn, appid)
            return
        waiting = ChunkRepository(conn).list_waiting_ids(appid)
        state = CrawlStateRepository(conn).get(appid)
        settled = settle_sample(
            sample,
            appid=appid,
            cap=self._cap,
            readable=seated + len(waiting),
            seated=seated,
            stored_rate=state.sample_rate if state else 1.0,
        )
        if store and settled != sample:
            samples.upsert(settled)
        yield _list_sampled_refs(conn, settled, waiting)


def _list_all(conn: Connection, appid: int) -> Iterator[list[ReviewRef]]:
    batch: list[ReviewRef] = []
    while True:
        batch = ReviewRepository(conn).list_unchunked(appid, PLAN_BATCH, after=batch[-1] if batch else None)
        yield batch
        if len(batch) < PLAN_BATCH:
            return


def _list_sampled_refs(conn: Connection, sample: AnalysisSample, waiting: list[int]) -> list[ReviewRef]:
    kept = list_sampled(sample, waiting)
    return ReviewRepository(conn).list_refs(sample.appid, kept) if kept else []
