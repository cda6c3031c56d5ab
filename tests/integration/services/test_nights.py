"""The nightly plan over a real database: budgets from settings, hosts and ledger, games from the tables."""

from datetime import timedelta
from decimal import Decimal

import pytest

from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.models.llm import Delivery
from steampulse_dagster.models.news import NewsLimits
from steampulse_dagster.models.nights import CallPrices, Left, Work
from steampulse_dagster.repositories.rate_limits import RateLimitRepository
from steampulse_dagster.repositories.tracking import TrackingRepository
from steampulse_dagster.services.news import NewsService
from steampulse_dagster.services.nights import HostRate, NightService, NightSettings
from steampulse_dagster.services.tracking import TrackedGames
from tests.selection_rows import DAY, NOW, follow, store_crawl, store_report

pytestmark = pytest.mark.integration

PAID = CallPrices(delivery=Delivery.REAL_TIME, chunk=Decimal("0.01"), join=Decimal("0.01"), report=Decimal("0.05"))


class Forecast:
    """Stands for AnalysisForecast: prices and what the limits leave."""

    per_run = Decimal(10)

    def __init__(self, left):
        self._left = Decimal(left)

    def get_prices(self, delivery=Delivery.REAL_TIME):
        half = Decimal("0.5") if delivery is Delivery.BATCH else Decimal(1)
        return PAID.model_copy(update={"chunk": PAID.chunk * half, "report": PAID.report * half, "delivery": delivery})

    def get_left(self):
        return self._left


def build(db, *, rate=None, forecast=None, hours=8.0):
    return NightService(
        db,
        NightSettings(fresh_hours=6, hours=hours, games=1_000, games_per_run=2),
        api=HostRate("api", rate),
        store=HostRate("store", None),
        forecast=forecast,
        analyst_key=None,
        clock=lambda: NOW,
    )


@pytest.fixture
def games(db):
    """1 was never crawled, 2 is due, 3 is crawled and unread, 4 is up to date."""
    with db.transaction() as conn:
        follow(conn, 1, 2, 3, 4)
        store_crawl(conn, 2, stored=1_000, finished_at=NOW - 3 * DAY, due_at=NOW - 2 * DAY)
        store_crawl(conn, 3, stored=200)
        store_crawl(conn, 4, stored=200)
        store_report(conn, 2, reviews=1_000)
        store_report(conn, 4, reviews=200)


def test_a_night_takes_what_is_due_and_unread_in_runs_of_one_kind(db, games):
    plan = build(db).plan_night()
    assert {game.appid: game.work for game in plan.games} == {1: Work.FULL, 2: Work.FULL, 3: Work.ANALYSE}
    assert [(run.work, run.appids) for run in plan.runs] == [(Work.ANALYSE, (3,)), (Work.FULL, (2, 1))]
    assert (plan.usd, plan.budget.usd, plan.hours) == (0, None, 0)


def test_requests_are_the_rate_times_the_hours_less_those_for_which_the_host_refuses_us(db, games):
    assert build(db, rate=0.5).plan_night().budget.api_requests == 14_400
    with db.transaction() as conn:
        limits = RateLimitRepository(conn)
        now = limits.lock("api").now
        limits.mark_refused("api", refusals=1, pause=timedelta(hours=6), status=403)
    service = build(db, rate=0.5)
    service._clock = lambda: now  # the circuit goes by the database's clock
    assert service.plan_night().budget.api_requests == pytest.approx(0.5 * 3600 * 2, rel=0.01)


def test_dollars_are_what_the_ledger_leaves_and_games_beyond_them_are_crawled_only(db, games):
    plan = build(db, forecast=Forecast("0.10")).plan_night()
    assert {game.appid: game.work for game in plan.games} == {1: Work.CRAWL, 2: Work.CRAWL, 3: Work.ANALYSE}
    assert (plan.usd, plan.unpaid) == (Decimal("0.09"), 2)


def test_a_bulk_plan_crawls_nothing_and_reckons_with_the_prices_of_bulk_jobs(db, games):
    plan = build(db, forecast=Forecast("10")).plan_bulk()
    assert [(game.appid, game.work, game.usd) for game in plan.games] == [(3, Work.ANALYSE, Decimal("0.045"))]
    cheap = Forecast("10")
    cheap.per_run = Decimal("0.05")  # of which four fifths are 4 cents
    assert build(db, forecast=cheap).plan_bulk().left == {Left.DOLLARS: 1}
    assert build(db, forecast=Forecast("10")).plan_bulk(under_way={3}).left == {Left.UNDER_WAY: 1}


def test_news_leaves_what_runs_under_way_are_promised(db, games):
    limits = NewsLimits(count=100, share=0.1, shift=0.05, cool_down_hours=6)
    service = NewsService(
        db, limits=limits, games_per_run=300, forecast=Forecast("0.20"), analyst_key=None, clock=lambda: NOW
    )
    assert [(game.appid, game.usd) for game in service.plan().games] == [(3, Decimal("0.09"))]
    assert service.plan(promised_usd=Decimal("0.15")).games == ()


def test_games_untracked_by_hand_stay_untracked_until_somebody_names_them(db):
    with db.transaction() as conn:
        follow(conn, 10, 20)
    games = TrackedGames(db, clock=lambda: NOW)
    assert games.remove([10]) == (10,)
    assert [(game.appid, game.untracked_at) for game in games.get_set().untracked] == [(10, NOW)]

    def track(reason):
        with db.transaction() as conn:
            added = TrackingRepository(conn).insert_many({10: "Ten", 30: "Thirty"}, reason=reason, tracked_at=NOW)
        return [game.appid for game in added]

    assert track(TrackReason.MIN_REVIEWS) == [30]
    assert track(TrackReason.RULE) == []
    assert track(TrackReason.MANUAL) == [10]
    assert games.get_set().untracked == ()
    assert games.get_set().appids == {10, 20, 30}
