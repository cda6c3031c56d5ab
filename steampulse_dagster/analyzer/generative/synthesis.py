"""Pass 2: all findings of a game as numbered lines, and what is taken from the report that a model drafts. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from steampulse_dagster.analyzer.candidates import SECTION_SIGNALS
from steampulse_dagster.analyzer.generative.numbers import is_computed, is_founded
from steampulse_dagster.analyzer.generative.rendering import defuse, render_name
from steampulse_dagster.analyzer.generative.replies import read_list, read_numbers, read_text
from steampulse_dagster.analyzer.quotes import one_line
from steampulse_dagster.models.analysis import ChunkSummary, Grounding, Mention, Signal
from steampulse_dagster.models.reports import (
    SECTION_NAMES,
    DraftItem,
    DraftSection,
    GameBrief,
    Judgement,
    MentionedReview,
    ReportDraft,
    SectionStatus,
)
from steampulse_dagster.models.scores import Share

MAX_FINDINGS = 40
"""Findings of one signal that pass 2 sees, the most mentioned; the rest are told as a number."""
MAX_QUOTES = 2
MAX_QUOTE_CHARACTERS = 160
MAX_NOTABLE = 24
MAX_SECTION_ITEMS = 10
MAX_TEXT_CHARACTERS = 1_500

TOP_OF_FALLBACK = 8
"""Findings of a section that is filled without the model."""


@dataclass(frozen=True)
class FoundTopic:
    """One topic of one signal over the whole game: everyone who says it, each once."""

    signal: Signal
    topic: str
    label: str
    statement: str | None
    mentions: tuple[Mention, ...]


@dataclass(frozen=True)
class Question:
    """The user text of pass 2 and what its numbers stand for."""

    text: str
    findings: tuple[FoundTopic, ...]
    notable: tuple[Mention, ...]
    game_name: str
    facts: str
    """The lines of computed facts: their numbers may be stated."""

    @property
    def words(self) -> str:
        """What the findings' reviews say: their numbers are names."""
        return "\n".join([self.game_name, *map(tell_words, self.findings)])


def list_topics(summaries: Sequence[ChunkSummary]) -> list[FoundTopic]:
    """The topics of all summaries, most mentioned first within their signal."""
    labels: dict[tuple[Signal, str], tuple[str, str | None]] = {}
    mentions: dict[tuple[Signal, str], dict[int, Mention]] = {}
    for summary in summaries:
        for signal in Signal:
            for item in summary.items(signal):
                key = (signal, item.topic)
                known = labels.setdefault(key, (item.label, item.statement))
                if known[1] is None and item.statement:
                    labels[key] = (known[0], item.statement)
                by_review = mentions.setdefault(key, {})
                for mention in item.mentions:
                    held = by_review.get(mention.recommendationid)
                    if held is None or (held.quote is None and mention.quote is not None):
                        by_review[mention.recommendationid] = mention
    topics = [
        FoundTopic(
            signal=signal,
            topic=topic,
            label=labels[signal, topic][0],
            statement=labels[signal, topic][1],
            mentions=tuple(by_review[review_id] for review_id in sorted(by_review)),
        )
        for (signal, topic), by_review in mentions.items()
    ]
    order = list(Signal)
    return sorted(topics, key=lambda one: (order.index(one.signal), -len(one.mentions), one.topic))


def tell_words(finding: FoundTopic) -> str:
    """The words of a finding that come from reviews, proven where they are quotes."""
    quotes = (mention.quote for mention in finding.mentions if mention.quote)
    return "\n".join([finding.label, finding.statement or "", *quotes])


