"""The overview of games, a game's page and history, games beside one another.

Reads `game_figures`, `games`, `crawl_state`, `reports`, `report_heads`, `llm_calls`, `reviews`. Each answer is one
snapshot of the database. All of it blocks: call it from a thread where an event loop runs.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from steampulse_dagster.errors import NotFoundError, ValidationError
from steampulse_dagster.models.reading import (
    MAX_APPID,
    MAX_PAGE,
    ComparedTopic,
    Comparison,
    GameFilter,
    GameNames,
    GamePage,
    GameRow,
    GameSort,
    OverviewTotals,
    Page,
    ReportFigures,
    ReportHead,
    UncrawledGames,
)
from steampulse_dagster.models.reports import SECTION_NAMES, GameReport, ReportItem
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.game_figures import GameFigureRepository
from steampulse_dagster.repositories.game_pages import GamePageRepository
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.repositories.reports import ReportRepository
from steampulse_dagster.services.report_words import fill_months
from steampulse_dagster.utils.cursors import decode_cursor, encode_cursor
from steampulse_dagster.utils.db import Connection, Database
from steampulse_dagster.utils.remembered import Recent, Remembered
from steampulse_dagster.utils.text import clean_text

MAX_NAMES = 500
SHOWN_MONTHS = 36
SHOWN_UNCRAWLED = 100
REMEMBERED_FIGURES = 2_000
"""About 15 kB each."""
TOTALS_SECONDS, NAMES_SECONDS = 5.0, 60.0
MIN_COMPARED, MAX_COMPARED = 2, 5
NO_TIME = "-infinity"

Item = TypeVar("Item")
Drawn = TypeVar("Drawn")


@dataclass(frozen=True)
class DrawnRows(Generic[Drawn]):
    """Rows of the overview, each with what was drawn of its report. None at the end, as in `Page`."""

    rows: tuple[tuple[GameRow, Drawn], ...]
    next_cursor: str | None


class GameReader:
    """Answers questions about games."""

    def __init__(self, database: Database) -> None:
        self._db = database
        # These read all games, and every overview shows them.
        self._totals = Remembered(self._read_totals, seconds=TOTALS_SECONDS)
        self._uncrawled = Remembered(self._read_uncrawled, seconds=TOTALS_SECONDS)
        self._genres = Remembered(self._read_genres, seconds=NAMES_SECONDS)
        self._tags = Remembered(self._read_tags, seconds=NAMES_SECONDS)
        # The same games stand on top of most lists, and a report, which never changes, tells of it in 40 small models.
        self._figures: Recent[int, ReportFigures] = Recent(REMEMBERED_FIGURES)

    def list_games(self, wanted: GameFilter, *, limit: int = 50, cursor: str | None = None) -> Page[GameRow]:
        """Games of the overview. Raises ValidationError for a cursor of another list or order."""
        with self._db.snapshot() as conn:
            rows, next_cursor = _list_rows(conn, wanted, limit=limit, cursor=cursor)
            known = self._figures.get_all(row.report_id for row in rows if row.report_id is not None)
            new = _read_figures(conn, rows, known)
            self._figures.keep(new)
        return Page(items=tuple(_add_figures(row, known | new) for row in rows), next_cursor=next_cursor)

    def list_drawn(
        self,
        wanted: GameFilter,
        draw: Callable[[GameRow], Drawn],
        drawn: Recent[int, Drawn],
        *,
        limit: int = 50,
        cursor: str | None = None,
    ) -> DrawnRows[Drawn]:
        """As `list_games`, with what `draw` makes of each row's report: never twice for one that is still in `drawn`,
        as a report never changes. Rows themselves come without figures of their reports."""
        with self._db.snapshot() as conn:
            rows, next_cursor = _list_rows(conn, wanted, limit=limit, cursor=cursor)
            known = drawn.get_all(row.report_id for row in rows if row.report_id is not None)
            figures = _read_figures(conn, rows, known)
        new = {row.report_id: draw(_add_figures(row, figures)) for row in rows if row.report_id in figures}
        drawn.keep(new)
        known |= new
        shown = tuple((row, draw(row) if row.report_id is None else known[row.report_id]) for row in rows)
        return DrawnRows(rows=shown, next_cursor=next_cursor)

    def get_totals(self) -> OverviewTotals:
        """Sizes of the whole collection, at most seconds old."""
        return self._totals.get()

    def list_uncrawled(self) -> UncrawledGames:
        """Followed games of which nothing is stored yet, so that no list of games has them; at most seconds old."""
        return self._uncrawled.get()

    def list_genres(self) -> tuple[GameNames, ...]:
        """Genres of the stored games, most common first; at most a minute old."""
        return self._genres.get()

    def list_tags(self) -> tuple[GameNames, ...]:
        """User tags of the stored games, most common first; at most 500, at most a minute old."""
        return self._tags.get()

    def warm_up(self, connections: int) -> GamePage | None:
        """Open so many connections, as far as there may be as many, and ask each for a game's page, which comes back:
        at its first question PostgreSQL's process reads what it has to know of the tables. None without a game."""
        games = self.list_games(GameFilter(), limit=1).items
        with ExitStack() as held:
            opened = [held.enter_context(self._db.connection()) for _ in range(min(connections, self._db.pool_size))]
            pages = [_read_page(conn, game.appid) for conn in opened for game in games]
        return pages[0] if pages else None

    def get_page(self, appid: int) -> GamePage:
        """Everything about one game. Raises NotFoundError."""
        with self._db.snapshot() as conn:
            return _read_page(conn, require_appid(appid))

    def list_history(self, appid: int, *, limit: int = 50, cursor: str | None = None) -> Page[ReportHead]:
        """The game's reports, newest first, without their content. Raises NotFoundError for an unknown game."""
        of = f"history {appid}"
        before = None if cursor is None else int(decode_cursor(of, cursor, [int])[0])
        with self._db.snapshot() as conn:
            require_game(conn, appid)
            heads = GamePageRepository(conn).list_history(appid, limit=require_limit(limit) + 1, before=before)
        return build_page(of, heads, limit=limit, position=lambda head: [head.report_id])

    def compare(self, appids: Sequence[int]) -> Comparison:
        """Two to five games beside one another. Raises ValidationError for another number, NotFoundError."""
        wanted = list(dict.fromkeys(appids))
        if not MIN_COMPARED <= len(wanted) <= MAX_COMPARED:
            raise ValidationError(f"Name {MIN_COMPARED} to {MAX_COMPARED} different games to compare.")
        with self._db.snapshot() as conn:
            pages = tuple(_read_page(conn, require_appid(appid)) for appid in wanted)
        return Comparison(
            games=pages, topics=compare_topics([page.report.report if page.report else None for page in pages])
        )

    def _read_totals(self) -> OverviewTotals:
        with self._db.snapshot() as conn:
            return GameFigureRepository(conn).get_totals()

    def _read_uncrawled(self) -> UncrawledGames:
        with self._db.snapshot() as conn:
            return GameFigureRepository(conn).list_uncrawled(limit=SHOWN_UNCRAWLED)

    def _read_genres(self) -> tuple[GameNames, ...]:
        with self._db.snapshot() as conn:
            return GameFigureRepository(conn).list_genres(limit=MAX_NAMES)

    def _read_tags(self) -> tuple[GameNames, ...]:
        with self._db.snapshot() as conn:
            return GameFigureRepository(conn).list_tags(limit=MAX_NAMES)


