"""Pages that are kept: drawn once, and drawn anew as soon as anything that they show is another."""

from collections.abc import Callable
from unittest.mock import Mock

import pytest
import structlog

from steampulse_dagster.errors import DatabaseError, NotFoundError
from steampulse_dagster.models.reading import GameFilter, GamePage, GameRow
from steampulse_dagster.models.reviews import CrawlState
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.services.drawn_pages import DrawnPageReader, RecentPages
from steampulse_dagster.services.reading_games import GameReader
from steampulse_dagster.utils.db import Database, execute, fetch_all
from steampulse_dagster.utils.remembered import Recent
from tests.analysis_fakes import APPID, KeywordAnalyst, build_game, build_reviews, store_game, store_reviews
from tests.page_world import analyse

pytestmark = pytest.mark.integration


class Drawer:
    """Draws what a test can compare, and counts."""

    def __init__(self) -> None:
        self.drawn = 0

    def __call__(self, page: GamePage) -> str:
        self.drawn += 1
        return page.model_dump_json()


def crawl(db: Database) -> None:
    with db.transaction() as conn:
        state = CrawlState(appid=APPID, stored=60, last_error="Steam was away.")
        CrawlStateRepository(conn).mark_failed(state.model_copy(update={"consecutive_failures": 1}))


CHANGES: dict[str, Callable[[Database], object]] = {
    "a name": lambda db: store_game(db, build_game("Another Name")),
    "a crawl": crawl,
    "a review": lambda db: store_reviews(db, build_reviews(500, 1)),
    "a tag": lambda db: change(db, "insert into game_tags (appid, tagid, name, weight) values (4200, 9, 'New', 5)"),
    "what is followed": lambda db: change(db, "insert into tracked_games values (4200, 'Lantern Keep', 'manual')"),
    "a confirmation": lambda db: change(db, "update report_heads set confirmed_at = now() + interval '1 minute'"),
}


def change(db: Database, statement: str) -> None:
    with db.transaction() as conn:
        assert execute(conn, statement) == 1


async def test_a_page_is_drawn_once_and_anew_after_each_change_of_what_it_shows(db: Database, tmp_path) -> None:
    store_game(db, build_game())
    store_reviews(db, build_reviews(1, 60))
    await analyse(db, APPID, KeywordAnalyst(), tmp_path)
    draw, reader = Drawer(), DrawnPageReader(db, program="1")
    first = reader.get(APPID, draw)
    again = DrawnPageReader(db, program="1").get(APPID, draw)  # another process
    assert (draw.drawn, again) == (1, first)
    assert GamePage.model_validate_json(first.html).report is not None
    digests = {first.digest}
    for name, make in CHANGES.items():
        make(db)
        page = reader.get(APPID, draw)
        digests.add(page.digest)
        assert draw.drawn == len(digests), f"drawn anew after {name}"
        assert reader.get(APPID, draw) == page
        assert page.html != first.html
    store_reviews(db, build_reviews(600, 40))
    await analyse(db, APPID, KeywordAnalyst(), tmp_path)
    assert reader.get(APPID, draw).digest not in digests, "a new report"
    assert [row["n"] for row in count(db)] == [1], "one page a game, whatever became of it"


async def test_another_program_takes_no_page_of_this_one(db: Database) -> None:
    store_game(db, build_game())
    draw = Drawer()
    old = DrawnPageReader(db, program="1").get(APPID, draw)
    new = DrawnPageReader(db, program="2").get(APPID, draw)
    assert (draw.drawn, old.digest == new.digest) == (2, False)


def test_a_page_that_cannot_be_kept_is_answered_all_the_same(db: Database) -> None:
    store_game(db, build_game())
    with db.transaction() as conn:
        execute(conn, "alter table drawn_pages add constraint none check (false)")
    with structlog.testing.capture_logs() as logs:
        page = DrawnPageReader(db, program="1").get(APPID, lambda page: page.game.name)
    assert page.html == b"Lantern Keep"
    assert [line["event"] for line in logs] == ["page_not_kept"]
    assert count(db)[0]["n"] == 0


def test_a_game_that_is_not_there_has_no_page_and_one_that_goes_takes_its_page_along(db: Database) -> None:
    store_game(db, build_game())
    reader = DrawnPageReader(db, program="1")
    reader.get(APPID, Drawer())
    with pytest.raises(NotFoundError):
        reader.get(APPID + 1, Drawer())
    with db.transaction() as conn:
        execute(conn, "delete from crawl_state")
        execute(conn, "delete from games")
    assert count(db)[0]["n"] == 0


def count(db: Database) -> list[dict]:
    with db.connection() as conn:
        return fetch_all(conn, "select count(*) as n from drawn_pages")


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 2.5), (0.999, 4.99)])
def test_a_list_is_drawn_once_in_some_seconds_for_each_thing_that_is_asked(chance: float, seconds: float) -> None:
    now, drawn = [0.0], []
    pages = RecentPages(seconds=5, clock=lambda: now[0], chance=lambda: chance)

    def ask(asked: str) -> bytes:
        return pages.get(asked, lambda: drawn.append(asked) or f"{asked} {len(drawn)}").html

    assert [ask("a"), ask("b"), ask("a")] == [b"a 1", b"b 2", b"a 1"]
    now[0] = seconds - 0.1
    assert ask("a") == b"a 1"
    now[0] = seconds + 0.1
    assert (ask("a"), drawn) == (b"a 3", ["a", "b", "a"])


def test_while_a_list_is_drawn_anew_the_others_have_the_old_one() -> None:
    def draw() -> str:
        drawn.append(1)
        return "old" if len(drawn) == 1 else f"new, while others had {pages.get('a', draw).html.decode()}"

    now, drawn = [0.0], []
    pages = RecentPages(seconds=5, clock=lambda: now[0])
    pages.get("a", draw)
    now[0] = 5.1
    assert pages.get("a", draw).html == b"new, while others had old"


async def test_a_row_is_drawn_once_for_each_report_and_each_time_where_there_is_none(db: Database, tmp_path) -> None:
    def draw(row: GameRow) -> str:
        drawn.append(row.report_id)
        return f"{row.report_id} {row.sentiment is not None} {bool(row.months)}"

    def ask() -> list[str]:
        return [cells for _, cells in reader.list_drawn(GameFilter(), draw, rows).rows]

    drawn, rows, reader = [], Recent[int, str](10), GameReader(db)
    store_game(db, build_game())
    assert (ask(), ask(), drawn) == (["None False False"], ["None False False"], [None, None])
    reports = []
    for first, number in ((1, 60), (600, 40)):
        store_reviews(db, build_reviews(first, number))
        await analyse(db, APPID, KeywordAnalyst(), tmp_path)
        assert ask() == ask() == [f"{drawn[-1]} True True"]
        reports.append(drawn[-1])
    assert drawn == [None, None, *reports]
    assert len(set(reports)) == 2


def test_a_list_that_could_not_be_drawn_is_asked_for_again():
    pages, draw = RecentPages(), Mock(side_effect=[DatabaseError("away"), "there"])
    with pytest.raises(DatabaseError):
        pages.get("a", draw)
    assert pages.get("a", draw).html == b"there"
