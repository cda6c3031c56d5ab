"""Games to analyse by bulk jobs, a simulated Bedrock with its files, and the product's services between them."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from steampulse_dagster.analyzer.generative.analyst import GenerativeAnalyst
from steampulse_dagster.clients.bedrock_batch import BedrockBatch
from steampulse_dagster.clients.bedrock_client import build_client
from steampulse_dagster.clients.bedrock_models import get_capabilities
from steampulse_dagster.clients.bedrock_runtime import BedrockRuntime
from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.clients.object_store_s3 import S3Store
from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.models.batches import BatchLimits
from steampulse_dagster.models.llm import LanguageModel, ModelLimits
from steampulse_dagster.models.reports import SECTION_NAMES
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.analysis_jobs import AnalysisJobReader, AnalysisJobService
from steampulse_dagster.services.batch_jobs import BatchJobService
from steampulse_dagster.services.batch_results import BatchResultService
from steampulse_dagster.services.bulk_analysis import BulkAnalysisService
from steampulse_dagster.services.ledger import Ledger
from steampulse_dagster.services.model_calls import PaidModel
from steampulse_dagster.services.reports import ReportService
from steampulse_dagster.simulators.bedrock import BedrockSimulator
from steampulse_dagster.simulators.bedrock_script import parse_script
from steampulse_dagster.simulators.objects import Objects
from steampulse_dagster.utils.db import Database, fetch_all
from tests.analysis_fakes import build_game, build_review, store_game, store_reviews
from tests.bedrock_server import QUICK, running_bedrock
from tests.llm_fakes import build_ledger

SMALL = ModelLimits(model="us.anthropic.claude-haiku-5-5", answer_tokens=4_000, most_answer_tokens=16_000)
LARGE = ModelLimits(model="us.anthropic.claude-sonnet-5-5", answer_tokens=8_000, most_answer_tokens=32_000)
ROLE = "arn:aws:iam::123456789012:role/batch"
BUCKET = "pulse-bulk"
CHUNK = 50
_REVIEW = re.compile(r'<review n="(\d+)"[^>]*>\n(.*?)\n</review>', re.DOTALL)
_FINDING = re.compile(r"^(\d+)\. (\w+) / ", re.MULTILINE)


def speak(system: str, user: str) -> str:
    """A model that reads one thing in each chunk, and writes one item about it."""
    if reviews := _REVIEW.findall(user):
        said = [(int(number), text.split(".")[0]) for number, text in reviews if "combat" in text]
        item = {"topic": "combat", "label": "Combat", "statement": "Players love the combat."}
        quotes = [{"review": number, "text": text} for number, text in said[:2]]
        praise = [item | {"reviews": [number for number, _ in said], "quotes": quotes}]
        return json.dumps({**{signal.value: [] for signal in Signal}, "design_praise": praise})
    numbers = [int(number) for number, signal in _FINDING.findall(user) if signal == "design_praise"]
    items = [{"findings": numbers, "label": "Combat", "statement": "The combat carries the game."}] if numbers else []
    sections = {name: {"items": [], "reason": "Nobody says so."} for name in SECTION_NAMES}
    sections["design_strengths"] = {"items": items}
    return json.dumps({"one_liner": "A game of combat.", "audience_profile": "Fighters.", "groups": [], **sections})


def limit(minimum: int = 3, *, maximum: int = 50_000, size: int = 100_000_000) -> BatchLimits:
    return BatchLimits(minimum_records=minimum, maximum_records=maximum, maximum_bytes=size)


@dataclass
class BulkWorld:
    """A database, a simulated Bedrock at `url`, and what the product builds between them."""

    db: Database
    url: str
    folder: Path
    simulator: BedrockSimulator
    limits: BatchLimits = field(default_factory=limit)
    steps: list[Any] = field(default_factory=list)
    files_url: str | None = None

    def __post_init__(self) -> None:
        self.ledger = self.build_ledger()
        client = build_client("bedrock", region="us-east-1", endpoint_url=self.url, simulated=True, attempts=1)
        runtime = build_client("bedrock-runtime", region="us-east-1", endpoint_url=self.url, simulated=True)
        self.service = BedrockBatch(client, role_arn=ROLE)
        self.runtime = BedrockRuntime(runtime, concurrency=8, patience=QUICK)
        self.paid = PaidModel(self.runtime, self.ledger)
        self.files = S3Store(
            bucket=BUCKET,
            prefix="batch",
            region="us-east-1",
            endpoint_url=self.files_url or f"{self.url}/s3",
            simulated=True,
        )
        self.jobs = BatchJobService(self.db, ledger=self.ledger, service=self.service, files=self.files)
        self.results = BatchResultService(self.db, ledger=self.ledger, files=self.files)
        self.tracked = AnalysisJobReader(self.db)

    def build_ledger(self) -> Ledger:
        return build_ledger(self.db)

    def rule(self, **changes: Any) -> None:
        """How the service treats jobs that are made from now on."""
        self.simulator.jobs.rules = replace(self.simulator.jobs.rules, **changes)

    def script(self, text: str) -> None:
        self.simulator.script = parse_script(text)

    @property
    def remote(self) -> list[Any]:
        """The service's jobs."""
        return list(self.simulator.jobs.jobs.values())

    @property
    def bulk(self) -> BulkAnalysisService:
        return BulkAnalysisService(
            jobs=self.jobs,
            results=self.results,
            ledger=self.ledger,
            tracker=AnalysisJobService(self.db, analyst_key=self.build_analyst(self.paid).provenance.key),
            real_time=self.paid,
            build_pipeline=self.build_pipeline,
            get_capabilities=get_capabilities,
            limits=self.limits,
            concurrency=4,
        )

    def build_analyst(self, model: LanguageModel) -> GenerativeAnalyst:
        return GenerativeAnalyst(model, engine="bedrock", small=SMALL, large=LARGE)

    def build_pipeline(self, model: LanguageModel) -> Any:
        analyst = self.build_analyst(model)
        analysis = AnalysisService(self.db, analyst, concurrency=8)
        reports = ReportService(self.db, analyst, FolderStore(self.folder))

        async def analyse(appid: int) -> bool:
            chunks = await analysis.summarize_chunks(appid)
            report = await reports.write_report(appid)
            return chunks.analysed > 0 or report.created

        return analyse

    async def submit(self, *appids: int) -> Any:
        return await self.bulk.submit(appids, on_step=self.steps.append)

    async def collect(self) -> Any:
        return await self.bulk.collect(on_step=self.steps.append)

    async def collect_all(self) -> list[Any]:
        """Until no job is open."""
        found: list[Any] = []
        while self.jobs.list_open():
            found += await self.collect()
        return found

    async def run(self, *appids: int) -> Any:
        return await self.bulk.run(appids, poll_seconds=0.01, on_step=self.steps.append)

    def count_calls(self, *, delivery: str | None = None) -> dict[str, int]:
        """Rows of the ledger by status."""
        sql = """
            select status, count(*) as calls from llm_calls
            where %(delivery)s is null or delivery = %(delivery)s group by status
        """
        with self.db.connection() as conn:
            return {row["status"]: row["calls"] for row in fetch_all(conn, sql, {"delivery": delivery})}

    def list_reports(self) -> dict[int, Any]:
        """The current report of each game, without what depends on the moment."""
        sql = "select r.appid, r.report from report_heads h join reports r using (report_id)"
        with self.db.connection() as conn:
            return {row["appid"]: row["report"] for row in fetch_all(conn, sql)}


def store_games(db: Database, *, games: int, chunks: int) -> list[int]:
    """Games with so many full chunks of reviews; their appids."""
    appids = [4_200 + number for number in range(games)]
    for appid in appids:
        store_game(db, build_game(f"Game {appid}", appid))
        reviews = [
            build_review(number, appid=appid, text=f"I love the combat of {appid}. Number {number}.")
            for number in range(chunks * CHUNK)
        ]
        store_reviews(db, reviews)
    return appids


@contextmanager
def bulk_world(db: Database, folder: Path, *, objects: Objects | None = None, **changes: Any) -> Iterator[BulkWorld]:
    """A world whose service takes jobs of one record and more."""
    simulator = BedrockSimulator(speak, objects=objects)
    simulator.jobs.rules = replace(simulator.jobs.rules, minimum_records=1)
    with running_bedrock(simulator) as url:
        world = BulkWorld(db=db, url=url, folder=folder, simulator=simulator, **changes)
        try:
            yield world
        finally:
            world.runtime.close()
