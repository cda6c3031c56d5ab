"""Rows of `reviews`, `crawl_state` and `quarantine`, and the pages they arrive in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from steampulse_dagster.models.base import Model, ReviewId


class Review(Model):
    """A stored review. Playtimes are minutes. `review` is cleaned for PostgreSQL, otherwise as Steam sent it."""

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


class ReviewRow(msgspec.Struct, frozen=True, gc=False):
    """A review on its way from Steam into `reviews`: the columns of `Review` in their order, times as Unix seconds.

    Seconds are what Steam sends and what is staged. The notation was checked when it was read, so nothing is checked
    again, and the garbage collector need not look at it: a crawl makes millions. What is read back is a `Review`.
    """

    appid: int
    recommendationid: ReviewId
    author_key: str
    author_num_games_owned: int | None
    author_num_reviews: int | None
    playtime_forever: int
    playtime_last_two_weeks: int
    playtime_at_review: int | None
    deck_playtime_at_review: int
    last_played: int | None
    language: str
    review: str
    timestamp_created: int
    timestamp_updated: int
    voted_up: bool
    votes_up: int
    votes_funny: int
    weighted_vote_score: float
    comment_count: int
    steam_purchase: bool
    received_for_free: bool
    refunded: bool
    written_during_early_access: bool
    primarily_steam_deck: bool
    developer_response: str | None
    timestamp_dev_responded: int | None
    content_hash: str


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


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """One page of GetAppReviews. `unparsed` holds what could not be read; a page never fails for one bad review."""

    reviews: tuple[ReviewRow, ...]
    next_cursor: str | None
    unparsed: tuple[UnparsedReview, ...] = ()
    summary: QuerySummary | None = None


class CrawlPhase(StrEnum):
    """FIRST walks all reviews in creation order; UPDATES walks by last edit down to the high-water mark."""

    FIRST = "first"
    UPDATES = "updates"


class OfftopicPeriod(Model):
    """A stretch of time, by creation, whose reviews Steam leaves out when asked without off-topic activity."""

    first: datetime
    last: datetime
    reviews: int
    """Stored reviews of it."""


class OfftopicWalk(Model):
    """A walk under way over the list without off-topic activity, in creation order."""

    cursor: str | None = None
    pages: int = 0
    down_to: datetime
    """Stored reviews created after it have been compared; those created at it are compared with the next page."""
    edge_ids: tuple[ReviewId, ...] = ()
    """Reviews handed out so far that were created at `down_to`."""
    gap: OfftopicPeriod | None = None
    """Stored reviews at the lower end of what was compared that were not handed out; it may go on."""
    gaps: tuple[OfftopicPeriod, ...] = ()


class OfftopicCheck(Model):
    """What Steam counts as off-topic activity in a game, and what was found and marked of it."""

    total: int
    """Steam's total with off-topic activity less its total without."""
    checked_at: datetime
    marked: int = 0
    """Stored reviews that are marked."""
    marked_total: int = 0
    """The `total` that the marks were made for; another total is looked for again. 0: none were found."""
    walk: OfftopicWalk | None = None


class CrawlState(Model):
    """Where the crawl of one game's reviews stands; written in the same transaction as the rows it speaks of."""

    appid: int
    phase: CrawlPhase = CrawlPhase.FIRST
    cursor: str | None = None
    """Cursor of the next page of a walk under way."""
    window_end: datetime | None = None
    """The list that `cursor` belongs to holds what was created up to here; None: the whole list."""
    walked_to: datetime | None = None
    """How far down, by creation, a first walk under way has come."""
    doubtful_ends: int = 0
    """How often in a row a list ended without proof that it was the end, and without anything new."""
    high_water: datetime | None = None
    """Newest timestamp_updated covered by the last finished walk."""
    pending_high_water: datetime | None = None
    """What `high_water` becomes when the walk under way finishes."""
    reported: QuerySummary | None = None
    stored: int = 0
    completeness: float | None = None
    """stored / reported (of a sample: / sample_rate), None until both are known. Steam counts reviews that it never
    hands out: below 1 is normal."""
    sample_rate: float = 1.0
    """Share of the game's reviews that is kept: 1 is all of them."""
    sample_cap: int | None = None
    """The cap that `sample_rate` was chosen by; None: no cap."""
    offtopic: OfftopicCheck | None = None
    finished_at: datetime | None = None
    reviews_per_day: float | None = None
    """New reviews a day, measured when a walk last finished."""
    due_every: timedelta | None = None
    """The game's own interval between two crawls; `services/due_rules.py` says how it is found."""
    next_due_at: datetime | None = None
    """When the game is crawled next by itself: after a success by its interval, after a failure by its back-off."""
    last_error: str | None = None
    last_error_kind: str | None = None
    """A SteamErrorKind, or `unexpected_error`; None after a success."""
    last_failed_at: datetime | None = None
    consecutive_failures: int = 0
    """Failures of that kind in a row."""
    dead_since: datetime | None = None
    """Since when the game is no longer tried by itself; None: it is."""
    dead_reason: str | None = None

    @property
    def spoken_for(self) -> float:
        """How many reviews of the game what is stored stands for: `stored`, or of a sample an estimate."""
        return self.stored / self.sample_rate

    @property
    def under_way(self) -> bool:
        """Whether a walk was begun that is to be continued where it stands."""
        return self.cursor is not None or self.walked_to is not None


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
    sample_rate: float = 1.0
    """Share of the game's reviews that is kept: below 1 what is stored is a sample."""
    offtopic: int | None = None
    """Reviews that Steam counts as off-topic activity; None: not asked yet."""
    offtopic_marked: int = 0
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
