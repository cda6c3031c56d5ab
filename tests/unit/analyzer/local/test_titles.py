import pytest

from steampulse_dagster.analyzer.local.titles import TitleCatalogue, is_same_series, slug_of

pytestmark = pytest.mark.unit

CATALOGUE = TitleCatalogue(["Lantern Hollow", "Drift"])


def _names(text: str, own: str = "The Game") -> list[str]:
    return [hit.name for hit in CATALOGUE.find_compared(text, own_name=own)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Better than Skyrim in every way.", "Skyrim"),
        ("It plays like Dark Souls with guns.", "Dark Souls"),
        ("If you liked Lantern Hollow you will be at home here.", "Lantern Hollow"),
        ("Reminds me of Velvet Orchard, only slower.", "Velvet Orchard"),
        ("Rust but with worse raiding.", "Rust"),
    ],
)
def test_a_comparison_names_the_other_game(text: str, name: str) -> None:
    assert _names(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "My cat is named Skyrim.",
        "lol, couldn't get enough",
        "You can control the units like in real life.",
        "It is similar to the forest behind our house.",
        "Better than I expected.",
        "Runs worse than my old PC.",
    ],
)
def test_a_mention_or_a_common_word_is_no_comparison(text: str) -> None:
    assert _names(text) == []


def test_a_word_of_the_catalogue_counts_only_with_its_capital() -> None:
    assert _names("feels like Drift to me") == ["Drift"]
    assert _names("the cars feel like they drift") == []


def test_the_own_title_and_series_are_no_competitors() -> None:
    assert _names("Better than Skyrim.", own="The Elder Scrolls V: Skyrim Special Edition") == []
    assert _names("Worse than Civilization V.", own="Sid Meier's Civilization VI") == []
    assert is_same_series("Deus Ex", "Deus Ex: Invisible War")
    assert not is_same_series("Portal", "Posthumous")


def test_titles_become_machine_names() -> None:
    assert slug_of("Baldur's Gate 3") == "baldurs-gate-3"
    assert slug_of("異世界") == "unknown"
