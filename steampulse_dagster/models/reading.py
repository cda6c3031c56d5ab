"""What readers get: rows of the overview, pages of games, evidence, search results, trends, the library."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from pydantic import Field

from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.models.base import Model, ReviewId
from steampulse_dagster.models.games import Game, GameState
from steampulse_dagster.models.reports import EvidenceLevel, SectionName, StoredReport
from steampulse_dagster.models.reviews import CrawlState, MonthCount
from steampulse_dagster.models.scores import HiddenGemScore, SentimentScore, SentimentTrend, Share

MAX_APPID = 2**32 - 1
MAX_PAGE = 200
"""Most rows of one page."""

Item = TypeVar("Item")


class Page(Model, Generic[Item]):
    """Rows from where `cursor` pointed on. `next_cursor` leads to the rows after them; None at the end."""

    items: tuple[Item, ...]
    next_cursor: str | None = None


class GameSort(StrEnum):
    """What the overview is ordered by. Games without the value come last."""

    REVIEWS = "reviews"
    """Stored reviews, most first."""
    SENTIMENT = "sentiment"
    """Positive share of the current report, best first."""
    HIDDEN_GEM = "hidden_gem"
    """Score of the current report, best first."""
    NAME = "name"
    NEWEST_REVIEW = "newest_review"
    """Creation of the newest review that the current report knows, newest first."""
    REPORTED = "reported"
    """When the current report was written or last confirmed, newest first."""


class GameFilter(Model):
    """Which games of the overview, in which order. Everything that is given has to hold."""

    q: str | None = Field(
        default=None, max_length=100, description="Parts of the name; all have to be in it", examples=["lantern"]
    )
    genre: str | None = Field(
        default=None, max_length=100, description="Name of a genre, whatever the case", examples=["Indie"]
    )
    tag: str | None = Field(
        default=None, max_length=100, description="Name of a user tag, whatever the case", examples=["Co-op"]
    )
    min_sentiment: float | None = Field(default=None, ge=0, le=1, description="Positive share of the current report")
    max_sentiment: float | None = Field(default=None, ge=0, le=1, description="Positive share of the current report")
    min_reviews: int | None = Field(
        default=None, ge=0, le=10**9, description="Reviews stored when the crawl last ended", examples=[100]
    )
    max_reviews: int | None = Field(
        default=None, ge=0, le=10**9, description="Reviews stored when the crawl last ended"
    )
    min_hidden_gem: float | None = Field(default=None, ge=0, le=1, description="Score of the current report")
    reported: bool | None = Field(default=None, description="True: games with a report; false: games without")
    sort: GameSort = Field(default=GameSort.REVIEWS, description="Games without the value come last")
    reverse: bool = Field(
        default=False,
        description="The other way round; except for names, games without the value are then left out",
    )


class TopItem(Model):
    """The first item of a section."""

    label: str
    mentions: Share


class ReportFigures(Model):
    """What the overview shows of a current report; scores name their populations."""

    evidence_level: EvidenceLevel | None = None
    sentiment: SentimentScore | None = None
    hidden_gem: HiddenGemScore | None = None
    trend: SentimentTrend | None = None
    """Of the last 90 days before data time."""
    top_strength: TopItem | None = None
    top_friction: TopItem | None = None
    months: tuple[MonthCount, ...] = ()
    """The last 36 months up to data time, oldest first, months without reviews too."""


class GameRow(ReportFigures):
    """A game in the overview."""

    appid: int
    name: str
    type: str
    state: GameState
    release_date: date | None
    is_free: bool
    genres: tuple[str, ...]
    tags: tuple[str, ...]
    """The strongest user tags, strongest first."""
    is_tracked: bool
    reviews: int
    """Stored now, or when its crawl last ended."""
    reported_by_steam: int | None
    """What Steam counts, in all languages."""
    completeness: float | None
    crawled_at: datetime | None
    """When a walk over the reviews last ended."""
    crawl_error: str | None = None
    """Why the last crawl failed, or why the game is no longer tried; None where neither is so."""
    is_given_up: bool = False
    """Whether it is no longer crawled by itself."""
    report_id: int | None
    report_at: datetime | None
    """When the current report was written."""
    confirmed_at: datetime | None
    """When the current report was last found to be still true."""
    data_time: datetime | None
    """Creation of the newest review that the current report knows."""
    cost_usd: Decimal
    """Of all model calls about the game, open reservations included."""


class GameNames(Model):
    """What the overview can be filtered by: a name and how many games have it, most first."""

    name: str
    games: int


class UncrawledGame(Model):
    """A game that is followed and of which nothing is stored yet."""

    appid: int
    name: str
    crawl_error: str | None
    """Why its crawl failed; None where it was never tried."""


class UncrawledGames(Model):
    """Followed games of which nothing is stored yet: how many, and the first of them by appid."""

    total: int
    games: tuple[UncrawledGame, ...]


class OverviewTotals(Model):
    """Sizes of the whole collection."""

    games: int
    reported: int
    reviews: int
    """Stored reviews of these games, as of the last end of each crawl."""
    data_time: datetime | None
    """Creation of the newest review that any current report knows."""
    cost_usd: Decimal
    """Of all model calls, open reservations included."""


class PlaytimeBucket(Model):
    """Stored reviews by playtime when they were written: at least `from_hours`, less than `to_hours` (None: no end)."""

    from_hours: float
    to_hours: float | None
    positive: int
    negative: int


class GameCost(Model):
    """Model calls about one game since the first. Dollars include open reservations and calls of unknown outcome."""

    calls: int
    input_tokens: int
    output_tokens: int
    usd: Decimal


class GamePage(Model):
    """Everything about one game, as the database was at one moment."""

    game: Game
    is_tracked: bool
    tracked_reason: str | None
    crawl: CrawlState | None
    report: StoredReport | None
    confirmed_at: datetime | None
    older_report_id: int | None
    """The report before the current one, to compare with."""
    playtimes: tuple[PlaytimeBucket, ...]
    """Over all stored reviews that tell a playtime."""
    cost: GameCost


class ReportHead(Model):
    """A report in the history of a game, without its content."""

    report_id: int
    report_key: str
    created_at: datetime
    is_current: bool
    data_time: datetime
    stored: int
    read: int
    sentiment: SentimentScore
    hidden_gem: HiddenGemScore
    analyst: str
    """Engine, model and version."""
    degraded: str | None


class SignalRow(Model):
    """An item of a section of the current report, without its quotes."""

    section: SectionName
    topic: str
    label: str
    statement: str | None
    mentions: Share
    positive_votes: Share
    median_playtime_at_review: float | None
    """Minutes, over the mentioning reviews."""
    first_mentioned: datetime
    last_mentioned: datetime


class SignalEvidence(Model):
    """A mention behind the current report: a review that says it, with the words that prove it."""

    signal: Signal
    topic: str
    recommendationid: ReviewId
    quote: str | None
    """Verbatim from the review as it was when it was read; None where the review speaks as a whole."""
    voted_up: bool
    hours_at_review: float | None
    language: str
    created_at: datetime
    votes_up: int
    url: str
    """On Steam."""


class ReviewFilter(Model):
    """Which stored reviews. Everything that is given has to hold."""

    q: str | None = Field(
        default=None,
        max_length=200,
        description='As in a search engine: words, "exact phrases", `or`, `-without`. Words are found as they are '
        "written, in any language; where a language sets no spaces, any part of the text",
        examples=["crash or freeze -patch"],
    )
    voted_up: bool | None = Field(default=None, description="Whether the author recommends the game")
    language: str | None = Field(default=None, max_length=40, description="As Steam names it", examples=["schinese"])
    min_hours: float | None = Field(default=None, ge=0, le=10**6, description="Hours played when it was written")
    max_hours: float | None = Field(default=None, ge=0, le=10**6, description="Hours played when it was written")
    since: date | None = Field(default=None, description="Created on this day (UTC) or later")
    until: date | None = Field(default=None, description="Created on this day (UTC) or earlier")


class ReviewHit(Model):
    """A stored review with what a reader needs to weigh it."""

    appid: int
    recommendationid: ReviewId
    review: str
    voted_up: bool
    hours_at_review: float | None
    hours_forever: float
    language: str
    created_at: datetime
    updated_at: datetime
    votes_up: int
    votes_funny: int
    steam_purchase: bool
    received_for_free: bool
    refunded: bool
    early_access: bool
    steam_deck: bool
    offtopic: bool
    developer_response: str | None
    url: str


class TrendStep(StrEnum):
    WEEK = "week"
    MONTH = "month"


class TrendPoint(Model):
    """One week (from Monday) or month, UTC, by creation of the reviews."""

    start: date
    reviews: int
    positive: int
    share: Share


class GameTrends(Model):
    """Reviews a week or month, oldest first, without gaps. `population` says what is counted."""

    appid: int
    step: TrendStep
    population: str
    points: tuple[TrendPoint, ...]


class ComparedTopic(Model):
    """A topic of one section in several games: its share in each, None where the game's report does not have it."""

    section: SectionName
    topic: str
    label: str
    mentions: tuple[Share | None, ...]
    """In the order of the games."""


class Comparison(Model):
    """Two to five games beside one another."""

    games: tuple[GamePage, ...]
    topics: tuple[ComparedTopic, ...]
    """By section, then by the largest share in any of the games."""


class LibraryGame(Model):
    """A game of somebody's library, as it was imported."""

    appid: int
    name: str
    classification: str
    match_status: str
    confidence: str | None
    hours_played: float
    last_played: datetime | None
    igdb_id: int | None
    igdb_name: str | None
    first_release_date: date | None
    genres: tuple[str, ...]
    platforms: tuple[str, ...]
    status: str | None
    """In the library: `wishlist`, `playing` and so on; None where it was not taken over."""
    is_tracked: bool
    report_id: int | None


class LibraryTotals(Model):
    """Sizes of a library, and what its last import did (None where nothing was imported)."""

    games: int = 0
    hours_played: float = 0.0
    imported_count: int | None = None
    skipped_count: int | None = None
    imported_at: datetime | None = None


class Library(LibraryTotals):
    """The library of a Steam id. Empty where nothing was imported."""

    steam_id: str
    page: Page[LibraryGame]


class Readiness(Model):
    """Whether requests can be answered."""

    ready: bool
    database: str
    migrations: str
