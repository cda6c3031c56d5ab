"""A world made of recorded answers: reads a folder in the layout described at RecordedWorld, writes nothing."""

import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from steampulse_dagster.errors import ConfigError
from steampulse_dagster.simulators.recorded_store import build_minimal_details, build_store_item
from steampulse_dagster.simulators.review_totals import build_query_summary

_LAYOUT = "expected manifest.json and appreviews/<appid>.jsonl.gz in it"
_LISTS = ("applist.json.gz", "applist_istoreservice_page2.json.gz")
_DETAIL_FOLDERS = ("appdetails", "appdetails_edge")
_REVIEWS_SUFFIX = ".jsonl.gz"
_FIRST_STEAMID = 76561202255200001
"""Owners of recorded libraries are unknown; these ids lie at the unused end of the range of real accounts."""


def list_recorded_appids(path: Path) -> list[int]:
    """Games of a recorded folder that have reviews, ascending. Raises ConfigError if the folder is not one."""
    _require_layout(path)
    names = (file.name.removesuffix(_REVIEWS_SUFFIX) for file in (path / "appreviews").glob("*" + _REVIEWS_SUFFIX))
    return sorted(int(name) for name in names if name.isdigit())


def _require_layout(path: Path) -> None:
    if not path.is_dir():
        raise ConfigError(f"{path} is not a folder of recorded Steam data: there is no such folder; {_LAYOUT}.")
    for needed in ("manifest.json", "appreviews"):
        if not (path / needed).exists():
            raise ConfigError(f"{path} is not a folder of recorded Steam data: {needed} is missing; {_LAYOUT}.")


