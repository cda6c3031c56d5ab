import pytest

from steampulse_dagster.analyzer.local.language import is_readable

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("text", ["good", "Great game, would play again", "it's ok 👍", "[b]nice[/b]", "GG"])
def test_english_with_a_word_is_read(make_review, text: str) -> None:
    assert is_readable(make_review(text))


@pytest.mark.parametrize("text", ["", " \n", "10/10", "👍👍", "⣿⣿⡿", "这个游戏很好玩 ok", "!", "a"])
def test_what_has_no_latin_word_is_not_read(make_review, text: str) -> None:
    assert not is_readable(make_review(text))


def test_another_language_by_its_field_is_not_read(make_review) -> None:
    assert not is_readable(make_review("Great game", language="german"))


@pytest.mark.parametrize(
    "text",
    [
        "Es un juego muy bueno pero la historia no es para mi, lo recomiendo con amigos",
        "Das Spiel ist sehr gut und die Grafik auch, ich habe es mit Freunden gespielt",
    ],
)
def test_another_language_behind_an_english_field_is_not_read(make_review, text: str) -> None:
    assert not is_readable(make_review(text))
