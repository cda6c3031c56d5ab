"""Rules that follow games: what they match, their caps, and what they never touch."""

from datetime import UTC, datetime, timedelta

import pytest

from steampulse_dagster.errors import NotFoundError, ValidationError
from steampulse_dagster.models.catalog import CatalogChanges, CatalogItem, TrackReason
from steampulse_dagster.models.games import Game, GameGenre, GameState, GameTag
from steampulse_dagster.models.tracking_rules import RuleConditions
from steampulse_dagster.repositories.catalog import CatalogRepository
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.repositories.store_items import StoreItemRepository
from steampulse_dagster.services.catalog import CatalogService
from steampulse_dagster.services.tracking import TrackedGames, TrackingService
from steampulse_dagster.services.tracking_rules import TrackingRuleService, explain_outcome
from tests.fake_steam import FakeSteam

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def item(appid, *, reviews=100, tags=(), developers=(), type_="game"):
    return CatalogItem(
        appid=appid,
        type=type_,
        name=f"Game {appid}",
        shown=True,
        review_count=reviews,
        tags=tags,
        developers=developers,
        checked_at=NOW,
    )


@pytest.fixture
def rules(db):
    with db.transaction() as conn:
        StoreItemRepository(conn).upsert_many(
            [
                item(10, reviews=5_000, tags=("Roguelike", "Action"), developers=("Alpha", "Beta")),
                item(20, reviews=800, tags=("Roguelike",)),
                item(30, reviews=90, tags=("Strategy",), developers=("alpha",)),
                item(40, reviews=9_000, tags=("Roguelike",), type_="dlc"),
                item(50, reviews=None),
            ]
        )
        GameRepository(conn).upsert(
            Game(
                appid=60,
                name="Sixty",
                slug="sixty",
                type="game",
                state=GameState.AVAILABLE,
                review_count=700,
                developers=("Gamma",),
                tags=(GameTag(tagid=1, name="Roguelike", weight=5),),
                genres=(GameGenre(genre_id="1", name="Strategy"),),
            )
        )
    return TrackingRuleService(db, clock=lambda: NOW)


def add(rules, *, up_to=100, **conditions):
    return rules.add(RuleConditions(**conditions), up_to=up_to)


def followed(db):
    return {game.appid: game.reason for game in TrackedGames(db).list_all()}


@pytest.mark.parametrize(
    ("conditions", "chosen"),
    [
        ({"min_reviews": 700}, [10, 20, 60]),
        ({"min_reviews": 701}, [10, 20]),
        ({"tag": "roguelike"}, [10, 20, 60]),
        ({"tag": "Rogue"}, []),
        ({"tag": "Roguelike", "min_reviews": 750}, [10, 20]),
        ({"genre": "strategy"}, [60, 30]),  # 30 was never crawled: its tag of that name counts
        ({"developer": "ALPHA"}, [10, 30]),
        ({"developer": "Gamma"}, [60]),
        ({"tag": "Roguelike", "developer": "Beta"}, [10]),
    ],
)
def test_a_rule_matches_games_that_meet_all_its_conditions_most_reviews_first(rules, db, conditions, chosen):
    add(rules, **conditions)
    (outcome,) = rules.preview()
    assert [match.appid for match in outcome.chosen] == chosen
    assert followed(db) == {}
    assert rules.apply() == (outcome,)
    assert followed(db) == dict.fromkeys(chosen, TrackReason.RULE)


def test_a_rule_adds_up_to_its_cap_and_no_more_even_where_games_were_untracked_since(rules, db):
    rule = add(rules, tag="Roguelike", up_to=2)
    (outcome,) = rules.apply()
    assert ([match.appid for match in outcome.chosen], outcome.beyond_cap) == ([10, 20], 1)
    TrackedGames(db).remove([10])
    (outcome,) = rules.apply()
    assert (outcome.chosen, outcome.followed, outcome.refused, outcome.beyond_cap) == ((), 1, 1, 1)
    assert set(followed(db)) == {20}
    assert rules.list_all()[0].added == 2
    assert explain_outcome(outcome) == (
        f"Rule {rule.rule_id} (tag 'Roguelike'): 3 games match, 1 of them are followed, 1 were untracked by hand and "
        "stay so, 0 are added, 1 are beyond the cap of 2."
    )


def test_a_game_that_two_rules_choose_is_counted_to_the_first(rules):
    add(rules, min_reviews=700, up_to=1)
    add(rules, tag="Roguelike", up_to=2)
    first, second = rules.apply()
    assert [match.appid for match in first.chosen] == [10]
    assert [match.appid for match in second.chosen] == [20, 60]
    assert [rule.added for rule in rules.list_all()] == [1, 2]


def test_a_rule_that_is_removed_leaves_its_games_followed(rules, db):
    rule = add(rules, tag="Roguelike")
    rules.apply()
    with pytest.raises(NotFoundError, match="no rule 77"):
        rules.remove([rule.rule_id, 77])
    assert rules.remove([rule.rule_id]) == (rule.rule_id,)
    assert rules.list_all() == ()
    assert set(followed(db)) == {10, 20, 60}


def test_a_rule_is_pending_until_it_was_applied_to_the_newest_walk_of_the_catalogue(rules, db):
    def walk(at):
        with db.transaction() as conn:
            CatalogRepository(conn).insert_crawl(CatalogChanges(), finished_at=at)

    assert rules.list_pending() == ((), None)
    rule = add(rules, min_reviews=10_000)
    assert rules.list_pending()[0] == (rule,)
    walk(NOW)
    rules.apply()
    assert rules.list_pending() == ((), NOW)
    walk(NOW + timedelta(days=1))
    assert [one.rule_id for one in rules.list_pending()[0]] == [rule.rule_id]


@pytest.mark.parametrize("conditions", [{}, {"tag": "  "}, {"developer": "x" * 201}])
def test_a_rule_without_a_usable_condition_is_refused(rules, conditions):
    with pytest.raises(ValidationError):
        add(rules, **conditions)
    assert rules.list_all() == ()


async def test_tags_and_developers_of_the_catalogue_are_fetched_for_rules(db):
    fake = FakeSteam(
        apps=[{"appid": 10, "name": "Ten", "last_modified": 0, "price_change_number": 0}],
        items={
            10: {
                "success": 1,
                "name": "Ten",
                "type": 0,
                "tags": [{"tagid": 1, "weight": 9}, {"tagid": 404, "weight": 8}],
                "basic_info": {"developers": [{"name": "Al\u0000pha"}, {"name": ""}, {"name": "Alpha"}, "?"]},
            }
        },
        tags={1: "Roguelike"},
    )
    await CatalogService(db, fake.open()).refresh()
    assert await TrackingService(db, fake.open(), clock=lambda: NOW).refresh_items() == 1
    rules = TrackingRuleService(db, clock=lambda: NOW)
    add(rules, tag="roguelike", developer="alpha")
    assert [match.appid for match in rules.preview()[0].chosen] == [10]
