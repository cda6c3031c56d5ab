"""The shape of a review in Steam's answers: read at once where it is the usual one, field by field where it is not."""

from collections.abc import Mapping
from sys import float_info
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from steampulse_dagster.clients.steam_values import (
    LAST_MOMENT,
    MAX_COUNT,
    UnreadableValueError,
    object_in,
    read_count,
    read_decimal,
    read_flag,
    read_number,
    read_seconds,
    read_text,
)

MAX_VOTES = 10_000_000
"""Above this a vote count is a counter that ran below zero (4294967295 and the like)."""
_LARGEST_ID = 2**63 - 1

Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]
Votes = Annotated[int, Meta(ge=0, le=MAX_VOTES)]
Seconds = Annotated[int, Meta(ge=0, lt=LAST_MOMENT)]
"""Unix time; 0 where there is none."""
Finite = Annotated[float, Meta(ge=-float_info.max, le=float_info.max)]
"""The standard library's reader takes `Infinity` and `NaN` for numbers."""


class SentAuthor(msgspec.Struct, gc=False):
    """What a review says of its author."""

    steamid: str = ""
    num_games_owned: Count | None = None
    num_reviews: Count | None = None
    playtime_forever: Count | None = None
    playtime_last_two_weeks: Count | None = None
    playtime_at_review: Count | None = None
    deck_playtime_at_review: Count | None = None
    last_played: Seconds = 0


class SentReview(msgspec.Struct, gc=False):
    """A review as sent, every value in the notation and range that nearly all reviews have."""

    recommendationid: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,17}\Z")]
    timestamp_created: Annotated[int, Meta(gt=0, lt=LAST_MOMENT)]
    voted_up: bool
    author: SentAuthor
    language: str = ""
    review: str = ""
    timestamp_updated: Seconds = 0
    votes_up: Votes = 0
    votes_funny: Votes = 0
    weighted_vote_score: Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,18})?\Z")] | Finite = 0.0
    comment_count: Count = 0
    steam_purchase: bool = False
    received_for_free: bool = False
    refunded: bool = False
    written_during_early_access: bool = False
    primarily_steam_deck: bool = False
    developer_response: str | None = None
    timestamp_dev_responded: Seconds = 0


class SentPage(msgspec.Struct):
    """A page with reviews, every one of them as nearly all are."""

    reviews: list[SentReview]
    cursor: Any = None
    query_summary: Any = None


class _Answer(msgspec.Struct):
    response: SentPage


def read_usual_page(body: bytes) -> SentPage | None:
    """The page in an answer that is as nearly all are; None for any other, which is to be read value by value.

    Straight from the bytes: making an object of everything in the answer first takes as long as reading does.
    """
    try:
        return _ANSWER.decode(body).response
    except (ValueError, RecursionError, OverflowError):
        return None


_ANSWER = msgspec.json.Decoder(_Answer)


def read_sent_review(raw: Mapping[str, Any]) -> SentReview:
    """A review in any notation. Raises UnreadableValueError.

    Reading field by field takes several times as long as all that is done with a review afterwards, so it is left to
    the reviews that need it; both ways give the same.
    """
    try:
        return msgspec.convert(raw, SentReview)
    except (msgspec.ValidationError, OverflowError):
        return _read_field_by_field(raw)


def _read_field_by_field(raw: Mapping[str, Any]) -> SentReview:
    review_id = read_number(raw, "recommendationid")
    if review_id is None or not 0 < review_id <= _LARGEST_ID:
        raise UnreadableValueError("recommendationid is missing or no 64-bit number")
    created, voted_up = read_seconds(raw, "timestamp_created"), read_flag(raw, "voted_up")
    if not created or voted_up is None:
        raise UnreadableValueError("timestamp_created or voted_up is missing")
    return SentReview(
        recommendationid=str(review_id),
        timestamp_created=created,
        voted_up=voted_up,
        author=_read_author(object_in(raw, "author")),
        language=read_text(raw, "language") or "",
        review=read_text(raw, "review") or "",
        timestamp_updated=read_seconds(raw, "timestamp_updated"),
        votes_up=read_count(raw, "votes_up", ceiling=MAX_VOTES) or 0,
        votes_funny=read_count(raw, "votes_funny", ceiling=MAX_VOTES) or 0,
        weighted_vote_score=read_decimal(raw, "weighted_vote_score") or 0.0,
        comment_count=read_count(raw, "comment_count") or 0,
        steam_purchase=read_flag(raw, "steam_purchase") or False,
        received_for_free=read_flag(raw, "received_for_free") or False,
        refunded=read_flag(raw, "refunded") or False,
        written_during_early_access=read_flag(raw, "written_during_early_access") or False,
        primarily_steam_deck=read_flag(raw, "primarily_steam_deck") or False,
        developer_response=read_text(raw, "developer_response"),
        timestamp_dev_responded=read_seconds(raw, "timestamp_dev_responded"),
    )


def _read_author(raw: Mapping[str, Any]) -> SentAuthor:
    return SentAuthor(
        steamid=read_text(raw, "steamid") or "",
        num_games_owned=read_count(raw, "num_games_owned"),
        num_reviews=read_count(raw, "num_reviews"),
        playtime_forever=read_count(raw, "playtime_forever"),
        playtime_last_two_weeks=read_count(raw, "playtime_last_two_weeks"),
        playtime_at_review=read_count(raw, "playtime_at_review"),
        deck_playtime_at_review=read_count(raw, "deck_playtime_at_review"),
        last_played=read_seconds(raw, "last_played"),
    )
