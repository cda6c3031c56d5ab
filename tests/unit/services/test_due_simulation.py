"""A thousand games over sixty days: what the timetable costs and how stale it lets the stored reviews become."""

import random
from bisect import bisect_right
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from steampulse_dagster.models.due import Pulse
from steampulse_dagster.services import due_rules

pytestmark = pytest.mark.unit

START = datetime(2026, 9, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS, WARM_UP = 90, 30
GAMES = 1_000
EVERY_SIX_HOURS = 4


def build_rates(rng):
    """New reviews a day: half of the games one in two months or less, one in a hundred above fifty a day."""
    return [min(rng.paretovariate(0.6) * 0.005, 500.0) for _ in range(GAMES)]


def arrivals(rng, rate):
    moments, moment = [], 0.0
    while True:
        moment += rng.expovariate(rate)
        if moment >= DAYS:
            return moments
        moments.append(moment)


def count(moments, since, until):
    return bisect_right(moments, until) - bisect_right(moments, since)


def crawls_of(appid, moments, old):
    """(day, new reviews) of each crawl after the warm-up."""
    done, last, now = [], 0.0, 0.0
    while now < DAYS:
        stored = old + count(moments, 0, now)
        if now > WARM_UP:
            done.append((now, count(moments, last, now)))
        pulse = Pulse(
            stored=stored,
            new_in_3_days=count(moments, now - 3, now),
            new_in_30_days=count(moments, now - 30, now),
        )
        plan = due_rules.compute_next_due(pulse, appid=appid, now=START + now * DAY, fresh_hours=6)
        last, now = now, (plan.next_due_at - START) / DAY
    return done


def pages(new):
    """Full pages of news, and the page on which what is known begins."""
    return new // 100 + 1


@pytest.fixture(scope="module")
def simulated():
    rng = random.Random(20_261_101)
    rates = build_rates(rng)
    reviews = [arrivals(rng, rate) for rate in rates]
    crawls = [crawls_of(10 * (n + 1), moments, int(rates[n] * 500)) for n, moments in enumerate(reviews)]
    return rates, reviews, crawls


def test_it_asks_for_a_small_part_of_the_pages_of_crawling_everything_every_six_hours(simulated):
    _, reviews, crawls = simulated
    days = DAYS - WARM_UP
    timetable = sum(pages(new) for game in crawls for _, new in game) / days
    steps = [day / EVERY_SIX_HOURS for day in range(WARM_UP * EVERY_SIX_HOURS, DAYS * EVERY_SIX_HOURS)]
    flat = sum(pages(count(game, at - 1 / EVERY_SIX_HOURS, at)) for game in reviews for at in steps) / days
    assert timetable < flat / 20


def test_hardly_a_crawl_finds_much_more_than_the_useful_number(simulated):
    rates, _, crawls = simulated
    found = [
        (new, max(due_rules.LEAST_USEFUL, min(rate * 500 * due_rules.USEFUL_SHARE, due_rules.MOST_USEFUL), rate / 4))
        for rate, game in zip(rates, crawls, strict=True)
        for _, new in game
    ]
    much = sum(new > 2 * useful for new, useful in found)
    assert much / len(found) < 0.03


def test_most_reviews_are_stored_within_a_day_and_all_within_thirty(simulated):
    _, reviews, crawls = simulated
    waits = []
    for moments, game in zip(reviews, crawls, strict=True):
        times = [at for at, _ in game]
        for moment in moments:
            if times and times[0] <= moment < times[-1]:
                waits.append(times[bisect_right(times, moment)] - moment)
    waits.sort()
    shares = {share: waits[int(len(waits) * share)] for share in (0.5, 0.9)}
    assert shares[0.5] < 1
    assert waits[-1] <= 30


def test_crawls_spread_over_the_hours(simulated):
    _, _, crawls = simulated
    hours = Counter(int(at * 24) for game in crawls for at, _ in game)
    mean = sum(hours.values()) / ((DAYS - WARM_UP) * 24)
    # All began in one hour, and chance alone makes hours of four times the mean.
    assert max(hours.values()) < 6 * mean
