"""Rules of what is due: the interval of a game, the pause after a failure, the dead letter. Pure: no clock, no SQL.

A game is crawled again once a *useful* number of new reviews may be expected. Two words, two meanings:

- *fresh*: fetched within the fresh hours. It only keeps a run that names games from asking Steam twice for the same.
- *due*: the game's own moment has come. The fresh hours are the shortest interval, and what is due is never fresh.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from steampulse_dagster.errors import SteamErrorKind
from steampulse_dagster.models.due import UNEXPECTED_ERROR, DuePlan, Pulse
from steampulse_dagster.models.reviews import CrawlState

LEAST_USEFUL = 10
"""Fewer new reviews change no report: a chunk is 50 reviews, a percentage of a small game moves by whole reviews."""
USEFUL_SHARE = 0.01
"""One review in a hundred moves no share that is shown by more than a point."""
MOST_USEFUL = 100
"""One page. The overlap costs a page whenever a game is crawled: up to here waiting saves requests, past it none."""
LONGEST = timedelta(days=30)
"""Edits and votes change without any new review, and a game that slept may wake: once a month each is looked at."""
FLOOR = timedelta(hours=1)
"""Shortest interval however short the fresh hours are set: Steam's anonymous answers may be ten minutes old."""
PATCH_ATTENTION = timedelta(days=7)
"""So long after a change in the catalogue (a patch, a new price) the interval is halved: reviews follow changes."""
AGE_SHARE = 4
"""The interval is at most this part of a game's age: what was measured over n days says little beyond n / 4."""
RELEASE_HOUR = 18
"""UTC. Steam's releases are mostly at 10 in the morning, Pacific time."""
GRID_ORIGIN = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class BackOff:
    """How failures of a kind are taken: first pause, doubled each time up to the longest; dead after so many."""

    first: timedelta
    longest: timedelta
    dead_after: int | None = None


BACK_OFFS: Mapping[str, BackOff] = {
    # About Steam or the network, not about the game: tried for ever, soon again, because it ends without our doing.
    SteamErrorKind.RATE_LIMITED: BackOff(timedelta(minutes=5), timedelta(hours=6)),
    SteamErrorKind.UNAVAILABLE: BackOff(timedelta(minutes=5), timedelta(hours=6)),
    # A block lasts up to 48 hours, and asking prolongs it.
    SteamErrorKind.BLOCKED: BackOff(timedelta(hours=1), timedelta(hours=24)),
    SteamErrorKind.KEY_REFUSED: BackOff(timedelta(hours=1), timedelta(hours=24)),
    # Lists are cut short for days in a sale, and each new attempt walks the whole list.
    SteamErrorKind.INCOMPLETE: BackOff(timedelta(minutes=30), timedelta(days=3), dead_after=15),
    # A changed service answers so for every game: five days are left to mend it before games are given up.
    SteamErrorKind.UNEXPECTED_SHAPE: BackOff(timedelta(hours=1), timedelta(hours=24), dead_after=10),
    # Asked three times over 18 hours, because Steam is known to send an empty answer for a game that exists.
    SteamErrorKind.NOT_FOUND: BackOff(timedelta(hours=6), timedelta(hours=24), dead_after=3),
    SteamErrorKind.PRIVATE: BackOff(timedelta(hours=24), timedelta(hours=24), dead_after=3),
    UNEXPECTED_ERROR: BackOff(timedelta(hours=1), timedelta(hours=24), dead_after=5),
}
RETRY_AT_SPREAD = timedelta(minutes=5)
"""Games that Steam told to come back at one moment come back over this long."""


def compute_next_due(pulse: Pulse, *, appid: int, now: datetime, fresh_hours: float) -> DuePlan:
    """When a game whose crawl has just finished is crawled next.

    The ideal interval is cut down to a rung of a ladder of doublings, and the moment lies on the game's own grid: half
    intervals, from a phase that is drawn from the appid. It is the first that is more than half an interval away. So
    the pause is never longer than the interval, a run that is late by less than half of it does not shift the next
    one, games spread evenly, and a game keeps its times of day.
    """
    rate = measure_rate(pulse)
    every = choose_interval(pulse, rate=rate, now=now, fresh_hours=fresh_hours)
    next_due_at = _next_turn(now + every / 2, appid=appid, step=every / 2)
    release = _release_moment(pulse)
    if release is not None and now < release < next_due_at:
        next_due_at = release + _share(appid) * FLOOR
    return DuePlan(reviews_per_day=rate, every=every, next_due_at=next_due_at)


def measure_rate(pulse: Pulse) -> float:
    """New reviews a day: the higher of the last three days and the last thirty, so that a wave is seen at once and
    forgotten slowly."""
    return max(pulse.new_in_3_days / 3, pulse.new_in_30_days / 30)


