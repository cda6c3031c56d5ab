"""Other ways to crawl Steam's reviews, for crawl_speed.py: the PyPI packages `steamreviews` and `dlt`."""

import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, redirect_stdout
from io import StringIO
from typing import Any

import httpx

METHOD = "/steam/IUserReviewsService/GetAppReviews/v1/"


def crawl_with_steamreviews(url: str, appids: Sequence[int]) -> float:
    """Seconds in which the package's own loop writes a JSON file for each game."""
    import requests
    from steamreviews import download_reviews

    class TurnedRequests:
        """What the package takes for `requests`: the same GET, to today's endpoint, answered as the old one did."""

        @staticmethod
        def get(_: str, params: Mapping[str, str]) -> "_OldAnswer":
            query = {"appid": int(params["appids"]), "cursor": params["cursor"], **_QUERY}
            return _OldAnswer(requests.get(url + METHOD, params={"input_json": json.dumps(query)}, timeout=60))

    download_reviews.requests = TurnedRequests
    download_reviews.get_steam_api_rate_limits = lambda: {
        "max_num_queries": 10**9,
        "cooldown": 0,
        "cooldown_bad_gateway": 0,
    }
    with tempfile.TemporaryDirectory() as folder, chdir(folder), redirect_stdout(StringIO()):
        started = time.perf_counter()
        download_reviews.download_reviews_for_app_id_batch(list(appids), set())
        return time.perf_counter() - started


_QUERY = {
    "languages": ["all"],
    "purchase_type": 1,
    "review_type": 0,
    "filter": 1,
    "num_per_page": 100,
    "filter_offtopic_activity": False,
}


class _OldAnswer:
    """An answer of today in the envelope of the endpoint that is gone."""

    def __init__(self, response: Any) -> None:
        self.status_code = response.status_code
        self._response = response

    def json(self) -> dict[str, Any]:
        inner = self._response.json()["response"]
        return {"success": 1, "reviews": [], **inner}


def crawl_with_dlt(
    url: str, database_url: str, appids: Sequence[int], *, disposition: str, workers: int, tuned: bool = False
) -> tuple[float, int]:
    """Seconds in which a dlt pipeline brings the games' reviews into PostgreSQL, and the rows it stored.

    As its documentation shows it, but for the number of requests at once; or `tuned`: files as CSV, not compressed.
    """
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "RUNTIME__LOG_LEVEL": "ERROR",
            "EXTRACT__WORKERS": str(workers),
            "EXTRACT__MAX_PARALLEL_ITEMS": str(workers),
            "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": str(tuned).lower(),
            "DLT_DATA_DIR": folder,
        }
        import dlt

        pipeline = dlt.pipeline(
            "reviews",
            pipelines_dir=folder,
            destination=dlt.destinations.postgres(_address(database_url)),
            dataset_name="rival",
        )
        started = time.perf_counter()
        pipeline.run(_build_source(url, appids, disposition=disposition), loader_file_format="csv" if tuned else None)
        taken = time.perf_counter() - started
        with pipeline.sql_client() as client, client.execute_query("select count(*) from reviews") as cursor:
            return taken, int(cursor.fetchone()[0])


def _build_source(url: str, appids: Sequence[int], *, disposition: str) -> Any:
    import dlt
    from dlt.sources.helpers.rest_client import RESTClient
    from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

    class UntilEmpty(JSONResponseCursorPaginator):
        """dlt's own paginator; the list ends with an empty page, which it does not look for by itself."""

        def update_state(self, response: Any, data: list[Any] | None = None) -> None:
            super().update_state(response, data)
            self._has_next_page = self._has_next_page and bool(data)

    def pages(appid: int) -> Iterator[list[Mapping[str, Any]]]:
        paginator = UntilEmpty(cursor_path="response.cursor", cursor_param="cursor")
        query = {
            "appid": appid,
            "languages[0]": "all",
            "purchase_type": 1,
            "filter": 1,
            "num_per_page": 100,
            "cursor": "*",
        }
        for page in client.paginate(METHOD, params=query, paginator=paginator, data_selector="response.reviews"):
            yield [{"appid": appid, **review} for review in page]

    client = RESTClient(base_url=url)
    strategy: Any = {"disposition": "merge", "strategy": "upsert"} if disposition == "merge" else disposition
    resources = [
        dlt.resource(
            pages,
            name=f"game_{appid}",
            table_name="reviews",
            primary_key=("appid", "recommendationid"),
            write_disposition=strategy,
            parallelized=True,
        )(appid)
        for appid in appids
    ]
    return dlt.source(lambda: resources, name="steam", max_table_nesting=0)()


def _address(database_url: str) -> str:
    """The URL with a password and a host, which dlt insists on; the server asks for none, and the host that libpq
    uses is the socket's folder in the query."""
    url = httpx.URL(database_url)
    return str(url) if url.host else str(url.copy_with(host="socket", username=url.username, password="none"))
