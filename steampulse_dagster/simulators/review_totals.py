"""Steam's word and number for a share of positive reviews, for totals that a world does not bring itself."""

from typing import Any

_TOO_FEW = 10


def build_query_summary(*, positive: int, negative: int) -> dict[str, Any]:
    """review_score, review_score_desc and totals, by the rule that Steam's players worked out (Valve gives none)."""
    total = positive + negative
    score, words = _score(positive=positive, total=total)
    return {
        "review_score": score,
        "review_score_desc": words,
        "total_positive": positive,
        "total_negative": negative,
        "total_reviews": total,
    }


def _score(*, positive: int, total: int) -> tuple[int, str]:
    if total < _TOO_FEW:
        return 0, f"{total} user reviews" if total else "No user reviews"
    match 100 * positive // total:
        case share if share >= 95 and total >= 500:
            return 9, "Overwhelmingly Positive"
        case share if share >= 80:
            return (8, "Very Positive") if total >= 50 else (7, "Positive")
        case share if share >= 70:
            return 6, "Mostly Positive"
        case share if share >= 40:
            return 5, "Mixed"
        case share if share >= 20:
            return 4, "Mostly Negative"
    if total >= 500:
        return 1, "Overwhelmingly Negative"
    return (2, "Very Negative") if total >= 50 else (3, "Negative")