def _list_rows(
    conn: Connection, wanted: GameFilter, *, limit: int, cursor: str | None
) -> tuple[list[GameRow], str | None]:
    of = f"games {wanted.sort} {wanted.reverse}"
    after = None if cursor is None else _read_position(of, cursor, wanted.sort)
    rows, last = GameFigureRepository(conn).list_rows(_clean(wanted), limit=require_limit(limit), after=after)
    return rows, None if last is None else encode_cursor(of, last)


def _read_figures(conn: Connection, rows: Sequence[GameRow], known: Container[int]) -> dict[int, ReportFigures]:
    """What the rows tell of their reports, by report, but for those that are known."""
    unknown = [row.appid for row in rows if row.report_id is not None and row.report_id not in known]
    found = GameFigureRepository(conn).list_figures(unknown) if unknown else {}
    return {report_id: _show_months(figures) for report_id, figures in found.items()}


def _add_figures(row: GameRow, figures: Mapping[int, ReportFigures]) -> GameRow:
    return row if row.report_id is None else row.model_copy(update=dict(figures[row.report_id]))


def _show_months(figures: ReportFigures) -> ReportFigures:
    """The figures with the months that are shown, those without reviews too."""
    return figures.model_copy(update={"months": tuple(fill_months(figures.months))[-SHOWN_MONTHS:]})


