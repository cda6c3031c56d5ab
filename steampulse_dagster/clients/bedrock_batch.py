"""Bedrock's bulk inference: job calls through boto3, and the lines of its input and output files."""

import asyncio
import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from steampulse_dagster.clients.bedrock_client import Trouble, read_failure
from steampulse_dagster.clients.bedrock_messages import build_converse_body, parse_converse_reply
from steampulse_dagster.clients.bedrock_models import Capabilities
from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.batches import JobStatus, RecordResult, RemoteJob
from steampulse_dagster.models.llm import ModelRequest

ATTEMPTS = 5
"""Calls that boto3 makes of one, in all: job calls are few, cheap and safe to repeat."""
JOB_HOURS = 24
"""Time that the service gets for a job; its shortest choice."""
INPUT_NAME = "records.jsonl"
OUTPUT_NAME = f"{INPUT_NAME}.out"
MAX_ERROR_CHARACTERS = 500
_JOB_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]{0,62}")
_S3_URI = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9!_*'().-]+)+/?")


class JobQuotaError(AnalystError):
    """As many jobs as the service allows are under way; the job waits for a place."""


class JobConflictError(AnalystError):
    """The service has a job of this name or token already."""


class UnknownJobError(AnalystError):
    """The service knows no such job: not yet, no longer, or not in this region and account."""


class BedrockBatch:
    """Job calls. Everything that boto3 does not check and the service refuses is checked here first."""

    def __init__(self, client: Any, *, role_arn: str) -> None:
        self._client = client
        self._role_arn = role_arn

    async def create_job(self, *, name: str, token: str, model: str, input_uri: str, output_uri: str) -> str:
        """The ARN of the job; asked again with the same token the service makes no second one.

        Raises JobQuotaError when no place is free, AnalystError for everything else.
        """
        _require(_JOB_NAME, name, "job name")
        for uri in (input_uri, output_uri):
            _require(_S3_URI, uri, "S3 address")
        answer = await self._call(
            "create_model_invocation_job",
            jobName=name,
            clientRequestToken=token,
            roleArn=self._role_arn,
            modelId=model,
            modelInvocationType="Converse",
            inputDataConfig={"s3InputDataConfig": {"s3Uri": input_uri, "s3InputFormat": "JSONL"}},
            outputDataConfig={"s3OutputDataConfig": {"s3Uri": output_uri}},
            timeoutDurationInHours=JOB_HOURS,
        )
        return str(answer["jobArn"])

    async def fetch_job(self, job_arn: str) -> RemoteJob:
        """Where a job stands. Raises UnknownJobError, AnalystError."""
        return _parse_job(await self._call("get_model_invocation_job", jobIdentifier=job_arn))

    async def find_job(self, *, name: str, token: str) -> RemoteJob | None:
        """The job that an earlier submit with this token made, if the service has it."""
        next_token: dict[str, str] = {}
        while True:
            answer = await self._call("list_model_invocation_jobs", nameContains=name, maxResults=100, **next_token)
            for summary in answer.get("invocationJobSummaries", []):
                if summary.get("clientRequestToken") == token or summary.get("jobName") == name:
                    return _parse_job(summary)
            if not answer.get("nextToken"):
                return None
            next_token = {"nextToken": answer["nextToken"]}

    async def stop_job(self, job_arn: str) -> None:
        """Ask the service to stop; what was processed is charged and has answers. A job that ended is no error."""
        with contextlib.suppress(JobConflictError):
            await self._call("stop_model_invocation_job", jobIdentifier=job_arn)

    async def _call(self, operation: str, **arguments: Any) -> Any:
        try:
            return await asyncio.to_thread(getattr(self._client, operation), **arguments)
        except (ClientError, BotoCoreError) as error:
            raise _build_error(error, operation=operation, model=arguments.get("modelId", "the model")) from error


def _build_error(error: ClientError | BotoCoreError, *, operation: str, model: str) -> AnalystError:
    failure = read_failure(error, model=model)
    message = f"Bedrock, {operation}: {failure.words}"
    code = error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else None
    if code == "ConflictException":
        return JobConflictError(message, retryable=False)
    if operation == "get_model_invocation_job" and code == "ResourceNotFoundException":
        return UnknownJobError("Bedrock does not know this job.", retryable=True)
    if failure.trouble is Trouble.QUOTA:
        return JobQuotaError(message, retryable=True)
    # What was lost on the way may have been done: every job call can be repeated.
    return AnalystError(message, retryable=failure.trouble is not Trouble.REFUSED)


def render_record(record_id: str, request: ModelRequest, capabilities: Capabilities) -> bytes:
    """One line of an input file: the same body as in real time, without a cache point."""
    body = build_converse_body(request, capabilities, cached=False)
    return json.dumps({"recordId": record_id, "modelInput": body}, separators=(",", ":")).encode() + b"\n"


class _Line(msgspec.Struct):
    """A line of an output file. The question, which every line repeats, is passed over unread."""

    recordId: str
    modelOutput: Any = None
    error: Any = None


def parse_results(lines: Iterable[bytes]) -> Iterator[RecordResult | None]:
    """Results in the order of the file, which is any order; None for a line that cannot be read."""
    decoder = msgspec.json.Decoder(_Line)
    for line in lines:
        try:
            yield _build_result(decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            yield None


def _build_result(line: _Line) -> RecordResult:
    match line.modelOutput, line.error:
        case dict() as output, _:
            return RecordResult(record_id=line.recordId, reply=parse_converse_reply(output))
        case _, dict() as error:
            words = f"{error.get('errorCode')}: {error.get('errorMessage')}"[:MAX_ERROR_CHARACTERS]
            return RecordResult(record_id=line.recordId, error=words)
        case _:
            return RecordResult(record_id=line.recordId, error="Neither an answer nor an error.")


def _parse_job(answer: dict[str, Any]) -> RemoteJob:
    try:
        status = JobStatus(answer["status"])
    except ValueError:
        raise AnalystError(f"Bedrock: a job has the unknown status {answer['status']!r}.", retryable=True) from None
    return RemoteJob(job_arn=str(answer["jobArn"]), status=status, message=answer.get("message"))


def _require(pattern: re.Pattern[str], value: str, what: str) -> None:
    if pattern.fullmatch(value) is None or len(value) > 1024:
        raise AnalystError(f"Bedrock would refuse this {what}: {value!r}.", retryable=False)
