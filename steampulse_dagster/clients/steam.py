"""Steam's Web API and store: app list, store data, tags and reviews. Reads HTTP, writes nothing."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
import structlog
from pydantic import SecretStr

from steampulse_dagster.clients.http import RetryPolicy, SteamHttp
from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.steam_apps import parse_app_list, parse_last_appid
from steampulse_dagster.clients.steam_games import build_unavailable_game, parse_app_data, parse_game
from steampulse_dagster.clients.steam_items import MAX_TAG_COUNT, parse_store_item
from steampulse_dagster.clients.steam_reviews import AuthorKeyOf, parse_query_summary, parse_review_page
from steampulse_dagster.clients.steam_values import UnreadableValueError, object_in, objects_in, read_number, read_text
from steampulse_dagster.errors import ConfigError, SteamApiError, SteamErrorKind
from steampulse_dagster.models.catalog import CatalogApp
from steampulse_dagster.models.games import Game, StoreItem
from steampulse_dagster.models.reviews import QuerySummary, ReviewPage
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.text import clean_line, is_blank

log = structlog.get_logger()

APP_LIST_PAGE = 50_000
"""Most apps that GetAppList hands out in one answer."""
STORE_ITEMS_PAGE = 100
"""Apps asked for in one GetItems call: what public clients send; the true limit is not published."""
REVIEWS_PAGE = 100
"""Most reviews that GetAppReviews hands out in one answer."""
FIRST_CURSOR = "*"
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
        limiter: HostLimiter,
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
        self._tag_names: Mapping[int, str] | None = None

    @property
    def has_key(self) -> bool:
        """Whether there is a Web API key, which only the app list cannot do without."""
        return bool(self._key)

    async def fetch_app_list_pages(
        self, *, if_modified_since: datetime | None = None, max_results: int = APP_LIST_PAGE
    ) -> AsyncIterator[tuple[CatalogApp, ...]]:
        """All games of the app list in ascending appid, or those changed since a moment; page by page.

        Raises ConfigError without an API key: Steam has no other list.
        """
        if not self._key:
            raise ConfigError(
                "Steam's app list needs a Web API key: set STEAM_API_KEY (steamcommunity.com/dev/apikey)."
            )
        params = {"key": self._key, "include_games": "true", "max_results": str(max_results)}
        if if_modified_since is not None:
            params["if_modified_since"] = str(int(if_modified_since.timestamp()))
        last_appid = 0
        while True:
            answer = await self._fetch_api(
                "IStoreService/GetAppList/v1", {**params, "last_appid": str(last_appid)}, what="The app list"
            )
            yield parse_app_list(answer)
            if not answer.get("have_more_results"):
                return
            last_appid = parse_last_appid(answer, after=last_appid)

    async def fetch_game(self, appid: int) -> Game:
        """Store metadata of one app, whatever state it is in.

        An app that the store does not show is UNAVAILABLE if Steam still names it or has reviews of it; otherwise
        SteamApiError not_found. Two requests, three for such an app.
        """
        data = parse_app_data(await self._fetch_appdetails(appid), appid=appid)
        item = (await self.fetch_store_items([appid])).get(appid)
        tag_names = await self._get_tag_names() if item and item.tags else {}
        now = self._clock()
        if data is not None:
            return parse_game(data, appid=appid, item=item, tag_names=tag_names, crawled_at=now)
        if item is None and not await self._has_reviews(appid):
            raise SteamApiError(f"Steam has no such app: {appid}.", kind=SteamErrorKind.NOT_FOUND, appid=appid)
        return build_unavailable_game(appid=appid, item=item, tag_names=tag_names, crawled_at=now)

    async def fetch_store_items(self, appids: Sequence[int]) -> dict[int, StoreItem]:
        """What GetItems says of each app, 100 a request; apps that Steam does not know are missing."""
        found: dict[int, StoreItem] = {}
        for start in range(0, len(appids), STORE_ITEMS_PAGE):
            request = {
                "ids": [{"appid": appid} for appid in appids[start : start + STORE_ITEMS_PAGE]],
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
            found |= {item.appid: item for item in items if item is not None}
        return found

    async def fetch_tag_names(self) -> dict[int, str]:
        """Names of all user tags by tag id."""
        params = {"language": "english"} | ({"key": self._key} if self._key else {})
        answer = await self._fetch_api("IStoreService/GetTagList/v1", params, what="The tag list")
        names: dict[int, str] = {}
        for raw in objects_in(answer, "tags"):
            try:
                tagid, name = read_number(raw, "tagid"), clean_line(read_text(raw, "name") or "")
            except UnreadableValueError:
                continue
            if tagid is not None and not is_blank(name):
                names[tagid] = name
        return names

    async def fetch_review_page(
        self, appid: int, *, cursor: str | None, by_update: bool, author_key_of: AuthorKeyOf
    ) -> ReviewPage:
        """100 reviews in all languages, newest first by creation or by last edit; `cursor` None is page one.

        Raises SteamApiError not_found for an unknown app, which is not the same as an app without reviews.
        """
        answer = await self._fetch_reviews(
            appid,
            {
                "filter": BY_UPDATE if by_update else BY_CREATION,
                "num_per_page": REVIEWS_PAGE,
                "cursor": cursor or FIRST_CURSOR,
            },
        )
        return parse_review_page(answer, appid=appid, author_key_of=author_key_of)

    async def fetch_review_summary(self, appid: int) -> QuerySummary:
        """Steam's totals over all languages and purchases, without reviews. Raises SteamApiError not_found."""
        answer = await self._fetch_reviews(appid, {"filter": BY_CREATION, "num_per_page": 0})
        summary = parse_query_summary(answer)
        if summary is None:
            message = f"Reviews of {appid}: the answer has no totals."
            raise SteamApiError(message, kind=SteamErrorKind.UNEXPECTED_SHAPE, appid=appid)
        return summary

    async def _fetch_reviews(self, appid: int, query: Mapping[str, Any]) -> Mapping[str, Any]:
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
        answer = await self._fetch_api(
            "IUserReviewsService/GetAppReviews/v1",
            {"input_json": _compact(request)},
            what=f"Reviews of {appid}",
            appid=appid,
        )
        if not answer:
            raise SteamApiError(f"Steam has no such app: {appid}.", kind=SteamErrorKind.NOT_FOUND, appid=appid)
        return answer

    async def _has_reviews(self, appid: int) -> bool:
        try:
            return (await self.fetch_review_summary(appid)).total_reviews > 0
        except SteamApiError as error:
            if error.kind in (SteamErrorKind.NOT_FOUND, SteamErrorKind.UNEXPECTED_SHAPE):
                return False
            raise

    async def _get_tag_names(self) -> Mapping[int, str]:
        """The tag list, asked for once. Games do not fail for want of it."""
        if self._tag_names is None:
            try:
                self._tag_names = await self.fetch_tag_names()
            except SteamApiError as error:
                if error.retryable:
                    raise
                log.warning("tag_list_refused", reason=error.message)
                self._tag_names = {}
        return self._tag_names

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
        answer = await self._http.fetch_json(f"{self._api_url}/{method}/", params=params, what=what, appid=appid)
        if not isinstance(answer.get("response"), dict):
            message = f"{what}: the answer has no response object."
            raise SteamApiError(message, kind=SteamErrorKind.UNEXPECTED_SHAPE, appid=appid)
        return object_in(answer, "response")


def _compact(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
