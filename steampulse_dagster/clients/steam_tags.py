"""Names of user tags: GetTagList, asked for once a day and only if its version has changed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from steampulse_dagster.clients.steam_values import UnreadableValueError, objects_in, read_number, read_text
from steampulse_dagster.errors import SteamApiError
from steampulse_dagster.utils.text import clean_line, is_blank

log = structlog.get_logger()

FRESH_SECONDS = 24 * 3600.0
"""Steam adds a handful of tags a year. Names are stored with the tags of each game, so the list itself is not."""


def parse_tag_list(answer: Mapping[str, Any]) -> dict[int, str]:
    """Names by tag id; entries that cannot be read are left out."""
    names: dict[int, str] = {}
    for raw in objects_in(answer, "tags"):
        try:
            tagid, name = read_number(raw, "tagid"), clean_line(read_text(raw, "name") or "")
        except UnreadableValueError:
            continue
        if tagid is not None and not is_blank(name):
            names[tagid] = name
    return names


class TagNames:
    """The tag list of one process. `fetch` answers GetTagList for a `have_version_hash` ("" for none)."""

    def __init__(
        self,
        fetch: Callable[[str], Awaitable[Mapping[str, Any]]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._names: dict[int, str] | None = None
        self._version = ""
        self._good_until = float("-inf")
        self._asking = asyncio.Lock()

    async def get(self) -> Mapping[int, str] | None:
        """Names by tag id; None if Steam refuses the list: games do not fail for want of it.

        Raises SteamApiError where waiting helps and no earlier list is at hand.
        """
        async with self._asking:
            if self._monotonic() >= self._good_until:
                await self._refresh()
            return self._names

    async def _refresh(self) -> None:
        try:
            answer = await self._fetch(self._version)
        except SteamApiError as error:
            if error.retryable and self._names is None:
                raise
            log.warning("tag_list_refused", reason=error.message)
        else:
            self._take(answer)
        self._good_until = self._monotonic() + FRESH_SECONDS

    def _take(self, answer: Mapping[str, Any]) -> None:
        names = parse_tag_list(answer)
        version = answer.get("version_hash")
        # An unchanged list is answered by its version alone.
        if names or self._names is None:
            self._names = names
            self._version = version if isinstance(version, str) else ""
