"""How the Bedrock look-alike is busy: how long an answer takes, how many are allowed, which prompts it remembers."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from threading import Lock

CACHE_SECONDS = 300.0


@dataclass
class Latency:
    """How long answers take: `seconds`, give or take `jitter` of it, evenly spread. `drawn` adds up what was handed
    out."""

    seconds: float = 0.0
    jitter: float = 0.0
    seed: int = 0
    drawn: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def draw(self) -> float:
        """The time that the next answer takes."""
        seconds = self.seconds * (1.0 + self.jitter * self._random.uniform(-1.0, 1.0))
        if seconds > 0.0:
            self.drawn.append(seconds)
        return seconds


class TokenBucket:
    """A quota as AWS keeps it: `rate` requests a second on average, `burst` at once."""

    def __init__(self, rate: float, *, burst: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._monotonic = rate, burst, monotonic
        self._left = burst
        self._at = monotonic()

    def take(self) -> bool:
        """Whether one more request is allowed now."""
        now = self._monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class PromptCache:
    """Prefixes that were read within the last five minutes. A prefix can be had once its first call has ended."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._until: dict[bytes, float] = {}
        self._lock = Lock()

    def holds(self, model: str, prefix: str) -> bool:
        """Whether a prefix is there for this model; using it keeps it for another five minutes."""
        key, now = _digest(model, prefix), self._monotonic()
        with self._lock:
            if self._until.get(key, 0.0) <= now:
                return False
            self._until[key] = now + CACHE_SECONDS
            return True

    def keep(self, model: str, prefix: str) -> None:
        """A call with this prefix has ended."""
        with self._lock:
            self._until[_digest(model, prefix)] = self._monotonic() + CACHE_SECONDS


def _digest(model: str, prefix: str) -> bytes:
    return blake2b(f"{model}\n{prefix}".encode("utf-8", "replace"), digest_size=16).digest()
