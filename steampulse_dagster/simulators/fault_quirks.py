"""Quirks of single reviews: what is odd in a review belongs to its id, and is the same in every answer."""

from collections.abc import Sequence
from typing import Any

from steampulse_dagster.simulators.faults import Fault, FaultPlan

LONG_TEXT = 150_000
_OPTIONAL = (
    "author", "language", "review", "timestamp_updated", "votes_up", "votes_funny", "weighted_vote_score",
    "comment_count", "steam_purchase", "received_for_free", "written_during_early_access",
)  # fmt: skip
_NUMBERS = ("timestamp_created", "timestamp_updated", "votes_up", "votes_funny", "comment_count")
_FLAGS = ("voted_up", "steam_purchase", "received_for_free", "written_during_early_access")
_UNREADABLE: Sequence[tuple[str, Any]] = (
    ("voted_up", None),
    ("timestamp_created", None),
    ("recommendationid", "none"),
    ("votes_up", {"n": 1}),
    ("review", ["text"]),
    ("timestamp_created", True),
    ("weighted_vote_score", "many"),
    ("language", 5),
)


def make_odd(review: dict[str, Any], plan: FaultPlan) -> dict[str, Any]:
    """The review with every quirk of the plan that strikes it."""
    review_id = review.get("recommendationid")
    for quirk in plan.quirks:
        if plan.draw(quirk.name, review_id) < quirk.rate:
            review = _apply(quirk, review, share=plan.draw(quirk.name, review_id, "how"))
    return review


def _apply(quirk: Fault, review: dict[str, Any], *, share: float) -> dict[str, Any]:
    match quirk.name:
        case "missing_field":
            gone = _pick(_OPTIONAL, share)
            return {name: value for name, value in review.items() if name != gone}
        case "numbers_as_text":
            author = review["author"] if isinstance(review.get("author"), dict) else {}
            texts = {name: str(review[name]) for name in _NUMBERS if name in review}
            return {**review, **texts, "author": {name: str(value) for name, value in author.items()}}
        case "flags_as_numbers":
            return {**review, **{name: int(review[name]) for name in _FLAGS if isinstance(review.get(name), bool)}}
        case "odd_votes":
            return {**review, "votes_up": _pick((2**32 - 1, -3, 2**63), share), "votes_funny": 2**32 - 1}
        case "odd_edit_time":
            return {**review, "timestamp_updated": _pick((1, 32_000_000_000), share)}
        case "long_text":
            return {**review, "review": (str(review.get("review")) * LONG_TEXT)[:LONG_TEXT]}
        case "nul_text":
            return {**review, "review": f"\0{review.get('review')}\ud83d\0\udc00"}
        case "unreadable":
            name, value = _pick(_UNREADABLE, share)
            return {**review, name: value}
        case _:
            raise AssertionError(f"no such quirk: {quirk.name}")


def _pick(choices: Sequence[Any], share: float) -> Any:
    return choices[int(share * len(choices))]
