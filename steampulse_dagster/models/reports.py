"""Pass 2: what an analyst drafts, and the report that Python makes of it."""

from datetime import datetime
from enum import StrEnum
from typing import Literal, get_args

from steampulse_dagster.models.analysis import ChunkSummary, Grounding, Mention, Provenance
from steampulse_dagster.models.base import Model, ReviewId
from steampulse_dagster.models.games import Game
from steampulse_dagster.models.reviews import LanguageCount, QuerySummary, ReviewFacts
from steampulse_dagster.models.scores import GameScores, HiddenGemScore, SentimentScore, SentimentTrend, Share


class SectionStatus(StrEnum):
    """Why a section has items or has none."""

    OK = "ok"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"
    NEEDS_LANGUAGE_MODEL = "needs_language_model"


class DraftItem(Model):
    """An item as an analyst proposes it: what is said, and by which mentions of the chunk summaries."""

    topic: str
    label: str
    statement: str | None = None
    mentions: tuple[Mention, ...]


class DraftSection(Model):
    """Items in order of importance. An empty section carries its status and a reason."""

    items: tuple[DraftItem, ...] = ()
    status: SectionStatus = SectionStatus.OK
    reason: str | None = None


class Judgement(Model):
    """A sentence that takes judgement; None with a reason when the analyst does not judge."""

    text: str | None = None
    reason: str | None = None


class MentionedReview(Model):
    """What weighs a review that pass 1 mentions. Playtime in minutes."""

    recommendationid: ReviewId
    voted_up: bool
    playtime_at_review: int | None


class GameBrief(Model):
    """What pass 2 gets: computed facts and all chunk summaries of one game."""

    game: Game
    facts: ReviewFacts
    scores: GameScores
    summaries: tuple[ChunkSummary, ...]
    reported: QuerySummary | None = None
    """Steam's own totals at the last crawl."""
    waiting: int = 0
    """Readable reviews that were stored after the last pass 1."""
    mentioned: tuple[MentionedReview, ...] = ()
    """The reviews that the summaries mention."""
    sample_rate: float = 1.0
    """Share of the game's reviews that is stored, as a uniform sample."""
    analysed_share: float = 1.0
    """Share of the stored reviews that is analysed, as a uniform sample."""
    left_out: int = 0
    """Readable stored reviews that are not in that sample."""
    offtopic: int = 0
    """Stored reviews of periods that Steam leaves out of its own score as off-topic."""


class ReportDraft(Model):
    """An analyst's answer to a brief, before counting and proof."""

    one_liner: Judgement
    audience_profile: Judgement
    design_strengths: DraftSection
    gameplay_friction: DraftSection
    player_wishlist: DraftSection
    churn_triggers: DraftSection
    dev_priorities: DraftSection
    competitive_context: DraftSection
    notable_quotes: tuple[Mention, ...] = ()
    left_out: Grounding = Grounding()
    """What of the analyst's answer could not be used."""


class Evidence(Model):
    """A proven quote with what a reader needs to weigh it and to look it up."""

    recommendationid: ReviewId
    quote: str
    voted_up: bool
    playtime_at_review: int | None
    """Minutes."""
    language: str
    timestamp_created: datetime
    votes_up: int
    url: str


class ReportItem(Model):
    """One statement with its weight: how many of the reviews that were read say so."""

    topic: str
    label: str
    statement: str | None
    mentions: Share
    positive_votes: Share
    """How many of the mentioning reviews recommend the game."""
    median_playtime_at_review: float | None
    """Minutes, over the mentioning reviews."""
    first_mentioned: datetime
    last_mentioned: datetime
    evidence: tuple[Evidence, ...]


class ReportSection(Model):
    status: SectionStatus
    reason: str | None = None
    items: tuple[ReportItem, ...] = ()


class EvidenceLevel(StrEnum):
    """LOW below 50 read reviews: shares are shown with their wide intervals and a warning."""

    LOW = "low"
    NORMAL = "normal"


class ReportSample(Model):
    """Which reviews the report rests on."""

    stored: int
    """Reviews stored: the population of sentiment, trends and facts."""
    read: int
    """Reviews that the analyst read: the population of every item's `mentions`."""
    skipped_blank: int
    """Without a word that could be read: empty, or emoji, digits and drawings alone."""
    skipped_language: int
    """With words that the analyst did not read, by language in `skipped_languages`."""
    waiting: int = 0
    """Stored since the last pass 1, read in the next."""
    left_out: int = 0
    """With words, but not in the sample that is analysed.
    stored = read + skipped_blank + skipped_language + waiting + left_out."""
    read_languages: tuple[LanguageCount, ...] = ()
    skipped_languages: tuple[LanguageCount, ...] = ()
    chunks: int
    reported: QuerySummary | None
    completeness: float | None
    """What is stored (or, of a sample, stands for), of what Steam counts."""
    sample_rate: float = 1.0
    """Share of the game's reviews that is stored, as a uniform sample; 1: all that Steam hands out."""
    analysed_share: float = 1.0
    """Share of the stored reviews that is analysed, as a uniform sample; 1: all."""
    offtopic: int = 0
    """Stored reviews of periods that Steam leaves out of its own score as off-topic; they are counted here."""
    data_time: datetime
    """Creation time of the newest stored review."""


class GameReport(Model):
    """The structured report on one game; content only, so that the same input gives the same bytes."""

    appid: int
    name: str
    sample: ReportSample
    evidence_level: EvidenceLevel
    provenance: Provenance
    sentiment: SentimentScore
    hidden_gem: HiddenGemScore
    trends: tuple[SentimentTrend, ...]
    facts: ReviewFacts
    one_liner: Judgement
    audience_profile: Judgement
    design_strengths: ReportSection
    gameplay_friction: ReportSection
    player_wishlist: ReportSection
    churn_triggers: ReportSection
    dev_priorities: ReportSection
    competitive_context: ReportSection
    notable_quotes: tuple[Evidence, ...]
    grounding: Grounding


SectionName = Literal[
    "design_strengths",
    "gameplay_friction",
    "player_wishlist",
    "churn_triggers",
    "dev_priorities",
    "competitive_context",
]
SECTION_NAMES: tuple[SectionName, ...] = get_args(SectionName)
"""Sections in the order in which a report shows them."""


class StoredReport(Model):
    """A row of `reports`: immutable; `report_key` is a digest of everything the report was made from."""

    report_id: int
    appid: int
    report_key: str
    created_at: datetime
    report: GameReport


class ReportOutcome(Model):
    """What the reports stage did for one game."""

    appid: int
    report_id: int
    created: bool
    """False: an identical report existed, nothing was written."""
    report: GameReport