class RecordedReviews(Sequence[Mapping[str, Any]]):
    """The reviews of one app, read from the file each time they are iterated, so that they take no memory.

    Today's objects have the recorded names, so they go out as recorded: odd votes, text where a number belongs,
    and missing fields included.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._length: int | None = None

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        length = 0
        for line in self._lines():
            yield json.loads(line)
            length += 1
        self._length = length

    def __len__(self) -> int:
        if self._length is None:
            self._length = sum(1 for _ in self._lines())
        return self._length

    def _lines(self) -> Iterator[bytes]:
        with gzip.open(self._file, "rb") as lines:
            yield from (line for line in lines if line.strip())

    @overload
    def __getitem__(self, index: int) -> Mapping[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Mapping[str, Any]]: ...
    def __getitem__(self, index: int | slice) -> Mapping[str, Any] | Sequence[Mapping[str, Any]]:
        return list(self)[index]


class RecordedWorld:
    """A folder with manifest.json, appreviews/, and any of appdetails/, appdetails_edge/, query_summary/, ownedgames/,
    igdb/ and the two app lists. What is not recorded is unknown here, with one exception: a game with reviews but
    without a store page gets a minimal one (recorded_store.py), since it would otherwise look delisted.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reviews = {
            appid: RecordedReviews(path / "appreviews" / f"{appid}{_REVIEWS_SUFFIX}")
            for appid in list_recorded_appids(path)
        }
        self._manifest_names = _load_names(path / "manifest.json")
        self._detail_files = {
            int(file.stem): file
            for folder in _DETAIL_FOLDERS
            for file in (path / folder).glob("*.json")
            if file.stem.isdigit()
        }
        self.name = f"recorded:{path.resolve().name}"

    def list_apps(self) -> Sequence[Mapping[str, Any]]:
        return self._apps

    def get_appdetails(self, appid: int) -> Mapping[str, Any] | None:
        """As recorded; a recorded body that lacks the appid's key comes back whole."""
        file = self._detail_files.get(appid)
        if file is not None:
            body = _load(file)
            return body.get(str(appid), body)
        if appid in self._reviews:
            return build_minimal_details(appid, self._manifest_names.get(appid, ""))
        return None

    def get_store_item(self, appid: int) -> Mapping[str, Any] | None:
        app = self._apps_by_id.get(appid)
        if app is None:
            return None
        inner = self.get_appdetails(appid) or {}
        data = inner.get("data") if inner.get("success") else None
        summary = self.get_query_summary(appid)
        return build_store_item(appid, name=app["name"], data=data or {"type": app["type"]}, summary=summary)

    def list_tags(self) -> Mapping[int, str]:
        return {}

    def list_reviews(self, appid: int) -> Sequence[Mapping[str, Any]] | None:
        """An app with a store page but no recorded reviews has none; any other app is unknown."""
        found = self._reviews.get(appid)
        if found is None and (appid in self._empty_summaries or self._has_store_page(appid)):
            return ()
        return found

    def get_query_summary(self, appid: int) -> Mapping[str, Any] | None:
        """As recorded, so totals may lie far above the reviews that are there; None if there is none."""
        file = self._path / "query_summary" / f"{appid}.json"
        if appid not in self._reviews or not file.is_file():
            return self._empty_summaries.get(appid)
        summary = _load(file).get("query_summary") or {}
        return summary if summary.get("total_reviews", -1) >= 0 else None

    def get_owned_games(self, steamid: str) -> Mapping[str, Any] | None:
        file = self._libraries.get(steamid)
        return None if file is None else _load(file)["response"]

    def resolve_vanity(self, name: str) -> str | None:
        """The file name of a recorded library without its suffix is its owner's custom profile name."""
        return next((steamid for steamid, file in self._libraries.items() if file.stem == name), None)

    def list_igdb_games(self) -> Sequence[Mapping[str, Any]]:
        return self._igdb_games

    def list_igdb_external_games(self) -> Sequence[Mapping[str, Any]]:
        return ()

    @cached_property
    def _apps(self) -> Sequence[Mapping[str, Any]]:
        return tuple(self._apps_by_id[appid] for appid in sorted(self._apps_by_id))

    @cached_property
    def _apps_by_id(self) -> Mapping[int, Mapping[str, Any]]:
        """The lists, then apps with reviews or a store page. The old list has no dates: 0 stands for unknown."""
        apps: dict[int, dict[str, Any]] = {}
        for name in _LISTS:
            for app in _load_list(self._path / name):
                apps[app["appid"]] = {"last_modified": 0, "price_change_number": 0, "type": "game", **app}
        pages = {appid: data for appid in self._detail_files if (data := self._page(appid)) is not None}
        for appid in self._reviews.keys() | self._manifest_names.keys() | pages.keys():
            app = apps.setdefault(appid, {"appid": appid, "last_modified": 0, "price_change_number": 0})
            app["type"] = str(pages.get(appid, {}).get("type") or "game")
            app.setdefault("name", pages.get(appid, {}).get("name") or self._manifest_names.get(appid, ""))
        return {appid: {"appid": appid, "name": app.pop("name"), **app} for appid, app in apps.items()}

    def _page(self, appid: int) -> Mapping[str, Any] | None:
        """`data` of a recorded store page, None where the store refused."""
        inner = self.get_appdetails(appid) or {}
        return inner.get("data") if inner.get("success") else None

    def _has_store_page(self, appid: int) -> bool:
        return appid in self._detail_files and self._page(appid) is not None

    @cached_property
    def _empty_summaries(self) -> Mapping[int, Mapping[str, Any]]:
        """Apps that Steam answered for with zero reviews."""
        file = self._path / "query_summary" / "_empty_or_failed.json"
        entries = _load(file) if file.is_file() else []
        totals = {entry["appid"]: entry["stored"].get("query_summary", {}).get("total_reviews") for entry in entries}
        return {appid: build_query_summary(positive=0, negative=0) for appid, total in totals.items() if total == 0}

    @cached_property
    def _libraries(self) -> Mapping[str, Path]:
        files = sorted((self._path / "ownedgames").glob("*.json"))
        return {str(_FIRST_STEAMID + at): file for at, file in enumerate(files)}

    @cached_property
    def _igdb_games(self) -> Sequence[Mapping[str, Any]]:
        files = sorted((self._path / "igdb").glob("v4_games_*.json"))
        return tuple({row["id"]: row for file in files for row in _load(file)}.values())


def _load_names(manifest: Path) -> Mapping[int, str]:
    entries = _load(manifest)
    try:
        if isinstance(entries, list):
            return {int(entry["appid"]): _plain_name(entry.get("name")) for entry in entries}
    except (TypeError, KeyError, ValueError, AttributeError):
        pass
    raise ConfigError(f"The recorded file {manifest} is not a list of apps with their appid.")


def _plain_name(name: str | None) -> str:
    """Without the manifest's own remark on where a name comes from."""
    return re.sub(r"\s*\(name from [^)]*\)$", "", name or "")


def _load(file: Path) -> Any:
    """Raises ConfigError for a file that is no JSON."""
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rt", encoding="utf-8") as text:
            return json.load(text)
    except (OSError, EOFError, ValueError) as error:
        raise ConfigError(f"The recorded file {file} cannot be read: {error}.") from None


def _load_list(file: Path) -> Sequence[Mapping[str, Any]]:
    """Apps of a GetAppList answer, of today's shape or of the one before it."""
    if not file.is_file():
        return ()
    answer = _load(file)
    match answer:
        case {"applist": {"apps": {"app": list(apps)}}} | {"response": {"apps": list(apps)}}:
            return apps
    raise ConfigError(f"The recorded file {file} is no GetAppList answer.")
