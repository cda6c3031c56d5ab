import json
from datetime import UTC, datetime, timedelta

import pytest

from steampulse_dagster.errors import ConfigError, SteamApiError, ValidationError
from steampulse_dagster.models.catalog import CatalogChanges, TrackReason
from steampulse_dagster.repositories.catalog import CatalogRepository
from steampulse_dagster.services.catalog import CatalogService
from steampulse_dagster.services.tracking import TrackedGames, TrackingService
from steampulse_dagster.utils.db import fetch_all
from steampulse_dagster.utils.together import run_all
from tests.fake_steam import FakeSteam, raw_review, respond

pytestmark = pytest.mark.integration


class Killed(BaseException):
    """Nothing in the product catches it."""


START = datetime(2026, 11, 1, 12, tzinfo=UTC)


def app(appid, name=None, modified=0):
    return {"appid": appid, "name": name or f"App {appid}", "last_modified": modified, "price_change_number": 0}


def item(name, kind=0, **more):
    return {"success": 1, "name": name, "type": kind, **more}


def counted(count):
    return {"reviews": {"summary_filtered": {"review_count": count}}}


@pytest.fixture
def fake():
    return FakeSteam(
        apps=[app(appid) for appid in (10, 20, 30)],
        apps_per_page=2,
        items={
            10: item("Ten", **counted(500)),
            20: item("Twenty", **counted(20)),
            30: item("Soundtrack", kind=11, **counted(900), related_items={"parent_appid": 10}),
            31: item("Extra", kind=4, related_items={"parent_appid": 10}),
            32: item("Try me", kind=1),
            40: item("Soon", is_coming_soon=True),
        },
        details={50: {"success": True, "data": {"type": "dlc", "name": "Old DLC", "fullgame": {"appid": "10"}}}},
        reviews={60: [raw_review(1)]},
    )


@pytest.fixture
def tracking(db, fake):
    return TrackingService(db, fake.open(), clock=lambda: START)


async def test_the_catalogue_is_walked_whole_then_only_for_changes_then_not_at_all_within_a_day(db, fake):
    now = START
    service = CatalogService(db, fake.open(), clock=lambda: now)
    assert await service.refresh() == CatalogChanges(stored=3, seen=3, new=3)
    asked = len(fake.requests)
    now = START + timedelta(hours=19)
    assert await service.refresh() == CatalogChanges(stored=3, skipped_fresh=True)
    assert len(fake.requests) == asked
    now = START + timedelta(hours=25)
    fake.apps[1] = app(20, name="New name", modified=int(START.timestamp()) + 60)
    assert await service.refresh() == CatalogChanges(stored=3, seen=1, renamed=1, modified=1)
    since = fake.requests[-1].url.params["if_modified_since"]
    assert since == str(int((START - timedelta(hours=1)).timestamp()))
    assert (await service.refresh(force=True)).seen == 3


async def test_a_catalogue_walk_that_breaks_off_is_not_taken_for_finished(db, fake, monkeypatch):
    service = CatalogService(db, fake.open(), clock=lambda: START)
    answer = fake._app_list
    monkeypatch.setattr(
        fake,
        "_app_list",
        lambda params: answer(params) if params["last_appid"] == "0" else respond({"have_more_results": 1}),
    )
    with pytest.raises(SteamApiError):
        await service.refresh()
    with db.connection() as conn:
        assert CatalogRepository(conn).count() == 2
        assert CatalogRepository(conn).get_last_finished_at() is None
    monkeypatch.undo()
    assert await service.refresh() == CatalogChanges(stored=3, seen=3, new=1)


async def test_a_catalogue_walk_killed_between_pages_goes_on_and_misses_nothing(db, fake, monkeypatch):
    now = START
    service = CatalogService(db, fake.open(), clock=lambda: now)
    await service.refresh()
    now = START + timedelta(days=2)
    modified = int(now.timestamp())
    fake.apps = [app(appid, name=f"New {appid}", modified=modified) for appid in (10, 20, 30)]
    store, stored = service._store_page, []

    def store_then_die(page):
        stored.append(store(page))
        raise Killed

    monkeypatch.setattr(service, "_store_page", store_then_die)
    with pytest.raises(Killed):
        await service.refresh()
    assert stored == [CatalogChanges(seen=2, renamed=2, modified=2)]
    now += timedelta(minutes=5)
    changes = await CatalogService(db, fake.open(), clock=lambda: now).refresh()
    assert changes == CatalogChanges(stored=3, seen=3, renamed=1, modified=1)


async def test_two_walks_at_once_store_the_same_catalogue(db, fake):
    services = [CatalogService(db, fake.open(), clock=lambda: START) for _ in range(4)]
    results = await run_all(service.refresh() for service in services)
    assert {result.stored for result in results} == {3}


async def test_an_unreadable_entry_of_the_app_list_is_quarantined_and_counted(db, fake):
    fake.apps.insert(1, {**app(15), "name": {"x": 1}})
    changes = await CatalogService(db, fake.open(), clock=lambda: START).refresh()
    assert (changes.seen, changes.quarantined, changes.stored) == (3, 1, 3)
    with db.connection() as conn:
        (row,) = fetch_all(conn, "select source, payload from quarantine")
    assert (row["source"], json.loads(row["payload"])["appid"]) == ("app_list", 15)


async def test_the_catalogue_needs_a_key(db, fake):
    with pytest.raises(ConfigError, match="STEAM_API_KEY"):
        await CatalogService(db, fake.open(key=None)).refresh()


