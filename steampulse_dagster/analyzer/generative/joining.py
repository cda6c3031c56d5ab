"""Labels that mean the same: the question about a list of findings, and the groups taken from the answer. Pure."""

from collections.abc import Sequence
from typing import Any

from steampulse_dagster.analyzer.generative.rendering import defuse
from steampulse_dagster.analyzer.generative.replies import read_list, read_numbers
from steampulse_dagster.analyzer.quotes import one_line
from steampulse_dagster.models.analysis import TopicLine

MAX_LINE_CHARACTERS = 120


def build_question(topics: Sequence[TopicLine]) -> str:
    """The user text: one numbered line for each topic."""
    lines = [
        f"{number}. {topic.signal.value} / {topic.topic.split('/')[0]} / "
        f"{defuse(one_line(topic.label, most=MAX_LINE_CHARACTERS))}"
        for number, topic in enumerate(topics, start=1)
    ]
    return "\n".join([*lines, "", "Answer with the JSON object."])


def read_groups(answer: dict[str, Any], topics: Sequence[TopicLine]) -> tuple[tuple[TopicLine, ...], ...]:
    """Groups of two and more topics of one signal that mean the same; a topic is in one group at most."""
    taken: set[int] = set()
    groups: list[tuple[TopicLine, ...]] = []
    for raw in read_list(answer, "same"):
        numbers = [number for number in read_numbers(raw) if 1 <= number <= len(topics) and number not in taken]
        if not numbers:
            continue
        signal = topics[numbers[0] - 1].signal
        same = [number for number in numbers if topics[number - 1].signal is signal]
        if len(same) > 1:
            taken.update(same)
            groups.append(tuple(topics[number - 1] for number in same))
    return tuple(groups)
