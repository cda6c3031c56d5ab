"""The recorded data, through simulators and services into tables: every review once, every field as documented."""

import asyncio
import gzip
import hashlib
import json
import math
import os
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest

from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.errors import SteamApiError, SteamErrorKind
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.models.games import DatePrecision, GameState
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.services.catalog import CatalogService
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.services.crawl_games import GameCrawlService
from steampulse_dagster.services.tracking import TrackingService
from steampulse_dagster.simulators.app import build_app
from steampulse_dagster.simulators.faults import FaultPlan, parse_faults
from steampulse_dagster.simulators.recorded import RecordedWorld, list_recorded_appids
from steampulse_dagster.utils.db import fetch_all
from tests.fault_world import open_steam

pytestmark = [pytest.mark.integration, pytest.mark.recorded]

REPOSITORY = Path(__file__).parents[3]
FOLDER = Path(os.environ.get("STEAMPULSE_RECORDED_DATA", REPOSITORY.parent / "shared/data/steam"))
STEAM_LAUNCH = datetime(2003, 9, 12, tzinfo=UTC)


@pytest.fixture
def folder():
    if not (FOLDER / "manifest.json").is_file():
        pytest.skip(f"RECORDED DATA ABSENT: {FOLDER} has no manifest.json (STEAMPULSE_RECORDED_DATA names the folder)")
    return FOLDER


@pytest.fixture
def steam(folder):
    client = httpx.AsyncClient(transport=httpx.ASGITransport(build_app(RecordedWorld(folder))))
    limiter = HostLimiter(requests_per_second=None, concurrency=8)
    urls = {"api_url": "http://sim/steam", "store_url": "http://sim/store"}
    return SteamDataSource(client, key="any", limiter=limiter, **urls)


