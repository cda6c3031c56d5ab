"""Writes and reads `quarantine`: payloads that could not be read, kept whole with the reason."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.quarantine import QuarantinedEntry, QuarantineSource, Unparsed
from steampulse_dagster.models.reviews import UnparsedReview
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one

MAX_PAYLOAD_CHARACTERS = 4_000_000
"""Far above anything that Steam sends of one thing (a page of 100 reviews is below one million)."""
_REVIEW_ID = re.compile("[1-9][0-9]{0,18}")
CUT_MARK = "\n[cut here: the payload had {} characters]"

# A later answer about the same thing takes the place of the earlier one: rows cannot grow past the number of things.
_INSERT = """
    insert into quarantine as kept (source, appid, entry_key, payload, payload_hash, reason)
    select source, appid, entry_key, payload, payload_hash, reason
    from unnest(%(sources)s::text[], %(appids)s::bigint[], %(keys)s::text[], %(payloads)s::text[], %(hashes)s::text[],
        %(reasons)s::text[]) as bad (source, appid, entry_key, payload, payload_hash, reason)
    order by source, entry_key
    on conflict (source, entry_key) do update set
        payload = excluded.payload, payload_hash = excluded.payload_hash, reason = excluded.reason, seen_at = now()
    where kept.payload_hash <> excluded.payload_hash
    returning xmax = 0 as inserted
"""


class QuarantineRepository:
    """Unreadable things; each is kept once, as it was sent last."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def insert_many(self, unparsed: Sequence[Unparsed]) -> int:
        """Keep unreadable things whole (up to four million characters each); how many were not kept before."""
        latest = {(bad.source, _entry_key(bad)): bad for bad in unparsed}
        if not latest:
            return 0
        payloads = [_cut(_storable(bad.payload)) for bad in latest.values()]
        params = {
            "sources": [source.value for source, _ in latest],
            "appids": [bad.appid for bad in latest.values()],
            "keys": [key for _, key in latest],
            "payloads": payloads,
            "hashes": [_digest(payload) for payload in payloads],
            "reasons": [_storable(bad.reason) for bad in latest.values()],
        }
        return sum(row["inserted"] for row in fetch_all(self._conn, _INSERT, params))

    def insert_reviews(self, appid: int, unparsed: Sequence[UnparsedReview]) -> int:
        """Keep unreadable reviews of a game; how many were not kept before."""
        return self.insert_many(
            [
                Unparsed(
                    source=QuarantineSource.REVIEWS,
                    appid=appid,
                    key=_review_key(review.payload),
                    payload=review.payload,
                    reason=review.reason,
                )
                for review in unparsed
            ]
        )

    def list_entries(
        self, *, appid: int | None = None, source: QuarantineSource | None = None, limit: int | None = None
    ) -> list[QuarantinedEntry]:
        """What is kept, newest first."""
        sql = """
            select quarantine_id, source, appid, payload, reason, created_at, seen_at from quarantine
            where (%(appid)s::bigint is null or appid = %(appid)s) and (%(source)s::text is null or source = %(source)s)
            order by quarantine_id desc limit %(limit)s
        """
        params = {"appid": appid, "source": source and source.value, "limit": limit}
        return [QuarantinedEntry(**row) for row in fetch_all(self._conn, sql, params)]

    def get(self, quarantine_id: int) -> QuarantinedEntry | None:
        """One entry by its number."""
        sql = """
            select quarantine_id, source, appid, payload, reason, created_at, seen_at from quarantine
            where quarantine_id = %(id)s
        """
        row = fetch_one(self._conn, sql, {"id": quarantine_id})
        return None if row is None else QuarantinedEntry(**row)

    def list_ids(self, ids: Sequence[int] | None, *, appid: int | None = None) -> list[int]:
        """Which of these entries (None: of all) are kept, of one app or of any, ascending."""
        sql = """
            select quarantine_id from quarantine
            where (%(ids)s::bigint[] is null or quarantine_id = any(%(ids)s::bigint[]))
                and (%(appid)s::bigint is null or appid = %(appid)s)
            order by quarantine_id
        """
        params = {"ids": None if ids is None else list(ids), "appid": appid}
        return [row["quarantine_id"] for row in fetch_all(self._conn, sql, params)]

    def take(self, ids: Sequence[int]) -> list[QuarantinedEntry]:
        """These entries, held until the transaction ends. Those that another replay holds are left out."""
        sql = """
            select quarantine_id, source, appid, payload, reason, created_at, seen_at from quarantine
            where quarantine_id = any(%(ids)s::bigint[])
            order by quarantine_id for update skip locked
        """
        return [QuarantinedEntry(**row) for row in fetch_all(self._conn, sql, {"ids": list(ids)})]

    def delete_many(self, ids: Sequence[int]) -> int:
        """Remove entries; how many there were."""
        sql = "delete from quarantine where quarantine_id = any(%(ids)s::bigint[])"
        return execute(self._conn, sql, {"ids": list(ids)})

    def update_reasons(self, reasons: Mapping[int, str]) -> None:
        """Note why entries still cannot be read."""
        sql = """
            update quarantine set reason = fresh.reason
            from unnest(%(ids)s::bigint[], %(reasons)s::text[]) as fresh (quarantine_id, reason)
            where quarantine.quarantine_id = fresh.quarantine_id and quarantine.reason <> fresh.reason
        """
        params = {"ids": list(reasons), "reasons": [_storable(reason) for reason in reasons.values()]}
        execute(self._conn, sql, params)

    def count(self, appid: int) -> int:
        """Things kept of a game."""
        row = fetch_one(self._conn, "select count(*) as n from quarantine where appid = %(appid)s", {"appid": appid})
        return int(row["n"]) if row else 0


def _entry_key(bad: Unparsed) -> str:
    # With the appid: two games may send the same rubbish, and each must show it.
    return _digest(f"{bad.appid or ''}\0{'payload' if bad.key is None else 'key'}\0{bad.key or bad.payload}")


def _review_key(payload: str) -> str | None:
    try:
        raw = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    review_id = str(raw.get("recommendationid")) if isinstance(raw, dict) else ""
    # Several unreadable reviews may carry the same senseless id.
    return review_id if _REVIEW_ID.fullmatch(review_id) else None


def _storable(text: str) -> str:
    """The text as PostgreSQL can hold it, with what it cannot hold spelled out."""
    return text.replace("\0", "\\u0000").encode("utf-8", "backslashreplace").decode("utf-8")


def _cut(payload: str) -> str:
    if len(payload) <= MAX_PAYLOAD_CHARACTERS:
        return payload
    return payload[:MAX_PAYLOAD_CHARACTERS] + CUT_MARK.format(len(payload))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