async def test_games_are_tracked_once(tracking, db):
    added = await tracking.track([20, 10, 10], reason=TrackReason.MANUAL)
    assert [(game.appid, game.name) for game in added] == [(10, "Ten"), (20, "Twenty")]
    assert await tracking.track([10], reason=TrackReason.FILE) == ()
    assert TrackedGames(db).list_all() == added


@pytest.mark.parametrize(
    ("appid", "sentence"),
    [
        (99, "Steam has no such app: 99."),
        (31, "31 (Extra) is a DLC of Ten (10): track that instead."),
        (30, "30 (Soundtrack) is a music of Ten (10): track that instead."),
        (32, "32 (Try me) is a demo, not a game."),
        (50, "50 (Old DLC) is a DLC of Ten (10): track that instead."),
        (0, "0 is not an appid."),
        (-5, "-5 is not an appid."),
        (2**32, "4294967296 is not an appid."),
    ],
)
async def test_what_is_no_game_is_refused_by_name(tracking, appid, sentence):
    with pytest.raises(ValidationError) as caught:
        await tracking.track([appid], reason=TrackReason.MANUAL)
    assert caught.value.message == f"Not tracked: {sentence}"


async def test_one_bad_appid_keeps_all_from_being_tracked_and_every_bad_one_is_named(tracking, db):
    with pytest.raises(ValidationError, match=r"Nothing was tracked: Steam has no such app: 99\. 32 \(Try me\)"):
        await tracking.track([10, 99, 32], reason=TrackReason.FILE)
    assert TrackedGames(db).list_all() == ()


async def test_each_of_several_is_followed_or_refused_with_a_reason_of_its_own(tracking, db):
    outcome = await tracking.track_each(
        ["10", "99", "32", "007", "9" * 5_000, "x" * 99, ""], reason=TrackReason.PARTITION
    )
    assert [game.appid for game in outcome.added] == [10]
    assert outcome.refused == {
        "99": "Steam has no such app: 99.",
        "32": "32 (Try me) is a demo, not a game.",
        "007": "'007' is not an appid.",
        "9" * 5_000: f"'{'9' * 40}' is not an appid.",
        "x" * 99: f"'{'x' * 40}' is not an appid.",
        "": "'' is not an appid.",
    }
    assert [game.appid for game in TrackedGames(db).list_all()] == [10]


async def test_a_game_that_is_not_out_and_a_delisted_game_with_reviews_can_be_tracked(tracking):
    added = await tracking.track([40, 60], reason=TrackReason.MANUAL)
    assert [(game.appid, game.name) for game in added] == [(40, "Soon"), (60, "App 60")]


async def test_games_are_chosen_by_their_number_of_reviews(db, fake, tracking):
    await CatalogService(db, fake.open()).refresh()
    seen = []
    added = await tracking.track_min_reviews(100, on_progress=lambda done, of: seen.append((done, of)))
    assert [(game.appid, game.reason) for game in added] == [(10, TrackReason.MIN_REVIEWS)]
    assert seen == [(3, 3)]
    assert await tracking.track_min_reviews(100) == ()


def list_asked(fake):
    return [
        entry["appid"]
        for asked in fake.asked("GetItems")
        for entry in json.loads(asked.url.params["input_json"])["ids"]
    ]


async def test_sizes_are_asked_for_again_only_where_they_are_new_modified_or_stale(db, fake):
    now = START
    tracking = TrackingService(db, fake.open(), clock=lambda: now)
    catalog = CatalogService(db, fake.open(), clock=lambda: now)
    await catalog.refresh()
    assert [game.appid for game in await tracking.track_min_reviews(100)] == [10]
    fake.requests.clear()
    assert [game.appid for game in await tracking.track_min_reviews(20)] == [20]
    assert list_asked(fake) == []
    now = START + timedelta(days=2)
    fake.apps += [app(40)]
    fake.apps[1] = app(20, modified=int(now.timestamp()) - 7200)
    await catalog.refresh(force=True)
    await tracking.track_min_reviews(100)
    assert list_asked(fake) == [20, 40]
    fake.requests.clear()
    now = START + timedelta(days=7, hours=1)
    await tracking.track_min_reviews(100)
    assert list_asked(fake) == [10, 30]


async def test_choosing_by_size_goes_on_where_it_was_killed(db, fake, monkeypatch):
    monkeypatch.setattr("steampulse_dagster.services.tracking.WAVE", 2)
    await CatalogService(db, fake.open()).refresh()
    fake.items[30] = item("Thirty", **counted(900))
    tracking = TrackingService(db, fake.open())

    def die(done, of):
        assert (done, of) == (2, 3)
        raise Killed

    with pytest.raises(Killed):
        await tracking.track_min_reviews(100, on_progress=die)
    fake.requests.clear()
    assert [game.appid for game in await tracking.track_min_reviews(100)] == [30]
    assert list_asked(fake) == [30]
    assert [game.appid for game in TrackedGames(db).list_all()] == [10, 30]


async def test_choosing_from_an_empty_catalogue_is_refused(tracking):
    with pytest.raises(ValidationError, match="catalogue is empty"):
        await tracking.track_min_reviews(100)


async def test_untracking_tells_what_was_tracked(tracking, db):
    await tracking.track([10, 20], reason=TrackReason.MANUAL)
    assert TrackedGames(db).remove([10, 77]) == (10,)
    assert [game.appid for game in TrackedGames(db).list_all()] == [20]
