"""Chooses the few quotes of a chunk that say most. Reads and writes nothing."""

import math
from collections.abc import Sequence

from steampulse_dagster.analyzer.local.findings import Finding
from steampulse_dagster.models.analysis import Mention, Signal
from steampulse_dagster.models.reviews import Review

PER_CHUNK = 3
_OPINIONS = (Signal.DESIGN_PRAISE, Signal.GAMEPLAY_FRICTION, Signal.DROPOUT_MOMENTS)


def choose_notable(reviews: Sequence[Review], findings: Sequence[Finding]) -> tuple[Mention, ...]:
    """The best quotes of different reviews: helpful votes first, then how much the review and the quote say."""
    by_id = {review.recommendationid: review for review in reviews}
    said: dict[int, int] = {}
    for finding in findings:
        said[finding.recommendationid] = said.get(finding.recommendationid, 0) + 1
    best: dict[int, Mention] = {}
    for finding in findings:
        words = len(finding.quote.split())
        if finding.signal not in _OPINIONS or not 8 <= words <= 45:
            continue
        helpful = min(1.0, math.log1p(by_id[finding.recommendationid].votes_up) / math.log(201))
        informative = min(1.0, said[finding.recommendationid] / 6)
        score = round(0.4 * helpful + 0.4 * finding.score + 0.2 * informative, 4)
        known = best.get(finding.recommendationid)
        if known is None or score > known.score:
            best[finding.recommendationid] = Mention(
                recommendationid=finding.recommendationid, quote=finding.quote, score=score
            )
    return tuple(sorted(best.values(), key=lambda mention: (-mention.score, mention.recommendationid))[:PER_CHUNK])
