"""The tree of topic names: which nodes stand, what a change re-makes, and how names come down to the summaries."""

from datetime import UTC, datetime

import pytest

from steampulse_dagster.analyzer import tree
from steampulse_dagster.analyzer.topic_names import find_common_names, rename_topics
from steampulse_dagster.analyzer.tree import FAN_IN
from steampulse_dagster.models.analysis import (
    BatchStats,
    Chunk,
    ChunkSummary,
    Grounding,
    Mention,
    Provenance,
    Signal,
    SignalItem,
    TopicLine,
)

pytestmark = pytest.mark.unit

KEY = "keywords:none:1"
AT = datetime(2026, 1, 1, tzinfo=UTC)
STATS = BatchStats(reviews=50, read=50, skipped_blank=0, positive=30, first_created=AT, last_created=AT)
PROVENANCE = Provenance(engine="keywords", model="none", version="1", generative=True)
FRICTION, PRAISE = Signal.GAMEPLAY_FRICTION, Signal.DESIGN_PRAISE


def build_chunks(count, *, sealed=None):
    sealed = count if sealed is None else sealed
    return [Chunk(appid=1, chunk_no=n, sealed=n < sealed, review_ids=(n,), content_hash=f"h{n}") for n in range(count)]


def build_item(topic, *ids, quote=None, statement=None):
    mentions = tuple(Mention(recommendationid=one, quote=quote) for one in ids)
    return SignalItem(topic=topic, label=topic.upper(), statement=statement, mentions=mentions)


def build_summary(chunk_no, *items, signal=FRICTION):
    return ChunkSummary(
        appid=1,
        chunk_no=chunk_no,
        content_hash=f"h{chunk_no}",
        provenance=PROVENANCE,
        batch_stats=STATS,
        grounding=Grounding(),
        **{signal.value: items},
    )


def grow(chunks, summaries, *, same=()):
    """All nodes over the chunks, where topics of one set in `same` are joined; level by level."""
    children, nodes, level = tree.plan_leaves(chunks, summaries), [], 1
    while plans := tree.plan_level(level, children, analyst_key=KEY):
        made = []
        for plan in plans:
            lines = tree.list_lines(plan)
            groups = [[line for line in lines if line.topic in names] for names in same]
            made.append(tree.build_node(plan, groups, appid=1, analyst_key=KEY))
        nodes += made
        children = [(node.node_key, node.topics) for node in made]
        level += 1
    return nodes


def shape(nodes):
    return [(node.level, node.node_no) for node in nodes]


@pytest.mark.parametrize(
    ("sealed", "nodes"),
    [
        (0, []),
        (7, []),
        (8, [(1, 0)]),
        (15, [(1, 0)]),
        (16, [(1, 0), (1, 1)]),
        (64, [*((1, n) for n in range(8)), (2, 0)]),
    ],
)
def test_every_eight_sealed_neighbours_stand_below_one_node(sealed, nodes):
    chunks = build_chunks(sealed + 1, sealed=sealed)
    assert shape(grow(chunks, [build_summary(n) for n in range(sealed + 1)])) == nodes


def test_an_open_chunk_changes_no_node():
    summaries = [build_summary(n) for n in range(9)]
    before = grow(build_chunks(9, sealed=8), summaries)
    chunks = [*build_chunks(8), build_chunks(9, sealed=8)[8].model_copy(update={"content_hash": "grown"})]
    assert grow(chunks, summaries) == before


