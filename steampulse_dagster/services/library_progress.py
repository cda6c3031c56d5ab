"""Where the import of a library stands, for whoever shows it: the run log and the command line read the same object."""

import time
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class LibraryProgress:
    """Counters of one import; written by the services, read from any thread."""

    stage: str = "asking Steam for the library"
    games: int = 0
    classified: int = 0
    answered: int = 0
    """Apps that IGDB, its earlier answers or a person has said of which game they are, or that there is none."""
    matched: int = 0
    steam_calls: int = 0
    igdb_calls: int = 0
    imported: int = 0
    started: float = field(default_factory=time.monotonic)

    def describe(self) -> str:
        """One line: apps done of all, requests so far, what is done now, elapsed. Moves with each answered request."""
        elapsed = int(time.monotonic() - self.started)
        return (
            f"apps {self.classified:,}/{self.games:,} classified · {self.answered:,} looked up, "
            f"{self.matched:,} matched · imported {self.imported:,} · requests: {self.steam_calls} to Steam, "
            f"{self.igdb_calls} to IGDB · now: {self.stage} · {elapsed // 60}:{elapsed % 60:02d} elapsed"
        )


SHOWN_LIBRARY_PROGRESS: ContextVar[LibraryProgress | None] = ContextVar("shown_library_progress", default=None)
"""Set by a command that shows the progress of an import in its own process."""
