"""Pass 1: chunks of reviews, what an analyst says about one, and what is kept after proof.

An analyst only points: labels, one sentence, which reviews, a quote. Counts, statistics and proof are Python's
(analyzer/grounding.py); nothing an analyst says about numbers is used.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import computed_field, model_validator

from steampulse_dagster.models.base import Model, ReviewId
from steampulse_dagster.models.reviews import LanguageCount, Review


class Provenance(Model):
    """Who made an analysis; stored with every artefact and part of its key."""

    engine: str
    """`local` or the provider's name."""
    model: str
    version: str
    """Version of the rules or prompts: a change makes new artefacts beside the old ones."""
    generative: bool
    degraded: str | None = None
    """Why this analyst works below its normal quality, None if it does not."""

    @property
    def key(self) -> str:
        """Identity of the analyst inside keys of artefacts."""
        return f"{self.engine}:{self.model}:{self.version}" + (":degraded" if self.degraded else "")


class Signal(StrEnum):
    """The five kinds of signal of pass 1; each answers its own question."""

    DESIGN_PRAISE = "design_praise"
    """What works: a design decision, feature or quality that players praise."""
    GAMEPLAY_FRICTION = "gameplay_friction"
    """The design flaw or defect itself."""
    WISHLIST_ITEMS = "wishlist_items"
    """Net-new features that players ask for, never a repair of something broken."""
    DROPOUT_MOMENTS = "dropout_moments"
    """When and why a player stopped, refunded or decided to leave."""
    COMPETITOR_REFS = "competitor_refs"
    """Other games that the reviewer compares this one with."""


class Chunk(Model):
    """A row of `chunks`: at most 50 reviews that are analysed together; sealed for ever once full."""

    appid: int
    chunk_no: int
    sealed: bool
    review_ids: tuple[ReviewId, ...]
    content_hash: str
    """Digest over the members' ids and content hashes, in order."""


class AnalysisSample(Model):
    """A row of `analysis_samples`: which reviews of a game are analysed under a cap."""

    appid: int
    rate: float
    """Share of all the game's reviews (not of the stored ones) whose digest lies low enough; 1: all."""
    cap: int | None
    """The cap that the rate was chosen by."""


class ReviewChunk(Model):
    """What an analyst gets: a chunk with its reviews, which it may number 1..n in this order."""

    appid: int
    chunk_no: int
    game_name: str
    content_hash: str
    reviews: tuple[Review, ...]


class Mention(Model):
    """One review that says it. `quote` is verbatim from that review, None where the analyst gave none."""

    recommendationid: ReviewId
    quote: str | None = None
    score: float = 0.0
    """The analyst's own ranking weight, 0..1; only ever used for ordering."""


class SignalItem(Model):
    """One thing that at least one review of the chunk says."""

    topic: str
    """Stable machine name that items are grouped by across chunks, such as `performance`."""
    label: str
    statement: str | None = None
    """One sentence in the analyst's words; None from an analyst that does not write."""
    mentions: tuple[Mention, ...]


