"""Puts bulk jobs of Bedrock together. Importing this module opens nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from steampulse_dagster import bootstrap, bootstrap_models, bootstrap_pipeline
from steampulse_dagster.analyzer.analyst import Analyst
from steampulse_dagster.config import get_settings
from steampulse_dagster.embedded.environment import SIMULATED_BEDROCK
from steampulse_dagster.errors import ConfigError
from steampulse_dagster.models.llm import LanguageModel
from steampulse_dagster.services.analysis_jobs import AnalysisJobService
from steampulse_dagster.services.reports import ReportService

if TYPE_CHECKING:
    from steampulse_dagster.services.batch_jobs import BatchJobReader, BatchJobService
    from steampulse_dagster.services.batch_results import BatchResultService
    from steampulse_dagster.services.bulk_analysis import BulkAnalysisService, Pipeline

SIMULATED_BATCH_URL = "s3://steampulse-simulated/batch"
SIMULATED_BATCH_ROLE = "arn:aws:iam::123456789012:role/simulated"


@asynccontextmanager
async def open_bulk_analysis() -> "AsyncIterator[BulkAnalysisService]":
    """Analysis by bulk jobs of Bedrock, with its connections, closed at the end. Raises ConfigError for a setting that
    is missing."""
    from steampulse_dagster.clients.bedrock_models import get_capabilities
    from steampulse_dagster.models.batches import BatchLimits
    from steampulse_dagster.services.bulk_analysis import BulkAnalysisService

    settings, database = get_settings(), await asyncio.to_thread(bootstrap.get_database)
    jobs, results = await asyncio.to_thread(build_batch_services)
    object_store = await asyncio.to_thread(bootstrap.get_object_store)

    def build_pipeline(model: LanguageModel) -> "Pipeline":
        analyst = bootstrap_models.build_generative(model)
        analysis = bootstrap_pipeline.build_analysis(database, analyst)
        reports = ReportService(database, analyst, object_store)

        async def analyse(appid: int) -> bool:
            chunks = await analysis.summarize_chunks(appid)
            report = await reports.write_report(appid)
            return chunks.analysed > 0 or report.created

        return analyse

    async with bootstrap_models.open_bedrock() as model, bootstrap_models.keep_books(model) as paid:
        yield BulkAnalysisService(
            jobs=jobs,
            results=results,
            ledger=bootstrap_models.build_ledger(),
            tracker=build_analysis_jobs(bootstrap_models.build_generative(paid)),
            real_time=paid,
            build_pipeline=build_pipeline,
            get_capabilities=partial(get_capabilities, own_table=settings.bedrock_models_file),
            limits=BatchLimits(
                minimum_records=settings.batch_minimum_records,
                maximum_records=settings.batch_maximum_records,
                maximum_bytes=settings.batch_maximum_bytes,
            ),
            concurrency=settings.games_concurrency,
        )


def build_batch_services() -> "tuple[BatchJobService, BatchResultService]":
    """Bulk jobs and the reading of their answers. Raises ConfigError for a setting that is missing."""
    from steampulse_dagster.clients.bedrock_batch import ATTEMPTS, BedrockBatch
    from steampulse_dagster.clients.bedrock_client import build_client
    from steampulse_dagster.clients.object_store_s3 import S3Store
    from steampulse_dagster.services.batch_jobs import BatchJobService
    from steampulse_dagster.services.batch_results import BatchResultService

    settings = get_settings()
    if settings.analyst != "bedrock":
        raise ConfigError("Bulk jobs are Bedrock's: set STEAMPULSE_ANALYST=bedrock, or use `steampulse run`.")
    simulated = settings.bedrock_url == SIMULATED_BEDROCK
    environment, database = bootstrap.get_environment(simulators=simulated), bootstrap.get_database()
    url, role_arn = settings.batch_s3_url, settings.batch_role_arn
    url = url or (f"s3://{settings.s3_bucket}/batch" if settings.s3_bucket else None)
    files_url = settings.s3_endpoint_url
    if simulated:
        url, role_arn, files_url = SIMULATED_BATCH_URL, SIMULATED_BATCH_ROLE, f"{environment.bedrock_url}/s3"
    if role_arn is None:
        raise ConfigError("Bulk jobs need STEAMPULSE_BATCH_ROLE_ARN, a role that lets Bedrock read and write files.")
    if url is None or not urlsplit(url).netloc or urlsplit(url).scheme != "s3":
        raise ConfigError("Bulk jobs need a place in S3: set STEAMPULSE_BATCH_S3_URL=s3://bucket/prefix.")
    parts = urlsplit(url)
    files = S3Store(
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        region=settings.aws_region,
        endpoint_url=files_url,
        simulated=simulated,
    )
    client = build_client(
        "bedrock",
        region=settings.aws_region,
        endpoint_url=environment.bedrock_url,
        simulated=simulated,
        attempts=ATTEMPTS,
    )
    ledger = bootstrap_models.build_ledger()
    jobs = BatchJobService(database, ledger=ledger, service=BedrockBatch(client, role_arn=role_arn), files=files)
    return jobs, BatchResultService(database, ledger=ledger, files=files)


def build_batch_job_reader() -> "BatchJobReader":
    """Bulk jobs as they were last seen; asks the database only."""
    from steampulse_dagster.services.batch_jobs import BatchJobReader

    return BatchJobReader(bootstrap.get_database())


def build_analysis_jobs(analyst: Analyst) -> AnalysisJobService:
    """Keeps track of re-analyses by this analyst."""
    return AnalysisJobService(bootstrap.get_database(), analyst_key=analyst.provenance.key)
