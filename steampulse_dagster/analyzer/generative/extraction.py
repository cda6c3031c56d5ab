"""Pass 1: the question about a chunk, and what is taken from the answer. Numbers become ids here alone. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from steampulse_dagster.analyzer.generative.numbers import is_founded
from steampulse_dagster.analyzer.generative.rendering import render_name, render_reviews
from steampulse_dagster.analyzer.generative.replies import read_list, read_number, read_text
from steampulse_dagster.analyzer.grounding import total_grounding
from steampulse_dagster.analyzer.quotes import normalise, one_line, prove_quote
from steampulse_dagster.analyzer.topics import TOPICS
from steampulse_dagster.models.analysis import ChunkSignals, Grounding, Mention, ReviewChunk, Signal, SignalItem
from steampulse_dagster.models.reviews import Review

MAX_ITEMS = 25
"""Items of one signal that are taken from an answer about 50 reviews; more is a loop."""
FEW_WRONG = 2
"""So many quotes that fail are repaired or dropped without another look at the chunk."""
MAX_QUOTES = 100
"""Quotes of one item that are looked at: a review has one."""
MAX_QUOTE_CHARACTERS = 400
MAX_LABEL_CHARACTERS = 120
MAX_STATEMENT_CHARACTERS = 400
OTHER = "other"
_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Quote:
    """A quote as answered, with the number of the review that it claims to come from."""

    number: int
    text: str


@dataclass
class Item:
    """An item as answered, its numbers checked against the chunk; at most one quote of each review."""

    signal: Signal
    topic: str
    label: str
    statement: str | None
    quotes: list[Quote]


@dataclass
class Extraction:
    """What an answer about a chunk says, with every number checked, and how much of it could not be used."""

    items: list[Item] = field(default_factory=list)
    notable: list[Quote] = field(default_factory=list)
    spoiled: int = 0
    wrong_numbers: int = 0
    mended: int = 0
    withdrawn: int = 0
    unfounded: int = 0


@dataclass(frozen=True)
class FailedQuote:
    """A quote that is not in its review; `entry` is its number in the question that asks for a better one."""

    entry: int
    item: Item
    quote: Quote


def build_question(chunk: ReviewChunk) -> str:
    """The user text of pass 1."""
    numbered = enumerate(chunk.reviews, start=1)
    return f"Game: {render_name(chunk.game_name)}\n\n{render_reviews(numbered)}\n\nAnswer with the JSON object."


def read_extraction(answer: dict[str, Any], chunk: ReviewChunk) -> Extraction:
    """The usable parts of an answer about a chunk."""
    found = Extraction()
    for signal in Signal:
        entries = read_list(answer, signal.value)
        found.spoiled += max(0, len(entries) - MAX_ITEMS)
        for entry in entries[:MAX_ITEMS]:
            item = _read_item(signal, entry, chunk, found)
            if item is None:
                found.spoiled += 1
            else:
                found.items.append(item)
    found.notable = _read_quotes(answer.get("notable_quotes"), found, reviews=len(chunk.reviews))
    return found


def list_failed_quotes(extraction: Extraction, reviews: Sequence[Review]) -> list[FailedQuote]:
    """The items' quotes that are not in the reviews they name, numbered from 1."""
    failed: list[FailedQuote] = []
    for item in extraction.items:
        for quote in item.quotes:
            if not prove_quote(quote.text, reviews[quote.number - 1].review):
                failed.append(FailedQuote(entry=len(failed) + 1, item=item, quote=quote))
    return failed


def count_proven(extraction: Extraction, reviews: Sequence[Review]) -> int:
    """The items' quotes that are in the reviews they name."""
    return sum(len(item.quotes) for item in extraction.items) - len(list_failed_quotes(extraction, reviews))


def is_beyond_repair(extraction: Extraction, reviews: Sequence[Review]) -> bool:
    """Whether most of an answer points nowhere: to reviews that were not shown, or at words that are not in them."""
    proven = count_proven(extraction, reviews)
    wrong = sum(len(item.quotes) for item in extraction.items) - proven + extraction.wrong_numbers
    return wrong > max(proven, FEW_WRONG)


def build_repair_question(failed: Sequence[FailedQuote], reviews: Sequence[Review]) -> str:
    """The user text that asks once more for the quotes that failed; shows just the reviews they name."""
    lines = [
        f"{entry.entry}. review {entry.quote.number}; item: {render_name(entry.item.label)}; "
        f"not in it: {render_name(entry.quote.text)}"
        for entry in failed
    ]
    numbers = sorted({entry.quote.number for entry in failed})
    shown = render_reviews((number, reviews[number - 1]) for number in numbers)
    return "Entries:\n" + "\n".join(lines) + f"\n\n{shown}\n\nAnswer with the JSON object."