def build_question(brief: GameBrief, *, with_quotes: bool = True) -> Question:
    """What pass 2 is asked: facts first, then the findings of each signal, then quotes worth showing.

    Without quotes the words of strangers are left out as far as possible, for a model that refused to read them.
    """
    topics = list_topics(brief.summaries)
    shown = [topic for signal in Signal for topic in [one for one in topics if one.signal is signal][:MAX_FINDINGS]]
    notable = _list_notable(brief.summaries) if with_quotes else ()
    known = {review.recommendationid: review for review in brief.mentioned}
    facts = _list_facts(brief)
    blocks = ["Facts", *facts, "", "Findings"]
    blocks += [
        _render_finding(number, topic, known, quotes=MAX_QUOTES if with_quotes else 0)
        for number, topic in enumerate(shown, start=1)
    ]
    if len(shown) < len(topics):
        blocks.append(f"({len(topics) - len(shown)} more findings with fewer reviews each are not listed.)")
    if notable:
        blocks += ["", "Quotes"]
        blocks += [f'{number}. "{_show(mention.quote)}"' for number, mention in enumerate(notable, start=1)]
    blocks += ["", "Answer with the JSON object."]
    return Question(
        text="\n".join(blocks),
        findings=tuple(shown),
        notable=notable,
        game_name=brief.game.name,
        facts="\n".join(facts),
    )


def read_draft(answer: dict[str, Any], question: Question) -> ReportDraft:
    """The usable parts of a drafted report; what is not is counted. A sentence with an unfounded number is left out."""
    seen: Counter[str] = Counter()
    sections: dict[str, Any] = {name: _read_section(name, answer.get(name), question, seen) for name in SECTION_NAMES}
    numbers, shown = read_numbers(answer.get("notable_quotes")), len(question.notable)
    judgements: dict[str, Any] = {
        name: _read_judgement(answer.get(name), question, seen) for name in ("one_liner", "audience_profile")
    }
    return ReportDraft(
        **judgements,
        notable_quotes=tuple(question.notable[number - 1] for number in numbers if 1 <= number <= shown),
        left_out=Grounding(**seen),
        **sections,
    )


def build_plain_draft(question: Question, *, reason: str) -> ReportDraft:
    """The report that needs no judgement: findings by the number of their reviews. Where judging is all, `reason` says
    why it is missing."""
    sections: dict[str, Any] = {
        name: DraftSection(
            items=tuple(
                DraftItem(topic=one.topic, label=one.label, statement=one.statement, mentions=one.mentions)
                for one in question.findings
                if one.signal in SECTION_SIGNALS[name]
            )[:TOP_OF_FALLBACK]
        )
        for name in SECTION_NAMES
    }
    sections["dev_priorities"] = DraftSection(status=SectionStatus.NEEDS_LANGUAGE_MODEL, reason=reason)
    return ReportDraft(
        one_liner=Judgement(reason=reason),
        audience_profile=Judgement(reason=reason),
        notable_quotes=question.notable[:TOP_OF_FALLBACK],
        **sections,
    )


def _list_facts(brief: GameBrief) -> list[str]:
    sentiment, gem = brief.scores.sentiment, brief.scores.hidden_gem
    facts = brief.facts
    lines = [
        f"Game: {render_name(brief.game.name)}",
        f"Shop description: {defuse(one_line(brief.game.short_description, most=300)) or 'none'}",
        f"Early access: {'yes' if brief.game.is_early_access else 'no'}",
        f"Sentiment: {sentiment.label}; {_tell_share(sentiment.positive)}",
        f"Hidden gem score (0 to 1): {'too few reviews' if gem.score is None else gem.score}; {gem.population}",
    ]
    for trend in brief.scores.trends:
        lines.append(
            f"Trend over {trend.days} days: {trend.direction.value}; recent {_tell_share(trend.recent)}; "
            f"before {_tell_share(trend.before)}"
        )
    lines.append(
        f"Reviews stored {facts.stored}; refunded {facts.refunded}; written during early access {facts.early_access}; "
        f"received for free {facts.received_for_free}; on Steam Deck {facts.steam_deck}"
    )
    lines.append(f"Reviews read for the findings: {sum(one.batch_stats.read for one in brief.summaries)}")
    return lines


def _tell_share(share: Share) -> str:
    if share.share is None:
        return f"{share.count} of {share.of} ({share.population})"
    return f"{share.count} of {share.of} = {100 * share.share:.0f} % ({share.population})"


