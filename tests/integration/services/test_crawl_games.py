import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from steampulse_dagster.errors import SteamApiError, SteamErrorKind
from steampulse_dagster.models.catalog import CatalogApp
from steampulse_dagster.models.games import GameState
from steampulse_dagster.repositories.catalog import CatalogRepository
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.services.crawl_games import GameCrawlService
from steampulse_dagster.utils.db import fetch_all
from tests.fake_steam import FakeSteam

pytestmark = pytest.mark.integration

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now

    def pass_hours(self, hours):
        self.now += timedelta(hours=hours)


def page(appid=10, *, price=1999, final=None, discount=0, currency="USD", **changes):
    data = {"type": "game", "name": "Ten", "steam_appid": appid, "genres": [{"id": "1"}], "is_free": False}
    if price is not None:
        data["price_overview"] = {
            "currency": currency, "initial": price, "final": final or price, "discount_percent": discount,
        }  # fmt: skip
    return {"success": True, "data": {**data, **changes}}


def item(*, final=1999, original=None, discount=0, reviews=50, **changes):
    option = {"packageid": 7, "final_price_in_cents": str(final)}
    option |= {"discount_pct": discount} if discount else {}
    option |= {"original_price_in_cents": str(original)} if original else {}
    return {
        "success": 1, "visible": True, "name": "Ten", "type": 0, "best_purchase_option": option,
        "reviews": {"summary_filtered": {"review_count": reviews}}, "tags": [{"tagid": 1, "weight": 9}], **changes,
    }  # fmt: skip


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def fake():
    return FakeSteam(details={10: page()}, items={10: item()}, tags={1: "Roguelike", 2: "Cozy"})


@pytest.fixture
def service(db, fake, clock):
    return GameCrawlService(db, fake.open(), fresh_hours=6, clock=clock)


@pytest.fixture
def crawl_later(service, clock):
    async def crawl(hours=24, *, force=False):
        clock.pass_hours(hours)
        return await service.crawl_game(10, force=force)

    return crawl


def prices(db, appid=10):
    with db.connection() as conn:
        return [(price.currency, price.initial) for price in GameRepository(conn).list_prices(appid)]


async def test_a_game_is_fetched_once_within_the_fresh_hours(fake, clock, service):
    first = await service.crawl_game(10)
    asked = len(fake.requests)
    second = await service.crawl_game(10)
    assert (first.fetched, second.fetched, len(fake.requests)) == (True, False, asked)
    assert second.game == first.game
    assert (await service.crawl_game(10, force=True)).detailed
    clock.pass_hours(6)
    assert (await service.crawl_game(10)).fetched


async def test_details_are_asked_for_only_when_something_asks_for_them(fake, crawl_later):
    assert (await crawl_later()).detailed
    again = await crawl_later()
    assert (again.fetched, again.detailed) == (True, False)
    assert len(fake.asked("appdetails")) == 1
    assert (await crawl_later(hours=24 * 14)).detailed


async def test_a_store_page_modified_since_is_fetched_again(db, fake, clock, crawl_later):
    await crawl_later()
    with db.transaction() as conn:
        modified = clock.now + timedelta(hours=2)
        CatalogRepository(conn).upsert_many([CatalogApp(appid=10, name="Ten", steam_last_modified=modified)])
    assert (await crawl_later()).detailed
    assert not (await crawl_later()).detailed


@pytest.mark.parametrize(
    "change",
    [{"name": "Eleven"}, {"is_early_access": True}, {"is_coming_soon": True}, {"is_free": True}, {"visible": False}],
)
async def test_a_change_that_only_details_explain_asks_for_them(fake, crawl_later, change):
    await crawl_later()
    fake.items[10] |= change
    assert (await crawl_later()).detailed
    assert not (await crawl_later()).detailed


async def test_tags_and_counts_are_refreshed_without_details(db, fake, crawl_later):
    await crawl_later()
    fake.items[10] = item(reviews=900, tags=[{"tagid": 2, "weight": 3}])
    result = await crawl_later()
    assert (result.detailed, result.game.review_count) == (False, 900)
    with db.connection() as conn:
        stored = GameRepository(conn).get(10)
    assert (stored.review_count, [tag.name for tag in stored.tags]) == (900, ["Cozy"])


