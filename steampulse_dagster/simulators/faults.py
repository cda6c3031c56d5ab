"""Faults for any world: which there are, and a seeded plan of when each strikes.

Two kinds. A *passing* fault spoils one answer and leaves the world as it is: whoever asks again, or comes back later,
gets everything. A *quirk* is in the data: the same review is odd in the same way in every answer, so a crawl ends with
what its cleaning makes of it, or with the review in quarantine.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from steampulse_dagster.errors import ConfigError

DEFAULT_RATE = 0.05
TARGETS: Mapping[str, str] = {
    "reviews": "/IUserReviewsService/GetAppReviews/",
    "items": "/IStoreBrowseService/GetItems/",
    "apps": "/IStoreService/GetAppList/",
    "tags": "/IStoreService/GetTagList/",
    "details": "/api/appdetails",
    "library": "/IPlayerService/GetOwnedGames/",
    "profiles": "/ISteamUser/",
    "igdb": "/igdb/v4/",
    "twitch": "/twitch/oauth2/",
}
"""What may be spoiled, and how its path is known."""

ANSWER_FAULTS: Mapping[str, str] = {
    "429": "too many requests, without a Retry-After",
    "429_retry_after": "too many requests, with a Retry-After",
    "403": "a refusal",
    "500": "an error page of the server",
    "502": "an error page of the gateway",
    "503": "an error page of a service that is down",
    "refused": "the connection ends before an answer, as when nobody listens",
    "reset": "the connection ends in the middle of the body",
    "stall": "no answer for the stall time, then a good one",
    "drip": "a good answer that takes the stall time, a few bytes at a time",
    "html": "an HTML page with status 200",
    "redirect": "302 to the front page of the store",
    "null": "the JSON word null",
    "truncated": "half of the JSON with status 200",
    "garbled": "bytes that claim to be gzip and are not",
    "endless": "a body of two gibibytes",
    "empty_object": "{} as for an app that does not exist",
}
PAGE_FAULTS: Mapping[str, str] = {
    "empty_page": "an empty page before the end of the list",
    "cached_empty_page": "the same, for every repetition of the same address",
    "short_page": "a page of fewer reviews than asked for",
    "repeated_cursor": "the cursor that was sent comes back",
    "cursor_loop": "a cursor of some pages before comes back",
    "stuck_cursor": "the same page repeats its cursor whenever it is asked for",
    "duplicates": "reviews of another page among those of this one",
    "no_reviews": "the key `reviews` is missing",
    "no_cursor": "the key `cursor` is missing",
    "no_summary": "the key `query_summary` is missing",
    "reviews_as_object": "`reviews` is an object instead of a list",
    "low_totals": "totals are too low, as in a sale",
}
IGDB_FAULTS: Mapping[str, str] = {
    "401": "IGDB no longer takes the token",
    "no_rows": "IGDB's answer has no rows although there are some",
}
QUIRKS: Mapping[str, str] = {
    "missing_field": "a field that may be missing is",
    "numbers_as_text": "numbers are text",
    "flags_as_numbers": "truth values are 0 and 1",
    "odd_votes": "vote counts of 4294967295 or below 0",
    "odd_edit_time": "a time of edit in another millennium",
    "long_text": "a text of 150,000 characters",
    "nul_text": "NUL and lone surrogates in the text",
    "unreadable": "a required field is missing or no notation of its kind",
}
GROUPS: Mapping[str, tuple[str, ...]] = {
    "passing": (*ANSWER_FAULTS, *PAGE_FAULTS),
    "quirks": tuple(QUIRKS),
    "igdb": tuple(IGDB_FAULTS),
}
_SPEC = re.compile(r"(?P<name>\w+)(@(?P<target>\w+))?(=(?P<rate>[0-9.]+))?(\*(?P<count>[0-9]+))?")


@dataclass(frozen=True)
class Fault:
    """A fault, how often it strikes (share of requests, or of reviews for a quirk), at most how many times, where."""

    name: str
    rate: float = DEFAULT_RATE
    count: int | None = None
    target: str | None = None

    def aims_at(self, target: str) -> bool:
        """Whether it may strike a request for `target`; faults of pages are about reviews alone."""
        home = "igdb" if self.name in IGDB_FAULTS else "reviews"
        return (self.target is None or self.target == target) and (self.name in ANSWER_FAULTS or target == home)


class FaultPlan:
    """When which fault strikes: the same for the same seed and requests, in whatever order requests come.

    `stall_seconds`, `retry_after_seconds` and `endless_mebibytes` are what the faults of that name take. Called from
    several threads.
    """

    def __init__(
        self,
        faults: Sequence[Fault],
        *,
        seed: int = 0,
        stop_after: int | None = None,
        stall_seconds: float = 60.0,
        retry_after_seconds: int = 1,
        endless_mebibytes: int = 2048,
    ) -> None:
        self.stall_seconds, self.retry_after_seconds = stall_seconds, retry_after_seconds
        self.endless_mebibytes = endless_mebibytes
        self.struck: Counter[str] = Counter()
        """How often each fault struck."""
        self._faults = tuple(fault for fault in faults if fault.name not in QUIRKS)
        self.quirks = tuple(fault for fault in faults if fault.name in QUIRKS)
        self._seed, self._stop_after = seed, stop_after
        self._asked: Counter[int] = Counter()
        self._lock = Lock()

    def stop(self) -> None:
        """No passing fault strikes any more; quirks stay in the data."""
        self._faults = ()

    def choose(self, target: str, address: str, *, page: str) -> str | None:
        """The fault that strikes this request, if any. `page` names what is asked for, however often and by whom."""
        with self._lock:
            if not self._faults or (self._stop_after is not None and self.struck.total() >= self._stop_after):
                return None
            key = int.from_bytes(_digest(address), "big")
            self._asked[key] += 1
            for fault in self._faults:
                subject = {"cached_empty_page": address, "stuck_cursor": page}.get(
                    fault.name, f"{address} {self._asked[key]}"
                )
                spent = fault.count is not None and self.struck[fault.name] >= fault.count
                if not spent and fault.aims_at(target) and self.draw(fault.name, subject) < fault.rate:
                    self.struck[fault.name] += 1
                    return fault.name
        return None

    def draw(self, *subject: object) -> float:
        """A number in [0, 1) that belongs to the seed and the subject."""
        return int.from_bytes(_digest(f"{self._seed} {subject}"), "big") / 2**64


def parse_faults(text: str) -> tuple[Fault, ...]:
    """Faults from NAME[@TARGET][=RATE][*COUNT], separated by commas. Raises ConfigError naming what is wrong.

    `passing` and `quirks` stand for all of their kind, which share the rate.
    """
    faults: list[Fault] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _SPEC.fullmatch(part)
        names = _names(found["name"]) if found else ()
        if found is None or not names:
            known = ", ".join((*GROUPS, *(name for group in GROUPS.values() for name in group)))
            raise ConfigError(f"{part!r} is no fault: NAME[@TARGET][=RATE][*COUNT], NAME one of {known}.")
        if found["target"] is not None and found["target"] not in TARGETS:
            raise ConfigError(f"{part!r} aims at nothing: TARGET is one of {', '.join(TARGETS)}.")
        rate = _parse_rate(found["rate"], part=part) / len(names)
        count = int(found["count"]) if found["count"] else None
        faults += [Fault(name, rate=rate, count=count, target=found["target"]) for name in names]
    return tuple(faults)


def describe_faults() -> str:
    """All names with what they do, a line each."""
    kinds = {
        "Passing, any answer": ANSWER_FAULTS,
        "Passing, pages of reviews": PAGE_FAULTS,
        "Passing, IGDB": IGDB_FAULTS,
        "Quirks, reviews": QUIRKS,
        "Targets": TARGETS,
    }
    blocks = [
        "\n".join([f"{title}:", *(f"  {name:<18} {says}" for name, says in faults.items())])
        for title, faults in kinds.items()
    ]
    return "\n\n".join(blocks)


def _names(name: str) -> tuple[str, ...]:
    return GROUPS.get(name) or ((name,) if any(name in group for group in GROUPS.values()) else ())


def _parse_rate(text: str | None, *, part: str) -> float:
    try:
        rate = DEFAULT_RATE if text is None else float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1:
        raise ConfigError(f"{part!r}: a rate is a number from 0 to 1.")
    return rate


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
