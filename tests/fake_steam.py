"""A small Steam for tests of clients and services: answers through httpx without a socket, remembers what was asked."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from steampulse_dagster.clients.http import RetryPolicy
from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.simulators.paging import OFFTOPIC

NO_WAITING = RetryPolicy(attempts=4, total_seconds=60, first_wait=0, longest_wait=0, jitter=0)
Answer = Callable[[], httpx.Response]


def author_key_of(steamid: str) -> str:
    return f"key-{steamid}"


def raw_review(number: int, *, created: int | None = None, **changes: Any) -> dict[str, Any]:
    """A review object as Steam sends it today; a higher number is a later review."""
    moment = 1_700_000_000 + number * 3600 if created is None else created
    review: dict[str, Any] = {
        "recommendationid": str(1_000 + number),
        "author": {
            "steamid": str(76561197960265729 + number),
            "num_games_owned": 12,
            "num_reviews": 3,
            "playtime_forever": 600,
            "playtime_last_two_weeks": 30,
            "playtime_at_review": 500,
            "last_played": moment,
        },
        "language": "english",
        "review": f"Review number {number}",
        "timestamp_created": moment,
        "timestamp_updated": moment,
        "voted_up": True,
        "votes_up": 2,
        "votes_funny": 1,
        "weighted_vote_score": "0.52",
        "comment_count": 0,
        "steam_purchase": True,
        "received_for_free": False,
        "refunded": False,
        "written_during_early_access": False,
        "primarily_steam_deck": False,
    }
    return {**review, **changes}


@dataclass
class FakeSteam:
    """What this Steam knows. `faults` are answered first, one for each request to a review page."""

    reviews: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    totals: dict[int, int] = field(default_factory=dict)
    details: dict[int, Any] = field(default_factory=dict)
    items: dict[int, dict[str, Any]] = field(default_factory=dict)
    tags: dict[int, str] = field(default_factory=dict)
    apps: list[dict[str, Any]] = field(default_factory=list)
    apps_per_page: int = 50_000
    faults: deque[Answer | None] = field(default_factory=deque)
    requests: list[httpx.Request] = field(default_factory=list)

    def open(self, *, key: str | None = "test-key") -> SteamDataSource:
        """A data source over this Steam that never waits."""
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        limiter = HostLimiter(requests_per_second=None, concurrency=8)
        urls = {"api_url": "https://api.test", "store_url": "https://store.test"}
        return SteamDataSource(client, key=key, limiter=limiter, retry=NO_WAITING, **urls)

    def asked(self, method: str) -> list[httpx.Request]:
        return [request for request in self.requests if method in request.url.path]

    def asked_pages(self) -> list[Mapping[str, Any]]:
        """What was asked of the reviews, decoded."""
        return [json.loads(request.url.params["input_json"]) for request in self.asked("GetAppReviews")]

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path
        if path.endswith("/GetAppReviews/v1/"):
            fault = self.faults.popleft() if self.faults else None
            return fault() if fault else self.page(json.loads(request.url.params["input_json"]))
        if path.endswith("/GetItems/v1/"):
            return self._items(json.loads(request.url.params["input_json"]))
        if path.endswith("/GetTagList/v1/"):
            return respond({"tags": [{"tagid": tagid, "name": name} for tagid, name in self.tags.items()]})
        if path.endswith("/GetAppList/v1/"):
            return self._app_list(request.url.params)
        if path == "/api/appdetails":
            appid = int(request.url.params["appids"])
            return httpx.Response(200, json={str(appid): self.details.get(appid, {"success": False})})
        return httpx.Response(404, text="<html>Not Found</html>")

    def page(self, query: Mapping[str, Any]) -> httpx.Response:
        """The answer to a question about reviews, without faults."""
        reviews = self.reviews.get(query["appid"])
        if reviews is None:
            return respond({})
        hidden = 0
        if query["filter_offtopic_activity"]:
            hidden = sum(OFFTOPIC in review for review in reviews)
            reviews = [review for review in reviews if OFFTOPIC not in review]
        time_field = "timestamp_updated" if query["filter"] == 2 else "timestamp_created"

        def place(review: dict[str, Any]) -> tuple[int, int]:
            return (int(review[time_field]), int(review["recommendationid"]))

        low, high = query.get("date_range_start", 0), query.get("date_range_end", 2**63)
        reviews = [review for review in reviews if low <= int(review["timestamp_created"]) <= high]
        ordered = sorted(reviews, key=place, reverse=True)
        if (cursor := query.get("cursor", "*")) != "*":
            moment, review_id = cursor.removesuffix("+/=").split("_")
            ordered = [review for review in ordered if place(review) < (int(moment), int(review_id))]
        page = ordered[: query["num_per_page"]]
        summary: dict[str, Any] = {"num_reviews": len(page)}
        if cursor == "*":
            total = self.totals[query["appid"]] - hidden if query["appid"] in self.totals else len(reviews)
            positive = sum(bool(review.get("voted_up")) for review in reviews)
            summary |= {"total_reviews": total, "total_positive": positive, "total_negative": total - positive}
            summary |= {"review_score": 8, "review_score_desc": "Very Positive"}
        page = [{key: value for key, value in review.items() if key != OFFTOPIC} for review in page]
        following = "_".join(map(str, place(page[-1]))) + "+/=" if page else cursor
        return respond({"reviews": page, "cursor": following, "query_summary": summary})

    def _items(self, query: Mapping[str, Any]) -> httpx.Response:
        unknown = {"success": 15, "visible": False}
        wanted = [entry["appid"] for entry in query["ids"]]
        return respond({"store_items": [{"appid": appid, **self.items.get(appid, unknown)} for appid in wanted]})

    def _app_list(self, params: httpx.QueryParams) -> httpx.Response:
        after, since = int(params["last_appid"]), int(params.get("if_modified_since", 0))
        left = [app for app in self.apps if app["appid"] > after and app["last_modified"] >= since]
        page = left[: self.apps_per_page]
        more = {"have_more_results": True, "last_appid": page[-1]["appid"]} if len(left) > len(page) else {}
        return respond({"apps": page, **more} if page else {})


def respond(inner: Mapping[str, Any]) -> httpx.Response:
    """An answer of a Web API service. Escaped JSON, so that lone surrogates can be sent."""
    return httpx.Response(200, content=json.dumps({"response": inner}).encode())


def fail(status: int, **headers: str) -> Answer:
    return lambda: httpx.Response(status, text="<html>no</html>", headers=headers)
