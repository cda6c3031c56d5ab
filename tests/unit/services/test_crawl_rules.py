from datetime import UTC, datetime, timedelta

import pytest

from steampulse_dagster.clients.steam_reviews import parse_review
from steampulse_dagster.models.reviews import CrawlPhase, CrawlState, QuerySummary, ReviewPage
from steampulse_dagster.services import crawl_rules
from tests.fake_steam import author_key_of, raw_review

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def moment(hour):
    return datetime.fromtimestamp(1_700_000_000 + hour * 3600, UTC)


def page(*numbers, cursor="next"):
    reviews = [parse_review(raw_review(number), appid=10, author_key_of=author_key_of) for number in numbers]
    return ReviewPage(reviews=tuple(reviews), next_cursor=cursor)


def state(**changes):
    return CrawlState(appid=10).model_copy(update=changes)


def reported(total):
    return QuerySummary(total_reviews=total, total_positive=total, total_negative=0)


def test_a_game_never_crawled_begins_with_its_first_walk():
    begun = crawl_rules.begin_walk(None, appid=10, stored=0)
    assert (begun.phase, begun.cursor) == (CrawlPhase.FIRST, None)


def test_a_walk_under_way_goes_on_where_it_stood():
    kept = state(cursor="c", pending_high_water=moment(5))
    assert crawl_rules.begin_walk(kept, appid=10, stored=100) == kept.model_copy(update={"stored": 100})


def test_a_finished_game_goes_on_by_update():
    begun = crawl_rules.begin_walk(state(high_water=moment(5)), appid=10, stored=1)
    assert begun.phase is CrawlPhase.UPDATES


def test_a_game_whose_first_walk_found_nothing_walks_first_again():
    finished = crawl_rules.finish_walk(state(reported=reported(0)), now=NOW, fresh_hours=6)
    assert crawl_rules.begin_walk(finished, appid=10, stored=0).phase is CrawlPhase.FIRST


@pytest.mark.parametrize(
    ("changes", "fresh"),
    [
        ({"finished_at": NOW - timedelta(hours=5)}, True),
        ({"finished_at": NOW - timedelta(hours=6)}, False),
        ({"finished_at": NOW, "cursor": "c"}, False),
        ({"finished_at": NOW, "last_error": "no"}, False),
        ({}, False),
    ],
)
def test_fresh_is_what_finished_recently_without_error(changes, fresh):
    assert crawl_rules.is_fresh(state(**changes), now=NOW, fresh_hours=6) is fresh


def test_the_high_water_mark_promises_only_what_the_first_page_could_know():
    first = crawl_rules.take_first_page(state(), page(9, 8))
    assert first.pending_high_water == moment(9)
    finished = crawl_rules.finish_walk(first, now=NOW, fresh_hours=6)
    assert (finished.high_water, finished.pending_high_water, finished.cursor) == (moment(9), None, None)
    assert finished.next_due_at == NOW + timedelta(hours=6)


def test_the_high_water_mark_never_falls():
    later = crawl_rules.take_first_page(state(high_water=moment(9)), page(3))
    assert later.pending_high_water == moment(9)


def test_an_update_walk_stops_below_the_mark_and_its_overlap():
    updates = state(phase=CrawlPhase.UPDATES, high_water=moment(9))
    assert not crawl_rules.reached_known(updates, page(12, 10, 9))
    assert not crawl_rules.reached_known(updates, page(9, 8))
    assert crawl_rules.reached_known(updates, page(9, 7))
    assert not crawl_rules.reached_known(state(), page(9, 1))


def test_an_empty_page_is_the_end_however_many_steam_reports():
    assert crawl_rules.explain_early_end(state(stored=10, reported=reported(1000)), page(), walked=0) is None


def test_an_empty_list_of_a_game_with_reviews_is_no_end():
    why = crawl_rules.explain_early_end(state(stored=0, reported=reported(1000)), page(), walked=0)
    assert why == "Steam reports 1000 reviews and handed out none."


@pytest.mark.parametrize(
    ("stored", "total", "complete"), [(950, 1000, True), (949, 1000, False), (10, 60, True), (9, 60, False)]
)
def test_a_repeated_cursor_is_the_end_only_near_the_reported_total(stored, total, complete):
    why = crawl_rules.explain_early_end(state(stored=stored, reported=reported(total)), page(1), walked=1)
    assert (why is None) is complete


@pytest.mark.parametrize(("walked", "complete"), [(200, False), (949, False), (950, True), (1000, True)])
@pytest.mark.parametrize("last", [page(), page(9, 9), page(9, cursor=None)], ids=["empty", "repeated", "no cursor"])
def test_an_update_walk_that_never_met_what_is_known_must_have_walked_everything(last, walked, complete):
    updates = state(phase=CrawlPhase.UPDATES, high_water=moment(9), stored=1000, reported=reported(1000))
    assert (crawl_rules.explain_early_end(updates, last, walked=walked) is None) is complete


def test_an_update_walk_that_met_what_is_known_is_done():
    updates = state(phase=CrawlPhase.UPDATES, high_water=moment(9), stored=1000)
    assert crawl_rules.explain_early_end(updates, page(9, 1), walked=2) is None


def test_a_walk_that_ended_early_is_due_again_and_starts_over():
    abandoned = crawl_rules.abandon_walk(state(cursor="c", consecutive_failures=2), now=NOW, why="because")
    assert (abandoned.cursor, abandoned.last_error, abandoned.consecutive_failures) == (None, "because", 3)
    assert abandoned.next_due_at == NOW + timedelta(minutes=20)
    assert crawl_rules.begin_walk(abandoned, appid=10, stored=5).phase is CrawlPhase.FIRST


@pytest.mark.parametrize(("stored", "total", "ratio"), [(5, 10, 0.5), (11, 10, 1.1), (0, 0, 1.0)])
def test_completeness_is_stored_of_reported(stored, total, ratio):
    assert crawl_rules.compute_completeness(stored, reported(total)) == ratio


def test_completeness_is_unknown_without_totals():
    assert crawl_rules.compute_completeness(5, None) is None


def test_back_off_doubles_up_to_a_day():
    assert [crawl_rules.compute_back_off(n) for n in (0, 1, 3)] == [timedelta(minutes=m) for m in (5, 10, 40)]
    assert crawl_rules.compute_back_off(1000) == timedelta(hours=24)
