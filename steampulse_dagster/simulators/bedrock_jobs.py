"""Bulk jobs of the Bedrock look-alike: what the control client `bedrock` creates, asks after, lists and stops."""

import asyncio
import random
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from steampulse_dagster.simulators.bedrock_job_files import AnswerRecord, BadInputError, JobFiles, Tally
from steampulse_dagster.simulators.bedrock_script import CONTROLS, BedrockScript
from steampulse_dagster.simulators.bedrock_wire import Handler, ServiceError, invalid, read_body, refusing
from steampulse_dagster.simulators.fault_middleware import hang_up
from steampulse_dagster.simulators.objects import Objects
from steampulse_dagster.simulators.wire import json_response

ACCOUNT = "123456789012"
OPEN = ("Submitted", "Validating", "Scheduled", "InProgress", "Stopping")
ENDED = ("Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired")
_NAME = re.compile(r"[a-zA-Z0-9]{1,63}(?:-*[a-zA-Z0-9+.\-]){0,63}")
_TOKEN = re.compile(r"[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,255}")
_S3_URI = re.compile(r"s3://[a-z0-9][.\-a-z0-9]{1,61}[a-z0-9](?:/[^/]{0,1023})*")
_S3_KEY = re.compile(r"(?:[A-Za-z0-9!_*'().\-]+/?)*")
_ROLE = re.compile(r"arn:aws(?:-[^:]+)?:iam::[0-9]{12}:role/.+")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_INVOCATION_TYPES = ("InvokeModel", "Converse")


@dataclass(frozen=True)
class JobRules:
    """How jobs go; those of the moment in which a job is created count for it."""

    minimum_records: int = 100
    maximum_records: int = 50_000
    maximum_bytes: int = 2**30
    few_are_refused: bool = False
    """Too few records are refused at once; else the job is taken and fails."""
    open_jobs: int = 20
    stage_seconds: float = 0.0
    """How long a job is in each state on its way."""
    hold_at: str | None = None
    """The state in which jobs wait for `JobDesk.release`."""
    ends_as: str = "Completed"
    """Completed, PartiallyCompleted, Failed or Expired."""
    share_done: float = 1.0
    """Share of the records that are processed before a job ends as PartiallyCompleted or Expired, or is stopped."""
    refused_models: str | None = None
    """Models whose id holds this take no bulk jobs."""
    numeric_error_codes: bool = False