def count_useful(stored: int) -> float:
    """So many new reviews are news for a game of which so many are stored."""
    return min(max(LEAST_USEFUL, USEFUL_SHARE * stored), MOST_USEFUL)


def choose_interval(pulse: Pulse, *, rate: float, now: datetime, fresh_hours: float) -> timedelta:
    """The longest rung at which no more than the useful number of new reviews is expected.

    Rungs are the fresh hours (at least one) doubled and doubled, up to 30 days.
    """
    useful = count_useful(pulse.stored)
    days = useful / rate if rate > 0 else math.inf
    if pulse.modified_at is not None and now - PATCH_ATTENTION < pulse.modified_at <= now:
        days = min(days, LONGEST / timedelta(days=1)) / 2
    release = _release_moment(pulse)
    if release is not None and release <= now:
        days = min(days, (now - release) / timedelta(days=AGE_SHARE))
    return _rung(days, shortest=max(timedelta(hours=fresh_hours), FLOOR))


def note_success(state: CrawlState, pulse: Pulse, *, now: datetime, fresh_hours: float) -> CrawlState:
    """The state after a crawl that came to its end: no error, alive, and due in its turn."""
    plan = compute_next_due(pulse, appid=state.appid, now=now, fresh_hours=fresh_hours)
    return state.model_copy(
        update={
            "reviews_per_day": plan.reviews_per_day,
            "due_every": plan.every,
            "next_due_at": plan.next_due_at,
            "last_error": None,
            "last_error_kind": None,
            "last_failed_at": None,
            "consecutive_failures": 0,
            "dead_since": None,
            "dead_reason": None,
        }
    )


def note_failure(
    state: CrawlState, *, kind: str, error: str, now: datetime, retry_at: datetime | None = None
) -> CrawlState:
    """The state after a failed crawl: its kind counted, the next attempt set, dead if that kind was too often.

    `retry_at` is the moment that Steam or the circuit named. A game that is dead already stays so.
    """
    failures = state.consecutive_failures + 1 if state.last_error_kind == kind else 1
    reason = explain_death(kind, failures)
    dead_since, dead_reason = (state.dead_since, state.dead_reason) if state.dead_since else (None, None)
    if dead_since is None and reason is not None:
        dead_since, dead_reason = now, reason
    return state.model_copy(
        update={
            "next_due_at": compute_next_attempt(kind, appid=state.appid, failures=failures, now=now, retry_at=retry_at),
            "last_error": error,
            "last_error_kind": str(kind),
            "last_failed_at": now,
            "consecutive_failures": failures,
            "dead_since": dead_since,
            "dead_reason": dead_reason,
        }
    )


def compute_next_attempt(kind: str, *, appid: int, failures: int, now: datetime, retry_at: datetime | None) -> datetime:
    """After so many failures of a kind in a row: the moment that Steam named, else a pause that doubles.

    Both are stretched by a share that belongs to the appid, so that games that failed together come back apart.
    """
    if retry_at is not None and retry_at > now:
        return retry_at + _share(appid) * RETRY_AT_SPREAD
    rule = BACK_OFFS.get(kind, BACK_OFFS[UNEXPECTED_ERROR])
    pause = min(rule.first * 2 ** min(failures - 1, 20), rule.longest)
    return now + pause * (1 + _share(appid) / 2)


def explain_death(kind: str, failures: int) -> str | None:
    """Why a game is given up after so many failures of a kind in a row; None while it is not."""
    rule = BACK_OFFS.get(kind, BACK_OFFS[UNEXPECTED_ERROR])
    if rule.dead_after is None or failures < rule.dead_after:
        return None
    return f"{failures} failures in a row: {kind.replace('_', ' ')}"


def _rung(days: float, *, shortest: timedelta) -> timedelta:
    longest = max(LONGEST, shortest)
    if days >= longest / timedelta(days=1):
        return longest
    ideal = timedelta(days=days)
    rung = shortest
    while rung * 2 <= ideal:
        rung *= 2
    return rung


def _next_turn(after: datetime, *, appid: int, step: timedelta) -> datetime:
    first = GRID_ORIGIN + _share(appid) * 2 * step
    return first + (math.floor((after - first) / step) + 1) * step


def _release_moment(pulse: Pulse) -> datetime | None:
    return None if pulse.released_on is None else datetime.combine(pulse.released_on, time(RELEASE_HOUR, tzinfo=UTC))


def _share(appid: int) -> float:
    """A number in [0, 1) that belongs to the appid: the same on every machine, evenly spread."""
    return int.from_bytes(hashlib.blake2b(str(appid).encode(), digest_size=6).digest(), "big") / 2**48
