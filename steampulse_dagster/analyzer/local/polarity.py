"""How good or bad a clause sounds: VADER with the words of games set right. Reads data/sounds.txt."""

from functools import cache
from typing import Any

from steampulse_dagster.analyzer.local.patterns import read_data, read_sections


@cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    for value, words in read_sections(read_data("sounds.txt")).items():
        analyzer.lexicon.update(dict.fromkeys(words.split(), float(value)))
    return analyzer


def sound_of(text: str) -> float:
    """-1 (bad) .. +1 (good); 0 for words without a sound."""
    return round(float(_analyzer().polarity_scores(text)["compound"]), 4)
