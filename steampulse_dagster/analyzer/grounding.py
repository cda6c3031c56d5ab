"""Turns what an analyst says about a chunk into what is kept: mentions that point into it, quotes that are in it. Pure.

What is dropped, and why:
- a mention of a review that is not in the chunk (`unknown_ids`);
- a mention whose quote is not in the review that it names (`dropped`): the quote speaks against the mention, so the
  mention goes with it and counts stay on the safe side. A mention without a quote stays, as the analyst's own word;
- an item without a single proven quote (`unproven_items`): nothing of it could be shown to a reader.
"""

from collections import Counter
from collections.abc import Iterable
from statistics import median

from steampulse_dagster.analyzer.quotes import find_quote, normalise, one_line, prove_quote
from steampulse_dagster.models.analysis import (
    BatchStats,
    ChunkSignals,
    ChunkSummary,
    Grounding,
    Mention,
    Provenance,
    ReviewChunk,
    Signal,
    SignalItem,
)
from steampulse_dagster.models.reviews import LanguageCount, Review

__all__ = ["ground", "normalise", "prove_quote"]

NOTABLE_QUOTES = 5
"""Most quotes of a chunk that are kept beside its signals."""
MAX_LABEL_CHARS = 120
MAX_STATEMENT_CHARS = 400
SCORE_DIGITS = 4


def ground(chunk: ReviewChunk, signals: ChunkSignals, provenance: Provenance) -> ChunkSummary:
    """The summary of a chunk that has reviews: proven signals, and statistics counted here.

    Items of one topic are merged within a signal and a review counts once in each; everything comes in a fixed
    order, so the same answer about the same reviews gives the same bytes.
    """
    proof = _Proof(chunk.reviews)
    items = {signal.value: _ground_items(getattr(signals, signal.value), proof) for signal in Signal}
    notable = proof.check(signals.notable_quotes)
    said = {mention.recommendationid for kept in items.values() for item in kept for mention in item.mentions}
    return ChunkSummary(
        appid=chunk.appid,
        chunk_no=chunk.chunk_no,
        content_hash=chunk.content_hash,
        provenance=provenance,
        notable_quotes=_best(notable, NOTABLE_QUOTES),
        batch_stats=_build_batch_stats(chunk.reviews, read_ids={*signals.read_ids, *said}),
        grounding=total_grounding([signals.left_out, proof.grounding()]),
        **items,
    )


class _Proof:
    """Checks mentions against the chunk's reviews and counts what it sees."""

    def __init__(self, reviews: Iterable[Review]) -> None:
        self._reviews = {review.recommendationid: review for review in reviews}
        self._order = {review_id: position for position, review_id in enumerate(self._reviews)}
        self._seen: Counter[str] = Counter()

    def check(self, mentions: Iterable[Mention]) -> tuple[Mention, ...]:
        """The mentions that hold, one for each review, in the order of the chunk."""
        checked = (self._check_one(mention) for mention in mentions)
        return self.merge(mention for mention in checked if mention is not None)

    def merge(self, mentions: Iterable[Mention]) -> tuple[Mention, ...]:
        """One mention for each review, in the order of the chunk: one with a quote, then the analyst's favourite."""
        best: dict[int, Mention] = {}
        for mention in mentions:
            known = best.get(mention.recommendationid)
            if known is None or _weight(mention) > _weight(known):
                best[mention.recommendationid] = mention
        return tuple(best[review_id] for review_id in sorted(best, key=self._order.__getitem__))

    def count_unproven_item(self) -> None:
        """Note that an item was left without a proven quote."""
        self._seen["unproven_items"] += 1

    def grounding(self) -> Grounding:
        """What was seen so far."""
        return Grounding(**self._seen)

    def _check_one(self, mention: Mention) -> Mention | None:
        review = self._reviews.get(mention.recommendationid)
        if review is None:
            self._seen["unknown_ids"] += 1
            return None
        score = round(mention.score, SCORE_DIGITS)
        if not mention.quote:
            return Mention(recommendationid=mention.recommendationid, score=score)
        self._seen["quotes"] += 1
        words = find_quote(mention.quote, review.review)
        if words is None:
            self._seen["dropped"] += 1
            return None
        self._seen["proven"] += 1
        self._seen["repaired"] += words != mention.quote.strip()
        return Mention(recommendationid=mention.recommendationid, quote=words, score=score)


