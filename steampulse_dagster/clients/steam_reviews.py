"""GetAppReviews answers to models: pages, reviews, totals. What cannot be read is handed back whole, never raised."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from steampulse_dagster.clients.steam_values import (
    UnreadableValueError,
    object_in,
    read_count,
    read_decimal,
    read_flag,
    read_moment,
    read_number,
    read_text,
)
from steampulse_dagster.models.reviews import QuerySummary, Review, ReviewPage, UnparsedReview
from steampulse_dagster.utils.text import clean_review_text, clean_text

AuthorKeyOf = Callable[[str], str]
"""From an author's SteamID64 to what is stored of it."""

MAX_VOTES = 10_000_000
"""Above this a vote count is a counter that ran below zero (4294967295 and the like)."""
STEAM_LAUNCH = datetime(2003, 9, 12, tzinfo=UTC)
"""Nobody played before it: an earlier `last_played` (mostly 86400) is a placeholder."""
UNKNOWN_LANGUAGE = "unknown"
_LARGEST_ID = 2**63 - 1
# What a quarantined payload keeps of its author: never the id itself, a name or a picture.
_AUTHOR_FIELDS = (
    "num_games_owned",
    "num_reviews",
    "playtime_forever",
    "playtime_last_two_weeks",
    "playtime_at_review",
    "deck_playtime_at_review",
    "last_played",
)


def build_author_key_of(salt: SecretStr, *, store_ids: bool) -> AuthorKeyOf:
    """HMAC-SHA256 of the id under `salt`, 32 hex digits; the id itself if `store_ids`."""
    if store_ids:
        return clean_text
    secret = salt.get_secret_value().encode()
    return lambda steamid: hmac.digest(secret, steamid.encode("utf-8", "replace"), "sha256").hex()[:32]


def parse_review_page(answer: Mapping[str, Any], *, appid: int, author_key_of: AuthorKeyOf) -> ReviewPage:
    """One page from the inner `response` object. A bad review never fails its page."""
    entries = answer.get("reviews")
    parsed = [
        parse_review(entry, appid=appid, author_key_of=author_key_of)
        for entry in (entries if isinstance(entries, list) else [])
    ]
    return ReviewPage(
        reviews=tuple(entry for entry in parsed if isinstance(entry, Review)),
        unparsed=tuple(entry for entry in parsed if isinstance(entry, UnparsedReview)),
        next_cursor=_parse_cursor(answer.get("cursor")),
        summary=parse_query_summary(answer),
    )


def parse_query_summary(answer: Mapping[str, Any]) -> QuerySummary | None:
    """The totals sent with a page; None where they are missing or not totals (such as -1)."""
    raw = object_in(answer, "query_summary")
    try:
        total = read_number(raw, "total_reviews")
        if total is None or total < 0:
            return None
        return QuerySummary(
            total_reviews=total,
            total_positive=read_count(raw, "total_positive") or 0,
            total_negative=read_count(raw, "total_negative") or 0,
            review_score=read_count(raw, "review_score") or 0,
            review_score_desc=clean_text(read_text(raw, "review_score_desc") or ""),
        )
    except UnreadableValueError:
        return None


def parse_review(raw: object, *, appid: int, author_key_of: AuthorKeyOf) -> Review | UnparsedReview:
    """A review from Steam's object; docs/data-cleaning.md lists what happens to odd values.

    A missing optional field takes its default, any notation of a value is read; a missing id, time or vote, or a
    value that is no notation of its kind, makes it an UnparsedReview.
    """
    if not isinstance(raw, Mapping):
        return UnparsedReview(payload=_dump(raw), reason=f"a review is no object but {type(raw).__name__}")
    try:
        return _read_review(raw, appid=appid, author_key_of=author_key_of)
    except UnreadableValueError as error:
        return UnparsedReview(payload=_dump(_without_person(raw, author_key_of)), reason=str(error))


