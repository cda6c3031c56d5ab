"""How the partitions of Dagster and the followed games are brought together, both ways. Pure.

- A followed game without a partition gets one. So a partition that somebody deletes in the UI comes back: the table is
  the truth, and a wiped Dagster must not stop the following of 100,000 games. `steampulse untrack` stops it.
- A partition whose game was untracked since the last tick goes, but not from under a run or backfill that has it:
  Dagster fails a whole backfill of which one partition is gone. It waits, and those untracked later wait with it.
- Any other partition was added by a person: the game is looked up, and followed or refused.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from steampulse_dagster.models.base import Model
from steampulse_dagster.models.catalog import UntrackedGame

MOST_ADDED = 5_000
"""Keys of one call: Dagster puts all of them into one IN list, which common SQLite builds cap at 32,766 values."""
MOST_REMOVED = 500
"""Each is a statement of its own."""
MOST_ADOPTED = 100
"""One request to Steam looks up so many."""
FILLED_FROM = 10_000
"""Partitions. Of fewer, a page that has to fill the cache of an asset takes less than half a second."""


class PartitionCursor(Model):
    """The last untracked game whose partition was dealt with: of what was untracked before, a partition is new."""

    untracked_at: datetime | None = None
    appid: int = 0
    keys: str = ""
    """Digest of the partitions for which a run was asked to fill Dagster's cached statuses."""

    def is_past(self, game: UntrackedGame) -> bool:
        """Whether this game was dealt with."""
        return self.untracked_at is not None and (game.untracked_at, game.appid) <= (self.untracked_at, self.appid)

    def after(self, game: UntrackedGame) -> "PartitionCursor":
        """The cursor once this game, too, was dealt with."""
        return self.model_copy(update={"untracked_at": game.untracked_at, "appid": game.appid})


@dataclass(frozen=True)
class PartitionPlan:
    """What one tick does, in slices; the rest is for the next ticks."""

    add: tuple[str, ...]
    remove: tuple[str, ...]
    adopt: tuple[str, ...]
    cursor: PartitionCursor
    to_add: int
    to_remove: int
    to_adopt: int
    waiting: int = 0
    """Of those to remove, partitions that a run or backfill has."""


def plan_partitions(
    present: Collection[str],
    *,
    appids: frozenset[int],
    untracked: Sequence[UntrackedGame],
    cursor: PartitionCursor,
    held: Collection[str] = (),
) -> PartitionPlan:
    """`present`: keys of partitions, `appids`: followed games, `untracked`: by time, earliest first, `held`: keys that
    a run or backfill has."""
    keys, followed = frozenset(present), {str(appid) for appid in appids}
    missing = sorted(followed - keys, key=int)
    surplus = keys - followed
    fresh = [game for game in untracked if not cursor.is_past(game)]
    gone = [game for game in fresh if str(game.appid) in surplus]
    removed = list(takewhile(lambda game: str(game.appid) not in held, gone[:MOST_REMOVED]))
    strangers = sorted(surplus - {str(game.appid) for game in gone})
    done = removed if len(removed) < len(gone) else fresh
    return PartitionPlan(
        add=tuple(missing[:MOST_ADDED]),
        remove=tuple(str(game.appid) for game in removed),
        adopt=tuple(strangers[:MOST_ADOPTED]),
        cursor=cursor.after(done[-1]) if done else cursor,
        to_add=len(missing),
        to_remove=len(gone),
        to_adopt=len(strangers),
        waiting=sum(str(game.appid) in held for game in gone),
    )


def explain_partitions(plan: PartitionPlan, *, followed: int) -> str:
    """What a tick does, in a sentence."""
    parts = [
        f"{done:,} of {of:,} {what}"
        for done, of, what in (
            (len(plan.add), plan.to_add, "followed games get a partition"),
            (len(plan.remove), plan.to_remove, "partitions of untracked games go"),
            (len(plan.adopt), plan.to_adopt, "partitions that were added by hand are looked up on Steam"),
        )
        if of
    ]
    if plan.waiting:
        parts.append(f"{plan.waiting:,} of them wait for the runs or backfills that have them")
    return f"{followed:,} games are followed. " + ("; ".join(parts) + "." if parts else "Partitions are the same.")
