import pytest

from steampulse_dagster.analyzer.local.wishes import is_wish

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "text",
    [
        "I wish there was a photo mode.",
        "Please add controller support.",
        "Would love to see a map editor.",
        "An option to skip cutscenes would be nice.",
        "Let us rename our units!",
        "It needs a sandbox mode.",
        "Hopefully they add co-op.",
        "capes when",
        "The only thing missing is an undo button.",
        "Any chance of a Linux version?",
        "I'd pay for an actual campaign mode",
    ],
)
def test_a_wish_for_something_new_is_recognised(text: str) -> None:
    assert is_wish(text)


@pytest.mark.parametrize(
    "text",
    [
        "Please fix the servers.",
        "I wish it didn't crash.",
        "I wish I had bought it earlier.",
        "I wish I could forget it and play it again.",
        "I would love to recommend it.",
        "You need a better pc for this.",
        "If you want a relaxing evening, look elsewhere.",
        "They recently added a new mode.",
        "Let me tell you how it went.",
        "I can't wait to see what they do next.",
        "We need more games like this.",
        "It needs a lot of work.",
    ],
)
def test_a_repair_a_regret_or_a_plan_is_no_wish(text: str) -> None:
    assert not is_wish(text)
