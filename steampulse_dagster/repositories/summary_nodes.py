"""Reads and writes `summary_nodes`: the tree over a game's sealed chunks, each version of a node kept."""

from collections.abc import Sequence

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.analysis import SummaryNode
from steampulse_dagster.utils.db import execute, fetch_all


class SummaryNodeRepository:
    """Nodes by their keys; equal key, equal node."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list_by_keys(self, appid: int, *, analyst_key: str, node_keys: Sequence[str]) -> list[SummaryNode]:
        """The stored nodes among these."""
        sql = """
            select summary::text as summary from summary_nodes
            where appid = %(appid)s and analyst_key = %(analyst_key)s and node_key = any(%(node_keys)s)
        """
        rows = fetch_all(self._conn, sql, {"appid": appid, "analyst_key": analyst_key, "node_keys": list(node_keys)})
        return [SummaryNode.model_validate_json(row["summary"]) for row in rows]

    def insert(self, node: SummaryNode) -> SummaryNode:
        """Store a node; of two equal keys the first stays. Returns the one that is stored."""
        sql = """
            insert into summary_nodes (appid, level, node_no, analyst_key, node_key, summary)
            values (%(appid)s, %(level)s, %(node_no)s, %(analyst_key)s, %(node_key)s, %(summary)s::jsonb)
            on conflict (appid, level, node_no, analyst_key, node_key) do nothing
        """
        params = node.model_dump(include={"appid", "level", "node_no", "analyst_key", "node_key"})
        if execute(self._conn, sql, {**params, "summary": node.model_dump_json()}) == 1:
            return node
        first = self.list_by_keys(node.appid, analyst_key=node.analyst_key, node_keys=[node.node_key])
        return first[0] if first else node
