"""Steam's Web API and store: app list, store data, tags and reviews. Reads HTTP, writes nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
from pydantic import SecretStr

from steampulse_dagster.clients.http import RetryPolicy, SteamHttp
from steampulse_dagster.clients.limiter import Limiter
from steampulse_dagster.clients.steam_apps import parse_app_list, parse_last_appid
from steampulse_dagster.clients.steam_batches import BatchLoader
from steampulse_dagster.clients.steam_games import build_hidden_game, build_store_mark, parse_app_data, parse_game
from steampulse_dagster.clients.steam_items import MAX_TAG_COUNT, build_tags, parse_store_item
from steampulse_dagster.clients.steam_library import SteamLibrarySource
from steampulse_dagster.clients.steam_review_shape import SentPage, read_usual_page
from steampulse_dagster.clients.steam_reviews import (
    AuthorKeyOf,
    build_review_page,
    parse_query_summary,
    parse_review_page,
)
from steampulse_dagster.clients.steam_tags import TagNames, parse_tag_list
from steampulse_dagster.clients.steam_values import object_in, objects_in
from steampulse_dagster.errors import ConfigError, SteamApiError, SteamErrorKind
from steampulse_dagster.models.catalog import AppListPage
from steampulse_dagster.models.games import Game, GameTag, StoreItem, StoreMark
from steampulse_dagster.models.reviews import QuerySummary, ReviewPage
from steampulse_dagster.utils.clock import utc_now

APP_LIST_PAGE = 50_000
"""Most apps that GetAppList hands out in one answer."""
STORE_ITEMS_PAGE = 100
"""Apps asked for in one GetItems call: what public clients send; the true limit is not published."""
REVIEWS_PAGE = 100
"""Most reviews that GetAppReviews hands out in one answer."""
FIRST_CURSOR = "*"
_REVIEWS_METHOD = "IUserReviewsService/GetAppReviews/v1"
BY_CREATION, BY_UPDATE = 1, 2
"""`filter` values of GetAppReviews whose lists end when paged; "helpful" and "funny" never do."""


class SteamDataSource:
    """One interface over today's endpoints. Methods raise SteamApiError; none takes a failure for an empty list."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        api_url: str,
        store_url: str,
        key: SecretStr | str | None,
        limiter: Limiter,
        country: str = "us",
        retry: RetryPolicy | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._http = SteamHttp(http, limiter, retry)
        self._api_url = api_url.rstrip("/")
        self._store_url = store_url.rstrip("/")
        self._key = key.get_secret_value() if isinstance(key, SecretStr) else key
        self._country = country
        self._clock = clock
        self._items = BatchLoader(self._fetch_items, most=STORE_ITEMS_PAGE)
        self._tags = TagNames(self._fetch_tag_list)
        self.library = SteamLibrarySource(self._http, api_url=self._api_url, key=self._key)

    @property
    def has_key(self) -> bool:
        """Whether there is a Web API key, which only the app list cannot do without."""
        return bool(self._key)

    async def fetch_app_list_pages(
        self, *, if_modified_since: datetime | None = None, max_results: int = APP_LIST_PAGE
    ) -> AsyncIterator[AppListPage]:
        """All games of the app list in ascending appid, or those changed since a moment; page by page.

        Raises ConfigError without an API key, SteamApiError key_refused with one that Steam refuses: it has no other
        list.
        """
        if not self._key:
            raise ConfigError(
                "Steam's app list needs a Web API key: set STEAM_API_KEY (steamcommunity.com/dev/apikey). Games that "
                "are tracked by hand are crawled without one."
            )
        params = {"key": self._key, "include_games": "true", "max_results": str(max_results)}
        if if_modified_since is not None:
            params["if_modified_since"] = str(int(if_modified_since.timestamp()))
        last_appid = 0
        while True:
            answer = await self._fetch_app_list({**params, "last_appid": str(last_appid)})
            # 50,000 entries take long enough to parse to hold up every other request of the loop.
            page = await asyncio.to_thread(parse_app_list, answer)
            # Before the page is handed out: a page that repeats an earlier one is no news.
            following = parse_last_appid(answer, page, after=last_appid) if answer.get("have_more_results") else None
            yield page
            if following is None:
                return
            last_appid = following

    def expect_store_items(self, appids: Iterable[int]) -> None:
        """Say which apps `fetch_store_item` will soon be asked for, so that a call with room to spare brings them."""
        self._items.expect(appids)

    async def fetch_store_item(self, appid: int) -> StoreItem | None:
        """What GetItems says of one app; None if Steam does not know or name it.

        Apps asked for at the same time, or expected, share a request of up to 100; a bad one fails alone.
        """
        return await self._items.load(appid)

    async def fetch_game(self, appid: int) -> Game:
        """Store metadata of one app, whatever state it is in; as `fetch_game_details` after `fetch_store_item`."""
        return await self.fetch_game_details(appid, item=await self.fetch_store_item(appid))

    async def fetch_game_details(self, appid: int, *, item: StoreItem | None, is_known: bool = False) -> Game:
        """Store metadata of one app from appdetails, completed from `item`, its GetItems entry.

        An app that the store has no page for comes as REGION_LOCKED, DELISTED or UNAVAILABLE if Steam still names it,
        if there are reviews of it, or if it `is_known` to have existed; otherwise SteamApiError not_found.
        """
        data = parse_app_data(await self._fetch_appdetails(appid), appid=appid)
        names = await self._tags.get() if item and item.tags else None
        now = self._clock()
        told: dict[str, Any] = {
            "appid": appid, "item": item, "tag_names": names or {}, "country": self._country, "crawled_at": now,
        }  # fmt: skip
        if data is not None:
            return parse_game(data, **told)
        if item is None and not is_known and not await self._has_reviews(appid):
            raise SteamApiError(f"Steam has no such app: {appid}.", kind=SteamErrorKind.NOT_FOUND, appid=appid)
        return build_hidden_game(**told)

    async def fetch_tags(self, item: StoreItem) -> tuple[GameTag, ...]:
        """An app's tags with their names, heaviest first; the list of names is asked for once a day."""
        return build_tags(item, await self._tags.get() or {}) if item.tags else ()

    def build_mark(self, item: StoreItem | None) -> StoreMark:
        """What `item` says in the country of this source, for comparison with what it said before."""
        return build_store_mark(item, country=self._country)

    async def fetch_store_items(self, appids: Sequence[int]) -> dict[int, StoreItem]:
        """What GetItems says of each app, 100 a request, side by side; apps that Steam does not know are missing."""
        pages = [appids[start : start + STORE_ITEMS_PAGE] for start in range(0, len(appids), STORE_ITEMS_PAGE)]
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._fetch_items(page)) for page in pages]
        except* SteamApiError as errors:
            failure = errors
        else:
            return {appid: item for task in tasks for appid, item in task.result().items()}
        raise failure.exceptions[0]

    async def fetch_tag_names(self) -> Mapping[int, str]:
        """Names of all user tags by tag id, asked for now."""
        return parse_tag_list(await self._fetch_tag_list(""))

    async def _fetch_items(self, appids: Sequence[int]) -> dict[int, StoreItem]:
        request = {
            "ids": [{"appid": appid} for appid in appids],
            "context": {"language": "english", "country_code": self._country.upper(), "steam_realm": 1},
            "data_request": {
                "include_basic_info": True,
                "include_release": True,
                "include_reviews": True,
                "include_tag_count": MAX_TAG_COUNT,
            },
        }
        answer = await self._fetch_api(
            "IStoreBrowseService/GetItems/v1", {"input_json": _compact(request)}, what="Store items"
        )
        items = (parse_store_item(raw) for raw in objects_in(answer, "store_items"))
        return {item.appid: item for item in items if item is not None}

    async def _fetch_tag_list(self, version: str) -> Mapping[str, Any]:
        params = {"language": "english"} | ({"key": self._key} if self._key else {})
        params |= {"have_version_hash": version} if version else {}
        return await self._fetch_api("IStoreService/GetTagList/v1", params, what="The tag list")

    async def fetch_review_page(
        self,
        appid: int,
        *,
        cursor: str | None,
        by_update: bool,
        author_key_of: AuthorKeyOf,
        until: datetime | None = None,
        attempt: int = 0,
        include_offtopic: bool = True,
    ) -> ReviewPage:
        """100 reviews in all languages, newest first by creation or by last edit; `cursor` None is page one.

        `until` asks for those created up to that second only. Another `attempt` at the same page is another address,
        because anonymous answers are cached for minutes. Without `include_offtopic`, periods of off-topic activity are
        left out. Raises SteamApiError not_found for an unknown app, which is not the same as an app without reviews.
        """
        query: dict[str, Any] = {
            "filter": BY_UPDATE if by_update else BY_CREATION,
            "num_per_page": REVIEWS_PAGE,
            "cursor": cursor or FIRST_CURSOR,
        }
        if until is not None:
            # Steam ignores either of them without the other.
            query |= {"date_range_start": 1, "date_range_end": int(until.timestamp())}
        if not include_offtopic:
            query["filter_offtopic_activity"] = True
        what = f"Reviews of {appid}"
        answer = await self._http.fetch_usual(
            self._address(_REVIEWS_METHOD),
            params=_ask_reviews(appid, query, attempt=attempt),
            what=what,
            appid=appid,
            read_usual=read_usual_page,
        )
        if isinstance(answer, SentPage):
            return build_review_page(answer, appid=appid, author_key_of=author_key_of)
        sent = _require_app(_require_response(answer, what=what, appid=appid), appid=appid)
        return parse_review_page(sent, appid=appid, author_key_of=author_key_of)

    async def fetch_review_summary(self, appid: int, *, include_offtopic: bool = True) -> QuerySummary:
        """Steam's totals over all languages and purchases, without reviews. Raises SteamApiError not_found."""
        query = {"filter": BY_CREATION, "num_per_page": 0, "filter_offtopic_activity": not include_offtopic}
        answer = await self._fetch_api(
            _REVIEWS_METHOD, _ask_reviews(appid, query), what=f"Reviews of {appid}", appid=appid
        )
        summary = parse_query_summary(_require_app(answer, appid=appid))
        if summary is None:
            message = f"Reviews of {appid}: the answer has no totals."
            raise SteamApiError(message, kind=SteamErrorKind.UNEXPECTED_SHAPE, appid=appid)
        return summary

    async def _has_reviews(self, appid: int) -> bool:
        try:
            return (await self.fetch_review_summary(appid)).total_reviews > 0
        except SteamApiError as error:
            if error.kind in (SteamErrorKind.NOT_FOUND, SteamErrorKind.UNEXPECTED_SHAPE):
                return False
            raise

    async def _fetch_app_list(self, params: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            return await self._fetch_api("IStoreService/GetAppList/v1", params, what="The app list")
        except SteamApiError as error:
            if error.kind not in (SteamErrorKind.BLOCKED, SteamErrorKind.KEY_REFUSED):
                raise
            message = (
                f"{error.message} Most likely the Web API key is wrong or revoked: check STEAM_API_KEY "
                "(steamcommunity.com/dev/apikey). Games that are tracked by hand are crawled without one."
            )
            raise SteamApiError(message, kind=error.kind, retry_at=error.retry_at) from error

    async def _fetch_appdetails(self, appid: int) -> Mapping[str, Any]:
        return await self._http.fetch_json(
            f"{self._store_url}/api/appdetails",
            params={"appids": str(appid), "cc": self._country, "l": "english"},
            what=f"Store details of {appid}",
            appid=appid,
            null_means_throttled=True,
        )

    async def _fetch_api(
        self, method: str, params: Mapping[str, str], *, what: str, appid: int | None = None
    ) -> Mapping[str, Any]:
        """The inner `response` object of a Web API call."""
        answer = await self._http.fetch_json(self._address(method), params=params, what=what, appid=appid)
        return _require_response(answer, what=what, appid=appid)

    def _address(self, method: str) -> str:
        return f"{self._api_url}/{method}/"


def _ask_reviews(appid: int, query: Mapping[str, Any], *, attempt: int = 0) -> dict[str, str]:
    # Everything is said, because defaults differ between this endpoint and its predecessor: languages left out
    # means English, purchase_type left out may mean Steam purchases only.
    request = {
        "appid": appid,
        "languages": ["all"],
        "purchase_type": 1,
        "review_type": 0,
        "filter_offtopic_activity": False,
        **query,
    }
    return {"input_json": _compact(request)} | ({"attempt": str(attempt)} if attempt else {})


def _require_response(answer: Mapping[str, Any], *, what: str, appid: int | None) -> Mapping[str, Any]:
    """The inner object of a Web API answer. Raises SteamApiError unexpected_shape."""
    if not isinstance(answer.get("response"), dict):
        message = f"{what}: the answer has no response object."
        raise SteamApiError(message, kind=SteamErrorKind.UNEXPECTED_SHAPE, appid=appid)
    return object_in(answer, "response")


def _require_app(answer: Mapping[str, Any], *, appid: int) -> Mapping[str, Any]:
    """The answer about reviews, unless it is the one about an app that Steam does not know: an empty object."""
    if not answer:
        raise SteamApiError(f"Steam has no such app: {appid}.", kind=SteamErrorKind.NOT_FOUND, appid=appid)
    return answer


def _compact(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
