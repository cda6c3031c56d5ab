"""The seeded world's reviews: determinism, wire types, and planted facts that are really there."""

import json
import re
import statistics
from pathlib import Path

import pytest

from steampulse_dagster.analyzer.topics import TOPICS
from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.simulators.seeded.cast import in_window, unix
from steampulse_dagster.simulators.seeded.facts import FACTS, PATCH_DAY
from steampulse_dagster.simulators.seeded.games import DATA_TIME, GAMES
from steampulse_dagster.simulators.seeded.phrases import list_phrases
from steampulse_dagster.simulators.seeded.world import SeededWorld

pytestmark = pytest.mark.unit

APPIDS = [game.appid for game in GAMES]
PLANTED_SETS = Path(__file__).parents[2] / "planted"
SHARE_TOLERANCE, VOTE_TOLERANCE = 0.02, 0.1


@pytest.fixture(scope="module")
def world():
    return SeededWorld()


def dumped(world):
    return json.dumps([world.list_reviews(appid) for appid in world.appids])


def english_window(world, appid, fact):
    """The reviews that a fact's share speaks of."""
    return [
        review
        for review in world.list_reviews(appid)
        if review["language"] == "english"
        and review["recommendationid"] not in world.off_topic_ids(appid)
        and in_window(fact, review["timestamp_created"])
    ]


def test_two_worlds_of_one_seed_are_equal_byte_for_byte(world):
    assert dumped(SeededWorld()) == dumped(world)


def test_the_order_of_asking_changes_nothing(world):
    other = SeededWorld()
    for appid in reversed(other.appids):
        other.list_reviews(appid)
    assert dumped(other) == dumped(world)


def test_another_seed_makes_another_world(world):
    assert dumped(SeededWorld(seed=2)) != dumped(world)


def test_reviews_are_made_once(world):
    assert world.list_reviews(9000010) is world.list_reviews(9000010)


def test_each_game_has_as_many_reviews_as_its_data_says(world):
    assert {game.appid: len(world.list_reviews(game.appid)) for game in GAMES} == {
        game.appid: game.reviews for game in GAMES
    }
    assert 4_000 <= sum(game.reviews for game in GAMES) <= 4_500
    assert world.appids[0] == 9000010


def test_review_ids_are_unique_in_the_world(world):
    ids = [review["recommendationid"] for appid in APPIDS for review in world.list_reviews(appid)]
    assert len(set(ids)) == len(ids)
    assert all(isinstance(review_id, str) and int(review_id) < 2**64 for review_id in ids)


def test_nobody_reviews_a_game_twice_but_some_review_several_games(world):
    authors = [[review["author"]["steamid"] for review in world.list_reviews(appid)] for appid in APPIDS]
    assert all(len(set(ids)) == len(ids) for ids in authors)
    assert len({steamid for ids in authors for steamid in ids}) < sum(len(ids) for ids in authors)


def test_reviews_have_the_types_of_the_wire(world):
    for appid in APPIDS:
        for review in world.list_reviews(appid):
            author = review["author"]
            assert re.fullmatch(r"7656119\d{10}", author["steamid"]) or re.fullmatch(r"765612\d{11}", author["steamid"])
            assert 76561197960265729 <= int(author["steamid"]) <= 76561202255233023
            for key in ("num_games_owned", "num_reviews", "playtime_forever", "playtime_at_review", "last_played"):
                assert type(author[key]) is int
                assert author[key] >= 0
            assert author["playtime_at_review"] <= author["playtime_forever"]
            for key in ("timestamp_created", "timestamp_updated", "votes_up", "votes_funny", "comment_count"):
                assert type(review[key]) is int
                assert review[key] >= 0
            for key in ("voted_up", "steam_purchase", "received_for_free", "refunded", "written_during_early_access"):
                assert type(review[key]) is bool
            assert isinstance(review["weighted_vote_score"], str) or review["weighted_vote_score"] == 0
            assert 0 <= float(review["weighted_vote_score"]) <= 1
            assert isinstance(review["review"], str)
            assert len(review["review"]) <= 8_000


def test_no_time_lies_after_the_data_time_or_before_creation(world):
    end = int(DATA_TIME.timestamp())
    for appid in APPIDS:
        for review in world.list_reviews(appid):
            assert review["timestamp_created"] <= review["timestamp_updated"] <= end
            assert review["author"]["last_played"] <= end
            assert review["timestamp_created"] <= review.get("timestamp_dev_responded", end) <= end


def test_the_world_has_the_oddities_of_real_reviews(world):
    reviews = [review for appid in APPIDS for review in world.list_reviews(appid)]
    texts = [review["review"] for review in reviews]
    assert any(not text.strip() for text in texts)
    assert any("\r\n" in text.strip() for text in texts)
    assert any("\u200b" in text and text.strip("\u200b\ufeff") for text in texts)
    assert any("https://" in text for text in texts)
    assert any("[list]" in text for text in texts)
    assert any("⣿" in text for text in texts)
    assert any(len(text) > 1_500 for text in texts)
    assert 60 <= statistics.median(map(len, texts)) <= 160
    assert any(review["refunded"] and review["author"]["playtime_at_review"] < 120 for review in reviews)
    assert any(review["timestamp_updated"] > review["timestamp_created"] for review in reviews)
    assert any(review.get("developer_response") for review in reviews)
    assert any(review["primarily_steam_deck"] for review in reviews)
    assert any(review["received_for_free"] and not review["steam_purchase"] for review in reviews)
    assert max(review["votes_up"] for review in reviews) > 300
    assert len({review["language"] for review in reviews}) >= 12


