"""Rows of `reviews`, `crawl_state` and `quarantine`, and the pages they arrive in."""

from datetime import datetime
from enum import StrEnum

from steampulse_dagster.models.base import Model, ReviewId


class Review(Model):
    """One Steam review. Playtimes are minutes. `review` is cleaned for PostgreSQL, otherwise as Steam sent it."""

    recommendationid: ReviewId
    appid: int
    author_key: str
    """Salted hash of the author's SteamID64, or the id itself if the setting `store_author_ids` says so."""
    author_num_games_owned: int | None = None
    author_num_reviews: int | None = None
    playtime_forever: int = 0
    playtime_last_two_weeks: int = 0
    playtime_at_review: int | None = None
    """Steam's own value, else `playtime_forever`."""
    deck_playtime_at_review: int = 0
    last_played: datetime | None = None
    language: str
    review: str
    timestamp_created: datetime
    timestamp_updated: datetime
    voted_up: bool
    votes_up: int = 0
    votes_funny: int = 0
    weighted_vote_score: float = 0.0
    comment_count: int = 0
    steam_purchase: bool = False
    received_for_free: bool = False
    refunded: bool = False
    written_during_early_access: bool = False
    primarily_steam_deck: bool = False
    developer_response: str | None = None
    timestamp_dev_responded: datetime | None = None
    content_hash: str
    """Digest over text and vote: changes exactly when an analysis of the review could change."""


class ReviewRef(Model):
    """Just enough of a review to seat it in a chunk and to see whether it changed."""

    recommendationid: ReviewId
    content_hash: str
    timestamp_created: datetime


class QuerySummary(Model):
    """Steam's totals of a game's reviews, as sent with the first page."""

    total_reviews: int
    total_positive: int
    total_negative: int
    review_score: int = 0
    review_score_desc: str = ""


class UnparsedReview(Model):
    """A review that could not be parsed, kept whole (JSON text) for the quarantine."""

    payload: str
    reason: str


class ReviewPage(Model):
    """One page of GetAppReviews. `unparsed` holds what could not be read; a page never fails for one bad review."""

    reviews: tuple[Review, ...]
    unparsed: tuple[UnparsedReview, ...] = ()
    next_cursor: str | None
    summary: QuerySummary | None = None


class CrawlPhase(StrEnum):
    """FIRST walks all reviews in creation order; UPDATES walks by last edit down to the high-water mark."""

    FIRST = "first"
    UPDATES = "updates"


class CrawlState(Model):
    """Where the crawl of one game's reviews stands; written in the same transaction as the rows it speaks of."""

    appid: int
    phase: CrawlPhase = CrawlPhase.FIRST
    cursor: str | None = None
    """Cursor of the next page of a walk under way; None: no walk under way."""
    high_water: datetime | None = None
    """Newest timestamp_updated covered by the last finished walk."""
    pending_high_water: datetime | None = None
    """What `high_water` becomes when the walk under way finishes."""
    reported: QuerySummary | None = None
    stored: int = 0
    completeness: float | None = None
    """stored / reported, None until both are known. Steam counts reviews that it never hands out: below 1 is normal."""
    finished_at: datetime | None = None
    next_due_at: datetime | None = None
    last_error: str | None = None
    consecutive_failures: int = 0


class CrawlResult(Model):
    """What one crawl of a game's reviews did."""

    appid: int
    pages: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    quarantined: int = 0
    stored: int = 0
    reported: int | None = None
    completeness: float | None = None
    skipped_fresh: bool = False
    ended_early: str | None = None
    """Why the walk ended before the end of the list; what was stored stays, and the next crawl walks again."""


class UpsertCounts(Model):
    """What an upsert of many rows did."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0


class LanguageCount(Model):
    language: str
    reviews: int
    positive: int


class MonthCount(Model):
    month: str
    """YYYY-MM, UTC, by creation."""
    reviews: int
    positive: int


class WindowCount(Model):
    """Reviews and positives of the `days` before data time, and of the `days` before those."""

    days: int
    reviews: int
    positive: int
    reviews_before: int
    positive_before: int


class ReviewFacts(Model):
    """Arithmetic over all stored reviews of a game; the population of every number here is `stored`."""

    appid: int
    stored: int
    positive: int
    blank: int
    """Reviews whose text is empty after cleaning: counted in shares, not readable by an analyst."""
    first_created: datetime | None = None
    last_created: datetime | None = None
    """Data time: every window is anchored here, never to the clock."""
    median_playtime_at_review_positive: float | None = None
    median_playtime_at_review_negative: float | None = None
    steam_purchase: int = 0
    received_for_free: int = 0
    refunded: int = 0
    early_access: int = 0
    steam_deck: int = 0
    edited: int = 0
    developer_responses: int = 0
    languages: tuple[LanguageCount, ...] = ()
    months: tuple[MonthCount, ...] = ()
    windows: tuple[WindowCount, ...] = ()