def _ground_items(items: Iterable[SignalItem], proof: _Proof) -> tuple[SignalItem, ...]:
    merged: dict[str, SignalItem] = {}
    for item in items:
        topic, label = one_line(item.topic, most=MAX_LABEL_CHARS), one_line(item.label, most=MAX_LABEL_CHARS)
        mentions = proof.check(item.mentions)
        if not topic or not any(mention.quote for mention in mentions):
            proof.count_unproven_item()
            continue
        statement = one_line(item.statement or "", most=MAX_STATEMENT_CHARS) or None
        known = merged.get(topic)
        if known is None:
            merged[topic] = SignalItem(topic=topic, label=label or topic, statement=statement, mentions=mentions)
        else:
            everyone = proof.merge((*known.mentions, *mentions))
            merged[topic] = known.model_copy(update={"mentions": everyone, "statement": known.statement or statement})
    return tuple(sorted(merged.values(), key=lambda item: (-len(item.mentions), item.topic)))


def _weight(mention: Mention) -> tuple[bool, float, str]:
    return mention.quote is not None, mention.score, mention.quote or ""


def _best(mentions: Iterable[Mention], most: int) -> tuple[Mention, ...]:
    quoted = [mention for mention in mentions if mention.quote]
    return tuple(sorted(quoted, key=lambda mention: (-mention.score, mention.recommendationid))[:most])


def _build_batch_stats(reviews: tuple[Review, ...], *, read_ids: set[int]) -> BatchStats:
    read = [review for review in reviews if review.recommendationid in read_ids]
    unread = [review for review in reviews if review.recommendationid not in read_ids]
    skipped = [review for review in unread if any(char.isalpha() for char in normalise(review.review))]
    playtimes = [review.playtime_at_review for review in reviews if review.playtime_at_review is not None]
    return BatchStats(
        reviews=len(reviews),
        read=len(read),
        skipped_blank=len(unread) - len(skipped),
        skipped_languages=_count_languages(skipped),
        read_languages=_count_languages(read),
        positive=sum(review.voted_up for review in reviews),
        median_playtime_at_review=float(median(playtimes)) if playtimes else None,
        refunded=sum(review.refunded for review in reviews),
        received_for_free=sum(review.received_for_free for review in reviews),
        early_access=sum(review.written_during_early_access for review in reviews),
        first_created=min(review.timestamp_created for review in reviews),
        last_created=max(review.timestamp_created for review in reviews),
    )


def _count_languages(reviews: Iterable[Review]) -> tuple[LanguageCount, ...]:
    return sum_languages(
        LanguageCount(language=review.language, reviews=1, positive=review.voted_up) for review in reviews
    )


def sum_languages(counts: Iterable[LanguageCount]) -> tuple[LanguageCount, ...]:
    """Counts added up by language, most reviews first, then by name."""
    reviews: Counter[str] = Counter()
    positive: Counter[str] = Counter()
    for count in counts:
        reviews[count.language] += count.reviews
        positive[count.language] += count.positive
    ranked = sorted(reviews, key=lambda language: (-reviews[language], language))
    return tuple(LanguageCount(language=name, reviews=reviews[name], positive=positive[name]) for name in ranked)


def total_grounding(parts: Iterable[Grounding]) -> Grounding:
    """Counts of several proofs added up."""
    totals: Counter[str] = Counter()
    for part in parts:
        totals.update(part.model_dump(exclude_computed_fields=True))
    return Grounding(**totals)