def test_an_edit_re_makes_one_node_on_each_level():
    summaries = [build_summary(n) for n in range(FAN_IN**2 * 2)]
    chunks = build_chunks(len(summaries))
    before = {node.node_key for node in grow(chunks, summaries)}
    chunks[37] = chunks[37].model_copy(update={"content_hash": "edited"})
    after = [node for node in grow(chunks, summaries) if node.node_key not in before]
    assert shape(after) == [(1, 37 // 8), (2, 0)]


def test_another_analyst_has_nodes_of_its_own():
    children = [(f"h{n}", ()) for n in range(8)]
    keys = {tree.plan_level(1, children, analyst_key=key)[0].node_key for key in ("a", "b")}
    assert len(keys) == 2


def test_nodes_of_different_levels_over_equal_keys_differ():
    children = [(f"h{n}", ()) for n in range(8)]
    assert len({tree.plan_level(level, children, analyst_key=KEY)[0].node_key for level in (1, 2)}) == 2


def test_a_group_goes_by_its_most_mentioned_topic_and_at_a_tie_by_the_first_name():
    summaries = [build_summary(0, build_item("rare", 1), build_item("often", 2, 3)), *map(build_summary, range(1, 8))]
    (node,) = grow(build_chunks(8), summaries, same=[{"rare", "often"}])
    assert [(one.topic, one.name, one.name_label) for one in node.joined] == [("rare", "often", "OFTEN")]
    assert [(one.topic, one.mentions) for one in node.topics] == [("often", 3)]
    tied = [build_summary(0, build_item("b", 1), build_item("a", 2)), *map(build_summary, range(1, 8))]
    assert [one.name for one in grow(build_chunks(8), tied, same=[{"a", "b"}])[0].joined] == ["a"]


def test_overlapping_mixed_and_unknown_groups_do_no_harm():
    friction = (build_item("a", 1), build_item("b", 2), build_item("c", 3))
    (plan,) = tree.plan_level(
        1,
        [("h", tree.count_topics([build_summary(0, *friction), build_summary(1, build_item("b", 4), signal=PRAISE)]))]
        * FAN_IN,
        analyst_key=KEY,
    )
    line = {(one.signal, one.topic): TopicLine(signal=one.signal, topic=one.topic, label="") for one in plan.topics}
    unknown = TopicLine(signal=FRICTION, topic="never", label="")
    groups = [
        [line[FRICTION, "a"], line[FRICTION, "b"], line[PRAISE, "b"], unknown],
        [line[FRICTION, "b"], line[FRICTION, "c"], line[FRICTION, "c"]],
        [],
    ]
    node = tree.build_node(plan, groups, appid=1, analyst_key=KEY)
    assert [(one.signal, one.topic, one.name) for one in node.joined] == [(FRICTION, "b", "a")]
    assert sum(one.mentions for one in node.topics) == sum(one.mentions for one in plan.topics)


def test_topics_of_a_lone_signal_are_not_asked_about():
    topics = tree.count_topics(
        [build_summary(0, build_item("a", 1)), build_summary(1, build_item("b", 1), signal=PRAISE)]
    )
    (plan,) = tree.plan_level(1, [("h", topics)] * FAN_IN, analyst_key=KEY)
    assert tree.list_lines(plan) == []


def test_names_are_composed_over_the_levels():
    """a → b below node (1, 0), b → c where all meet: what was a is c."""
    names = {0: ("a", "b"), 8: ("b", "c")}
    summaries = [build_summary(n, *(build_item(t, n) for t in names.get(n, ()))) for n in range(64)]
    summaries[1] = build_summary(1, build_item("b", 101))
    summaries[9] = build_summary(9, *(build_item("c", *range(200, 210)),))
    chunks = build_chunks(64)
    nodes = grow(chunks, summaries, same=[{"a", "b", "c"}])
    assert next(one.name for one in nodes[0].joined if one.topic == "a") == "b"
    renamed = rename_topics(summaries, nodes)
    assert {item.topic for summary in renamed for item in summary.gameplay_friction} == {"c"}


def test_counts_stay_and_a_review_that_says_both_counts_once():
    both = build_summary(0, build_item("a", 1, 2), build_item("b", 2, 3, quote="q", statement="s"))
    summaries = [both, *(build_summary(n) for n in range(1, 8))]
    renamed = rename_topics(summaries, grow(build_chunks(8), summaries, same=[{"a", "b"}]))
    (item,) = renamed[0].gameplay_friction
    assert (item.topic, item.statement) == ("a", "s")
    assert [(one.recommendationid, one.quote) for one in item.mentions] == [(1, None), (2, "q"), (3, "q")]
    assert renamed[1:] == tuple(summaries[1:])


def test_what_has_no_node_yet_takes_the_names_of_the_nodes():
    summaries = [build_summary(0, build_item("fps drops", 1), build_item("frame rate", 2, 3))]
    summaries += [*map(build_summary, range(1, 8)), build_summary(8, build_item("fps drops", 4))]
    renamed = rename_topics(summaries, grow(build_chunks(9, sealed=8), summaries, same=[{"fps drops", "frame rate"}]))
    assert [item.topic for item in renamed[8].gameplay_friction] == ["frame rate"]


def test_neighbouring_nodes_that_chose_different_names_come_to_one():
    summaries = [build_summary(n) for n in range(16)]
    summaries[0] = build_summary(0, build_item("a", 1, 2), build_item("b", 3))
    summaries[8] = build_summary(8, build_item("a", 4), build_item("b", *range(5, 9)))
    nodes = grow(build_chunks(16), summaries, same=[{"a", "b"}])
    assert [node.joined[0].name for node in nodes] == ["a", "b"]
    assert {item.topic for one in rename_topics(summaries, nodes) for item in one.gameplay_friction} == {"b"}


def test_a_join_that_more_nodes_refused_stays_where_it_was_made():
    summaries = [build_summary(n) for n in range(24)]
    for n in (0, 8, 16):
        summaries[n] = build_summary(n, build_item("a", n + 1), build_item("b", n + 2, n + 3))
    nodes = grow(build_chunks(24), summaries)
    mistaken = grow(build_chunks(8), summaries, same=[{"a", "b"}])[0]
    renamed = rename_topics(summaries, [mistaken, *nodes[1:]])
    assert [item.topic for item in renamed[0].gameplay_friction] == ["b"]
    assert [item.topic for item in renamed[8].gameplay_friction] == ["a", "b"]


def test_common_names_end_and_never_leave_their_signal():
    summaries = [build_summary(0, *(build_item(name, *range(9 - at)) for at, name in enumerate("abc")))]
    summaries += [build_summary(1, build_item("b", 1), signal=PRAISE), *map(build_summary, range(2, 8))]
    nodes = grow(build_chunks(8), summaries, same=[{"a", "b"}])
    nodes += [grow(build_chunks(8), summaries, same=[{"b", "c"}])[0].model_copy(update={"node_no": 5})]
    names = find_common_names(tree.count_topics(summaries), nodes)
    assert all(signal is FRICTION for signal, _ in names)
    assert all((FRICTION, name.name) not in names for name in names.values())


def test_the_order_of_arrival_of_nodes_does_not_matter():
    summaries = [build_summary(n, build_item("a", n), build_item("b", n + 100, n + 200)) for n in range(70)]
    nodes = grow(build_chunks(70), summaries, same=[{"a", "b"}])
    assert rename_topics(summaries, nodes) == rename_topics(summaries, nodes[::-1])


def test_a_node_hands_up_a_bounded_number_of_topics():
    topics = tree.count_topics([build_summary(0, *(build_item(f"t{n}", n) for n in range(tree.MAX_TOPICS + 50)))])
    (plan,) = tree.plan_level(3, [("h", topics)] * FAN_IN, analyst_key=KEY)
    assert len(tree.list_lines(plan)) == tree.MAX_LINES
    assert len(tree.build_node(plan, [], appid=1, analyst_key=KEY).topics) == tree.MAX_TOPICS


def test_two_thousand_chunks_are_joined_in_one_question_for_each_seven():
    summaries = [build_summary(n, build_item(f"t{n % 90}", n), build_item("common", n)) for n in range(2_000)]
    nodes = grow(build_chunks(2_000), summaries)
    assert shape(nodes) == [(level, n) for level in (1, 2, 3) for n in range(2_000 // FAN_IN**level)]
    assert len(nodes) < 2_000 / 7
    assert sum(len(node.topics) for node in nodes) < 2 * len(summaries) * 2