def require_appid(appid: int) -> int:
    """Raises NotFoundError for a number that no app can have."""
    if not 0 < appid <= MAX_APPID:
        raise NotFoundError(f"{appid} is not an appid.")
    return appid


def require_game(conn: Connection, appid: int) -> None:
    """Raises NotFoundError for a game that is not stored."""
    if not GamePageRepository(conn).is_stored(require_appid(appid)):
        raise _unknown(appid)


def require_limit(limit: int) -> int:
    """Raises ValidationError for a page that is too large."""
    if not 1 <= limit <= MAX_PAGE:
        raise ValidationError(f"A page has 1 to {MAX_PAGE} rows, not {limit}.")
    return limit


def build_page(
    of: str, rows: Sequence[Item], *, limit: int, position: Callable[[Item], Sequence[str | int | float]]
) -> Page[Item]:
    """The page of rows that were asked for with one more than `limit`, which tells whether others follow."""
    shown = tuple(rows[:limit])
    return Page(items=shown, next_cursor=encode_cursor(of, position(shown[-1])) if len(rows) > limit else None)


def compare_topics(reports: Sequence[GameReport | None]) -> tuple[ComparedTopic, ...]:
    """What the sections of these reports have, topic by topic."""
    topics = []
    for section in SECTION_NAMES:
        by_topic: dict[str, dict[int, ReportItem]] = {}
        for number, report in enumerate(reports):
            for item in getattr(report, section).items if report else ():
                by_topic.setdefault(item.topic, {})[number] = item
        topics += [
            ComparedTopic(
                section=section,
                topic=topic,
                label=next(iter(items.values())).label,
                mentions=tuple(items[number].mentions if number in items else None for number in range(len(reports))),
            )
            for topic, items in by_topic.items()
        ]
    order = {section: number for number, section in enumerate(SECTION_NAMES)}
    return tuple(sorted(topics, key=lambda one: (order[one.section], -_largest_share(one), one.topic)))


def _largest_share(topic: ComparedTopic) -> float:
    return max((mentions.share or 0.0 for mentions in topic.mentions if mentions), default=0.0)


@dataclass(frozen=True)
class GameOutline:
    """A game's page without its report, and the report's number: a report is large and never changes."""

    page: GamePage
    report_id: int | None


def read_outline(conn: Connection, appid: int) -> GameOutline:
    """Everything about one game but the content of its report. Raises NotFoundError."""
    game = GameRepository(conn).get(appid)
    if game is None:
        raise _unknown(appid)
    marks = GamePageRepository(conn).get_marks(appid)
    page = GamePage(
        game=game,
        is_tracked=marks.is_tracked,
        tracked_reason=marks.tracked_reason,
        crawl=CrawlStateRepository(conn).get(appid),
        report=None,
        confirmed_at=marks.confirmed_at,
        older_report_id=marks.older_report_id,
        playtimes=marks.playtimes,
        cost=marks.cost,
    )
    return GameOutline(page=page, report_id=marks.report_id)


def add_report(conn: Connection, outline: GameOutline) -> GamePage:
    """The whole page."""
    if outline.report_id is None:
        return outline.page
    return outline.page.model_copy(update={"report": ReportRepository(conn).get_by_id(outline.report_id)})


def _read_page(conn: Connection, appid: int) -> GamePage:
    return add_report(conn, read_outline(conn, appid))


def _unknown(appid: int) -> NotFoundError:
    return NotFoundError(f"There is no game {appid} here: `steampulse run {appid}` fetches it.", appid=appid)


def _clean(wanted: GameFilter) -> GameFilter:
    """Texts as PostgreSQL can take them."""
    texts = {name: getattr(wanted, name) for name in ("q", "genre", "tag")}
    return wanted.model_copy(update={name: clean_text(text) for name, text in texts.items() if text is not None})


def _read_position(of: str, cursor: str, sort: GameSort) -> tuple[str, int]:
    """Sort key and appid of a cursor, the key as PostgreSQL can read it."""
    key, appid = decode_cursor(of, cursor, [str, int])
    text = str(key)
    try:
        match sort:
            case GameSort.REVIEWS:
                if abs(int(text)) >= 2**31:
                    raise ValueError("too large")
            case GameSort.SENTIMENT | GameSort.HIDDEN_GEM:
                float(text)
            case GameSort.NEWEST_REVIEW | GameSort.REPORTED if text != NO_TIME:
                datetime.fromisoformat(text)
            case _:
                pass
    except ValueError:
        raise ValidationError("The cursor is not one of this list: begin again without it.") from None
    return text, int(appid)
