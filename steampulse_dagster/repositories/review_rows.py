"""Reviews as `copy … (format binary)` takes them: half the work of the text format on both sides. Pure."""

from collections.abc import Iterable
from struct import Struct

from steampulse_dagster.models.reviews import ReviewRow

COLUMNS = """
    appid, recommendationid, playtime_forever, playtime_last_two_weeks, deck_playtime_at_review, votes_up, votes_funny,
    comment_count, timestamp_created, timestamp_updated, weighted_vote_score, voted_up, steam_purchase,
    received_for_free, refunded, written_during_early_access, primarily_steam_deck, author_num_games_owned,
    author_num_reviews, playtime_at_review, last_played, timestamp_dev_responded, developer_response, language,
    author_key, content_hash, review
"""
"""Those of one width that are always filled come first, so that one call writes them."""

_START = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_COLUMN_COUNT = 27
_NULL = b"\xff\xff\xff\xff"
_POSTGRES_EPOCH = 946_684_800
"""2000-01-01 in Unix seconds: PostgreSQL counts microseconds from there."""
# Each value follows its length in bytes: two bigint, six integer, two timestamptz, a double precision, six boolean.
_write_fixed = Struct(">h" + "iq" * 2 + "ii" * 6 + "iq" * 2 + "id" + "i?" * 6).pack
_write_integer = Struct(">ii").pack
_write_moment = Struct(">iq").pack
_write_length = Struct(">i").pack


def encode_rows(reviews: Iterable[ReviewRow]) -> bytes:
    """What a binary COPY of `COLUMNS` reads."""
    return b"".join([_START, *map(_encode_row, reviews), _END])


def _encode_row(row: ReviewRow) -> bytes:
    # Written out: a loop over 27 columns takes several times as long, and this is done for each review of a crawl.
    language, author_key = row.language.encode(), row.author_key.encode()
    content_hash, review = row.content_hash.encode(), row.review.encode()
    return b"".join(
        (
            _write_fixed(
                _COLUMN_COUNT,
                8, row.appid, 8, row.recommendationid,
                4, row.playtime_forever, 4, row.playtime_last_two_weeks, 4, row.deck_playtime_at_review,
                4, row.votes_up, 4, row.votes_funny, 4, row.comment_count,
                8, (row.timestamp_created - _POSTGRES_EPOCH) * 1_000_000,
                8, (row.timestamp_updated - _POSTGRES_EPOCH) * 1_000_000,
                8, row.weighted_vote_score,
                1, row.voted_up, 1, row.steam_purchase, 1, row.received_for_free,
                1, row.refunded, 1, row.written_during_early_access, 1, row.primarily_steam_deck,
            ),
            _integer_or_null(row.author_num_games_owned),
            _integer_or_null(row.author_num_reviews),
            _integer_or_null(row.playtime_at_review),
            _moment_or_null(row.last_played),
            _moment_or_null(row.timestamp_dev_responded),
            _NULL if row.developer_response is None else _encode_text(row.developer_response),
            _write_length(len(language)), language,
            _write_length(len(author_key)), author_key,
            _write_length(len(content_hash)), content_hash,
            _write_length(len(review)), review,
        )
    )  # fmt: skip


def _integer_or_null(number: int | None) -> bytes:
    return _NULL if number is None else _write_integer(4, number)


def _moment_or_null(seconds: int | None) -> bytes:
    return _NULL if seconds is None else _write_moment(8, (seconds - _POSTGRES_EPOCH) * 1_000_000)


def _encode_text(text: str) -> bytes:
    encoded = text.encode()
    return _write_length(len(encoded)) + encoded