def _render_finding(number: int, topic: FoundTopic, known: Mapping[int, MentionedReview], *, quotes: int) -> str:
    reviews = [known[one.recommendationid] for one in topic.mentions if one.recommendationid in known]
    minutes = [review.playtime_at_review for review in reviews if review.playtime_at_review is not None]
    shown = [f'"{_show(mention.quote)}"' for mention in topic.mentions if mention.quote][:quotes]
    quoted = f" Quotes: {' '.join(shown)}" if shown else ""
    statement = f" {_show(topic.statement)}" if topic.statement else ""
    played = f", median {median(minutes) / 60:.1f} hours played" if minutes else ""
    return (
        f"{number}. {topic.signal.value} / {topic.topic.split('/')[0]} / {_show(topic.label)}:{statement} "
        f"Said by {len(topic.mentions)} reviews, {sum(one.voted_up for one in reviews)} of them recommend the game"
        f"{played}.{quoted}"
    )


def _show(text: str | None) -> str:
    return defuse(one_line(text or "", most=MAX_QUOTE_CHARACTERS)).replace('"', "'")


def _list_notable(summaries: Sequence[ChunkSummary]) -> tuple[Mention, ...]:
    """Quotes of the chunks in turn, so that each chunk has its say before any has two."""
    most = max((len(summary.notable_quotes) for summary in summaries), default=0)
    turns = [
        summary.notable_quotes[turn]
        for turn in range(most)
        for summary in summaries
        if turn < len(summary.notable_quotes)
    ]
    by_review = {mention.recommendationid: mention for mention in reversed(turns)}
    seen = dict.fromkeys(mention.recommendationid for mention in turns)
    return tuple(by_review[review_id] for review_id in seen)[:MAX_NOTABLE]


def _read_section(name: str, raw: Any, question: Question, seen: Counter[str]) -> DraftSection:
    section: Mapping[str, Any] = raw if isinstance(raw, dict) else {"items": raw}
    entries = read_list(dict(section), "items")
    taken: set[int] = set()
    items: list[DraftItem] = []
    for entry in entries[:MAX_SECTION_ITEMS]:
        item = _read_item(name, entry, question, taken=taken, seen=seen)
        if item is None:
            seen["spoiled_items"] += 1
        else:
            items.append(item)
    seen["spoiled_items"] += max(0, len(entries) - MAX_SECTION_ITEMS)
    if items:
        return DraftSection(items=tuple(items))
    reason = one_line(read_text(section.get("reason")), most=MAX_TEXT_CHARACTERS)
    founded = is_computed(reason, facts=question.facts, words=question.words)
    return DraftSection(status=SectionStatus.NOT_ENOUGH_EVIDENCE, reason=reason if reason and founded else None)


def _read_item(name: str, entry: Any, question: Question, *, taken: set[int], seen: Counter[str]) -> DraftItem | None:
    """An item on findings that belong into this section and are in no item of it yet; None without any."""
    if not isinstance(entry, dict):
        return None
    findings = []
    for number in read_numbers(entry.get("findings")):
        if not 1 <= number <= len(question.findings):
            seen["unknown_ids"] += 1
            continue
        finding = question.findings[number - 1]
        if number not in taken and finding.signal in SECTION_SIGNALS[name]:
            taken.add(number)
            findings.append(finding)
    if not findings:
        return None
    mentions: dict[int, Mention] = {}
    for finding in findings:
        for mention in finding.mentions:
            mentions.setdefault(mention.recommendationid, mention)
    words = "\n".join([question.game_name, *map(tell_words, findings)])
    label = one_line(read_text(entry.get("label")), most=MAX_QUOTE_CHARACTERS)
    statement = one_line(read_text(entry.get("statement")), most=MAX_TEXT_CHARACTERS)
    return DraftItem(
        topic=findings[0].topic,
        label=_if_founded(label, words, seen) or findings[0].label,
        statement=_if_founded(statement, words, seen) or findings[0].statement,
        mentions=tuple(mentions.values()),
    )


def _if_founded(text: str, words: str, seen: Counter[str]) -> str:
    if not text or is_founded(text, words=words):
        return text
    seen["unfounded"] += 1
    return ""


def _read_judgement(raw: Any, question: Question, seen: Counter[str]) -> Judgement:
    text = one_line(read_text(raw), most=MAX_TEXT_CHARACTERS)
    if not text:
        return Judgement(reason="The analyst gave none.")
    if is_computed(text, facts=question.facts, words=question.words):
        return Judgement(text=text)
    seen["unfounded"] += 1
    return Judgement(reason="The analyst stated a number that nobody computed, so its sentence is left out.")
