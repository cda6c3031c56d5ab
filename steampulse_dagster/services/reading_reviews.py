"""Search over stored reviews, and their counts over time; reads `reviews`. Blocks: call it from a thread."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from steampulse_dagster.errors import SlowQueryError, ValidationError
from steampulse_dagster.models.reading import GameTrends, Page, ReviewFilter, ReviewHit, TrendPoint, TrendStep
from steampulse_dagster.models.reviews import MonthCount
from steampulse_dagster.repositories.review_search import ReviewSearchRepository
from steampulse_dagster.services.reading_games import build_page, require_game, require_limit
from steampulse_dagster.utils.cursors import decode_cursor
from steampulse_dagster.utils.db import Database
from steampulse_dagster.utils.stats import build_share
from steampulse_dagster.utils.text import clean_text, is_blank

SEARCH_SECONDS = 5.0
POPULATION = "stored reviews in all languages"


class ReviewReader:
    """Answers questions about reviews."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def search(
        self, appid: int | None, wanted: ReviewFilter, *, limit: int = 50, cursor: str | None = None
    ) -> Page[ReviewHit]:
        """Reviews of a game, or of all games that have these words, the newest first.

        Raises NotFoundError for an unknown game, ValidationError for a cursor of another list, for no words over all
        games, and where that many reviews have the words that they cannot be put in order in time.
        """
        words = None if wanted.q is None or is_blank(wanted.q) else clean_text(wanted.q)
        if appid is None and words is None:
            raise ValidationError("Over all games, reviews are found by words: give q, or name a game.")
        of = f"reviews {appid}"
        try:
            with self._db.snapshot(seconds=SEARCH_SECONDS) as conn:
                if appid is not None:
                    require_game(conn, appid)
                hits = ReviewSearchRepository(conn).search(
                    wanted.model_copy(update={"q": words}),
                    appid=appid,
                    limit=require_limit(limit) + 1,
                    before=_read_position(of, cursor),
                )
        except SlowQueryError:
            raise ValidationError("Too many reviews have these words: name a game, or more words.") from None
        return build_page(
            of, hits, limit=limit, position=lambda hit: [hit.created_at.isoformat(), hit.recommendationid]
        )

    def get_trends(self, appid: int, *, step: TrendStep = TrendStep.MONTH) -> GameTrends:
        """Reviews and positive share of a game, week by week or month by month. Raises NotFoundError."""
        with self._db.snapshot() as conn:
            require_game(conn, appid)
            counts = ReviewSearchRepository(conn).count_by_step(appid, step)
        points = tuple(_build_point(start, count) for start, count in _fill(counts, step))
        return GameTrends(appid=appid, step=step, population=POPULATION, points=points)


def _read_position(of: str, cursor: str | None) -> tuple[datetime, int] | None:
    if cursor is None:
        return None
    moment, review_id = decode_cursor(of, cursor, [str, int])
    try:
        created = datetime.fromisoformat(str(moment))
    except ValueError:
        raise ValidationError("The cursor is not one of this list: begin again without it.") from None
    return created if created.tzinfo else created.replace(tzinfo=UTC), int(review_id)


def _fill(counts: list[MonthCount], step: TrendStep) -> Iterator[tuple[date, MonthCount | None]]:
    """Every week or month from the first to the last."""
    known = {date.fromisoformat(count.month): count for count in counts}
    at, last = (min(known), max(known)) if known else (date.max, date.min)
    while at <= last:
        yield at, known.get(at)
        match step:
            case TrendStep.WEEK:
                at += timedelta(days=7)
            case TrendStep.MONTH:
                at = (at.replace(day=28) + timedelta(days=4)).replace(day=1)


def _build_point(start: date, count: MonthCount | None) -> TrendPoint:
    reviews, positive = (count.reviews, count.positive) if count else (0, 0)
    return TrendPoint(start=start, reviews=reviews, positive=positive, share=build_share(positive, reviews, POPULATION))
