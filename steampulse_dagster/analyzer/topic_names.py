"""Brings the names that a game's tree found into its chunk summaries. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from steampulse_dagster.analyzer.tree import FAN_IN, TopicKey, by_mentions, count_topics, give_name
from steampulse_dagster.models.analysis import (
    ChunkSummary,
    JoinedTopic,
    Mention,
    Signal,
    SignalItem,
    SummaryNode,
    TopicCount,
)


def rename_topics(summaries: Sequence[ChunkSummary], nodes: Sequence[SummaryNode]) -> tuple[ChunkSummary, ...]:
    """The summaries with every topic under its common name: that of the nodes above its chunk, from below upwards,
    and then that of the other nodes of the game, for what has no node above both yet."""
    above = {(node.level, node.node_no): {(one.signal, one.topic): one for one in node.joined} for node in nodes}
    levels = max((level for level, _ in above), default=0)
    renamed = []
    for summary in summaries:
        for level in range(1, levels + 1):
            summary = _rename_summary(summary, above.get((level, summary.chunk_no // FAN_IN**level), {}))
        renamed.append(summary)
    names = find_common_names(count_topics(renamed), nodes)
    return tuple(_rename_summary(summary, names) for summary in renamed)


def find_common_names(topics: Sequence[TopicCount], nodes: Sequence[SummaryNode]) -> dict[TopicKey, JoinedTopic]:
    """Names for topics that stand side by side although nodes of the game joined them.

    Two topics are one if more nodes joined them than saw both and kept them apart, so that one mistake among many
    nodes stays where it was made. Of several names the most mentioned wins.
    """
    joins = _count_votes(nodes)
    present = {(one.signal, one.topic): one for one in topics}
    better: dict[TopicKey, TopicCount] = {}
    for (signal, *pair), votes in joins.items():
        if votes > 0 and all((signal, topic) in present for topic in pair):
            name, other = sorted((present[signal, topic] for topic in pair), key=by_mentions)
            key = (signal, other.topic)
            better[key] = min(better.get(key, name), name, key=by_mentions)
    return {key: give_name(present[key], _follow(key, better)) for key in better}


def _count_votes(nodes: Sequence[SummaryNode]) -> Counter[tuple[Signal, str, str]]:
    """By pair of topics: nodes that joined them less nodes that saw both and did not."""
    votes: Counter[tuple[Signal, str, str]] = Counter()
    for node in nodes:
        votes.update((one.signal, *_in_order(one.topic, one.name)) for one in node.joined)
    partners: dict[TopicKey, list[str]] = defaultdict(list)
    for signal, first, second in votes:
        partners[signal, first].append(second)
    for node in nodes:
        apart = {(one.signal, one.topic) for one in node.topics}
        for signal, first in apart:
            for second in partners.get((signal, first), ()):
                votes[signal, first, second] -= (signal, second) in apart
    return votes


def _in_order(first: str, second: str) -> tuple[str, str]:
    return (first, second) if first < second else (second, first)


def _follow(key: TopicKey, better: Mapping[TopicKey, TopicCount]) -> TopicCount:
    """The last of a chain of better names; each is mentioned more than the one before, so it ends."""
    found = better[key]
    while (after := better.get((found.signal, found.topic))) is not None:
        found = after
    return found


def _rename_summary(summary: ChunkSummary, names: Mapping[TopicKey, JoinedTopic]) -> ChunkSummary:
    changes = {}
    for signal in Signal:
        items = summary.items(signal)
        if any((signal, item.topic) in names for item in items):
            changes[signal.value] = _merge_items(_rename_item(item, names.get((signal, item.topic))) for item in items)
    return summary.model_copy(update=changes) if changes else summary


def _rename_item(item: SignalItem, name: JoinedTopic | None) -> SignalItem:
    return item if name is None else item.model_copy(update={"topic": name.name, "label": name.name_label})


def _merge_items(items: Iterable[SignalItem]) -> tuple[SignalItem, ...]:
    """One item for each topic, in which each review is counted once."""
    by_topic: dict[str, list[SignalItem]] = defaultdict(list)
    for item in items:
        by_topic[item.topic].append(item)
    return tuple(several[0] if len(several) == 1 else _merge(several) for several in by_topic.values())


def _merge(several: Sequence[SignalItem]) -> SignalItem:
    mentions: dict[int, Mention] = {}
    for mention in (mention for item in several for mention in item.mentions):
        held = mentions.get(mention.recommendationid)
        if held is None or (held.quote is None and mention.quote is not None):
            mentions[mention.recommendationid] = mention
    statement = next((item.statement for item in several if item.statement), None)
    return several[0].model_copy(update={"mentions": tuple(mentions.values()), "statement": statement})
