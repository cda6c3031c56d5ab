"""Requests of many games gathered for bulk jobs: their texts wait in a file, not in memory. Asks nobody."""

import tempfile
import threading
from base64 import b32encode
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import IO

from steampulse_dagster.clients.bedrock_batch import render_record
from steampulse_dagster.clients.bedrock_models import Capabilities
from steampulse_dagster.models.batches import BatchLimits
from steampulse_dagster.models.costs import CallEstimate
from steampulse_dagster.models.llm import ModelRequest

LONGEST_LINE_BYTES = 5_000_000
"""Room that is left for one line more: 50 reviews of 8,000 emoji, each of them escaped."""


@dataclass(frozen=True)
class PooledRequest:
    """A request without its texts, what it may cost, and where its line is in the file of its part."""

    record_id: str
    request: ModelRequest
    estimate: CallEstimate
    line_digest: str
    offset: int
    length: int


@dataclass
class PoolPart:
    """What becomes one job: requests of one model and the input file with a line for each. Close it after use."""

    model: str
    file: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    requests: list[PooledRequest] = field(default_factory=list)
    size: int = 0
    _record_ids: set[str] = field(default_factory=set)

    @property
    def appids(self) -> set[int]:
        """The games that the requests are about."""
        return {pooled.request.appid for pooled in self.requests}

    @property
    def digest(self) -> str:
        """Of the model, the requests and their lines, in whatever order: parts of equal digest are the same job."""
        parts = sorted(f"{pooled.request.request_key} {pooled.line_digest}" for pooled in self.requests)
        return sha256("\n".join([self.model, *parts]).encode()).hexdigest()[:40]

    def has_room(self, request_key: str, limits: BatchLimits) -> bool:
        """Whether another request fits, and its record id is free."""
        spare = min(LONGEST_LINE_BYTES, limits.maximum_bytes // 2)
        small = len(self.requests) < limits.maximum_records and self.size < limits.maximum_bytes - spare
        return small and build_record_id(request_key) not in self._record_ids

    def add(self, request: ModelRequest, estimate: CallEstimate, capabilities: Capabilities) -> None:
        """Append a request and its line."""
        record_id = build_record_id(request.request_key)
        line = render_record(record_id, request, capabilities)
        textless = request.model_copy(update={"system": "", "user": ""})
        self._append(PooledRequest(record_id, textless, estimate, sha256(line).hexdigest(), self.size, len(line)), line)

    def drop(self, request_keys: Collection[str]) -> None:
        """Take these requests out again."""
        old, kept = self.file, [one for one in self.requests if one.request.request_key not in request_keys]
        fresh = PoolPart(model=self.model)
        self.file, self.requests, self.size, self._record_ids = fresh.file, [], 0, set()
        with old:
            for pooled in kept:
                old.seek(pooled.offset)
                self._append(replace(pooled, offset=self.size), old.read(pooled.length))

    def close(self) -> None:
        """Remove the file."""
        self.file.close()

    def _append(self, pooled: PooledRequest, line: bytes) -> None:
        self.file.seek(pooled.offset)
        self.file.write(line)
        self.requests.append(pooled)
        self._record_ids.add(pooled.record_id)
        self.size += pooled.length


def build_record_id(request_key: str) -> str:
    """Eleven letters and digits made from the request alone, so that equal sets make equal jobs; the length is that of
    AWS's own examples. Two of 50,000 requests have the same one in a job of ten million."""
    return b32encode(sha256(request_key.encode()).digest())[:11].decode()


class RequestPool:
    """One growing part for each model. A part that holds all that one job may hold is handed out and a new one begun.

    Usable from any thread.
    """

    def __init__(self, limits: BatchLimits, *, get_capabilities: Callable[[str], Capabilities]) -> None:
        self._limits = limits
        self._get_capabilities = get_capabilities
        self._growing: dict[str, PoolPart] = {}
        self._full: list[PoolPart] = []
        self._keys: set[str] = set()
        self._lock = threading.Lock()

    def add(self, request: ModelRequest, estimate: CallEstimate) -> None:
        """Put a request into the pool, once."""
        with self._lock:
            if request.request_key in self._keys:
                return
            self._keys.add(request.request_key)
            part = self._growing.get(request.model)
            if part is not None and not part.has_room(request.request_key, self._limits):
                self._full.append(self._growing.pop(request.model))
                part = None
            if part is None:
                part = self._growing[request.model] = PoolPart(model=request.model)
            part.add(request, estimate, self._get_capabilities(request.model))

    def take_full(self) -> Sequence[PoolPart]:
        """Parts that are full; whoever takes them closes them."""
        with self._lock:
            taken, self._full = self._full, []
        return taken

    def take_rest(self) -> Sequence[PoolPart]:
        """All other parts, large enough or not; whoever takes them closes them."""
        with self._lock:
            taken, self._growing = list(self._growing.values()), {}
        return taken

    def close(self) -> None:
        """Drop what nobody took."""
        for part in (*self.take_full(), *self.take_rest()):
            part.close()