def recorded_reviews(folder, appid):
    with gzip.open(folder / "appreviews" / f"{appid}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return {int(raw["recommendationid"]): raw for raw in map(json.loads, lines)}


def moment(seconds):
    return datetime.fromtimestamp(seconds, UTC)


def votes(number):
    return number if 0 <= number <= 10_000_000 else 0


def expected_row(raw):
    """What docs/data-cleaning.md says is stored of a recorded review, written down a second time on purpose."""
    author = raw["author"]
    text = raw["review"].replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")[:8000]
    answered = raw.get("timestamp_dev_responded")
    played = moment(author["last_played"])
    return {
        "author_num_games_owned": author["num_games_owned"] or None,
        "author_num_reviews": author["num_reviews"],
        "playtime_forever": author["playtime_forever"],
        "playtime_last_two_weeks": author["playtime_last_two_weeks"],
        "playtime_at_review": author.get("playtime_at_review", author["playtime_forever"]),
        "deck_playtime_at_review": author.get("deck_playtime_at_review", 0),
        "last_played": played if played >= STEAM_LAUNCH else None,
        "language": raw["language"],
        "review": text,
        "timestamp_created": moment(raw["timestamp_created"]),
        "timestamp_updated": moment(raw["timestamp_updated"]),
        "voted_up": raw["voted_up"],
        "votes_up": votes(raw["votes_up"]),
        "votes_funny": votes(raw["votes_funny"]),
        "weighted_vote_score": float(raw["weighted_vote_score"]),
        "comment_count": int(raw["comment_count"]),
        "steam_purchase": raw["steam_purchase"],
        "received_for_free": raw["received_for_free"],
        "refunded": raw.get("refunded", False),
        "written_during_early_access": raw["written_during_early_access"],
        "primarily_steam_deck": raw.get("primarily_steam_deck", False),
        "developer_response": (raw.get("developer_response") or "").replace("\r\n", "\n") or None,
        "timestamp_dev_responded": moment(answered) if answered else None,
        "content_hash": hashlib.sha256(f"{int(raw['voted_up'])}\0{text}".encode()).hexdigest()[:32],
    }


async def test_every_recorded_review_is_stored_exactly_once_with_every_field_as_documented(db, folder, steam):
    appids = list_recorded_appids(folder)
    service = CrawlService(db, steam, fresh_hours=6)
    async with asyncio.TaskGroup() as group:
        tasks = {appid: group.create_task(service.crawl_reviews(appid)) for appid in appids}

    total, authors, keys = 0, set(), set()
    for appid in appids:
        recorded = recorded_reviews(folder, appid)
        with db.connection() as conn:
            rows = fetch_all(conn, "select * from reviews where appid = %(appid)s", {"appid": appid})
        stored = {row["recommendationid"]: row for row in rows}
        assert len(rows) == len(recorded)
        assert stored.keys() == recorded.keys()
        for review_id, raw in recorded.items():
            expected = expected_row(raw)
            assert {name: stored[review_id][name] for name in expected} == expected, (appid, review_id)
            authors.add(raw["author"]["steamid"])
            keys.add(stored[review_id]["author_key"])
        total += len(rows)
        result = tasks[appid].result()
        assert (result.inserted, result.stored, result.quarantined, result.ended_early) == (
            len(rows),
            len(rows),
            0,
            None,
        )
    assert len(keys) == len(authors)
    assert not keys & authors
    if folder.name == "steam":
        assert total == 46_299

    asked_again = [await service.crawl_reviews(appid) for appid in appids]
    assert all(result.skipped_fresh and result.pages == 0 for result in asked_again)


async def test_recorded_reviews_survive_a_crawl_through_faults(db, folder):
    appids = list_recorded_appids(folder)[:6]
    plan = FaultPlan(parse_faults("passing=0.25"), seed=11, stall_seconds=2, retry_after_seconds=0, endless_mebibytes=2)
    service = CrawlService(db, open_steam(RecordedWorld(folder), plan, read_seconds=1), fresh_hours=6)
    for appid in appids:
        with suppress(SteamApiError):
            await service.crawl_reviews(appid)
    assert plan.struck.total() > 0
    plan.stop()
    for appid in appids:
        result = await service.crawl_reviews(appid, force=True)
        assert (result.ended_early, result.quarantined) == (None, 0)
        with db.connection() as conn:
            rows = fetch_all(conn, "select recommendationid from reviews where appid = %(appid)s", {"appid": appid})
        assert sorted(row["recommendationid"] for row in rows) == sorted(recorded_reviews(folder, appid))


async def test_completeness_says_what_share_of_the_reported_reviews_is_stored(db, folder, steam):
    appid = 616090
    if not (folder / "query_summary" / f"{appid}.json").is_file():
        pytest.skip(f"RECORDED DATA ABSENT: no totals of {appid}")
    result = await CrawlService(db, steam, fresh_hours=6).crawl_reviews(appid)
    assert result.completeness == pytest.approx(result.stored / result.reported)
    assert result.completeness > 1


async def test_every_recorded_game_can_be_tracked_and_stored(db, folder, steam):
    appids = list_recorded_appids(folder)
    added = await TrackingService(db, steam).track(appids, reason=TrackReason.RECORDED)
    assert [game.appid for game in added] == sorted(appids)
    service = GameCrawlService(db, steam, fresh_hours=6)
    for appid in appids:
        result = await service.crawl_game(appid)
        assert result.fetched
        assert not (await service.crawl_game(appid)).fetched
        assert result.game.name == next(game.name for game in added if game.appid == appid)


async def test_the_recorded_app_lists_are_stored_whole(db, folder, steam):
    changes = await CatalogService(db, steam).refresh()
    assert changes.seen == changes.new == changes.stored
    assert changes.renamed == changes.modified == 0
    with db.connection() as conn:
        rows = fetch_all(conn, "select count(*) as n from app_catalog where name <> btrim(name)")
    assert rows == [{"n": 0}]


async def crawl_unless_unknown(service, appid, *, may_refuse):
    try:
        return (await service.crawl_game(appid)).game
    except SteamApiError as error:
        if may_refuse and error.kind in (SteamErrorKind.NOT_FOUND, SteamErrorKind.UNEXPECTED_SHAPE):
            return None
        raise


def expected_of_any(data):
    """What holds for every answer, whatever makes it awkward; written down a second time on purpose."""
    price = data.get("price_overview") or {}
    parent = (data.get("fullgame") or {}).get("appid")
    asked_elsewhere = {name.strip() for name in [*data.get("developers", ()), *data.get("publishers", ())]}
    return {
        "is_free": data["is_free"],
        "type": data["type"],
        "required_age": int(data["required_age"]),
        "release_date_raw": " ".join(data["release_date"]["date"].split()),
        "price_currency": price.get("currency"),
        "price_initial": price.get("initial"),
        "price_final": price.get("final"),
        "parent_appid": int(parent) if parent else None,
        "makers": asked_elsewhere - {""},
        "genres": {genre["id"] for genre in data.get("genres", ())},
        "categories": {category["id"] for category in data.get("categories", ())},
        "platforms": tuple(name for name in ("windows", "mac", "linux") if data["platforms"][name]),
        "dlc_appids": tuple(sorted(data.get("dlc", ()))),
        "state": GameState.COMING_SOON if data["release_date"]["coming_soon"] else GameState.AVAILABLE,
    }


def told_by(game):
    lists = {
        "makers": {*game.developers, *game.publishers},
        "genres": {genre.genre_id for genre in game.genres},
        "categories": {category.category_id for category in game.categories},
    }
    return {**game.model_dump(exclude={"genres", "categories"}), **lists, "state": game.state}


QUARTERS = {
    "2017 Q1": date(2017, 1, 1),
    "Q1 2018": date(2018, 1, 1),
    "2019 Q3": date(2019, 7, 1),
}


async def test_every_awkward_store_answer_gives_the_right_row_or_the_right_error(db, folder, steam):
    if not (folder / "appdetails_edge/_why.json").is_file():
        pytest.skip(f"RECORDED DATA ABSENT: {folder} has no appdetails_edge")
    why = json.loads((folder / "appdetails_edge/_why.json").read_text())
    service = GameCrawlService(db, steam, fresh_hours=6)
    for appid, (reason, *_) in why.items():
        body = json.loads((folder / "appdetails_edge" / f"{appid}.json").read_text())
        data = (body.get(appid) or {}).get("data") or {}
        game = await crawl_unless_unknown(service, int(appid), may_refuse=reason in ("success_false", "key_missing"))
        with db.connection() as conn:
            stored = GameRepository(conn).get(int(appid))
            history = [(price.currency, price.initial) for price in GameRepository(conn).list_prices(int(appid))]
        assert stored == game
        if game is None:
            continue
        assert game.appid == int(appid)
        assert game.name == game.name.strip() != ""
        if not game.state.is_shown:
            assert reason in ("success_false", "key_missing")
            assert history == []
            continue
        expected = expected_of_any(data)
        assert {name: told_by(game)[name] for name in expected} == expected, appid
        assert all("<" not in language for language in game.supported_languages)
        if expected["price_initial"]:
            assert history == [(expected["price_currency"], expected["price_initial"])]
        else:
            assert history == ([(None, 0)] if game.is_free and game.state is GameState.AVAILABLE else [])
        match reason:
            case "steam_appid!=key":
                assert game.redirected_to == data["steam_appid"] != game.appid
            case "required_age_str":
                assert game.required_age == int(data["required_age"]) > 0
            case "date_odd":
                quarter = QUARTERS.get(data["release_date"]["date"])
                assert game.release_date == quarter
                assert game.release_date_precision == (quarter and DatePrecision.QUARTER)
            case "coming_soon":
                assert game.state is GameState.COMING_SOON
            case "name_blank":
                assert game.name == f"App {appid}"
            case "name_untrimmed":
                assert game.name == data["name"].strip() != data["name"]
            case "no_developers":
                assert game.developers == ()
            case "publishers_empty":
                assert game.publishers == ()
            case "fullgame":
                assert (game.type, game.parent_appid) == ("dlc", int(data["fullgame"]["appid"]))
            case _:
                pytest.fail(f"a kind of awkwardness that nothing is said about: {reason}")


def test_no_recorded_number_is_beyond_what_is_stored_as_it_is(folder):
    """The only numbers that cleaning changes are vote counts: others would be silently wrong."""
    for appid in list_recorded_appids(folder):
        for raw in recorded_reviews(folder, appid).values():
            author = raw["author"]
            numbers = [value for value in author.values() if isinstance(value, int)]
            assert all(0 <= number < 2**31 for number in numbers)
            assert math.isfinite(float(raw["weighted_vote_score"]))
