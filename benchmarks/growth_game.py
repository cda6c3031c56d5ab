"""A game that grows, its analysis through the product's own services, and what the ledger says about each step."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from steampulse_dagster.analyzer.generative.analyst import GenerativeAnalyst
from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.models.costs import Budgets, CostPlan
from steampulse_dagster.models.games import Game, GameState
from steampulse_dagster.models.llm import Delivery, ModelLimits, ModelReply, ModelRequest, Purpose, StopKind, TokenUsage
from steampulse_dagster.models.reports import GameReport, ReportOutcome
from steampulse_dagster.models.reviews import CrawlState, Review
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.call_costs import compute_cost
from steampulse_dagster.services.chunk_plans import ChunkPlanner
from steampulse_dagster.services.cost_plans import CostPlanService
from steampulse_dagster.services.ledger import Ledger, spending_run
from steampulse_dagster.services.model_calls import PaidModel
from steampulse_dagster.services.prices import PriceBook
from steampulse_dagster.services.reports import ReportService
from steampulse_dagster.simulators.bedrock import Answer
from steampulse_dagster.simulators.bedrock_families import THINKING_TOKENS
from steampulse_dagster.simulators.model_answers import build_model_answers
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.utils.db import Database, fetch_all
from steampulse_dagster.utils.tokens import estimate_tokens
from tests.analysis_fakes import store_reviews
from tests.helpers import fresh_database, running_server, short_lived_folder

SMALL = ModelLimits(model="us.anthropic.claude-haiku-5-5", answer_tokens=6_000, most_answer_tokens=24_000)
LARGE = ModelLimits(model="us.anthropic.claude-sonnet-5-5", answer_tokens=8_000, most_answer_tokens=32_000)
NO_LIMIT = Budgets(per_call=Decimal(1_000), per_run=Decimal(1_000), per_day=Decimal(1_000), per_month=Decimal(1_000))
BULK = frozenset({Purpose.EXTRACT_CHUNK, Purpose.SYNTHESIZE})

CountTokens = Callable[[str, str], int]
"""(text, model) to tokens."""


def count_as_fitted(text: str, model: str) -> int:
    """As utils/tokens.py says, whose weights are fitted to a tokenizer of the Claude family."""
    return estimate_tokens(text, model=model)


@dataclass
class SimulatedModel:
    """Implements LanguageModel in this process: answers from the planted facts, the large model after some thought;
    nothing is cached."""

    answers: Answer
    count: CountTokens = count_as_fitted

    async def answer(self, request: ModelRequest) -> ModelReply:
        """What a good model would say, with its tokens."""
        text = await asyncio.to_thread(self.answers, request.system, request.user)
        usage = TokenUsage(
            input_tokens=sum(self.count(part, request.model) for part in (request.system, request.user)),
            output_tokens=self.count(text, request.model) + (THINKING_TOKENS if request.model == LARGE.model else 0),
        )
        return ModelReply(text=text, stop=StopKind.FINISHED, stop_reason="end_turn", usage=usage, latency_ms=0)


@dataclass
class Step:
    """What one re-analysis took, by the ledger."""

    name: str
    calls: dict[Purpose, int] = field(default_factory=dict)
    input_tokens: int = 0
    output_tokens: int = 0
    usd: Decimal = Decimal(0)
    planned: CostPlan | None = None
    report_created: bool = False

    @property
    def all_calls(self) -> int:
        """Of every purpose."""
        return sum(self.calls.values())


@dataclass
class GrowingGame:
    """One game in one database, analysed by a simulated pair of models."""

    database: Database
    folder: Path
    answers: Answer
    appid: int
    name: str
    count: CountTokens = count_as_fitted
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.database, prices=PriceBook(), budgets=NO_LIMIT)
        self.analyst = GenerativeAnalyst(
            PaidModel(SimulatedModel(self.answers, self.count), self.ledger), engine="bedrock", small=SMALL, large=LARGE
        )
        game = Game(appid=self.appid, name=self.name, slug="game", type="game", state=GameState.AVAILABLE)
        with self.database.transaction() as conn:
            GameRepository(conn).upsert(game)
            CrawlStateRepository(conn).upsert(CrawlState(appid=self.appid))

    def with_game(self, number: int) -> "GrowingGame":
        """Another game of the world in the same database, beside what the ledger knows by then."""
        world = SeededWorld()
        appid = world.appids[number]
        return GrowingGame(self.database, self.folder, self.answers, appid, _get_name(world, appid), self.count)

    def store(self, reviews: Sequence[Review]) -> None:
        """As a crawl stores them."""
        store_reviews(self.database, reviews)

    def plan(self) -> CostPlan:
        """What the next analysis would cost."""
        planner = ChunkPlanner(self.database)
        ledger = Ledger(self.database, prices=PriceBook(), budgets=NO_LIMIT)  # as a new process has it
        return CostPlanService(self.database, ledger, self.analyst, planner=planner).plan_game(self.appid).cost

    def analyse(self, name: str) -> GameReport:
        """Plan, then both passes as a run of its own; notes what it took."""
        planned = self.plan()
        with spending_run(name):
            outcome = asyncio.run(self._run())
        self.steps.append(self._read_step(name, planned=planned, created=outcome.created))
        return outcome.report

    def list_usages(self) -> list[tuple[Purpose, str, TokenUsage]]:
        """Every paid call: its purpose, model and tokens."""
        sql = """
            select purpose, model, input_tokens, output_tokens from llm_calls
            where status = 'answered' order by call_id
        """
        with self.database.connection() as conn:
            rows = fetch_all(conn, sql)
        return [
            (
                Purpose(row["purpose"]),
                row["model"],
                TokenUsage(input_tokens=row["input_tokens"], output_tokens=row["output_tokens"]),
            )
            for row in rows
        ]

    async def _run(self) -> ReportOutcome:
        await AnalysisService(self.database, self.analyst, concurrency=8).summarize_chunks(self.appid)
        return await ReportService(self.database, self.analyst, FolderStore(self.folder)).write_report(self.appid)

    def _read_step(self, name: str, *, planned: CostPlan, created: bool) -> Step:
        step = Step(name=name, planned=planned, report_created=created)
        sql = """
            select purpose, count(*) as calls, sum(input_tokens) as prompt, sum(output_tokens) as answer,
                sum(cost_usd) as usd
            from llm_calls where run_id = %(run_id)s group by purpose
        """
        with self.database.connection() as conn:
            for row in fetch_all(conn, sql, {"run_id": name}):
                step.calls[Purpose(row["purpose"])] = row["calls"]
                step.input_tokens += int(row["prompt"])
                step.output_tokens += int(row["answer"])
                step.usd += row["usd"]
        return step


@contextmanager
def open_games(number: int, *, count: CountTokens = count_as_fitted) -> Iterator[list[GrowingGame]]:
    """So many empty games of the seeded world's largest, each in a database of its own."""
    world = SeededWorld()
    answers, name = build_model_answers(world), _get_name(world, world.appids[0])
    with running_server() as server, short_lived_folder() as folder:
        games: list[GrowingGame] = []
        urls = [fresh_database(server) for _ in range(number)]
        try:
            for at, url in enumerate(urls):
                database = Database(url.__enter__(), pool_size=8)
                games.append(GrowingGame(database, folder / str(at), answers, world.appids[0], name, count))
            yield games
        finally:
            for game, url in zip(games, urls, strict=False):
                game.database.close()
                url.__exit__(None, None, None)