async def test_a_delisted_game_keeps_what_is_known_of_it(fake, crawl_later):
    await crawl_later()
    fake.details[10] = {"success": False}
    del fake.items[10]
    game = (await crawl_later()).game
    assert (game.state, game.name, len(game.genres), len(game.tags)) == (GameState.DELISTED, "Ten", 1, 1)
    result = await crawl_later()
    assert (result.detailed, result.game.state, result.game.price_initial) == (False, GameState.DELISTED, 1999)


async def test_a_game_that_comes_back_is_available_again(fake, crawl_later):
    await crawl_later()
    fake.details[10], back = {"success": False}, fake.details[10]
    fake.items[10] |= {"success": 15, "visible": False, "unvailable_for_country_restriction": True}
    assert (await crawl_later()).game.state is GameState.REGION_LOCKED
    fake.details[10], fake.items[10] = back, item()
    assert (await crawl_later()).game.state is GameState.AVAILABLE


async def test_an_outage_leaves_the_stored_game_alone(db, fake, service, monkeypatch):
    game = (await service.crawl_game(10)).game
    monkeypatch.setattr(fake, "answer", lambda _: httpx.Response(503))
    with pytest.raises(SteamApiError):
        await GameCrawlService(db, fake.open(), fresh_hours=0).crawl_game(10)
    assert (await service.crawl_game(10)).game == game


async def test_tags_stay_while_the_list_of_their_names_is_refused(db, fake, clock, service, monkeypatch):
    await service.crawl_game(10)
    answer = fake.answer
    monkeypatch.setattr(
        fake, "answer", lambda request: httpx.Response(403) if "GetTagList" in request.url.path else answer(request)
    )
    clock.pass_hours(24)
    game = (await GameCrawlService(db, fake.open(), fresh_hours=6, clock=clock).crawl_game(10, force=True)).game
    assert [tag.name for tag in game.tags] == ["Roguelike"]


async def test_a_thousand_expected_games_are_ten_requests_of_a_hundred(db, fake, clock):
    appids = list(range(1, 1001))
    fake.items = {appid: item() for appid in appids}
    fake.details = {appid: page(appid) for appid in appids}
    service = GameCrawlService(db, fake.open(), fresh_hours=6, clock=clock)
    await service.expect(appids)
    for appid in appids[:250]:
        await service.crawl_game(appid)
    assert len(fake.asked("GetItems")) == 3
    for appid in appids[250:]:
        await service.crawl_game(appid)
    assert (len(fake.asked("GetItems")), len(fake.asked("GetTagList"))) == (10, 1)


async def test_games_that_are_fresh_are_not_fetched_ahead(db, fake, clock, service):
    fake.items[11], fake.details[11] = item(), page(11)
    await service.crawl_game(10)
    clock.pass_hours(1)
    await service.expect([10, 11])
    await service.crawl_game(11)
    assert [ids(request) for request in fake.asked("GetItems")] == [[10], [11]]


def ids(request):
    return [entry["appid"] for entry in json.loads(request.url.params["input_json"])["ids"]]


async def test_a_sale_is_not_a_price_change(db, fake, crawl_later):
    await crawl_later()
    fake.details[10] = page(final=999, discount=50)
    fake.items[10] = item(final=999, original=1999, discount=50)
    result = await crawl_later()
    assert (result.detailed, result.game.price_final, result.game.price_discount_percent) == (False, 999, 50)
    assert (await crawl_later(hours=24 * 14)).detailed
    fake.details[10], fake.items[10] = page(), item()
    assert (await crawl_later()).game.price_final == 1999
    assert prices(db) == [("USD", 1999)]


async def test_a_sale_whose_full_price_is_hidden_is_met_by_its_discount(db, fake, crawl_later):
    await crawl_later()
    fake.items[10] = item(final=1339, discount=33)
    result = await crawl_later()
    assert (result.detailed, result.game.price_final, result.game.price_initial) == (False, 1339, 1999)


