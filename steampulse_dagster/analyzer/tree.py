"""The tree over a game's sealed chunks, in which topics that mean the same come to one name. Pure.

Every `FAN_IN` sealed neighbours stand below one node, for ever; what is not full yet has no node. A node is keyed by
what is below it, so a new review costs no node at all until a node is full, and an edit re-makes the nodes above its
chunk: one on each level. How the names reach the summaries: topic_names.py.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from steampulse_dagster.models.analysis import (
    Chunk,
    ChunkSummary,
    JoinedTopic,
    Signal,
    SummaryNode,
    TopicCount,
    TopicLine,
)

TREE_VERSION = "1"
"""Part of every node's key: raise it when the same answers would make other names."""
FAN_IN = 8
"""Children of a node: about 200 topics are then compared in one question."""
MAX_LINES = 400
"""Topics of one question, the most mentioned; rarer ones keep their own names."""
MAX_TOPICS = 1_000
"""Topics that a node hands up, the most mentioned. A node of level 1 has fewer; without a bound, each level of a game
with 100,000 reviews would carry all of its topics again."""

TopicKey = tuple[Signal, str]


@dataclass(frozen=True)
class NodePlan:
    """A node that the tree has now: where it stands, its key, and the topics below it."""

    level: int
    node_no: int
    node_key: str
    topics: tuple[TopicCount, ...]


def plan_leaves(chunks: Sequence[Chunk], summaries: Sequence[ChunkSummary]) -> list[tuple[str, tuple[TopicCount, ...]]]:
    """Key and topics of each sealed chunk, from the first chunk on as far as they are sealed."""
    by_no = {summary.chunk_no: summary for summary in summaries}
    leaves: list[tuple[str, tuple[TopicCount, ...]]] = []
    for chunk in sorted(chunks, key=lambda one: one.chunk_no):
        if not chunk.sealed:
            break
        summary = by_no.get(chunk.chunk_no)
        leaves.append((chunk.content_hash, count_topics([summary] if summary else [])))
    return leaves


def plan_level(
    level: int, children: Sequence[tuple[str, tuple[TopicCount, ...]]], *, analyst_key: str
) -> list[NodePlan]:
    """The full nodes above these children, which are in order."""
    plans = []
    for node_no in range(len(children) // FAN_IN):
        below = children[node_no * FAN_IN : (node_no + 1) * FAN_IN]
        keys = [TREE_VERSION, analyst_key, str(level), *(key for key, _ in below)]
        digest = sha256("\n".join(keys).encode()).hexdigest()
        topics = _add_up(topic for _, topics in below for topic in topics)
        plans.append(NodePlan(level=level, node_no=node_no, node_key=digest, topics=topics))
    return plans


def list_lines(plan: NodePlan) -> list[TopicLine]:
    """The topics that are compared with one another, in a fixed order; those of a lone signal need no comparing."""
    several = {signal for signal, count in Counter(one.signal for one in plan.topics).items() if count > 1}
    lines = [one for one in plan.topics if one.signal in several][:MAX_LINES]
    return [TopicLine(signal=one.signal, topic=one.topic, label=one.label) for one in lines]


def build_node(plan: NodePlan, groups: Sequence[Sequence[TopicLine]], *, appid: int, analyst_key: str) -> SummaryNode:
    """The node after its groups were found: a group goes by the name of its most mentioned topic.

    A topic that is in several groups counts in the first; a group that mixes signals falls into one for each.
    """
    left = {(one.signal, one.topic): one for one in plan.topics}
    joined: list[JoinedTopic] = []
    for group in groups:
        for signal in Signal:
            keys = dict.fromkeys((line.signal, line.topic) for line in group if line.signal is signal)
            joined += _join([left.pop(key) for key in keys if key in left])
    names = {(one.signal, one.topic): one for one in joined}
    return SummaryNode(
        appid=appid,
        level=plan.level,
        node_no=plan.node_no,
        analyst_key=analyst_key,
        node_key=plan.node_key,
        joined=tuple(joined),
        topics=_add_up(_rename_count(one, names) for one in plan.topics)[:MAX_TOPICS],
    )


def count_topics(summaries: Sequence[ChunkSummary]) -> tuple[TopicCount, ...]:
    """Topics of summaries with their mentions, most mentioned first."""
    return _add_up(
        TopicCount(signal=signal, topic=item.topic, label=item.label, mentions=len(item.mentions))
        for summary in summaries
        for signal in Signal
        for item in summary.items(signal)
    )


def _add_up(topics: Iterable[TopicCount]) -> tuple[TopicCount, ...]:
    found: dict[TopicKey, TopicCount] = {}
    for one in topics:
        key = (one.signal, one.topic)
        known = found.get(key)
        found[key] = one if known is None else known.model_copy(update={"mentions": known.mentions + one.mentions})
    order = list(Signal)
    return tuple(sorted(found.values(), key=lambda one: (-one.mentions, order.index(one.signal), one.topic)))


def by_mentions(one: TopicCount) -> tuple[int, str]:
    """Sorts the most mentioned topic first."""
    return -one.mentions, one.topic


def _join(members: Sequence[TopicCount]) -> list[JoinedTopic]:
    if not members:
        return []
    first = min(members, key=by_mentions)
    return [give_name(one, first) for one in members if one is not first]


def give_name(one: TopicCount, name: TopicCount) -> JoinedTopic:
    """The topic under another's name."""
    return JoinedTopic(signal=one.signal, topic=one.topic, label=one.label, name=name.topic, name_label=name.label)


def _rename_count(one: TopicCount, names: Mapping[TopicKey, JoinedTopic]) -> TopicCount:
    name = names.get((one.signal, one.topic))
    return one if name is None else one.model_copy(update={"topic": name.name, "label": name.name_label})
