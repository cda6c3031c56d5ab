"""Which games a night takes, and what it says of the others."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.models.llm import Delivery
from steampulse_dagster.models.nights import FREE, CallPrices, Candidate, Left, NightBudget, Work
from steampulse_dagster.services import night_rules, night_runs, night_words

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAID = CallPrices(delivery=Delivery.REAL_TIME, chunk=Decimal("0.01"), join=Decimal("0.01"), report=Decimal("0.05"))


def crawled(appid, *, overdue=0.0, stored=1_000, analysed=1_000, per_day=100.0, **more):
    """A game that is due, crawled a day before it was, with as many new reviews to expect as `per_day` says."""
    given = {
        "name": f"Game {appid}",
        "crawl_due": True,
        "due_at": NOW - overdue * DAY,
        "every": DAY,
        "reviews_per_day": per_day,
        "stored": stored,
        "finished_at": NOW - (1 + overdue) * DAY,
        "details_at": NOW - DAY,
        "analysed": analysed,
    }
    return Candidate(appid=appid, **{**given, **more})


def new(appid, *, reported=None, **more):
    return Candidate(appid=appid, name=f"New {appid}", crawl_due=True, due_at=NOW, reported=reported, **more)


def unread(appid, *, stored, analysed=None, **more):
    given = {"crawl_due": False, "stored": stored, "analysed": analysed, "finished_at": NOW - HOUR}
    return Candidate(appid=appid, name=f"Unread {appid}", **{**given, **more})


def plan(*games, prices=FREE, under_way=(), **budget):
    allowed = NightBudget(**{"hours": 8, "games": 1_000, "games_per_run": 300, **budget})
    return night_rules.plan_night(games, budget=allowed, prices=prices, under_way=under_way, now=NOW)


def appids(made):
    return [game.appid for game in made.games]


def test_the_longest_overdue_and_most_read_games_go_first():
    made = plan(
        crawled(1, overdue=0),
        crawled(2, overdue=3),
        crawled(3, overdue=0, stored=1_000_000, analysed=1_000_000),
        crawled(4, overdue=3, stored=1_000_000, analysed=1_000_000),
    )
    assert appids(made) == [4, 2, 3, 1]


def test_a_small_game_that_waited_long_goes_before_a_great_one_that_is_just_due():
    assert appids(plan(crawled(1, overdue=0, stored=1_000_000), crawled(2, overdue=9, stored=20))) == [2, 1]


def test_a_night_goes_to_many_games_before_a_giant_and_a_giant_that_waited_goes_first_all_the_same():
    small = [new(appid, reported=200) for appid in range(2, 52)]
    giant = new(1, reported=100_000)
    assert appids(plan(giant, *small, api_requests=300.0))[:2] == [2, 3]
    waited = replace(giant, due_at=NOW - 20 * DAY)
    assert appids(plan(waited, *small, api_requests=2_000.0))[0] == 1


def test_a_game_that_failed_goes_after_its_like_and_the_plan_says_that_it_is_tried_again():
    made = plan(crawled(1, failures=2), crawled(2))
    assert appids(made) == [2, 1]
    assert made.games[1].why == "failed 2 times, tried again"


def test_a_first_crawl_costs_its_whole_list_and_a_later_one_its_news():
    first, later = plan(new(1, reported=5_000)).games[0], plan(crawled(2, per_day=250)).games[0]
    assert first.api_requests == pytest.approx(50 + 3 + 0.01)
    assert first.store_requests == 1
    assert later.api_requests == pytest.approx(3 + 1 + 0.01)
    assert later.store_requests == 0


def test_a_first_crawl_that_was_stopped_costs_what_is_left_of_its_list():
    resumed = new(1, reported=5_000, stored=4_000)
    assert plan(resumed).games[0].api_requests == pytest.approx(10 + 3 + 0.01)
    assert plan(resumed).games[0].why == "its first crawl goes on"


def test_what_does_not_fit_into_the_requests_is_left_and_smaller_games_take_the_room():
    made = plan(crawled(1, overdue=9, per_day=30), new(2, reported=100_000), crawled(3), api_requests=20.0)
    assert appids(made) == [1, 3]
    assert made.left == {Left.REQUESTS: 1}
    assert made.api_requests <= 20


def test_a_game_that_alone_needs_more_than_a_night_is_taken_when_nothing_was_before_it():
    assert appids(plan(new(1, reported=1_000_000), api_requests=100.0)) == [1]


def test_a_host_that_may_not_be_asked_all_night_leaves_analyses_only():
    made = plan(crawled(1), unread(2, stored=500), api_requests=0.0)
    assert appids(made) == [2]
    assert made.games[0].work is Work.ANALYSE


def test_where_the_dollars_do_not_reach_a_game_is_crawled_without_being_analysed():
    games = [unread(1, stored=200), crawled(2, overdue=2), crawled(3), unread(4, stored=150)]
    made = plan(*games, prices=PAID, usd=Decimal("0.15"))
    works = {game.appid: game.work for game in made.games}
    assert works == {4: Work.ANALYSE, 2: Work.CRAWL, 3: Work.CRAWL}
    assert made.unpaid == 2
    assert made.left == {Left.DOLLARS: 1}
    assert made.usd == Decimal("0.08")


def test_a_due_game_of_which_no_useful_news_is_expected_is_crawled_only():
    made = plan(crawled(1, per_day=1.0))
    assert (made.games[0].work, made.unpaid) == (Work.CRAWL, 0)


@pytest.mark.parametrize(
    ("job", "age", "taken"),
    [
        ("waiting_for_batch", DAY, False),
        ("running", HOUR, False),
        ("running", 7 * HOUR, True),
        ("failed", HOUR, False),
        ("failed", 7 * HOUR, True),
        ("queued", HOUR, True),
        (None, None, True),
    ],
)
def test_an_analysis_that_is_at_work_or_failed_just_now_is_not_asked_for_again(job, age, taken):
    game = unread(1, stored=500, job=job, job_changed_at=None if age is None else NOW - age)
    assert appids(plan(game)) == ([1] if taken else [])


def test_an_analysis_that_was_begun_or_asked_for_again_is_taken_however_little_is_new():
    made = plan(unread(1, stored=501, analysed=500), unread(2, stored=501, analysed=500, job="queued"))
    assert [(game.appid, game.why) for game in made.games] == [(2, "its analysis was begun, or asked for again")]


def test_games_that_a_run_has_already_are_left_and_their_requests_are_given_away():
    games = [crawled(appid, per_day=100) for appid in (1, 2, 3)]
    made = plan(*games, under_way={1, 2}, api_requests=10.0)
    assert appids(made) == [3]
    assert made.left == {Left.UNDER_WAY: 2}
    assert appids(plan(*games, under_way={1, 2, 3}, api_requests=10.0)) == []
    assert plan(*games, under_way={1, 2}, api_requests=5.0).left == {Left.UNDER_WAY: 2, Left.REQUESTS: 1}


def test_runs_hold_one_kind_of_work_and_stay_within_games_and_dollars():
    games = [crawled(appid, overdue=(10 - appid) / 100) for appid in range(6)] + [unread(9, stored=120)]
    made = plan(*games, prices=PAID, usd=Decimal(10), usd_per_run=Decimal("0.40"), games_per_run=4)
    assert [len(run.appids) for run in made.runs if run.work is Work.FULL] == [3, 3]
    assert all(run.usd <= Decimal("0.40") * night_runs.ROOM for run in made.runs)
    assert sorted(appid for run in made.runs for appid in run.appids) == sorted(appids(made))
    assert [run.appids for run in plan(*games, games_per_run=4).runs if run.work is Work.FULL] == [
        (0, 1, 2, 3),
        (4, 5),
    ]


def test_a_pause_of_a_host_takes_its_hours_off_the_night():
    ask = {"per_second": 1.0, "hours": 8.0, "now": NOW}
    assert night_rules.count_requests(**ask, stopped_until=None) == 28_800
    assert night_rules.count_requests(**ask, stopped_until=NOW + 2 * HOUR) == 21_600
    assert night_rules.count_requests(**ask, stopped_until=NOW + DAY) == 0
    assert night_rules.count_requests(per_second=None, hours=8, now=NOW, stopped_until=None) is None


def test_the_plan_tells_what_was_chosen_what_was_left_and_what_it_needs():
    told = night_words.explain_plan(
        plan(crawled(1, overdue=2), new(2, reported=100_000), prices=PAID, usd=Decimal(1), api_requests=100.0)
    )
    assert told == (
        "1 of 2 games in 1 runs: 1 to crawl and analyse. About 4 requests to Steam's API of 100, 0 to its store, "
        "0.3 of 8 hours, $0.12 of $1.00 that the limits leave. Left 1: Steam's requests of the night are given away. "
        "First: 1 Game 1 (due, 2.0 intervals ago)."
    )
    assert "no followed game is due" in night_words.explain_plan(plan())


CANDIDATES = st.builds(
    Candidate,
    appid=st.integers(1, 10_000),
    name=st.just("Any"),
    crawl_due=st.booleans(),
    due_at=st.none() | st.just(NOW) | st.just(NOW - 40 * DAY),
    every=st.none() | st.just(DAY),
    reviews_per_day=st.none() | st.floats(0, 1e5),
    stored=st.integers(0, 2_000_000),
    finished_at=st.none() | st.just(NOW - 3 * DAY),
    failures=st.integers(0, 20),
    reported=st.none() | st.integers(0, 5_000_000),
    details_at=st.none() | st.just(NOW - DAY),
    analysed=st.none() | st.integers(0, 2_000_000),
    job=st.sampled_from([None, "running", "failed", "queued", "waiting_for_batch"]),
)


@given(
    games=st.lists(CANDIDATES, max_size=30, unique_by=lambda game: game.appid),
    api=st.none() | st.floats(0, 5_000),
    store=st.none() | st.floats(0, 20),
    usd=st.none() | st.decimals(0, 20, places=2),
    most=st.integers(1, 40),
    under_way=st.sets(st.integers(1, 10_000), max_size=10),
)
def test_no_plan_goes_beyond_a_budget_loses_a_game_or_takes_one_twice(games, api, store, usd, most, under_way):
    made = plan(*games, prices=PAID, under_way=under_way, api_requests=api, store_requests=store, usd=usd, games=most)
    assert len(made.games) <= most
    assert len(set(appids(made))) == len(made.games)
    assert not under_way & set(appids(made))
    assert made.candidates == len(made.games) + sum(made.left.values())
    assert [game.value for game in made.games] == sorted((game.value for game in made.games), reverse=True)
    assert usd is None or made.usd <= usd
    # Only a game that came first may need more than a night has.
    for limit, needs in ((api, [g.api_requests for g in made.games]), (store, [g.store_requests for g in made.games])):
        asking = [need for need in needs if need]
        assert limit is None or sum(asking) <= limit or (limit > 0 and len(asking) == 1)
    assert sorted(appid for run in made.runs for appid in run.appids) == sorted(appids(made))
