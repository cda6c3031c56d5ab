from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from steampulse_dagster.clients.steam_reviews import parse_review
from steampulse_dagster.models.reviews import CrawlPhase, CrawlState, QuerySummary, ReviewPage, UnparsedReview
from steampulse_dagster.services import crawl_ends, crawl_rules, crawl_totals
from steampulse_dagster.services.crawl_trail import Trail, reviews_on
from tests.fake_steam import author_key_of, raw_review

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


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
    finished = crawl_ends.finish_walk(state(reported=reported(0)), now=NOW)
    assert crawl_rules.begin_walk(finished, appid=10, stored=0).phase is CrawlPhase.FIRST


@pytest.mark.parametrize(
    ("changes", "fresh"),
    [
        ({"finished_at": NOW - timedelta(hours=5)}, True),
        ({"finished_at": NOW - timedelta(hours=6)}, False),
        ({"finished_at": NOW, "cursor": "c"}, False),
        ({"finished_at": NOW, "walked_to": NOW}, False),
        ({"finished_at": NOW + timedelta(days=1)}, False),
        ({"finished_at": NOW, "last_error": "no"}, False),
        ({}, False),
    ],
)
def test_fresh_is_what_finished_recently_without_error(changes, fresh):
    assert crawl_rules.is_fresh(state(**changes), now=NOW, fresh_hours=6) is fresh


def test_the_high_water_mark_promises_only_what_the_first_page_could_know():
    first = crawl_rules.take_first_page(state(), page(9, 8), now=NOW)
    assert first.pending_high_water == moment(9)
    finished = crawl_ends.finish_walk(first, now=NOW)
    assert (finished.high_water, finished.pending_high_water, finished.under_way) == (moment(9), None, False)
    assert finished.finished_at == NOW


def test_the_high_water_mark_never_falls():
    later = crawl_rules.take_first_page(state(high_water=moment(9)), page(3), now=NOW)
    assert later.pending_high_water == moment(9)


def test_a_time_of_edit_after_now_is_no_mark():
    first = crawl_rules.take_first_page(state(), page(9, 8), now=moment(8.5))
    assert first.pending_high_water == moment(8)


def test_an_update_walk_stops_below_the_mark_and_its_overlap():
    updates = state(phase=CrawlPhase.UPDATES, high_water=moment(9))
    assert not crawl_rules.reached_known(updates, page(12, 10, 9))
    assert not crawl_rules.reached_known(updates, page(9, 8))
    assert crawl_rules.reached_known(updates, page(9, 7))
    assert not crawl_rules.reached_known(state(), page(9, 1))


def test_one_review_with_a_senseless_time_of_edit_does_not_end_an_update_walk():
    updates = state(phase=CrawlPhase.UPDATES, high_water=moment(9))
    assert not crawl_rules.reached_known(updates, page(14, 13, 12, 11, 1))


def walk(pages, begun):
    """Where a walk stands after these pages, the last of which it ends with (or None), and its trail."""
    trail, now = Trail(), begun
    for each in pages:
        following = crawl_rules.choose_next(now, each, trail)
        if following is None:
            return now, None, trail
        bridge = crawl_rules.find_bridge(now, each, following, trail)
        ending = crawl_rules.expects_end(now, each, trail)
        trail.pass_page(each, at=now, next_cursor=following.cursor, bridge=bridge, ending=ending)
        trail.count(each.reviews)
        now = following
    return now, now, trail


NUMBERS = range(9, -1, -1)
FAR = range(-20, -30, -1)


def test_at_the_end_of_a_list_all_that_is_as_old_as_its_last_page_is_asked_for_by_date():
    _, asked, _ = walk([page(*NUMBERS, cursor="b"), page()], state())
    assert (asked.cursor, asked.window_end, asked.walked_to) == (None, moment(1) + SECOND, moment(1) + SECOND)


def test_a_list_is_at_its_end_when_that_brings_nothing_else():
    proof = page(1, 0)
    stands, asked, trail = walk([page(*NUMBERS, cursor="b"), page(), proof], state(reported=reported(1000)))
    assert asked is None
    assert crawl_ends.explain_early_end(stands, proof, trail) is None


def test_a_list_goes_on_when_that_brings_more():
    _, asked, _ = walk([page(*NUMBERS, cursor="b"), page(), page(1, 0, -1, -2, cursor="c")], state())
    assert (asked.cursor, asked.window_end) == ("c", moment(1) + SECOND)


def test_where_as_many_were_met_as_steam_reports_the_end_is_proven_without_the_empty_page():
    begun, pages = state(reported=reported(12)), [page(*NUMBERS, cursor="b"), page(-1, -2, cursor="c")]
    assert walk(pages[:1], begun)[1].cursor == "b"
    stands, asked, _ = walk(pages, begun)
    assert (asked.cursor, asked.window_end) == (None, moment(-2) + SECOND)
    stands, asked, trail = walk([*pages, page(-2)], begun)
    assert asked is None
    assert crawl_ends.explain_early_end(stands, page(-2), trail) is None


