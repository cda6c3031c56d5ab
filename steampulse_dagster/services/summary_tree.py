"""Brings a game's topics to common names, level by level; reads and writes `summary_nodes`."""

import asyncio
from collections.abc import Sequence

import structlog

from steampulse_dagster.analyzer import tree
from steampulse_dagster.analyzer.analyst import Analyst
from steampulse_dagster.analyzer.topic_names import rename_topics
from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.analysis import Chunk, ChunkSummary, SummaryNode
from steampulse_dagster.repositories.summary_nodes import SummaryNodeRepository
from steampulse_dagster.services.each import run_each
from steampulse_dagster.utils.db import Database

log = structlog.get_logger()

NODES_AT_ONCE = 32


class SummaryTree:
    """The tree of one analyst. Each node is made once for what is below it; safe to kill, to repeat, to run twice."""

    def __init__(self, database: Database, analyst: Analyst) -> None:
        self._db = database
        self._analyst = analyst

    async def join(
        self, appid: int, *, chunks: Sequence[Chunk], summaries: Sequence[ChunkSummary]
    ) -> tuple[ChunkSummary, ...]:
        """The summaries with every topic under its common name.

        A node on which the analyst fails does not stop the others of its level; then AnalystError is raised, and the
        next call makes just what is missing.
        """
        nodes: list[SummaryNode] = []
        # In threads: a game of 100,000 reviews has 2,000 chunks with as many topics.
        children = await asyncio.to_thread(tree.plan_leaves, chunks, summaries)
        level = 1
        while plans := await asyncio.to_thread(
            tree.plan_level, level, children, analyst_key=self._analyst.provenance.key
        ):
            made = await self._make_level(appid, plans)
            nodes += made
            children = [(node.node_key, node.topics) for node in made]
            level += 1
        return await asyncio.to_thread(rename_topics, summaries, nodes)

    async def _make_level(self, appid: int, plans: Sequence[tree.NodePlan]) -> list[SummaryNode]:
        """The nodes of a level in order; those that are not stored yet are made."""
        known = await asyncio.to_thread(self._list_known, appid, plans)
        missing = [plan for plan in plans if plan.node_key not in known]

        async def make(plan: tree.NodePlan) -> None:
            groups = await self._analyst.join_topics(appid, tree.list_lines(plan))
            node = tree.build_node(plan, groups, appid=appid, analyst_key=self._analyst.provenance.key)
            known[plan.node_key] = await asyncio.to_thread(self._store, node)

        if failed := await run_each(missing, make, at_once=NODES_AT_ONCE):
            raise _tell_failures([error for _, error in failed], of=len(missing), appid=appid)
        if missing:
            reused = len(plans) - len(missing)
            log.info("nodes_made", appid=appid, level=plans[0].level, made=len(missing), reused=reused)
        return [known[plan.node_key] for plan in plans]

    def _list_known(self, appid: int, plans: Sequence[tree.NodePlan]) -> dict[str, SummaryNode]:
        keys = [plan.node_key for plan in plans]
        with self._db.connection() as conn:
            nodes = SummaryNodeRepository(conn).list_by_keys(
                appid, analyst_key=self._analyst.provenance.key, node_keys=keys
            )
        return {node.node_key: node for node in nodes}

    def _store(self, node: SummaryNode) -> SummaryNode:
        """The node as it is stored: where two runs made it at once, both go on with the same one."""
        with self._db.transaction() as conn:
            return SummaryNodeRepository(conn).insert(node)


def _tell_failures(errors: Sequence[AnalystError], *, of: int, appid: int) -> AnalystError:
    return AnalystError(
        f"{appid}: {len(errors)} of {of} comparisons of labels failed, the others are stored, and no report was made. "
        f"First: {errors[0].message}",
        retryable=any(error.retryable for error in errors),
        appid=appid,
    )
