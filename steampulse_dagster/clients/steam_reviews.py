"""GetAppReviews answers to models: pages, reviews, totals. What cannot be read is handed back whole, never raised."""

import hashlib
import hmac
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
    # A copy of a digest that has taken in the salt is twice as quick as one from the start.
    salted = hmac.new(salt.get_secret_value().encode(), digestmod="sha256")

    def key_of(steamid: str) -> str:
        digest = salted.copy()
        digest.update(steamid.encode("utf-8", "replace"))
        return digest.hexdigest()[:32]

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
    return hashlib.sha256(f"{int(voted_up)}\0{review}".encode()).hexdigest()[:32]


def _build_row(sent: SentReview, *, appid: int, author_key_of: AuthorKeyOf) -> ReviewRow:
    author = sent.author
    text = clean_review_text(sent.review)
    played = author.playtime_forever
    created = sent.timestamp_created
    return ReviewRow(
        appid=appid,
        recommendationid=int(sent.recommendationid),
        author_key=author_key_of(author.steamid) if author.steamid else f"unknown-{sent.recommendationid}",
        # 0 is what Steam sends since 2023 for most authors: not filled, not "owns nothing".
        author_num_games_owned=author.num_games_owned or None,
        author_num_reviews=author.num_reviews,
        playtime_forever=played or 0,
        playtime_last_two_weeks=author.playtime_last_two_weeks or 0,
        playtime_at_review=played if author.playtime_at_review is None else author.playtime_at_review,
        deck_playtime_at_review=author.deck_playtime_at_review or 0,
        last_played=author.last_played if author.last_played >= _STEAM_LAUNCH_SECONDS else None,
        language=clean_text(sent.language) or UNKNOWN_LANGUAGE,
        review=text,
        timestamp_created=created,
        timestamp_updated=sent.timestamp_updated or created,
        voted_up=sent.voted_up,
        votes_up=sent.votes_up,
        votes_funny=sent.votes_funny,
        weighted_vote_score=float(sent.weighted_vote_score),
        comment_count=sent.comment_count,
        steam_purchase=sent.steam_purchase,
        received_for_free=sent.received_for_free,
        refunded=sent.refunded,
        written_during_early_access=sent.written_during_early_access,
        primarily_steam_deck=sent.primarily_steam_deck,
        developer_response=clean_text(sent.developer_response) if sent.developer_response else None,
        timestamp_dev_responded=sent.timestamp_dev_responded or None,
        content_hash=build_content_hash(review=text, voted_up=sent.voted_up),
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
