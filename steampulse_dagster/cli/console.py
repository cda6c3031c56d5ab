"""What every command prints with: people on a terminal, plain lines elsewhere; errors as one sentence."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Protocol

import click
import structlog
from rich.console import Console
from rich.live import Live
from rich.text import Text

from steampulse_dagster.config import get_log_settings

PLAIN_SECONDS = 5.0
LIVE_SECONDS = 0.25
MAX_APPID = 2**32 - 1

PIPED_WIDTH = 150
"""Columns of tables where no terminal says how wide it is."""

log = structlog.get_logger()
out = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
err = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else PIPED_WIDTH)


def plain(text: str) -> Text:
    """Text that others wrote, for a terminal: it cannot colour, move the cursor or turn the writing round.

    What is not printable is spelled out (`\\x1b`); line ends and tabs stay.
    """
    shown = (char if char.isprintable() or char in "\n\t" else repr(char)[1:-1] for char in text)
    return Text("".join(shown))


def when(moment: datetime, *, now: datetime) -> str:
    """A moment as people say it: "in 3 h", "2 d ago", "now"."""
    seconds = (moment - now).total_seconds()
    size = abs(seconds)
    units = ((86_400, "d"), (3_600, "h"), (60, "min"))
    unit = next(((length, name) for length, name in units if size >= length * 2), None)
    if unit is None:
        return "now" if size < 60 else ("in 1 min" if seconds > 0 else "1 min ago")
    length, name = unit
    return f"in {size / length:.0f} {name}" if seconds > 0 else f"{size / length:.0f} {name} ago"


class AppId(click.ParamType):
    """Steam's appid: a whole number that fits 32 bits."""

    name = "appid"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Raises click's usage error naming the value."""
        text = str(value).strip()
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= MAX_APPID):
            self.fail(f"{text!r} is not an appid: the number in a game's store address, such as 570.", param, ctx)
        return int(text)


APPID = AppId()


class Describable(Protocol):
    """Something under way that says in one line how far it is."""

    def describe(self) -> str: ...


class ProgressPrinter:
    """Shows a progress while a run works: a live line on a terminal, a line every few seconds elsewhere."""

    def __init__(self, progress: Describable) -> None:
        self._progress = progress
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        out.print(self._progress.describe(), soft_wrap=True)

    def _show(self) -> None:
        if not out.is_terminal:
            while not self._stop.wait(PLAIN_SECONDS):
                out.print(self._progress.describe(), soft_wrap=True)
            return
        with Live(console=out, transient=True, auto_refresh=False) as live:
            while not self._stop.wait(LIVE_SECONDS):
                live.update(Text(self._progress.describe()), refresh=True)


def is_service() -> bool:
    """Whether what this process says of itself belongs into a stream of JSON lines: the settings say so, and no person
    sits before it. What a command was asked for stays as it is."""
    return get_log_settings().log_format == "json" and not out.is_terminal and not err.is_terminal


def tell(text: str, *, event: str, **fields: str | list[str]) -> None:
    """What a service says of itself: a sentence for people, one line of the log in production."""
    if is_service():
        log.info(event, **fields)
    else:
        out.print(text, soft_wrap=True)


def complain(text: str, *, event: str) -> None:
    """Why a command ended: a sentence for people on standard error, one line of the log in production."""
    if is_service():
        log.error(event, reason=text)
    else:
        err.print(text, markup=False, soft_wrap=True)


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Say what is being waited for, while it is. Where no person looks, on standard error: the other may be JSON."""
    if is_service():
        log.info("wait_began", what=what)
        yield
    elif out.is_terminal:
        with out.status(what):
            yield
    else:
        err.print(what)
        yield
