import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.analyzer.local.sentences import MAX_SENTENCE_CHARS, split_review, verbatim

pytestmark = pytest.mark.unit


def _texts(review: str) -> list[str]:
    return [sentence.text for sentence in split_review(review)]


@given(st.text(alphabet=st.sampled_from("abAB .!?,;-\n[]/hb1*•✅❌☐漢字…:+'"), max_size=300))
def test_every_span_lies_in_the_review_and_is_short(review: str) -> None:
    for sentence in split_review(review):
        assert 0 <= sentence.start < sentence.end <= len(review)
        assert sentence.end - sentence.start <= MAX_SENTENCE_CHARS
        assert verbatim(review, sentence.start, sentence.end) in review
        for clause in sentence.clauses:
            assert sentence.start <= clause.start < clause.end <= sentence.end


def test_sentences_end_at_stops_and_lines_but_not_at_abbreviations_or_decimals() -> None:
    assert _texts("Runs at 59.9 fps vs. 30 before. Lovely!\nThe end") == [
        "Runs at 59.9 fps vs. 30 before.",
        "Lovely!",
        "The end",
    ]


def test_tags_do_not_reach_the_text_and_quotes_stay_verbatim() -> None:
    review = "[h1]Verdict[/h1][b]The combat[/b] is great. [list][*]nice music[*]ugly menus[/list]"
    sentences = split_review(review)
    assert [sentence.text.strip() for sentence in sentences] == [
        "Verdict",
        "The combat     is great.",
        "nice music",
        "ugly menus",
    ]
    assert all(verbatim(review, s.start, s.end) in review for s in sentences)


def test_lists_of_pros_and_cons_give_a_hint() -> None:
    hints = {s.text: s.hint for s in split_review("Pros:\n- the music\n- the maps\nCons:\n- the camera\n")}
    assert hints == {"the music": 1, "the maps": 1, "the camera": -1}


def test_plus_and_minus_lines_give_a_hint_but_plain_bullets_do_not() -> None:
    assert [s.hint for s in split_review("+ good maps\n- bad camera")] == [1, -1]
    assert [s.hint for s in split_review("- the maps\n- the camera")] == [0, 0]


def test_headings_within_a_line_give_a_hint() -> None:
    assert [s.hint for s in split_review("The good: every map. The bad: queue times.")] == [1, -1]


def test_unchecked_boxes_are_not_said() -> None:
    assert _texts("☐ Beautiful\n☑ Good graphics\n☐ Bad graphics") == ["Good graphics"]


@pytest.mark.parametrize(
    "nothing", ["", "   ", "⭐⭐⭐⭐☆", "⣿⣿⡿⠛\n⣿⣿", "非常好玩的游戏", "10/10", "https://example.com/a", "....", "!!!"]
)
def test_what_has_no_words_has_no_sentences(nothing: str) -> None:
    assert _texts(nothing) == []


def test_a_contrast_makes_two_clauses() -> None:
    (sentence,) = split_review("The music is great but the menus are a mess.")
    assert [clause.text for clause in sentence.clauses] == ["The music is great", "but the menus are a mess."]


def test_a_text_without_a_stop_is_cut_into_pieces() -> None:
    assert len(_texts("word " * 400)) >= 5