def test_positive_shares_are_those_of_the_data(world):
    for game in GAMES:
        organic = [
            r for r in world.list_reviews(game.appid) if r["recommendationid"] not in world.off_topic_ids(game.appid)
        ]
        if game.breaks is None:
            assert sum(r["voted_up"] for r in organic) == round(game.positive * len(organic))


def test_the_share_of_other_languages_differs_by_game(world):
    shares = {}
    for game in GAMES:
        organic = [
            r for r in world.list_reviews(game.appid) if r["recommendationid"] not in world.off_topic_ids(game.appid)
        ]
        shares[game.appid] = sum(r["language"] != "english" for r in organic) / len(organic)
        assert shares[game.appid] == pytest.approx(1 - game.english, abs=0.5 / len(organic) + 1e-9)
    assert min(shares.values()) <= 0.15
    assert max(shares.values()) >= 0.35


def test_the_patch_breaks_the_game_and_the_crash_is_not_mentioned_before(world):
    game = next(game for game in GAMES if game.breaks)
    reviews = world.list_reviews(game.appid)
    before = [review["voted_up"] for review in reviews if review["timestamp_created"] < unix(PATCH_DAY)]
    after = [review["voted_up"] for review in reviews if review["timestamp_created"] >= unix(PATCH_DAY)]
    assert statistics.mean(before) - statistics.mean(after) > 0.3
    times = {review["recommendationid"]: review["timestamp_created"] for review in reviews}
    crashing = world.carriers(game.appid)["crash when the third region loads"]
    assert min(times[review_id] for review_id in crashing) >= unix(PATCH_DAY)


def test_the_review_bomb_is_short_angry_and_without_facts(world):
    game = next(game for game in GAMES if game.burst)
    bomb = [r for r in world.list_reviews(game.appid) if r["recommendationid"] in world.off_topic_ids(game.appid)]
    assert len(bomb) == game.burst.reviews
    assert not any(review["voted_up"] for review in bomb)
    times = [review["timestamp_created"] for review in bomb]
    assert max(times) - min(times) <= game.burst.days * 86_400
    assert max(len(review["review"]) for review in bomb) < 250
    assert not {review["recommendationid"] for review in bomb} & world.review_facts(game.appid).keys()


def test_every_planted_quote_is_verbatim_in_its_review(world):
    for appid in APPIDS:
        texts = {review["recommendationid"]: review["review"] for review in world.list_reviews(appid)}
        for review_id, facts in world.review_facts(appid).items():
            assert facts
            for signal, topic, quote in facts:
                assert quote.strip()
                assert quote in texts[review_id]
                assert signal in set(Signal)
                assert (topic is None) == (signal == Signal.COMPETITOR_REFS)


@pytest.mark.parametrize("appid", APPIDS)
def test_planted_facts_are_as_frequent_as_facts_py_says(world, appid):
    for fact in world.planted(appid):
        window = english_window(world, appid, fact)
        votes = {review["recommendationid"]: review["voted_up"] for review in window}
        carrying = [votes[review_id] for review_id in world.carriers(appid)[fact.label] if review_id in votes]
        assert len(carrying) / len(window) == pytest.approx(fact.share, abs=max(SHARE_TOLERANCE, 1 / len(window)))
        slack = max(VOTE_TOLERANCE, 0.5 / len(carrying) + 1e-9)
        assert statistics.mean(carrying) == pytest.approx(fact.positive, abs=slack)


@pytest.mark.parametrize("appid", APPIDS)
def test_no_review_states_a_fact_outside_its_window(world, appid):
    times = {review["recommendationid"]: review["timestamp_created"] for review in world.list_reviews(appid)}
    for fact in world.planted(appid):
        assert all(in_window(fact, times[review_id]) for review_id in world.carriers(appid)[fact.label])


def test_competitor_quotes_name_the_game(world):
    for appid in APPIDS:
        names = [name for fact in world.planted(appid) if fact.signal is Signal.COMPETITOR_REFS for name in fact.words]
        for facts in world.review_facts(appid).values():
            for signal, _, quote in facts:
                if signal == Signal.COMPETITOR_REFS:
                    assert any(name in quote for name in names)


def test_planted_facts_use_known_topics_and_unique_labels():
    for facts in FACTS.values():
        labels = [fact.label for fact in facts]
        assert len(set(labels)) == len(labels)
        assert all(fact.topic is None or fact.topic in TOPICS for fact in facts)
        assert all(fact.follows is None or fact.follows in labels for fact in facts)


def test_each_kind_of_fact_has_at_least_twelve_phrases():
    kinds = {(fact.signal, fact.topic) for facts in FACTS.values() for fact in facts}
    for signal, topic in kinds:
        for voted_up in (True, False):
            for refunded in (True, False):
                assert len(set(list_phrases(signal, topic, voted_up=voted_up, refunded=refunded))) >= 12


def test_no_choice_mark_or_slot_is_left_in_a_text(world):
    for appid in APPIDS:
        for review in world.list_reviews(appid):
            assert not re.search(r"\$(what|when|where|thing|after|game)\b|\|[a-z]+\]", review["review"])


def test_the_planted_sets_share_no_sentence_with_the_world(world):
    quotes = {
        re.sub(r"\W+", " ", fact["quote"]).strip().lower()
        for name in ("set_a.jsonl", "set_b.jsonl")
        for line in (PLANTED_SETS / name).read_text(encoding="utf-8").splitlines()
        for fact in json.loads(line)["facts"]
    }
    texts = " \n ".join(
        re.sub(r"\W+", " ", review["review"]).lower() for appid in APPIDS for review in world.list_reviews(appid)
    )
    assert not [quote for quote in quotes if len(quote) > 20 and quote in texts]
