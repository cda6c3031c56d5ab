import pytest

from steampulse_dagster.analyzer.local.lexicon import find_aspects, fold
from steampulse_dagster.analyzer.local.patterns import read_data, read_sections
from steampulse_dagster.analyzer.local.prototypes import list_prototypes
from steampulse_dagster.analyzer.topics import TOPICS

pytestmark = pytest.mark.unit


def _aspects(text: str) -> dict[str, int]:
    return {aspect.topic: aspect.polarity for aspect in find_aspects(text.split())}


def test_every_topic_has_words_and_prototypes_of_both_kinds() -> None:
    assert set(read_sections(read_data("lexicon.txt"))) == set(TOPICS)
    for polarity in (1, -1):
        assert {p.kind for p in list_prototypes() if p.polarity == polarity} >= set(TOPICS) - {
            "cheaters",
            "matchmaking",
        }


def test_a_defect_is_bad_by_itself() -> None:
    assert _aspects("it crashes every hour") == {"crashes": -1}


def test_a_denied_defect_is_neither_good_nor_bad() -> None:
    (aspect,) = find_aspects(["never", "had", "any", "bugs"])
    assert (aspect.topic, aspect.polarity, aspect.denied) == ("bugs", 0, True)


def test_what_is_lacking_is_a_flaw() -> None:
    assert _aspects("there is no tutorial")["tutorial"] == -1
    assert _aspects("the tutorial is missing")["tutorial"] == -1
    assert _aspects("the tutorial isn't lacking")["tutorial"] == 0


def test_longer_phrases_win() -> None:
    assert set(_aspects("the loading screen")) == {"performance"}


@pytest.mark.parametrize(
    "forms", [("crash", "crashes", "crashed", "crashing"), ("optimize", "optimized", "optimizing")]
)
def test_forms_of_a_word_meet(forms: tuple[str, ...]) -> None:
    assert len({fold(form) for form in forms}) == 1
