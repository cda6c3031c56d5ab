"""One database and one app for all API tests of a session: games with reports, in other states, and made of attacks."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from steampulse_dagster.api.access import Access
from steampulse_dagster.api.app import create_app
from steampulse_dagster.bootstrap_reading import build_reading_services
from steampulse_dagster.models.games import GameGenre, GameTag
from steampulse_dagster.services.exports import ExportService
from steampulse_dagster.utils.db import Database
from tests.analysis_fakes import KeywordAnalyst, build_game, build_review, build_reviews, store_game, store_reviews
from tests.helpers import Server, fresh_database
from tests.page_world import analyse, build_hostile_game, store_other_states

LANTERN_KEEP, SEQUEL, SMALL = 4200, 4300, 4400


@pytest.fixture(scope="session")
def reading_url(database_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The database's address."""
    with fresh_database(database_server) as url:
        database = Database(url, pool_size=4)
        build_reading_world(database, tmp_path_factory.mktemp("objects"))
        database.close()
        yield url


@pytest.fixture(scope="session")
def reading_db(reading_url: str) -> Iterator[Database]:
    """Connections to it."""
    database = Database(reading_url, pool_size=4)
    yield database
    database.close()


@pytest.fixture(scope="session")
def reading_app(reading_url: str, reading_db: Database) -> Iterator[FastAPI]:
    """The app on it, as the embedded default has it: no token, and this machine may write."""
    exports = Database(reading_url, pool_size=2)
    services = build_reading_services(reading_db, exports=ExportService(exports))
    yield create_app(services, access=Access(token=None, trusts_loopback=True))
    exports.close()


@pytest.fixture
def client(reading_app: FastAPI) -> Iterator[TestClient]:
    """Asks the app from this machine."""
    with TestClient(reading_app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50_000)) as client:
        yield client


def build_reading_world(db: Database, folder: Path) -> None:
    """Two games with reports, one of them twice, one whose reviews nobody has read, the others of the pages' world."""
    tags = (GameTag(tagid=1, name="Co-op", weight=90), GameTag(tagid=2, name="Roguelike", weight=70))
    keep = build_game("Lantern Keep", LANTERN_KEEP)
    store_game(db, keep.model_copy(update={"tags": tags, "genres": (GameGenre(genre_id="1", name="Action"),)}))
    store_game(db, build_game("Lantern Keep 2", SEQUEL).model_copy(update={"tags": tags[:1]}))
    store_game(db, build_game("Small & Quiet", SMALL))
    store_reviews(db, build_reviews(1, 120))
    moved = [build_review(number, appid=SEQUEL, voted_up=number % 3 > 0) for number in range(1, 60)]
    spoken = [
        build_review(900, appid=SEQUEL, text="游戏非常好玩，但是经常崩溃。", language="schinese"),
        build_review(901, appid=SEQUEL, text="Unique pineapple, said the captain.", playtime_at_review=6_000),
    ]
    store_reviews(db, [*moved, *spoken])
    store_reviews(db, [build_review(number, appid=SMALL) for number in range(5)])

    async def read() -> None:
        await analyse(db, LANTERN_KEEP, KeywordAnalyst(), folder)
        store_reviews(db, build_reviews(121, 30))
        await analyse(db, LANTERN_KEEP, KeywordAnalyst(), folder)
        await analyse(db, SEQUEL, KeywordAnalyst(), folder)
        await build_hostile_game(db, folder)

    asyncio.run(read())
    store_other_states(db)
