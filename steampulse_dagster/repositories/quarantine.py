"""Writes `quarantine`: payloads that could not be read, kept whole with the reason."""

import hashlib
from collections.abc import Sequence

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.reviews import UnparsedReview
from steampulse_dagster.utils.db import fetch_all, fetch_one

REVIEWS = "reviews"
"""`source` of reviews."""


class QuarantineRepository:
    """Payloads by source; the same payload is kept once."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def insert_reviews(self, appid: int, unparsed: Sequence[UnparsedReview]) -> int:
        """Keep unreadable reviews of a game; how many were not kept before."""
        if not unparsed:
            return 0
        sql = """
            insert into quarantine (source, appid, payload, payload_hash, reason)
            select %(source)s, %(appid)s, payload, payload_hash, reason
            from unnest(%(payloads)s::text[], %(hashes)s::text[], %(reasons)s::text[])
                as bad (payload, payload_hash, reason)
            order by payload_hash
            on conflict (source, payload_hash) do nothing
            returning quarantine_id
        """
        params = {
            "source": REVIEWS,
            "appid": appid,
            "payloads": [review.payload for review in unparsed],
            "hashes": [_payload_hash(appid, review.payload) for review in unparsed],
            "reasons": [review.reason for review in unparsed],
        }
        return len(fetch_all(self._conn, sql, params))

    def count(self, appid: int) -> int:
        """Payloads kept of a game."""
        row = fetch_one(self._conn, "select count(*) as n from quarantine where appid = %(appid)s", {"appid": appid})
        return int(row["n"]) if row else 0


def _payload_hash(appid: int, payload: str) -> str:
    # With the appid: two games may send the same rubbish, and each must show it.
    return hashlib.sha256(f"{appid}\0{payload}".encode()).hexdigest()
