"""A database for the pages: seeded games with reports, games in every other state, and one made of attacks."""

import asyncio
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import uvicorn

from steampulse_dagster import bootstrap_pipeline
from steampulse_dagster.analyzer.analyst import Analyst
from steampulse_dagster.analyzer.local.analyst import open_local_analyst
from steampulse_dagster.api.access import Access
from steampulse_dagster.api.app import create_app
from steampulse_dagster.bootstrap_reading import build_reading_services
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.models.analysis import ChunkSignals, Mention, ReviewChunk, Signal, SignalItem
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.models.games import Game, GameGenre, GameState, GameTag
from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.models.reports import GameBrief, Judgement, ReportDraft
from steampulse_dagster.models.reviews import CrawlState, QuerySummary
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.exports import ExportService
from steampulse_dagster.services.progress import Progress
from steampulse_dagster.services.reports import ReportService
from steampulse_dagster.simulators.recorded import RecordedWorld
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.simulators.server import running_simulators
from steampulse_dagster.utils.db import Database, execute
from tests.analysis_fakes import KeywordAnalyst, build_review, store_game, store_reviews
from tests.hostile.reviews import HOSTILE

MOSSBOUND, LANTERNFALL, MOTH = 9_000_070, 9_000_060, 9_000_120
UNCRAWLED, UNREAD, FAILED, NO_REVIEWS = 9_100_001, 9_100_002, 9_100_003, 9_100_004
HOSTILE_GAME = 9_200_001
RECORDED_GAME = 402_710
STEAM_ID = "76561198000000001"
RECORDED = Path(os.environ.get("STEAMPULSE_RECORDED_DATA", Path(__file__).parents[2] / "shared" / "data" / "steam"))

ATTACKS = (
    '"><img src=x onerror="window.hacked=1">',
    "</title></option></script><script>window.hacked=2</script>",
    "' onmouseover='window.hacked=3' autofocus onfocus='window.hacked=4",
    "javascript:window.hacked=5//{{7*7}}{% raw %}${7*7}",
    "<svg onload=window.hacked=6><style>*{display:none}</style>",
    "\u202eecivda laicnanif\u2066 <bdo dir=rtl> &lt;b&gt; &#x3C;",
    "W" * 400,
)
"""Names, tags and labels. Whatever of them runs sets `window.hacked`."""


class ParrotAnalyst(KeywordAnalyst):
    """Says what the reviews say, in their own words, everywhere; its own words are attacks, too."""

    async def extract_chunk(self, chunk: ReviewChunk) -> ChunkSignals:
        """A topic for each attack, which all signals have; reviews take turns, with all of their text as the quote."""
        items = tuple(
            SignalItem(
                topic=f"topic-{place}",
                label=attack,
                statement=chunk.reviews[place].review[:600],
                mentions=tuple(
                    Mention(recommendationid=review.recommendationid, quote=review.review, score=0.5)
                    for review in chunk.reviews[place :: len(ATTACKS)]
                ),
            )
            for place, attack in enumerate(ATTACKS)
            if place < len(chunk.reviews)
        )
        notable = tuple(Mention(recommendationid=one.recommendationid, quote=one.review) for one in chunk.reviews[:9])
        return ChunkSignals(
            notable_quotes=notable,
            read_ids=tuple(review.recommendationid for review in chunk.reviews),
            **{signal.value: items for signal in Signal},
        )

    async def synthesize(self, brief: GameBrief) -> ReportDraft:
        """The same again as sections, and attacks for sentences and reasons."""
        draft = await super().synthesize(brief)
        return draft.model_copy(
            update={
                "one_liner": Judgement(text=" ".join(ATTACKS)),
                "audience_profile": Judgement(reason=ATTACKS[1]),
                "dev_priorities": draft.dev_priorities.model_copy(update={"reason": ATTACKS[0]}),
            }
        )


async def build_seeded_games(db: Database, folder: Path) -> None:
    """Three seeded games from Steam to their reports; one of them had another reader before."""
    local = open_local_analyst()
    await crawl(db, SeededWorld(), [MOSSBOUND, MOTH], folder=folder, analyst=local)
    await crawl(db, SeededWorld(), [LANTERNFALL], folder=folder, analyst=KeywordAnalyst())
    await analyse(db, LANTERNFALL, local, folder)


