"""Reads and writes `report_proofs`; texts to examine by come from `reviews` and `review_revisions`."""

from collections.abc import Sequence

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.data_checks import ReportProof
from steampulse_dagster.utils.db import execute, fetch_all

KEPT_OFFENDERS = 20


class ReportProofRepository:
    """What the examination of each report found."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def insert(self, report_id: int, proof: ReportProof) -> None:
        """Note a proof; a later one takes its place."""
        sql = """
            insert into report_proofs (report_id, quotes, ungrounded, repeated, miscounted, offenders)
            values (%(report_id)s, %(quotes)s, %(ungrounded)s, %(repeated)s, %(miscounted)s, %(offenders)s)
            on conflict (report_id) do update set quotes = excluded.quotes, ungrounded = excluded.ungrounded,
                repeated = excluded.repeated, miscounted = excluded.miscounted, offenders = excluded.offenders,
                proven_at = now()
        """
        params = {
            "report_id": report_id,
            "quotes": proof.quotes,
            "ungrounded": len(proof.ungrounded),
            "repeated": len(proof.repeated),
            "miscounted": len(proof.miscounted),
            "offenders": list(proof.offenders[:KEPT_OFFENDERS]),
        }
        execute(self._conn, sql, params)

    def list_texts(self, appid: int, review_ids: Sequence[int]) -> dict[int, list[str]]:
        """What each of these reviews says now and said before it was edited."""
        sql = """
            select recommendationid, review from reviews
            where appid = %(appid)s and recommendationid = any(%(ids)s::bigint[])
            union all select recommendationid, review from review_revisions
            where appid = %(appid)s and recommendationid = any(%(ids)s::bigint[])
        """
        texts: dict[int, list[str]] = {}
        for row in fetch_all(self._conn, sql, {"appid": appid, "ids": list(review_ids)}):
            texts.setdefault(row["recommendationid"], []).append(row["review"])
        return texts

    def list_unproven(self, *, limit: int) -> tuple[int, ...]:
        """Current reports that were never examined."""
        sql = """
            select head.report_id from report_heads head
            where not exists (select from report_proofs proof where proof.report_id = head.report_id)
            order by head.report_id limit %(limit)s
        """
        return tuple(row["report_id"] for row in fetch_all(self._conn, sql, {"limit": limit}))
