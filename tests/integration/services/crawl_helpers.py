"""What tests of crawls ask of the database and of the fake Steam."""

from datetime import UTC, datetime, timedelta

from steampulse_dagster.models.reviews import CrawlState
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.utils.db import Database, fetch_all
from tests.fake_steam import FakeSteam

APPID = 10


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_hours(self, hours: float) -> None:
        self.now += timedelta(hours=hours)


def state_of(db: Database) -> CrawlState:
    with db.connection() as conn:
        state = CrawlStateRepository(conn).get(APPID)
    assert state is not None
    return state


def stored_ids(db: Database, where: str = "true") -> list[int]:
    with db.connection() as conn:
        rows = fetch_all(conn, f"select recommendationid from reviews where appid = 10 and {where} order by 1")
    return [row["recommendationid"] for row in rows]


def revisions(db: Database) -> list[tuple[int, str]]:
    with db.connection() as conn:
        rows = fetch_all(conn, "select recommendationid, review from review_revisions order by 1, 2")
    return [(row["recommendationid"], row["review"]) for row in rows]


def ids_of(fake: FakeSteam) -> list[int]:
    return sorted(int(review["recommendationid"]) for review in fake.reviews[APPID])