async def test_a_game_first_seen_in_a_sale_has_its_full_price_in_the_history(db, fake, crawl_later):
    fake.details[10] = page(final=499, discount=75)
    fake.items[10] = item(final=499, discount=75)
    await crawl_later()
    fake.details[10], fake.items[10] = page(), item()
    assert not (await crawl_later()).detailed
    assert prices(db) == [("USD", 1999)]


async def test_a_new_price_outside_sales_is_noted_once_and_so_is_its_way_back(db, fake, crawl_later):
    await crawl_later()
    for price in (2499, 2499, 1999):
        fake.details[10], fake.items[10] = page(price=price), item(final=price)
        await crawl_later()
    assert prices(db) == [("USD", 1999), ("USD", 2499), ("USD", 1999)]
    assert len(fake.asked("appdetails")) == 3


async def test_a_price_raised_during_a_sale_is_a_price_change(db, fake, crawl_later):
    await crawl_later()
    fake.details[10] = page(price=2999, final=1499, discount=50)
    fake.items[10] = item(final=1499, original=2999, discount=50)
    await crawl_later()
    assert prices(db) == [("USD", 1999), ("USD", 2999)]


@pytest.mark.parametrize(
    "details",
    [
        {"success": False},
        page(price=None),
        page(price=None, is_free=True, release_date={"coming_soon": True, "date": "2027"}),
        page(price=0),
        page(price=1999, discount=50),
        page(price=999, final=1999),
    ],
)
async def test_no_price_is_neither_free_nor_a_price_change(db, fake, crawl_later, details):
    await crawl_later()
    fake.details[10] = details
    assert (await crawl_later(force=True)).detailed
    assert prices(db) == [("USD", 1999)]


async def test_a_free_weekend_changes_no_price_and_a_game_that_becomes_free_does(db, fake, crawl_later):
    await crawl_later()
    fake.details[10], fake.items[10] = page(is_free=True, final=1999), item(is_free=True)
    await crawl_later()
    assert prices(db) == [("USD", 1999)]
    fake.details[10], fake.items[10] = page(price=None, is_free=True), {**item(is_free=True), "name": "Ten, now free"}
    await crawl_later()
    assert prices(db) == [("USD", 1999), (None, 0)]


async def test_a_switch_of_the_currency_is_told_with_its_currency(db, fake, crawl_later):
    await crawl_later()
    fake.details[10] = page(price=1999, currency="EUR")
    await crawl_later(force=True)
    assert prices(db) == [("USD", 1999), ("EUR", 1999)]


async def test_a_price_of_another_package_or_bundle_costs_one_look_at_the_details_and_changes_nothing(
    db, fake, crawl_later
):
    fake.items[10] = item(final=4999)
    await crawl_later()
    assert not (await crawl_later()).detailed
    fake.items[10]["best_purchase_option"] = {"bundleid": 3, "final_price_in_cents": "100", "discount_pct": 90}
    result = await crawl_later()
    assert (result.detailed, result.game.price_final) == (False, 1999)
    assert prices(db) == [("USD", 1999)]


async def test_an_older_crawl_that_ends_late_does_not_undo_a_newer_one(db, fake, service, clock):
    old = (await service.crawl_game(10)).game
    clock.pass_hours(24)
    fake.details[10] = page(name="Eleven")
    await service.crawl_game(10, force=True)
    with db.transaction() as conn:
        assert not GameRepository(conn).upsert(old.model_copy(update={"name": "Ten, late"}))
    with db.connection() as conn:
        assert fetch_all(conn, "select name from games") == [{"name": "Eleven"}]


async def test_a_game_that_the_store_hides_has_the_name_of_the_app_list(db, fake, service):
    fake.items[20] = {"success": 15, "visible": False, "unvailable_for_country_restriction": True}
    with db.transaction() as conn:
        CatalogRepository(conn).upsert_many([CatalogApp(appid=20, name="Hidden Harbor")])
    game = (await service.crawl_game(20)).game
    assert (game.name, game.slug, game.state) == ("Hidden Harbor", "hidden-harbor-20", GameState.REGION_LOCKED)


async def test_an_app_that_never_was_is_an_error(service):
    with pytest.raises(SteamApiError) as caught:
        await service.crawl_game(99)
    assert caught.value.kind is SteamErrorKind.NOT_FOUND
