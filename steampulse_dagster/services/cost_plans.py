"""What an analysis would cost before it is made. Reads what the analysis reads, and stores nothing.

Questions about chunks are built as the analysis builds them, so their length is known. Questions about labels and the
report are known where every chunk was read; else they are built from stand-ins for what the unread chunks will say.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import islice
from typing import Protocol

from steampulse_dagster.analyzer import tree
from steampulse_dagster.analyzer.generative.forecast import USUAL_QUOTE, forecast_summary, pick_usual_quote
from steampulse_dagster.analyzer.topic_names import rename_topics
from steampulse_dagster.errors import NoReviewsError, NotFoundError
from steampulse_dagster.models.analysis import Chunk, ChunkSummary, Provenance, ReviewChunk, TopicLine
from steampulse_dagster.models.costs import CostPlan, GamePlan, PlanLine, RunPlan
from steampulse_dagster.models.llm import BULK_PURPOSES, Delivery, ModelRequest, Purpose
from steampulse_dagster.models.reports import GameBrief
from steampulse_dagster.models.reviews import Review
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.repositories.summaries import SummaryRepository
from steampulse_dagster.repositories.summary_nodes import SummaryNodeRepository
from steampulse_dagster.services.call_costs import build_budget_lines, explain_refusal
from steampulse_dagster.services.chunk_plans import ChunkPlanner
from steampulse_dagster.services.ledger import Ledger
from steampulse_dagster.services.report_inputs import load_report_input, read_brief
from steampulse_dagster.utils.db import Database

EXAMPLES = 40
CHUNKS_AT_ONCE = 20
"""Chunks whose texts are held at a time."""


class QuestionBuilder(Protocol):
    """Builds the questions of both passes without asking them."""

    @property
    def provenance(self) -> Provenance:
        """Who would be asked."""
        ...

    def build_extraction_request(self, chunk: ReviewChunk) -> ModelRequest:
        """The question about a chunk."""
        ...

    def build_join_request(self, appid: int, topics: Sequence[TopicLine]) -> ModelRequest:
        """The question about labels."""
        ...

    def build_synthesis_request(self, brief: GameBrief) -> ModelRequest:
        """The question about the report."""
        ...


class CostPlanService:
    """Plans for one analyst. Blocks on the database: call it from a thread where an event loop runs."""

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        questions: QuestionBuilder,
        *,
        planner: ChunkPlanner,
        job_minimum: int = 1,
    ) -> None:
        """`job_minimum`: fewer questions of one kind make no bulk job and are asked in real time."""
        self._db = database
        self._ledger = ledger
        self._questions = questions
        self._planner = planner
        self._job_minimum = job_minimum
        self._recent: list[ChunkSummary] | None = None

    @property
    def analyst_key(self) -> str:
        """Whose answers the plans are for."""
        return self._questions.provenance.key

    def plan(
        self, appids: Sequence[int], *, delivery: Delivery = Delivery.REAL_TIME, skip_unknown: bool = False
    ) -> RunPlan:
        """What analysing these games would cost, each line and in sum.

        Raises ConfigError for a model without a price, and NotFoundError for a game that was never crawled, unless
        such are to be left out.
        """
        bulk = BULK_PURPOSES if delivery is Delivery.BATCH else frozenset[Purpose]()
        games = tuple(self._plan_games(appids, bulk, skip_unknown=skip_unknown))
        if few := self._list_too_few(games):
            games = tuple(self._plan_games(appids, bulk - few, skip_unknown=skip_unknown))
        lines: dict[tuple[str, Purpose, Delivery], PlanLine] = {}
        for line in (line for game in games for line in game.lines):
            key = (line.model, line.purpose, line.delivery)
            known = lines.get(key)
            lines[key] = line if known is None else line.model_copy(update={"cost": known.cost.add(line.cost)})
        cost = reduce(CostPlan.add, (game.cost for game in games), CostPlan.none())
        spent = self._ledger.get_spent()
        return RunPlan(
            analyst=self._questions.provenance.key,
            delivery=delivery,
            games=games,
            lines=tuple(lines.values()),
            cost=cost,
            budgets=build_budget_lines(self._ledger.budgets, spent),
            refusal=explain_refusal(cost, budgets=self._ledger.budgets, spent=spent, of="this"),
        )

    def _list_too_few(self, games: Sequence[GamePlan]) -> frozenset[Purpose]:
        """Purposes whose questions, over all games, are too few for a bulk job."""
        asked = Counter[Purpose]()
        for line in (line for game in games for line in game.lines if line.delivery is Delivery.BATCH):
            asked[line.purpose] += line.cost.calls - line.cost.stored
        return frozenset(purpose for purpose, calls in asked.items() if 0 < calls < self._job_minimum)

    def _plan_games(self, appids: Sequence[int], bulk: frozenset[Purpose], *, skip_unknown: bool) -> Iterator[GamePlan]:
        cached: set[tuple[str, str]] = set()
        for appid in appids:
            try:
                yield self.plan_game(appid, bulk=bulk, cached=cached)
            except NotFoundError:
                if not skip_unknown:
                    raise

    def plan_game(
        self, appid: int, *, bulk: frozenset[Purpose] = frozenset(), cached: set[tuple[str, str]] | None = None
    ) -> GamePlan:
        """What analysing one game would cost. `bulk`: what goes into bulk jobs; `cached` as in `Ledger.plan`.

        Raises as `plan` does.
        """
        cached = set() if cached is None else cached
        chunks = self._planner.preview(appid)
        known, examples = self._list_summaries(appid, chunks)
        unread = [chunk for chunk in chunks if chunk.chunk_no not in known]
        try:
            brief, written = self._load_brief(appid, known, unread)
        except NoReviewsError as error:
            return GamePlan(
                appid=appid, name=f"App {appid}", chunks=0, unread=0, reviews=0, report=False, note=error.message
            )
        lines: list[PlanLine] = []
        if unread:
            lines.append(self._price(self._list_extractions(brief.game.name, unread), bulk, cached))
            quote = USUAL_QUOTE if examples else pick_usual_quote(one.review for one in self._list_reviews(unread[0]))
            stand_ins = [
                forecast_summary(
                    chunk, examples=examples, turn=turn, provenance=self._questions.provenance, quote=quote
                )
                for turn, chunk in enumerate(unread)
            ]
            summaries = tuple(sorted([*known.values(), *stand_ins], key=lambda one: one.chunk_no))
            brief = brief.model_copy(update={"summaries": summaries})
        if not written and any(summary.batch_stats.read for summary in brief.summaries):
            joins, names = self._list_joins(appid, chunks, brief.summaries)
            lines.append(self._price(iter(joins), bulk, cached))
            request = self._questions.build_synthesis_request(brief.model_copy(update={"summaries": names}))
            lines.append(self._price(iter([request]), bulk, cached))
        return GamePlan(
            appid=appid,
            name=brief.game.name,
            chunks=len(chunks),
            unread=len(unread),
            reviews=sum(len(chunk.review_ids) for chunk in unread),
            report=not written,
            lines=tuple(line for line in lines if line.cost.calls),
        )

    def _price(
        self, requests: Iterator[ModelRequest], bulk: frozenset[Purpose], cached: set[tuple[str, str]]
    ) -> PlanLine:
        """The cost of requests of one purpose, a slice at a time: their texts are long."""
        cost, first = CostPlan.none(), None
        while some := list(islice(requests, CHUNKS_AT_ONCE)):
            first = first or some[0]
            cost = cost.add(self._ledger.plan(some, delivery=_deliver(some[0].purpose, bulk), cached=cached))
        if first is None:
            return PlanLine(model="", purpose=Purpose.JOIN_LABELS, delivery=Delivery.REAL_TIME, cost=CostPlan.none())
        return PlanLine(model=first.model, purpose=first.purpose, delivery=_deliver(first.purpose, bulk), cost=cost)

    def _list_extractions(self, game_name: str, chunks: Sequence[Chunk]) -> Iterator[ModelRequest]:
        for chunk in chunks:
            reviews = self._list_reviews(chunk)
            yield self._questions.build_extraction_request(
                ReviewChunk(
                    appid=chunk.appid,
                    chunk_no=chunk.chunk_no,
                    game_name=game_name,
                    content_hash=chunk.content_hash,
                    reviews=tuple(reviews),
                )
            )

    def _list_reviews(self, chunk: Chunk) -> Sequence[Review]:
        with self._db.connection() as conn:
            return ReviewRepository(conn).list_by_ids(chunk.appid, chunk.review_ids)

    def _list_joins(
        self, appid: int, chunks: Sequence[Chunk], summaries: Sequence[ChunkSummary]
    ) -> tuple[list[ModelRequest], tuple[ChunkSummary, ...]]:
        """The questions of the nodes that are not there yet, and the summaries by the names that are known."""
        key = self._questions.provenance.key
        children, level, requests, nodes = tree.plan_leaves(chunks, summaries), 1, list[ModelRequest](), []
        while plans := tree.plan_level(level, children, analyst_key=key):
            with self._db.connection() as conn:
                stored = SummaryNodeRepository(conn).list_by_keys(
                    appid, analyst_key=key, node_keys=[plan.node_key for plan in plans]
                )
            known = {node.node_key: node for node in stored}
            for plan in plans:
                if plan.node_key not in known:
                    known[plan.node_key] = tree.build_node(plan, [], appid=appid, analyst_key=key)
                    if len(lines := tree.list_lines(plan)) > 1:
                        requests.append(self._questions.build_join_request(appid, lines))
            nodes += stored
            children = [(plan.node_key, known[plan.node_key].topics) for plan in plans]
            level += 1
        return requests, rename_topics(summaries, nodes)

    def _list_summaries(
        self, appid: int, chunks: Sequence[Chunk]
    ) -> tuple[dict[int, ChunkSummary], Sequence[ChunkSummary]]:
        """The current summaries by chunk, and what unread chunks are expected to be like: the game's own, else recent
        ones of any game."""
        key = self._questions.provenance.key
        hashes = {chunk.chunk_no: chunk.content_hash for chunk in chunks}
        with self._db.connection() as conn:
            repository = SummaryRepository(conn)
            current = repository.list_current(appid, analyst_key=key)
            if self._recent is None:
                self._recent = repository.list_recent(analyst_key=key, limit=EXAMPLES)
        known = {one.chunk_no: one for one in current if hashes.get(one.chunk_no) == one.content_hash}
        return known, [*known.values()][:EXAMPLES] or self._recent

    def _load_brief(
        self, appid: int, known: dict[int, ChunkSummary], unread: Sequence[Chunk]
    ) -> tuple[GameBrief, bool]:
        """What the report would be made from, and whether it is written already."""
        if unread:
            with self._db.transaction() as conn:
                return read_brief(conn, appid, summaries=tuple(known.values())), False
        given = load_report_input(self._db, appid, provenance=self._questions.provenance)
        return given.brief, given.known is not None


def _deliver(purpose: Purpose, bulk: frozenset[Purpose]) -> Delivery:
    return Delivery.BATCH if purpose in bulk else Delivery.REAL_TIME