def mend_quotes(
    answer: dict[str, Any], extraction: Extraction, failed: Sequence[FailedQuote], reviews: Sequence[Review]
) -> None:
    """Put the proven quotes of a repair answer in the place of those that failed; `null` takes a quote away.

    What neither helps nor withdraws stays as it was, to be dropped and counted by the proof.
    """
    by_entry = {entry.entry: entry for entry in failed}
    for raw in read_list(answer, "quotes"):
        entry = by_entry.pop(read_number(raw.get("entry")) or 0, None) if isinstance(raw, dict) else None
        if entry is None or "text" not in raw:
            continue
        text = read_text(raw["text"])[:MAX_QUOTE_CHARACTERS]
        at = entry.item.quotes.index(entry.quote)
        if not text:
            del entry.item.quotes[at]
            extraction.withdrawn += 1
        elif prove_quote(text, reviews[entry.quote.number - 1].review):
            entry.item.quotes[at] = Quote(number=entry.quote.number, text=text)
            extraction.mended += 1


def build_signals(extraction: Extraction, reviews: Sequence[Review]) -> ChunkSignals:
    """The answer in the product's terms: ids instead of numbers. Proof comes after (analyzer/grounding.py).

    Whether a review was read is not the model's to say: it was shown, and it holds words.
    """
    return ChunkSignals(
        **{
            signal.value: tuple(_to_item(item, reviews) for item in extraction.items if item.signal is signal)
            for signal in Signal
        },
        notable_quotes=tuple(_to_mention(quote, reviews) for quote in extraction.notable),
        read_ids=tuple(review.recommendationid for review in reviews if has_words(review)),
        left_out=Grounding(
            quotes=extraction.withdrawn,
            dropped=extraction.withdrawn,
            mended=extraction.mended,
            unknown_ids=extraction.wrong_numbers,
            spoiled_items=extraction.spoiled,
            unfounded=extraction.unfounded,
        ),
    )


def build_refused(reviews: Sequence[Review]) -> ChunkSignals:
    """What is known of reviews that a model gives no answer about: nothing."""
    return ChunkSignals(left_out=Grounding(refused=sum(map(has_words, reviews))))


def has_words(review: Review) -> bool:
    """Whether a review holds a letter of any script: digits, drawings and emoji alone cannot be quoted."""
    return any(char.isalpha() for char in normalise(review.review))


def merge_signals(parts: Sequence[ChunkSignals]) -> ChunkSignals:
    """What was said about the parts of a chunk, as said about the whole. Proof joins items of one topic."""
    names = [*(signal.value for signal in Signal), "notable_quotes", "read_ids"]
    return ChunkSignals(
        **{name: tuple(entry for part in parts for entry in getattr(part, name)) for name in names},
        left_out=total_grounding(part.left_out for part in parts),
    )


def _read_item(signal: Signal, entry: Any, chunk: ReviewChunk, found: Extraction) -> Item | None:
    """An item with a label and a quote; None without. A label or sentence with an unfounded number is left out."""
    if not isinstance(entry, dict):
        return None
    label = one_line(read_text(entry.get("label")), most=MAX_LABEL_CHARACTERS)
    several = _read_quotes(entry.get("quotes"), found, reviews=len(chunk.reviews))
    quotes = list({quote.number: quote for quote in reversed(several)}.values())[::-1]
    if not label or not quotes:
        return None
    topic = read_text(entry.get("topic")).lower()
    topic = topic if topic in TOPICS else OTHER
    words = "\n".join([chunk.game_name, *(chunk.reviews[quote.number - 1].review for quote in quotes)])
    if signal is not Signal.COMPETITOR_REFS and not is_founded(label, words=words):
        found.unfounded += 1
        label = TOPICS.get(topic, "")
        if not label:
            return None
    statement = one_line(read_text(entry.get("statement")), most=MAX_STATEMENT_CHARACTERS)
    if statement and not is_founded(statement, words=f"{words}\n{label}"):
        found.unfounded += 1
        statement = ""
    return Item(
        signal=signal,
        topic=build_topic(signal, topic, label),
        label=label,
        statement=statement or None,
        quotes=quotes,
    )


def build_topic(signal: Signal, topic: str, label: str) -> str:
    """The machine name of a finding: its topic of the fixed list and its label. Another game is its own topic."""
    words = _NO_WORD.sub("-", normalise(label)).strip("-") or OTHER
    if signal is Signal.COMPETITOR_REFS:
        return words
    return f"{topic if topic in TOPICS else OTHER}/{words}"


def _read_quotes(value: Any, found: Extraction, *, reviews: int) -> list[Quote]:
    """The quotes of a list that name a review of the chunk; the others are counted."""
    entries = value if isinstance(value, list) else [value]
    quotes: list[Quote] = []
    for entry in entries[:MAX_QUOTES]:
        if not isinstance(entry, dict):
            continue
        number, text = read_number(entry.get("review")), read_text(entry.get("text"))
        if number is None or not text:
            continue
        if 1 <= number <= reviews:
            quotes.append(Quote(number=number, text=text[:MAX_QUOTE_CHARACTERS]))
        else:
            found.wrong_numbers += 1
    return quotes


def _to_item(item: Item, reviews: Sequence[Review]) -> SignalItem:
    mentions = tuple(_to_mention(quote, reviews) for quote in item.quotes)
    return SignalItem(topic=item.topic, label=item.label, statement=item.statement, mentions=mentions)


def _to_mention(quote: Quote, reviews: Sequence[Review]) -> Mention:
    return Mention(recommendationid=reviews[quote.number - 1].recommendationid, quote=quote.text, score=1.0)
