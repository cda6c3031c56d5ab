"""Traffic in front of the simulators: a log of every request by the server's own clock, latency, and real limits.

Middleware for `running_simulators(world, middleware=…)` and `serve(world, middleware=…)`; faults are another one.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from steampulse_dagster.simulators.wire import steam_error


@dataclass(frozen=True)
class Seen:
    """One request, in seconds of the server's monotonic clock."""

    path: str
    started: float
    ended: float
    status: int


@dataclass
class TrafficLog:
    """The requests that a server has answered, in the order in which their answers ended.

    With a `file`, each one is also appended there as a line of JSON, for other processes to read.
    """

    file: Path | None = None
    seen: list[Seen] = field(default_factory=list)

    def add(self, seen: Seen) -> None:
        self.seen.append(seen)
        if self.file is not None:
            with self.file.open("a") as lines:
                lines.write(json.dumps(asdict(seen)) + "\n")


def read_traffic(file: Path) -> list[Seen]:
    """The requests in a log's file so far."""
    return [Seen(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


def count_most_open(seen: Sequence[Seen]) -> int:
    """Most requests that were open at one moment."""
    changes = sorted([(each.ended, -1) for each in seen] + [(each.started, 1) for each in seen])
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


def count_most_started(seen: Sequence[Seen], *, window_seconds: float) -> int:
    """Most requests that started within any window of this length."""
    window: deque[float] = deque()
    most = 0
    for start in sorted(each.started for each in seen):
        window.append(start)
        while start - window[0] >= window_seconds:
            window.popleft()
        most = max(most, len(window))
    return most


@dataclass
class TrafficRules:
    """What the server does to requests under `prefix`. May be changed while it serves.

    More than `limit` requests within `limit_seconds` are answered 429, with `retry_after` seconds if there are such:
    the limit is real, and a client that keeps within its budget never sees it.
    """

    prefix: str = "/"
    latency_seconds: float = 0.0
    limit: int | None = None
    limit_seconds: float = 1.0
    retry_after: int | None = None
    refuse_status: int | None = None
    """Answer everything with this status: 403, say."""


class TrafficMiddleware:
    """Delays, limits and notes each request under the rules' prefix."""

    def __init__(
        self, app: ASGIApp, *, log: TrafficLog, rules: TrafficRules, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._log = log
        self._rules = rules
        self._monotonic = monotonic
        self._starts: deque[float] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self._rules.prefix):
            await self._app(scope, receive, send)
            return
        started = self._monotonic()
        status = 0

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            if self._rules.latency_seconds:
                await asyncio.sleep(self._rules.latency_seconds)
            answer = self._refusal(started) or self._app
            await answer(scope, receive, note_status)
        finally:
            self._log.add(Seen(path=scope["path"], started=started, ended=self._monotonic(), status=status))

    def _refusal(self, started: float) -> ASGIApp | None:
        rules = self._rules
        if rules.refuse_status is not None:
            return steam_error(rules.refuse_status)
        if rules.limit is None:
            return None
        while self._starts and started - self._starts[0] >= rules.limit_seconds:
            self._starts.popleft()
        if len(self._starts) < rules.limit:
            self._starts.append(started)
            return None
        answer = steam_error(429)
        if rules.retry_after is not None:
            answer.headers["retry-after"] = str(rules.retry_after)
        return answer


def build_traffic(log: TrafficLog, rules: TrafficRules) -> Middleware:
    """The middleware, for the list that the server takes."""
    return Middleware(TrafficMiddleware, log=log, rules=rules)