@dataclass
class Job:
    """One job, as the service keeps it."""

    job_id: str
    arn: str
    asked: Mapping[str, Any]
    token: str
    rules: JobRules
    submitted: datetime
    loop: asyncio.AbstractEventLoop
    status: str = "Submitted"
    message: str | None = None
    modified: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None
    tally: Tally = field(default_factory=Tally)
    stopping: bool = False
    nudged: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the job need not stay in its state: it was stopped or released."""
    released: bool = False
    """Held no more, even in a state that it has not come to yet."""

    def move(self, status: str, message: str | None = None) -> None:
        """The job is in another state now."""
        self.status, self.message, self.modified = status, message, datetime.now(UTC)
        if status in ENDED:
            self.ended = self.modified


class JobDesk:
    """Takes jobs and runs them as tasks of the server's event loop."""

    def __init__(self, objects: Objects, *, answer_record: AnswerRecord, script: Callable[[], BedrockScript]) -> None:
        self.rules = JobRules()
        self.jobs: dict[str, Job] = {}
        self._script = script
        self._files = JobFiles(objects, answer_record=answer_record, script=script)
        # Never the same again: a restarted simulator must not hand out the names of jobs that it forgot.
        self._random = random.SystemRandom()
        self._running: set[asyncio.Task[None]] = set()

    def routes(self) -> list[BaseRoute]:
        """The paths of the control client."""
        return [
            Route("/model-invocation-job", self._guard(self._create), methods=["POST"]),
            Route("/model-invocation-jobs", self._guard(self._list), methods=["GET"]),
            Route("/model-invocation-job/{job_id:path}/stop", self._guard(self._stop), methods=["POST"]),
            Route("/model-invocation-job/{job_id:path}", self._guard(self._get), methods=["GET"]),
        ]

    def release(self) -> None:
        """Let the jobs that wait in a state, or are on their way to it, go on. Called from any thread."""
        for job in list(self.jobs.values()):
            job.released = True
            job.loop.call_soon_threadsafe(job.nudged.set)

    def _guard(self, handler: Handler) -> Handler:
        """The handler, with the errors that the script has for calls about jobs."""

        async def answer(request: Request) -> Response:
            match self._script().choose(CONTROLS, f"{request.method} {request.url}"):
                case "control_throttled":
                    raise ServiceError(429, "ThrottlingException", "Too many requests.")
                case "control_internal":
                    raise ServiceError(500, "InternalServerException", "The system encountered an unexpected error.")
                case "control_dropped":
                    done = await handler(request)
                    await hang_up(request.receive, answered=False)
                    return done
                case _:
                    return await handler(request)

        return refusing(answer)

    async def _create(self, request: Request) -> Response:
        body = await read_body(request)
        self._check(body)
        token = str(body.get("clientRequestToken") or self._make_id(32))
        for job in self.jobs.values():
            if job.token == token:
                if _without_token(job.asked) != _without_token(body):
                    raise ServiceError(400, "ConflictException", "The token was used with other parameters.")
                return json_response({"jobArn": job.arn})
        model = body["modelId"]
        if sum(job.status in OPEN and job.asked["modelId"] == model for job in self.jobs.values()) >= (
            self.rules.open_jobs
        ):
            raise ServiceError(400, "ServiceQuotaExceededException", "The quota of concurrent batch jobs is used up.")
        if self.rules.few_are_refused:
            await self._refuse_few(body)
        job = self._build(body, token)
        self.jobs[job.job_id] = job
        task = asyncio.create_task(self._run(job))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return json_response({"jobArn": job.arn})

    async def _refuse_few(self, body: Mapping[str, Any]) -> None:
        try:
            found = await asyncio.to_thread(self._files.read_inputs, body, self.rules.maximum_bytes)
        except BadInputError as error:
            raise invalid(str(error)) from None
        records = sum(len(lines) for lines in found.values())
        if records < self.rules.minimum_records:
            raise invalid(f"The batch job has {records} records, fewer than the minimum {self.rules.minimum_records}.")

    def _check(self, body: Mapping[str, Any]) -> None:
        """What the service refuses at once. Raises ServiceError."""
        for name in ("jobName", "roleArn", "modelId", "inputDataConfig", "outputDataConfig"):
            if not body.get(name):
                raise invalid(f"1 validation error detected: Value at '{name}' failed to satisfy constraint: not null")
        _require(_NAME, body["jobName"], "jobName", most=63)
        _require(_ROLE, body["roleArn"], "roleArn", most=2048)
        if body.get("clientRequestToken") is not None:
            _require(_TOKEN, body["clientRequestToken"], "clientRequestToken", most=256)
        for uri in (_input_uri(body), _output_uri(body)):
            _require(_S3_URI, uri, "s3Uri", most=1024)
            _require(_S3_KEY, uri.removeprefix("s3://").partition("/")[2], "s3Uri", most=1024)
        if body.get("modelInvocationType", "InvokeModel") not in _INVOCATION_TYPES:
            raise invalid("Value at 'modelInvocationType' failed to satisfy constraint: InvokeModel, Converse")
        if not 24 <= body.get("timeoutDurationInHours", 24) <= 168:
            raise invalid("Value at 'timeoutDurationInHours' failed to satisfy constraint: 24 to 168")
        if self.rules.refused_models and self.rules.refused_models in body["modelId"]:
            raise invalid(f"The model {body['modelId']} does not support batch inference.")

    def _build(self, body: Mapping[str, Any], token: str) -> Job:
        job_id = self._make_id(12)
        arn = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:model-invocation-job/{job_id}"
        return Job(job_id, arn, body, token, self.rules, submitted=datetime.now(UTC), loop=asyncio.get_running_loop())

    def _make_id(self, length: int) -> str:
        return "".join(self._random.choices(_ALPHABET, k=length))

    async def _run(self, job: Job) -> None:
        """From Submitted to the end. A stop is seen between two states and between two records."""
        await self._stay(job)
        job.move("Validating")
        try:
            inputs = await asyncio.to_thread(self._files.read_inputs, job.asked, job.rules.maximum_bytes)
            records = sum(len(lines) for lines in inputs.values())
            job.tally.total = records
            if not job.rules.minimum_records <= records <= job.rules.maximum_records:
                raise BadInputError(
                    f"The batch job has {records} records; {job.rules.minimum_records} to "
                    f"{job.rules.maximum_records} are allowed."
                )
        except BadInputError as error:
            job.move("Failed", str(error))
            return
        for status in ("Scheduled", "InProgress"):
            await self._stay(job)
            if job.stopping:
                break
            job.move(status)
        await self._stay(job)
        await self._finish(job, inputs)

    async def _finish(self, job: Job, inputs: Mapping[str, list[bytes]]) -> None:
        """The records that this job gets to, its files, its last state."""
        stopped = job.stopping
        ending = "Stopped" if stopped else job.rules.ends_as
        share = 1.0 if ending == "Completed" else 0.0 if ending == "Failed" else job.rules.share_done
        if share > 0.0:
            await asyncio.to_thread(
                self._files.process,
                job.job_id,
                job.asked,
                inputs,
                share=share,
                tally=job.tally,
                numeric_codes=job.rules.numeric_error_codes,
            )
        # A stop that comes while the records are at work comes too late for them.
        job.move(ending, {"Failed": "The job failed.", "Expired": "The job timed out."}.get(ending))

    async def _stay(self, job: Job) -> None:
        """In the state that the job is in, as long as the rules say, unless it is stopped."""
        if job.rules.hold_at == job.status and not job.released:
            await job.nudged.wait()
        elif job.rules.stage_seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(job.nudged.wait(), job.rules.stage_seconds)
        if not job.stopping:
            job.nudged.clear()

    def _find(self, request: Request) -> Job:
        job_id = str(request.path_params["job_id"]).rsplit("/", 1)[-1]
        if job_id not in self.jobs:
            raise ServiceError(404, "ResourceNotFoundException", "Could not find the specified model invocation job.")
        return self.jobs[job_id]

    async def _get(self, request: Request) -> Response:
        return json_response(_render(self._find(request)))

    async def _stop(self, request: Request) -> Response:
        job = self._find(request)
        if job.status in ENDED:
            raise ServiceError(400, "ConflictException", f"The job is {job.status} and cannot be stopped.")
        if job.status != "Stopping":
            in_progress = job.status == "InProgress"
            job.move("Stopping")
            if not in_progress:
                job.rules = replace(job.rules, share_done=0.0)
            job.stopping = True
            job.nudged.set()
        return json_response({})

    async def _list(self, request: Request) -> Response:
        query = request.query_params
        status = query.get("statusEquals")
        if status is not None and status not in (*OPEN, *ENDED):
            raise invalid("Value at 'statusEquals' failed to satisfy constraint: a known status")
        jobs = [
            job
            for job in self.jobs.values()
            if query.get("nameContains", "") in job.asked["jobName"]
            and status in (None, job.status)
            and _is_within(job, query.get("submitTimeAfter"), query.get("submitTimeBefore"))
        ]
        if query.get("sortOrder", "Descending") == "Descending":
            jobs.reverse()
        start = int(query.get("nextToken") or 0)
        size = int(query.get("maxResults") or 100)
        if not 1 <= size <= 1000:
            raise invalid("Value at 'maxResults' failed to satisfy constraint: 1 to 1000")
        shown = [_render(job, summary=True) for job in jobs[start : start + size]]
        more = {"nextToken": str(start + size)} if start + size < len(jobs) else {}
        return json_response({"invocationJobSummaries": shown, **more})