def test_where_steam_reports_too_few_a_walk_goes_on_and_goes_by_the_total_no_more():
    low = [page(*NUMBERS, cursor="b"), page(1, 0, -1, -2, cursor="c")]
    _, asked, _ = walk(low, state(reported=reported(10)))
    assert (asked.cursor, asked.window_end) == ("c", moment(1) + SECOND)
    _, asked, _ = walk([*low, page(-3, -4, cursor="d")], state(reported=reported(10)))
    assert asked.cursor == "d"


def test_an_expected_end_that_steam_does_not_answer_by_date_is_looked_for_by_cursor():
    for answer in (page(), page(*NUMBERS)):
        _, asked, _ = walk([page(*NUMBERS, cursor="b"), answer], state(reported=reported(10), stored=10))
        assert asked.cursor == "b"


def test_a_jump_is_looked_into_before_the_end_is_proven():
    _, asked, trail = walk([page(*NUMBERS, cursor="a"), page(*FAR, cursor="b")], state(reported=reported(20)))
    assert (asked.window_end, trail.ending, trail.bridge.cursor) == (moment(1) + SECOND, False, "b")


def test_a_walk_that_an_earlier_crawl_began_knows_not_how_many_it_met():
    _, asked, trail = walk([], state(reported=reported(10)))
    trail.continued = True
    assert not crawl_rules.expects_end(asked, page(*NUMBERS, cursor="b"), trail)


def test_a_window_that_stays_empty_proves_nothing_until_it_did_so_often():
    begun = state(reported=reported(10), stored=10)
    stands, asked, trail = walk([page(*NUMBERS, cursor="b"), page(), page(), page()], begun)
    assert asked is None
    assert "sent an empty page" in crawl_ends.explain_early_end(stands, page(), trail)
    kept = crawl_ends.abandon_walk(stands, page())
    assert (kept.window_end, kept.under_way, kept.doubtful_ends) == (moment(1) + SECOND, True, 1)
    often = stands.model_copy(update={"doubtful_ends": crawl_ends.DOUBTS_BELIEVED - 1})
    assert crawl_ends.explain_early_end(often, page(), trail) is None


@pytest.mark.parametrize(("total", "complete"), [(60, True), (61, False)])
def test_where_steam_heeds_no_dates_the_reported_total_decides(total, complete):
    begun = state(reported=reported(total), stored=10)
    stands, asked, trail = walk([page(*NUMBERS, cursor="b"), page(), page(*NUMBERS)], begun)
    assert asked is None
    assert (crawl_ends.explain_early_end(stands, page(*NUMBERS), trail) is None) is complete
    assert not crawl_ends.abandon_walk(stands, page(*NUMBERS)).under_way


def test_a_page_far_below_the_one_before_it_is_doubted_and_what_lies_between_is_asked_for_by_date():
    _, asked, _ = walk([page(*NUMBERS, cursor="a"), page(*FAR, cursor="b")], state())
    assert (asked.cursor, asked.window_end, asked.walked_to) == (None, moment(1) + SECOND, moment(1) + SECOND)
    _, asked, _ = walk([page(*NUMBERS, cursor="a"), page(*FAR, cursor="b"), page(1, 0, *FAR[:8], cursor="c")], state())
    assert (asked.cursor, asked.walked_to) == ("c", moment(-26) + SECOND)


def test_a_page_that_follows_the_one_before_it_is_not_doubted():
    _, asked, _ = walk([page(*NUMBERS, cursor="a"), page(*range(-2, -12, -1), cursor="b")], state())
    assert asked.cursor == "b"


@pytest.mark.parametrize("useless", [page(), page(*NUMBERS, cursor="a")], ids=["empty", "heeds no dates"])
def test_where_dates_do_not_help_a_cursor_that_led_far_is_believed_from_then_on(useless):
    farther = page(*range(-50, -60, -1), cursor="c")
    pages = [page(*NUMBERS, cursor="a"), page(*FAR, cursor="b"), useless, farther]
    _, asked, _ = walk(pages[:3], state())
    assert (asked.cursor, asked.window_end) == ("b", None)
    _, asked, _ = walk(pages, state())
    assert asked.cursor == "c"


@pytest.mark.parametrize(("total", "complete"), [(1100, True), (1120, False)])
def test_an_update_walk_after_which_many_more_are_missing_than_before_has_left_some_out(total, complete):
    updates = state(
        phase=CrawlPhase.UPDATES, high_water=moment(9), stored=1045, completeness=1.0, reported=reported(total)
    )
    why = crawl_ends.explain_early_end(updates, page(9, 7), Trail())
    assert (why is None) is complete
    if not complete:
        assert why == "Steam's list by last edit left reviews out: 1045 of 1120 are known."
        abandoned = crawl_ends.abandon_walk(updates, page(9, 7))
        begun = crawl_rules.begin_walk(abandoned, appid=10, stored=1045)
        assert (begun.phase, begun.cursor, abandoned.completeness) == (CrawlPhase.FIRST, None, 1045 / 1120)


