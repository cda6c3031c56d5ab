"""Decides whether a review can be read: English by its own field, with words, and not plainly another language."""

import re

from steampulse_dagster.analyzer.local.patterns import word_set
from steampulse_dagster.analyzer.local.sentences import MAX_REVIEW_CHARS, words_of
from steampulse_dagster.models.reviews import Review

_LATIN = re.compile(r"[A-Za-z\u00C0-\u024F]")
_ENGLISH = word_set(
    """
    the a an and or but of to in on at for with from by is are was were be been it its it's this that these
    those i i'm you he she we they my your not no so if as do does did have has had can will would just like
    very good bad game play fun
    """
)
_OTHER = (
    word_set(
        """
    el la los las de del que y en un una es muy pero juego por para con no se lo mi der die das und ist nicht
    ein eine spiel ich mit auf sehr le les des et est je pas du jeu une pour dans o os da em um uma jogo muito
    não com jest nie gra to się na bardzo и не il di che gioco per molto bir ve bu oyun cok çok için det som och
    inte ett är
    """
    )
    - _ENGLISH
)
FOREIGN_WORDS = 6
"""Fewer words than this say nothing about the language; the field is believed."""


def is_readable(review: Review) -> bool:
    """Whether the review is English and holds at least one word."""
    if review.language != "english":
        return False
    text = review.review[:MAX_REVIEW_CHARS]
    latin = len(_LATIN.findall(text))
    if latin < 2 or 2 * latin < sum(character.isalpha() for character in text):
        return False
    words = [word.lower() for word in words_of(text) if len(word) > 1 or word in "aAiI"]
    return bool(words) and not _is_foreign(words)


def _is_foreign(words: list[str]) -> bool:
    if len(words) < FOREIGN_WORDS:
        return False
    english = sum(word in _ENGLISH for word in words)
    other = sum(word in _OTHER for word in words)
    return other > 2 * english and 5 * other >= len(words)