def _require(pattern: re.Pattern[str], value: Any, name: str, *, most: int) -> None:
    if not isinstance(value, str) or len(value) > most or pattern.fullmatch(value) is None:
        raise invalid(
            f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: Member must "
            f"satisfy regular expression pattern: {pattern.pattern}"
        )


def _input_uri(body: Mapping[str, Any]) -> str:
    return str((body["inputDataConfig"].get("s3InputDataConfig") or {}).get("s3Uri", ""))


def _output_uri(body: Mapping[str, Any]) -> str:
    return str((body["outputDataConfig"].get("s3OutputDataConfig") or {}).get("s3Uri", ""))


def _without_token(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "clientRequestToken"}


def _is_within(job: Job, after: str | None, before: str | None) -> bool:
    submitted = job.submitted
    return (after is None or submitted > datetime.fromisoformat(after)) and (
        before is None or submitted < datetime.fromisoformat(before)
    )


def _render(job: Job, *, summary: bool = False) -> dict[str, Any]:
    """A job as Get and List show it; times are ISO 8601."""
    hours = int(job.asked.get("timeoutDurationInHours", 24))
    shown: dict[str, Any] = {
        **job.asked,
        "jobArn": job.arn,
        "clientRequestToken": job.token,
        "status": job.status,
        "message": job.message,
        "submitTime": _iso(job.submitted),
        "lastModifiedTime": _iso(job.modified),
        "endTime": _iso(job.ended),
        "jobExpirationTime": _iso(job.submitted + timedelta(hours=hours)),
        "timeoutDurationInHours": hours,
        "modelInvocationType": job.asked.get("modelInvocationType", "InvokeModel"),
        "totalRecordCount": job.tally.total,
        "processedRecordCount": job.tally.processed,
        "successRecordCount": job.tally.succeeded,
        "errorRecordCount": job.tally.failed,
    }
    hidden = {"tags"} | ({"s3EncryptionKeyId"} if summary else set())
    return {name: value for name, value in shown.items() if value is not None and name not in hidden}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
