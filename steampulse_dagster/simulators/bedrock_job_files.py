"""The files of a simulated bulk job: reads its input lines, writes one output file for each and a manifest."""

import json
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from steampulse_dagster.simulators.bedrock_script import RECORDS, BedrockScript
from steampulse_dagster.simulators.bedrock_wire import ServiceError
from steampulse_dagster.simulators.objects import Objects
from steampulse_dagster.simulators.wire import json_bytes

AnswerRecord = Callable[[str, Mapping[str, Any]], dict[str, Any]]
"""(model id, Converse body) to a Converse answer; raises ServiceError."""
WORKERS = 4


class BadInputError(Exception):
    """The service fails the job while it validates it, and says why."""


@dataclass
class Tally:
    """Numbers of a job's records and of their tokens."""

    total: int = 0
    processed: int = 0
    succeeded: int = 0
    failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class JobFiles:
    """Reads and writes for all jobs; blocks."""

    def __init__(self, objects: Objects, *, answer_record: AnswerRecord, script: Callable[[], BedrockScript]) -> None:
        self._objects, self._answer, self._script = objects, answer_record, script

    def read_inputs(self, asked: Mapping[str, Any], maximum_bytes: int) -> dict[str, list[bytes]]:
        """The lines of each input file by its key. Raises BadInputError for what the service finds in validation."""
        bucket, prefix = split_uri(asked["inputDataConfig"]["s3InputDataConfig"]["s3Uri"])
        try:
            keys = [key for key in self._objects.list_keys(bucket, prefix) if key.endswith(".jsonl")]
            if prefix.endswith(".jsonl"):
                keys = [key for key in keys if key == prefix]
            if not keys:
                raise BadInputError("Input does not contain any .jsonl files.")
            files = {key: self._objects.read(bucket, key) for key in keys}
        except LookupError as error:
            raise BadInputError(f"The input cannot be read from S3: {error}") from error
        for key, data in files.items():
            if len(data) > maximum_bytes:
                raise BadInputError(f"The input file {key} is larger than {maximum_bytes} bytes.")
        return {key: [_check_line(line, key) for line in data.splitlines() if line] for key, data in files.items()}

    def process(
        self,
        job_id: str,
        asked: Mapping[str, Any],
        inputs: Mapping[str, list[bytes]],
        *,
        share: float,
        tally: Tally,
        numeric_codes: bool,
    ) -> None:
        """Answer this share of the records and write the outputs, in an order of their own."""
        bucket, prefix = split_uri(asked["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"])
        folder = f"{prefix.rstrip('/')}/{job_id}" if prefix.strip("/") else job_id
        shuffle = random.Random(job_id)
        for key, lines in inputs.items():
            answer = partial(self._answer_line, model=asked["modelId"], tally=tally, numeric_codes=numeric_codes)
            with ThreadPoolExecutor(WORKERS) as pool:
                rows = list(pool.map(answer, lines[: round(share * len(lines))]))
            shuffle.shuffle(rows)
            name = key.rsplit("/", 1)[-1]
            self._objects.write(bucket, f"{folder}/{name}.out", b"".join(rows))
        self._objects.write(bucket, f"{folder}/manifest.json.out", json_bytes(_render(tally)))

    def _answer_line(self, line: bytes, *, model: str, tally: Tally, numeric_codes: bool) -> bytes:
        record = json.loads(line)
        wrong = self._script().choose(RECORDS, line.decode("utf-8", "replace"))
        tally.processed += 1
        try:
            if wrong == "record_error":
                raise ServiceError(500, "InternalServerException", "The system encountered an unexpected error.")
            answer = {"modelOutput": self._answer(model, record["modelInput"])}
            tally.succeeded += 1
            tally.input_tokens += answer["modelOutput"]["usage"]["inputTokens"]
            tally.output_tokens += answer["modelOutput"]["usage"]["outputTokens"]
        except ServiceError as error:
            code: int | str = error.status if numeric_codes else str(error.status)
            answer = {"error": {"errorCode": code, "errorMessage": str(error)}}
            tally.failed += 1
        whole = json_bytes({**record, **answer}) + b"\n"
        match wrong:
            case "record_lost":
                return b""
            case "record_garbled":
                return whole[: len(whole) // 2] + b"\n"
            case _:
                return whole


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an s3:// address."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def _check_line(line: bytes, key: str) -> bytes:
    try:
        record = json.loads(line)
    except ValueError:
        raise BadInputError(f"The input file {key} has a line that is not JSON.") from None
    if not isinstance(record, dict) or not isinstance(record.get("modelInput"), dict):
        raise BadInputError(f"The input file {key} has a line without modelInput.")
    return line


def _render(tally: Tally) -> dict[str, int]:
    return {
        "totalRecordCount": tally.total,
        "processedRecordCount": tally.processed,
        "successRecordCount": tally.succeeded,
        "errorRecordCount": tally.failed,
        "inputTokenCount": tally.input_tokens,
        "outputTokenCount": tally.output_tokens,
    }
