"""GetAppReviews answers to models: pages, reviews, totals. What cannot be read is handed back whole, never raised."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from steampulse_dagster.clients.steam_review_shape import SentPage, SentReview, read_sent_review
from steampulse_dagster.clients.steam_values import (
    UnreadableValueError,
    object_in,
    read_count,
    read_number,
    read_text,
)
from steampulse_dagster.models.reviews import QuerySummary, ReviewPage, ReviewRow, UnparsedReview
from steampulse_dagster.utils.text import clean_review_text, clean_text

AuthorKeyOf = Callable[[str], str]
"""From an author's SteamID64 to what is stored of it."""

STEAM_LAUNCH = datetime(2003, 9, 12, tzinfo=UTC)
"""Nobody played before it: an earlier `last_played` (mostly 86400) is a placeholder."""
UNKNOWN_LANGUAGE = "unknown"
_STEAM_LAUNCH_SECONDS = int(STEAM_LAUNCH.timestamp())
_VOTES = {voted_up: hashlib.sha256(f"{int(voted_up)}\0".encode()) for voted_up in (False, True)}
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
    from cryptography.hazmat.primitives.hashes import SHA256  # a native library: definitions need not wait for it
    from cryptography.hazmat.primitives.hmac import HMAC

    # A copy of a digest that has taken in the salt; the standard library's takes half as long again to copy.
    salted = HMAC(salt.get_secret_value().encode(), SHA256())

    def key_of(steamid: str) -> str:
        digest = salted.copy()
        digest.update(steamid.encode("utf-8", "replace"))
        return digest.finalize().hex()[:32]

    return key_of


def build_review_page(sent: SentPage, *, appid: int, author_key_of: AuthorKeyOf) -> ReviewPage:
    """The page of an answer that is as nearly all are; the same that `parse_review_page` makes of it."""
    return ReviewPage(
        reviews=tuple([_build_row(review, appid=appid, author_key_of=author_key_of) for review in sent.reviews]),
        next_cursor=_parse_cursor(sent.cursor),
        summary=parse_query_summary({"query_summary": sent.query_summary}),
    )


def parse_review_page(answer: Mapping[str, Any], *, appid: int, author_key_of: AuthorKeyOf) -> ReviewPage:
    """One page from the inner `response` object. A bad review never fails its page."""
    entries = answer.get("reviews")
    parsed = [
        parse_review(entry, appid=appid, author_key_of=author_key_of)
        for entry in (entries if isinstance(entries, list) else [])
    ]
    return ReviewPage(
        reviews=tuple(entry for entry in parsed if isinstance(entry, ReviewRow)),
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


def parse_review(raw: object, *, appid: int, author_key_of: AuthorKeyOf) -> ReviewRow | UnparsedReview:
    """A review from Steam's object; docs/data-cleaning.md lists what happens to odd values.

    A missing optional field takes its default, any notation of a value is read; a missing id, time or vote, or a
    value that is no notation of its kind, makes it an UnparsedReview.
    """
    if not isinstance(raw, dict):
        return UnparsedReview(payload=_dump(raw), reason=f"a review is no object but {type(raw).__name__}")
    try:
        return _build_row(read_sent_review(raw), appid=appid, author_key_of=author_key_of)
    except UnreadableValueError as error:
        return UnparsedReview(payload=_dump(_without_person(raw, author_key_of)), reason=str(error))


def build_content_hash(*, review: str, voted_up: bool) -> str:
    """Digest over stored text and vote, 32 hex digits: changes exactly when an analysis of the review could."""
    digest = _VOTES[voted_up].copy()  # of the vote and NUL; from the start it takes half as long again
    digest.update(review.encode())
    return digest.hexdigest()[:32]


def _build_row(sent: SentReview, *, appid: int, author_key_of: AuthorKeyOf) -> ReviewRow:
    author = sent.author
    text = clean_review_text(sent.review)
    played = author.playtime_forever
    created = sent.timestamp_created
    # By name, 27 values take eight times as long: they come in the order of the fields.
    return ReviewRow(
        appid,
        int(sent.recommendationid),
        author_key_of(author.steamid) if author.steamid else f"unknown-{sent.recommendationid}",
        # 0 is what Steam sends since 2023 for most authors: not filled, not "owns nothing".
        author.num_games_owned or None,
        author.num_reviews,
        played or 0,
        author.playtime_last_two_weeks or 0,
        played if author.playtime_at_review is None else author.playtime_at_review,
        author.deck_playtime_at_review or 0,
        author.last_played if author.last_played >= _STEAM_LAUNCH_SECONDS else None,
        clean_text(sent.language) or UNKNOWN_LANGUAGE,
        text,
        created,
        sent.timestamp_updated or created,
        sent.voted_up,
        sent.votes_up,
        sent.votes_funny,
        float(sent.weighted_vote_score),
        sent.comment_count,
        sent.steam_purchase,
        sent.received_for_free,
        sent.refunded,
        sent.written_during_early_access,
        sent.primarily_steam_deck,
        clean_text(sent.developer_response) if sent.developer_response else None,
        sent.timestamp_dev_responded or None,
        build_content_hash(review=text, voted_up=sent.voted_up),
    )


def _parse_cursor(value: object) -> str | None:
    """A cursor that can be sent back; None where the answer carries none (seen once as the text "None")."""
    usable = isinstance(value, str) and value.isascii() and value.isprintable() and value not in ("", "None")
    return str(value) if usable else None


def _without_person(raw: Mapping[str, Any], author_key_of: AuthorKeyOf) -> dict[str, Any]:
    author = object_in(raw, "author")
    kept = {name: author[name] for name in _AUTHOR_FIELDS if name in author}
    steamid = author.get("steamid")
    if isinstance(steamid, str | int) and steamid:
        kept["author_key"] = author_key_of(str(steamid))
    return {**raw, "author": kept}


def _dump(raw: object) -> str:
    return json.dumps(raw, sort_keys=True)