def build_content_hash(*, review: str, voted_up: bool) -> str:
    """Digest over stored text and vote, 32 hex digits: changes exactly when an analysis of the review could."""
    return hashlib.sha256(f"{int(voted_up)}\0{review}".encode()).hexdigest()[:32]


def _read_review(raw: Mapping[str, Any], *, appid: int, author_key_of: AuthorKeyOf) -> Review:
    author = object_in(raw, "author")
    review_id = _require_review_id(raw)
    created = read_moment(raw, "timestamp_created")
    voted_up = read_flag(raw, "voted_up")
    if created is None or voted_up is None:
        raise UnreadableValueError("timestamp_created or voted_up is missing")
    text = clean_review_text(read_text(raw, "review") or "")
    steamid = read_text(author, "steamid")
    forever = read_count(author, "playtime_forever")
    at_review = read_count(author, "playtime_at_review")
    response = read_text(raw, "developer_response")
    return Review(
        recommendationid=review_id,
        appid=appid,
        author_key=author_key_of(steamid) if steamid else f"unknown-{review_id}",
        # 0 is what Steam sends since 2023 for most authors: not filled, not "owns nothing".
        author_num_games_owned=read_count(author, "num_games_owned") or None,
        author_num_reviews=read_count(author, "num_reviews"),
        playtime_forever=forever or 0,
        playtime_last_two_weeks=read_count(author, "playtime_last_two_weeks") or 0,
        playtime_at_review=forever if at_review is None else at_review,
        deck_playtime_at_review=read_count(author, "deck_playtime_at_review") or 0,
        last_played=_last_played(author),
        language=clean_text(read_text(raw, "language") or "") or UNKNOWN_LANGUAGE,
        review=text,
        timestamp_created=created,
        timestamp_updated=read_moment(raw, "timestamp_updated") or created,
        voted_up=voted_up,
        votes_up=read_count(raw, "votes_up", ceiling=MAX_VOTES) or 0,
        votes_funny=read_count(raw, "votes_funny", ceiling=MAX_VOTES) or 0,
        weighted_vote_score=read_decimal(raw, "weighted_vote_score") or 0.0,
        comment_count=read_count(raw, "comment_count") or 0,
        steam_purchase=read_flag(raw, "steam_purchase") or False,
        received_for_free=read_flag(raw, "received_for_free") or False,
        refunded=read_flag(raw, "refunded") or False,
        written_during_early_access=read_flag(raw, "written_during_early_access") or False,
        primarily_steam_deck=read_flag(raw, "primarily_steam_deck") or False,
        developer_response=clean_text(response) if response else None,
        timestamp_dev_responded=read_moment(raw, "timestamp_dev_responded"),
        content_hash=build_content_hash(review=text, voted_up=voted_up),
    )


def _parse_cursor(value: object) -> str | None:
    """A cursor that can be sent back; None where the answer carries none (seen once as the text "None")."""
    usable = isinstance(value, str) and value.isascii() and value.isprintable() and value not in ("", "None")
    return str(value) if usable else None


def _require_review_id(raw: Mapping[str, Any]) -> int:
    review_id = read_number(raw, "recommendationid")
    if review_id is None or not 0 < review_id <= _LARGEST_ID:
        raise UnreadableValueError("recommendationid is missing or no 64-bit number")
    return review_id


def _last_played(author: Mapping[str, Any]) -> datetime | None:
    moment = read_moment(author, "last_played")
    return moment if moment is not None and moment >= STEAM_LAUNCH else None


def _without_person(raw: Mapping[str, Any], author_key_of: AuthorKeyOf) -> dict[str, Any]:
    author = object_in(raw, "author")
    kept = {name: author[name] for name in _AUTHOR_FIELDS if name in author}
    steamid = author.get("steamid")
    if isinstance(steamid, str | int) and steamid:
        kept["author_key"] = author_key_of(str(steamid))
    return {**raw, "author": kept}


def _dump(raw: object) -> str:
    return json.dumps(raw, sort_keys=True)
