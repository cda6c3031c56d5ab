"""What a chunk that nobody has read will probably say, as far as the length of later questions hangs on it. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from math import ceil

from steampulse_dagster.analyzer.chunks import CHUNK_SIZE
from steampulse_dagster.models.analysis import (
    BatchStats,
    Chunk,
    ChunkSummary,
    Grounding,
    Mention,
    Provenance,
    Signal,
    SignalItem,
)

USUAL_ITEMS = {
    Signal.DESIGN_PRAISE: 6,
    Signal.GAMEPLAY_FRICTION: 4,
    Signal.WISHLIST_ITEMS: 2,
    Signal.DROPOUT_MOMENTS: 1,
    Signal.COMPETITOR_REFS: 2,
}
"""Findings of 50 reviews, for as long as no chunk of any game was read: as in the seeded world."""
USUAL_QUOTE = "The sort of sentence that players write about a game when they have something to say about it."
"""Where the reviews have no sentence of three words. As long as quotes of real reviews: 90 characters on average."""
_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…]*")
_LONGEST_QUOTE = 160
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
NEW_OF_REPEATED = 15
"""Of a further chunk, one finding in so many is taken to be new to its game, once labels are joined."""


def pick_usual_quote(texts: Iterable[str]) -> str:
    """The sentence of middle length of reviews: as long as what will be quoted of them."""
    sentences = [found.strip() for text in texts for found in _SENTENCE.findall(text)]
    told = sorted((one[:_LONGEST_QUOTE] for one in sentences if len(one.split()) > 2), key=len)
    return told[len(told) // 2] if told else USUAL_QUOTE


def forecast_summary(
    chunk: Chunk, *, examples: Sequence[ChunkSummary], turn: int, provenance: Provenance, quote: str = USUAL_QUOTE
) -> ChunkSummary:
    """A stand-in for the summary of a chunk: like one of the examples, shortened to the chunk's number of reviews;
    without any, findings that are as long as `quote`.

    `turn` counts the chunks that were forecast before; where the examples come round again, part of their findings
    is taken to be new.
    """
    if not examples:
        return _invent(chunk, provenance, turn, quote)
    example = examples[turn % len(examples)]
    part = min(1.0, len(chunk.review_ids) / max(1, example.batch_stats.reviews))
    lap = turn // len(examples)
    changes = {signal.value: _shorten(example.items(signal), part=part, lap=lap) for signal in Signal}
    quotes = example.notable_quotes[: ceil(part * len(example.notable_quotes))]
    return example.model_copy(
        update={
            "appid": chunk.appid,
            "chunk_no": chunk.chunk_no,
            "content_hash": chunk.content_hash,
            "notable_quotes": tuple(_move(mention, chunk) for mention in quotes),
            **changes,
        }
    )


def _shorten(items: Sequence[SignalItem], *, part: float, lap: int) -> tuple[SignalItem, ...]:
    kept = items[: ceil(part * len(items))]
    return tuple(
        item.model_copy(update={"topic": f"{item.topic}-{lap}"}) if lap and (at + lap) % NEW_OF_REPEATED == 0 else item
        for at, item in enumerate(kept)
    )


def _move(mention: Mention, chunk: Chunk) -> Mention:
    """The quote as said by another review: a review is quoted once."""
    shift = chunk.chunk_no * 1_000_003
    return mention.model_copy(update={"recommendationid": mention.recommendationid + shift})


def _invent(chunk: Chunk, provenance: Provenance, turn: int, quote: str) -> ChunkSummary:
    part = min(1.0, len(chunk.review_ids) / CHUNK_SIZE)
    mentions = tuple(Mention(recommendationid=one, quote=quote) for one in chunk.review_ids[:3])
    items = {
        signal.value: _shorten(
            [
                SignalItem(topic=f"other/finding-{number}", label="A usual finding", statement=quote, mentions=mentions)
                for number in range(usual)
            ],
            part=part,
            lap=turn,
        )
        for signal, usual in USUAL_ITEMS.items()
    }
    reviews = len(chunk.review_ids)
    return ChunkSummary(
        appid=chunk.appid,
        chunk_no=chunk.chunk_no,
        content_hash=chunk.content_hash,
        provenance=provenance,
        notable_quotes=mentions,
        batch_stats=BatchStats(
            reviews=reviews, read=reviews, skipped_blank=0, positive=0, first_created=NEVER, last_created=NEVER
        ),
        grounding=Grounding(),
        **items,
    )
