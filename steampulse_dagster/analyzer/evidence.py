"""Chooses the quotes that stand for an item. Pure."""

from collections.abc import Iterable

from steampulse_dagster.analyzer.candidates import Voice
from steampulse_dagster.analyzer.quotes import normalise
from steampulse_dagster.models.reports import Evidence
from steampulse_dagster.models.reviews import Review
from steampulse_dagster.utils.review_urls import build_review_url

MAX_EVIDENCE = 5
"""Most quotes that an item shows."""


class EvidencePicker:
    """Picks quotes for one report and prefers those that it has not shown yet."""

    def __init__(self) -> None:
        self._shown: set[str] = set()

    def pick(
        self, voices: Iterable[Voice], *, fresh_only: bool = False, most: int = MAX_EVIDENCE
    ) -> tuple[Evidence, ...]:
        """At most `most` quotes, each once: not shown yet first, then the analyst's favourites, then the most helpful.

        With `fresh_only` a quote that the report shows already is not taken at all.
        """
        chosen: dict[str, Evidence] = {}
        seen_before: dict[str, Evidence] = {}
        for voice in sorted((voice for voice in voices if voice.quote), key=_rank):
            if len(chosen) == most:
                break
            words = normalise(voice.quote or "")
            target = seen_before if words in self._shown else chosen
            target.setdefault(words, _build_evidence(voice.review, voice.quote or ""))
        if not fresh_only:
            chosen.update(list(seen_before.items())[: most - len(chosen)])
        self._shown.update(chosen)
        return tuple(chosen.values())


def _rank(voice: Voice) -> tuple[float, int, int]:
    return -voice.score, -voice.review.votes_up, voice.review.recommendationid


def _build_evidence(review: Review, quote: str) -> Evidence:
    return Evidence(
        recommendationid=review.recommendationid,
        quote=quote,
        voted_up=review.voted_up,
        playtime_at_review=review.playtime_at_review,
        language=review.language,
        timestamp_created=review.timestamp_created,
        votes_up=review.votes_up,
        url=build_review_url(appid=review.appid, author_key=review.author_key, language=review.language),
    )