async def crawl(
    db: Database, world: SeededWorld | RecordedWorld, appids: Sequence[int], *, folder: Path, analyst: Analyst
) -> None:
    """The games' whole lineage."""

    async def ignore(_: object) -> None:
        return None

    with running_simulators(world) as url:
        async with build_http_client(concurrency=8) as http:
            limiter = HostLimiter(requests_per_second=None, concurrency=8)
            source = SteamDataSource(http, api_url=f"{url}/steam", store_url=f"{url}/store", key="any", limiter=limiter)
            await bootstrap_pipeline.build_tracking_service(db, source).track(appids, reason=TrackReason.MANUAL)
            lineage = bootstrap_pipeline.build_lineage_service(
                db,
                source,
                analyst=analyst,
                object_store=FolderStore(folder),
            )
            failures = await lineage.run(
                appids, stages=list(Stage), force=False, progress=Progress(), on_outcome=ignore
            )
    assert failures == []


async def analyse(db: Database, appid: int, analyst: Analyst, folder: Path) -> None:
    """Both passes over what is stored."""
    await AnalysisService(db, analyst).summarize_chunks(appid)
    await ReportService(db, analyst, FolderStore(folder)).write_report(appid)


async def build_hostile_game(db: Database, folder: Path) -> None:
    """A game whose name, tags, genres, developer and reviews are attacks, read by an analyst that repeats them."""
    game = Game(
        appid=HOSTILE_GAME,
        name=" ".join(ATTACKS),
        slug="hostile",
        type="game",
        state=GameState.AVAILABLE,
        developers=(ATTACKS[0], ATTACKS[1]),
        release_date=date(2026, 1, 1),
        tags=tuple(GameTag(tagid=place, name=words, weight=10 - place) for place, words in enumerate(ATTACKS)),
        genres=tuple(GameGenre(genre_id=str(place), name=words) for place, words in enumerate(ATTACKS)),
    )
    store_game(db, game, reported=QuerySummary(total_reviews=500, total_positive=400, total_negative=100))
    texts = [*ATTACKS, *(review.text for review in HOSTILE)]
    languages = ("english", "arabic", '"><b>x', "x" * 90)
    store_reviews(
        db,
        [
            build_review(place, text=text[:8_000], appid=HOSTILE_GAME, language=languages[place % len(languages)])
            for place, text in enumerate(texts)
        ],
    )
    await analyse(db, HOSTILE_GAME, ParrotAnalyst(), folder)


def store_other_states(db: Database) -> None:
    """Games that have no report, each for another reason, and an imported library."""
    states = {
        UNCRAWLED: None,
        UNREAD: CrawlState(appid=UNREAD, stored=12, finished_at=datetime(2026, 11, 1, tzinfo=UTC)),
        FAILED: CrawlState(appid=FAILED, last_error="Steam refused the request (403).", last_error_kind="blocked"),
        NO_REVIEWS: CrawlState(appid=NO_REVIEWS, stored=0, finished_at=datetime(2026, 11, 1, tzinfo=UTC)),
    }
    for appid, state in states.items():
        name = {UNCRAWLED: "Uncrawled", UNREAD: "Unread", FAILED: "Failed", NO_REVIEWS: "Nobody Wrote"}[appid]
        with db.transaction() as conn:
            game = Game(appid=appid, name=name, slug=str(appid), type="game", state=GameState.AVAILABLE)
            GameRepository(conn).upsert(game)
            if state is not None:
                CrawlStateRepository(conn).upsert(state)
    _store_library(db)


def _store_library(db: Database) -> None:
    names = {MOSSBOUND: "Mossbound", HOSTILE_GAME: " ".join(ATTACKS), 10: "Never played"}
    with db.transaction() as conn:
        for place, (appid, name) in enumerate(names.items()):
            execute(
                conn,
                """
                insert into imported_games (steam_id, appid, name, classification, match_status, playtime_forever)
                values (%(steam_id)s, %(appid)s, %(name)s, 'game', 'unmatched', %(minutes)s)
                """,
                {"steam_id": STEAM_ID, "appid": appid, "name": name, "minutes": 6_000 - 3_000 * place},
            )
        execute(
            conn,
            "insert into import_runs (steam_id, source_key, imported_count, skipped_count) values (%(id)s, 'x', 3, 1)",
            {"id": STEAM_ID},
        )


def build_world(db: Database, folder: Path) -> None:
    """Everything but the recorded game."""

    async def build() -> None:
        await build_seeded_games(db, folder)
        await build_hostile_game(db, folder)

    asyncio.run(build())
    store_other_states(db)


@contextmanager
def serving(db: Database, exports: Database) -> Iterator[str]:
    """The app on this database, over HTTP on a free port of this machine: its address."""
    app = create_app(build_reading_services(db, exports=ExportService(exports)), access=Access(token=None))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