class Grounding(Model):
    """Proof of quotes: `proven` were found in the review they name, `dropped` were not and are not shown."""

    quotes: int = 0
    """All that the analyst gave; one that it gave again after a failed proof counts once."""
    proven: int = 0
    repaired: int = 0
    """Of the proven: differed in case, blanks or punctuation and were replaced by the review's own words."""
    mended: int = 0
    """Of the proven: were not in the review at first, and were when the analyst was asked once more."""
    dropped: int = 0
    unknown_ids: int = 0
    """Mentions of reviews that are not in the chunk; dropped."""
    unproven_items: int = 0
    """Items left without a single proven quote; dropped."""
    spoiled_items: int = 0
    """Items of an answer that could not be read, or stood in a section that they do not belong to; dropped."""
    unfounded: int = 0
    """Sentences left out because they state a number that nobody computed and no review writes."""
    refused: int = 0
    """Reviews about which a model gave no answer, even alone; they count as not read."""

    @model_validator(mode="before")
    @classmethod
    def _leave_computed_out(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {key: value for key, value in given.items() if key not in _COMPUTED}

    @computed_field  # type: ignore[prop-decorator]
    @property
    def share(self) -> float | None:
        """Proven share of the quotes that are shown: 1.0 by construction, None without quotes."""
        kept = self.quotes - self.dropped
        return None if kept == 0 else self.proven / kept

    @computed_field  # type: ignore[prop-decorator]
    @property
    def kept_share(self) -> float | None:
        """Proven share of all quotes that the analyst gave; None without quotes."""
        return None if self.quotes == 0 else round(self.proven / self.quotes, 4)


_COMPUTED = frozenset({"share", "kept_share"})


class ChunkSignals(Model):
    """An analyst's answer for one chunk, before proof."""

    design_praise: tuple[SignalItem, ...] = ()
    gameplay_friction: tuple[SignalItem, ...] = ()
    wishlist_items: tuple[SignalItem, ...] = ()
    dropout_moments: tuple[SignalItem, ...] = ()
    competitor_refs: tuple[SignalItem, ...] = ()
    notable_quotes: tuple[Mention, ...] = ()
    read_ids: tuple[ReviewId, ...] = ()
    """Reviews that the analyst was able to read; the others were skipped (language, no words)."""
    left_out: Grounding = Grounding()
    """What the analyst itself left out of its answer before proof."""


class TopicLine(Model):
    """A topic as it is shown where labels are joined: by its name alone, without the reviews."""

    signal: Signal
    topic: str
    label: str


class TopicCount(TopicLine):
    """A topic with how many mentions it has below a node: what decides which name a group gets."""

    mentions: int


class JoinedTopic(TopicLine):
    """A topic that goes by another's name: it means the same."""

    name: str
    """The topic that the group goes by."""
    name_label: str


class SummaryNode(Model):
    """A row of `summary_nodes`: a node of the tree over a game's sealed chunks, keyed by everything below it."""

    appid: int
    level: int
    """1 stands above chunks, 2 above nodes of level 1, and so on."""
    node_no: int
    analyst_key: str
    node_key: str
    joined: tuple[JoinedTopic, ...]
    """What was found to mean the same among the topics of the children; everything else keeps its name."""
    topics: tuple[TopicCount, ...]
    """The topics below by the names that they have after joining, most mentioned first."""


class BatchStats(Model):
    """Arithmetic over the chunk's reviews, made by Python for every analyst."""

    reviews: int
    read: int
    skipped_blank: int
    skipped_languages: tuple[LanguageCount, ...] = ()
    read_languages: tuple[LanguageCount, ...] = ()
    positive: int
    median_playtime_at_review: float | None = None
    refunded: int = 0
    received_for_free: int = 0
    early_access: int = 0
    first_created: datetime
    last_created: datetime


class ChunkSummary(Model):
    """A row of `chunk_summaries`: the proven signals of one chunk by one analyst."""

    appid: int
    chunk_no: int
    content_hash: str
    """The chunk's, at the time of the analysis: a summary is current while it equals the chunk's own."""
    provenance: Provenance
    design_praise: tuple[SignalItem, ...] = ()
    gameplay_friction: tuple[SignalItem, ...] = ()
    wishlist_items: tuple[SignalItem, ...] = ()
    dropout_moments: tuple[SignalItem, ...] = ()
    competitor_refs: tuple[SignalItem, ...] = ()
    notable_quotes: tuple[Mention, ...] = ()
    batch_stats: BatchStats
    grounding: Grounding

    def items(self, signal: Signal) -> tuple[SignalItem, ...]:
        """The items of one signal."""
        return getattr(self, signal.value)


class ChunkOutcome(Model):
    """What the chunk_summaries stage did for one game."""

    appid: int
    chunks: int
    analysed: int
    reused: int
    reviews: int
    read: int
    grounding: Grounding
    degraded: str | None = None