def list_reviews(appid: int, *, number: int) -> list[Review]:
    """The world's reviews of a game, oldest first; from the last on, the same texts again by others, later."""
    rows = sorted(SeededWorld().list_reviews(appid) or (), key=lambda row: row["timestamp_created"])
    reviews = [_build_review(appid, row, lap=0) for row in rows]
    lap = 1
    while len(reviews) < number:
        reviews += [_build_review(appid, row, lap=lap) for row in rows]
        lap += 1
    return reviews[:number]


def edit(review: Review, text: str) -> Review:
    """The review with another text."""
    return review.model_copy(update={"review": text, "content_hash": _digest(text, voted_up=review.voted_up)})


def price_as(
    usages: Sequence[tuple[Purpose, str, TokenUsage]],
    *,
    delivery: Delivery,
    cached_systems: dict[Purpose, int],
) -> dict[str, Decimal]:
    """What the same calls cost by another delivery, by model; `cached_systems`: tokens of system prompts that are read
    from the cache by every call of a purpose but the first."""
    prices, seen = PriceBook(), set[Purpose]()
    sums: dict[str, Decimal] = {}
    for purpose, model, usage in usages:
        price = prices.get_price(model, delivery if purpose in BULK else Delivery.REAL_TIME)
        cached = cached_systems.get(purpose, 0)
        rest = usage.input_tokens - cached
        kind = "cache_read_tokens" if purpose in seen else "cache_write_tokens"
        billed = TokenUsage(input_tokens=rest, output_tokens=usage.output_tokens, **{kind: cached})
        seen.add(purpose)
        sums[model] = sums.get(model, Decimal(0)) + compute_cost(billed, price)
    return sums


def _get_name(world: SeededWorld, appid: int) -> str:
    return str((world.get_appdetails(appid) or {}).get("data", {}).get("name", "The Game"))


def _build_review(appid: int, row: dict[str, object], *, lap: int) -> Review:
    created = datetime.fromtimestamp(int(str(row["timestamp_created"])) + lap * 400_000_000, UTC)
    text, voted_up = str(row["review"]), bool(row["voted_up"])
    author = row["author"] if isinstance(row["author"], dict) else {}
    return Review(
        recommendationid=int(str(row["recommendationid"])) + lap * 10**12,
        appid=appid,
        author_key=f"{row['recommendationid']}-{lap}",
        playtime_at_review=author.get("playtime_at_review"),
        language=str(row["language"]),
        review=text,
        timestamp_created=created,
        timestamp_updated=created,
        voted_up=voted_up,
        content_hash=_digest(text, voted_up=voted_up),
    )


def _digest(text: str, *, voted_up: bool) -> str:
    return sha256(f"{voted_up}{text}".encode()).hexdigest()
