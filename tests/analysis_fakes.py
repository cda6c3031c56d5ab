"""A small analyst that looks for keywords, and reviews and games to feed it; for tests of what surrounds an analyst."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.analysis import (
    ChunkSignals,
    Mention,
    Provenance,
    ReviewChunk,
    Signal,
    SignalItem,
    TopicLine,
)
from steampulse_dagster.models.games import Game, GameState
from steampulse_dagster.models.reports import (
    DraftItem,
    DraftSection,
    GameBrief,
    Judgement,
    ReportDraft,
    SectionStatus,
)
from steampulse_dagster.models.reviews import CrawlState, QuerySummary, Review
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.utils.db import Database
from tests.review_rows import build_row

APPID = 4_200
START = datetime(2026, 1, 1, 12, tzinfo=UTC)

KEYWORDS = (
    (Signal.DESIGN_PRAISE, "combat", "Combat", "love the combat"),
    (Signal.DESIGN_PRAISE, "audio", "Music and sound", "great music"),
    (Signal.GAMEPLAY_FRICTION, "crashes", "Crashes", "crashes"),
    (Signal.GAMEPLAY_FRICTION, "controls", "Controls", "clunky"),
    (Signal.WISHLIST_ITEMS, "multiplayer", "Co-op", "wish it had co-op"),
    (Signal.DROPOUT_MOMENTS, "crashes", "Crashes", "refunded"),
    (Signal.COMPETITOR_REFS, "hades", "Hades", "Hades"),
)
SECTION_OF_SIGNAL = {
    Signal.DESIGN_PRAISE: "design_strengths",
    Signal.GAMEPLAY_FRICTION: "gameplay_friction",
    Signal.WISHLIST_ITEMS: "player_wishlist",
    Signal.DROPOUT_MOMENTS: "churn_triggers",
    Signal.COMPETITOR_REFS: "competitive_context",
}
SENTENCES = (
    "I love the combat in this one",
    "It crashes every hour on my machine",
    "The menus feel clunky with a pad",
    "I wish it had co-op for two",
    "I refunded it after the second boss",
    "Feels a lot like Hades but slower",
    "What a great music score",
    "Nothing to say about it really",
)


def build_review(number: int, *, text: str | None = None, **changes: object) -> Review:
    """Review `number` of the game: an hour after the one before, texts in turn, three of four positive."""
    words = f"{SENTENCES[number % len(SENTENCES)]}. Number {number}." if text is None else text
    voted_up = bool(changes.pop("voted_up", number % 4 != 1))
    created = START + timedelta(hours=number)
    fields: dict[str, object] = {
        "recommendationid": 9_000_000_000_000 + number,
        "appid": APPID,
        "author_key": f"author-{number}",
        "playtime_forever": 600 + number,
        "playtime_at_review": 30 + 7 * number,
        "language": "english",
        "review": words,
        "timestamp_created": created,
        "timestamp_updated": created,
        "voted_up": voted_up,
        "votes_up": number % 5,
        "content_hash": sha256(f"{voted_up}{words}".encode()).hexdigest(),
    }
    return Review.model_validate({**fields, **changes})


def build_reviews(first: int, count: int) -> list[Review]:
    """Reviews first … first + count - 1."""
    return [build_review(number) for number in range(first, first + count)]


def build_game(name: str = "Lantern Keep", appid: int = APPID) -> Game:
    """A released game."""
    return Game(appid=appid, name=name, slug=f"game-{appid}", type="game", state=GameState.AVAILABLE)


def store_game(db: Database, game: Game, *, reported: QuerySummary | None = None) -> None:
    """The game as a crawl leaves it."""
    with db.transaction() as conn:
        GameRepository(conn).upsert(game)
        CrawlStateRepository(conn).upsert(CrawlState(appid=game.appid, reported=reported))


def store_reviews(db: Database, reviews: Sequence[Review]) -> None:
    """The reviews as a crawl leaves them."""
    for appid in {review.appid for review in reviews}:
        with db.transaction() as conn:
            rows = [build_row(review) for review in reviews if review.appid == appid]
            ReviewRepository(conn).upsert_many(appid, rows)


def edit_review(review: Review, text: str) -> Review:
    """The review with another text, as its author left it a day later."""
    return review.model_copy(
        update={
            "review": text,
            "content_hash": sha256(f"{review.voted_up}{text}".encode()).hexdigest(),
            "timestamp_updated": review.timestamp_updated + timedelta(days=1),
        }
    )


@dataclass
class KeywordAnalyst:
    """Reads English only; says what KEYWORDS say, with the sentence as the quote. Remembers what it was asked."""

    version: str = "1"
    fails_on: frozenset[int] = frozenset()
    breaks_on: frozenset[int] = frozenset()
    extracted: list[int] = field(default_factory=list)
    synthesized: int = 0
    joined: list[int] = field(default_factory=list)
    fails_to_join: frozenset[int] = frozenset()
    """Which comparisons of labels fail, from 0."""

    @property
    def provenance(self) -> Provenance:
        """Who answers."""
        return Provenance(engine="keywords", model="none", version=self.version, generative=False)

    async def extract_chunk(self, chunk: ReviewChunk) -> ChunkSignals:
        """Pass 1."""
        if chunk.chunk_no in self.fails_on:
            raise AnalystError(f"no answer for chunk {chunk.chunk_no}", retryable=True)
        if chunk.chunk_no in self.breaks_on:
            raise RuntimeError("the process dies here")
        self.extracted.append(chunk.chunk_no)
        readable = [review for review in chunk.reviews if review.language == "english"]
        found: dict[str, list[SignalItem]] = {signal.value: [] for signal in Signal}
        for signal, topic, label, keyword in KEYWORDS:
            mentions = [
                Mention(recommendationid=review.recommendationid, quote=sentence, score=0.5)
                for review in readable
                for sentence in re.split(r"(?<=\.)\s+", review.review)
                if keyword in sentence
            ]
            if mentions:
                found[signal.value].append(SignalItem(topic=topic, label=label, mentions=tuple(mentions)))
        notable = tuple(
            Mention(recommendationid=review.recommendationid, quote=review.review[:60].rsplit(" ", 1)[0], score=0.1)
            for review in readable[:2]
        )
        return ChunkSignals(
            notable_quotes=notable, read_ids=tuple(review.recommendationid for review in readable), **found
        )

    async def join_topics(self, appid: int, topics: Sequence[TopicLine]) -> tuple[tuple[TopicLine, ...], ...]:
        """Topics of one signal whose names begin alike, such as `crashes/…`, mean the same."""
        self.joined.append(len(topics))
        if len(self.joined) - 1 in self.fails_to_join:
            raise AnalystError("no answer about the labels", retryable=True)
        groups: dict[tuple[Signal, str], list[TopicLine]] = {}
        for line in topics:
            groups.setdefault((line.signal, line.topic.split("/")[0]), []).append(line)
        return tuple(tuple(group) for group in groups.values() if len(group) > 1)

    async def synthesize(self, brief: GameBrief) -> ReportDraft:
        """Pass 2."""
        self.synthesized += 1
        sections = {
            name: DraftSection(items=tuple(_draft_items(brief, signal))) for signal, name in SECTION_OF_SIGNAL.items()
        }
        needs = "needs a language model"
        return ReportDraft(
            one_liner=Judgement(reason=needs),
            audience_profile=Judgement(reason=needs),
            dev_priorities=DraftSection(status=SectionStatus.NEEDS_LANGUAGE_MODEL, reason=needs),
            notable_quotes=tuple(mention for summary in brief.summaries for mention in summary.notable_quotes)[:3],
            **sections,
        )


def _draft_items(brief: GameBrief, signal: Signal) -> list[DraftItem]:
    labels: dict[str, str] = {}
    mentions: dict[str, list[Mention]] = {}
    for summary in brief.summaries:
        for item in summary.items(signal):
            labels[item.topic] = item.label
            mentions.setdefault(item.topic, []).extend(item.mentions)
    ranked = sorted(labels, key=lambda topic: (-len(mentions[topic]), topic))
    return [DraftItem(topic=topic, label=labels[topic], mentions=tuple(mentions[topic])) for topic in ranked]