@pytest.mark.parametrize("cursor", [None, "a"], ids=["missing", "seen before"])
def test_a_cursor_that_leads_nowhere_is_doubted_then_passed_by_date(cursor):
    stands, asked, trail = walk([page(*NUMBERS, cursor="a")], state())
    odd = page(*range(-1, -11, -1), cursor=cursor)
    assert crawl_rules.is_doubtful(stands, odd, trail)
    following = crawl_rules.choose_next(asked, odd, trail)
    assert (following.cursor, following.window_end) == (None, moment(-9) + SECOND)


def test_a_cursor_back_to_the_top_does_not_move_the_place():
    _, asked, _ = walk([page(*NUMBERS, cursor="a"), page(20, 19, cursor="b")], state())
    assert asked.walked_to == moment(1) + SECOND


def test_a_few_senseless_dates_do_not_move_the_place():
    odd = page(*NUMBERS)
    oldest = msgspec.structs.replace(odd.reviews[-1], timestamp_created=int(moment(-400_000).timestamp()))
    assert crawl_rules.find_place(replace(odd, reviews=(*odd.reviews[:-1], oldest))) == moment(1) + SECOND
    assert crawl_rules.find_place(page()) is None


def test_an_empty_list_of_a_game_with_reviews_is_no_end():
    why = crawl_ends.explain_early_end(state(stored=0, reported=reported(1000)), page(), Trail())
    assert why == "Steam reports 1000 reviews and handed out none."


@pytest.mark.parametrize(("walked", "complete"), [(9, False), (10, True)])
@pytest.mark.parametrize("last", [page(), page(cursor=None)], ids=["empty", "no cursor"])
def test_an_update_walk_that_never_met_what_is_known_must_have_seen_everything(last, walked, complete):
    updates = state(phase=CrawlPhase.UPDATES, high_water=moment(-50), stored=10, reported=reported(10))
    trail = Trail()
    trail.count(page(*range(walked)).reviews)
    assert (crawl_ends.explain_early_end(updates, last, trail) is None) is complete


@pytest.mark.parametrize(("total", "doubtful"), [(10, False), (12, True)])
def test_an_update_walk_asks_again_for_an_empty_page_while_steam_reports_more_than_it_has_seen(total, doubtful):
    updates = state(phase=CrawlPhase.UPDATES, high_water=moment(-50), stored=10, reported=reported(total))
    trail = Trail()
    trail.count(page(*NUMBERS).reviews)
    assert crawl_rules.is_doubtful(updates, page(), trail) is doubtful
    assert crawl_ends.explain_early_end(updates, page(), trail) is None


def test_an_update_walk_that_came_to_the_mark_may_end_with_an_empty_page():
    updates = state(phase=CrawlPhase.UPDATES, high_water=moment(9), stored=100)
    trail = Trail()
    trail.pass_page(page(11, 9), at=updates, next_cursor="a")
    assert not crawl_rules.is_doubtful(updates, page(), trail)
    assert crawl_ends.explain_early_end(updates, page(), trail) is None


def test_an_update_walk_that_met_what_is_known_is_done():
    updates = state(phase=CrawlPhase.UPDATES, high_water=moment(9), stored=1000)
    assert crawl_ends.explain_early_end(updates, page(9, 1), Trail()) is None


def test_a_continued_update_walk_that_meets_the_end_starts_over_at_the_top():
    updates = state(phase=CrawlPhase.UPDATES, cursor="c", high_water=moment(9), stored=1000)
    following = crawl_rules.choose_next(updates, page(), Trail(continued=True))
    assert (following.phase, following.cursor, following.pending_high_water) == (CrawlPhase.UPDATES, None, None)
    assert crawl_rules.choose_next(updates, page(), Trail()) is None


def test_an_update_walk_that_breaks_again_and_again_gives_way_to_the_whole_list():
    updates = state(phase=CrawlPhase.UPDATES, cursor="c", high_water=moment(9), pending_high_water=moment(12))
    once = crawl_ends.abandon_walk(updates, page())
    assert (once.cursor, once.high_water, once.pending_high_water) == ("c", moment(9), moment(12))
    nowhere = crawl_ends.abandon_walk(updates, page(11, cursor=None))
    assert (nowhere.cursor, nowhere.high_water, nowhere.pending_high_water) == (None, moment(9), None)
    often = crawl_ends.abandon_walk(crawl_ends.abandon_walk(once, page()), page())
    assert crawl_rules.begin_walk(often, appid=10, stored=5).phase is CrawlPhase.FIRST


def test_what_tells_the_reviews_of_a_page_apart_includes_the_unreadable():
    odd = replace(page(1), unparsed=(UnparsedReview(payload="{}", reason="no id"),))
    assert reviews_on(odd) == {1001, "{}"}


@pytest.mark.parametrize(("stored", "total", "ratio"), [(5, 10, 0.5), (11, 10, 1.1), (0, 0, 1.0)])
def test_completeness_is_stored_of_reported(stored, total, ratio):
    assert crawl_totals.compute_completeness(stored, reported(total)) == ratio


def test_completeness_is_unknown_without_totals():
    assert crawl_totals.compute_completeness(5, None) is None
