"""Which news of a game is worth another analysis, and which games go first."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.models.llm import Delivery
from steampulse_dagster.models.news import News, NewsLimits, Unchosen
from steampulse_dagster.models.nights import FREE, CallPrices
from steampulse_dagster.services import news_rules

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMITS = NewsLimits(count=100, share=0.1, shift=0.05, cool_down_hours=6)
PAID = CallPrices(delivery=Delivery.REAL_TIME, chunk=Decimal("0.01"), join=Decimal("0.01"), report=Decimal("0.05"))


def news(appid=1, *, new=0, analysed=10_000, positive=None, recent=None, recent_positive=0, hours_ago=24.0, **more):
    given = {
        "name": f"Game {appid}",
        "stored": analysed + new,
        "report_id": 7,
        "analysed": analysed,
        "positive": analysed * 8 // 10 if positive is None else positive,
        "recent": 0 if recent is None else recent,
        "recent_positive": recent_positive,
        "confirmed_at": NOW - hours_ago * HOUR,
    }
    return News(appid=appid, **{**given, **more})


def unread(appid, stored):
    return News(appid=appid, name=f"Unread {appid}", stored=stored)


def why(found):
    return news_rules.explain_news(found, limits=LIMITS, now=NOW)


def plan(*found, prices=FREE, usd_left=None, most=300, under_way=()):
    return news_rules.plan_news(
        found, limits=LIMITS, prices=prices, usd_left=usd_left, most=most, under_way=under_way, now=NOW
    )


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (unread(1, 3), "3 reviews, never analysed"),
        (unread(1, 0), None),
        (news(new=99), None),
        (news(new=100), "100 new reviews"),
        (news(analysed=200, new=19), None),
        (news(analysed=200, new=20), "20 new reviews, 10% of 200"),
        (news(analysed=20, new=9), None),  # nearly half, and yet too few to say anything
        (news(new=60, edited=39), None),
        (news(new=60, edited=40), "60 new and 40 edited reviews"),
        (news(new=-5, edited=100), "0 new and 100 edited reviews"),  # some were taken back
        (news(analysed=200, new=4, edited=16), "4 new and 16 edited reviews, 10% of 200"),
        (news(new=100, hours_ago=5.9), None),
        (news(new=100, hours_ago=6), "100 new reviews"),
        (news(new=1, job="queued", job_changed_at=NOW, hours_ago=1), "its analysis was begun, or asked for again"),
        (news(new=100, job="running", job_changed_at=NOW - HOUR), None),
        (news(new=100, job="failed", job_changed_at=NOW - HOUR), None),
        (news(new=100, job="failed", job_changed_at=NOW - 7 * HOUR), "100 new reviews"),
    ],
)
def test_news_counts_by_number_by_share_and_not_too_often(found, reason):
    assert why(found) == reason


def test_a_fall_of_the_positive_share_beyond_noise_counts_before_the_number_does():
    assert why(news(new=60, recent=60, recent_positive=30)) == (
        "positive share of 60 new reviews 50%, of 10,000 before 80%"
    )
    assert why(news(new=60, recent=60, recent_positive=60)) == (
        "positive share of 60 new reviews 100%, of 10,000 before 80%"
    )


@pytest.mark.parametrize(
    ("recent", "recent_positive"),
    [
        (60, 44),  # 73 %: within what chance does to sixty reviews of a game at 80 %
        (60, 40),  # 67 %: beyond chance, but not surely by five points
        (9, 0),  # too few to say anything
        (0, 0),
    ],
)
def test_a_difference_that_chance_could_make_is_no_news(recent, recent_positive):
    assert why(news(new=60, recent=recent, recent_positive=recent_positive)) is None


def test_chance_alone_hardly_ever_calls_for_an_analysis():
    """2,000 games of unchanged quality with 90 new reviews each, so that neither number nor share is reached."""
    import random

    draw = random.Random(3)
    alarms = sum(
        why(news(new=90, recent=90, recent_positive=sum(draw.random() < 0.8 for _ in range(90)))) is not None
        for _ in range(2_000)
    )
    assert alarms <= 5


def test_an_edit_costs_the_chunk_of_its_review_and_never_more_than_all_that_is_known():
    assert news_rules.count_unread(news(new=60, edited=2)) == 160
    assert news_rules.count_unread(news(analysed=70, new=-1, edited=20)) == 70
    (edited,) = plan(news(edited=100), prices=PAID).games
    (written,) = plan(news(new=100), prices=PAID).games
    assert edited.usd > 10 * written.usd


def test_games_without_any_analysis_go_first_and_then_the_most_news_for_its_reading():
    made = plan(news(1, new=5_000), unread(2, 30), news(3, new=300), unread(4, 4_000))
    assert [game.appid for game in made.games] == [2, 4, 1, 3]


def test_a_tick_takes_no_more_than_a_run_and_says_what_it_left_and_why():
    found = [unread(appid, 100) for appid in range(1, 6)]
    made = plan(*found, most=2, under_way={1, 2}, prices=PAID, usd_left=Decimal("0.10"))
    assert [game.appid for game in made.games] == [3]  # two chunks and a report: seven cents
    assert made.left == {Unchosen.UNDER_WAY: 2, Unchosen.DOLLARS: 2}
    assert news_rules.explain_plan(made) == (
        "5 games have reviews that no report knows; for 5 that is worth an analysis. Chosen: 1 for about $0.07 of "
        "$0.10. First: 3 Unread 3 (100 reviews, never analysed). Left 2: a run that waits or works has it, or had it "
        "within the cool-down. Left 2: analysing it does not fit into what the dollar limits leave."
    )
    assert plan(*found, most=2).left == {Unchosen.NEXT_TICK: 3}


@given(
    analysed=st.integers(0, 10**6),
    positive=st.floats(0, 1),
    new=st.integers(0, 10**6),
    recent=st.integers(0, 10**6),
    recent_positive=st.floats(0, 1),
)
def test_any_counts_give_an_answer_and_less_weight_than_a_game_without_analysis(
    analysed, positive, new, recent, recent_positive
):
    given = {
        "analysed": analysed,
        "positive": round(positive * analysed),
        "recent": recent,
        "recent_positive": round(recent_positive * recent),
    }
    one = news(new=new, **given)
    assert 0 <= news_rules.weigh_news(one, limits=LIMITS) < news_rules.weigh_news(unread(2, 2 * 10**6), limits=LIMITS)
    assert why(news(new=new + 100, **given)) is not None
