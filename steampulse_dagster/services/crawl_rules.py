"""Rules of a walk over one game's reviews: where it begins, where it goes next, and when it goes no further. Pure.

A first walk goes down the list by creation. Steam ends lists that are not at their end: by an empty page, a cursor that
repeats or is missing. So no end is believed as such: the walk asks, by date, for all that is as old as the last page
and older. A list is at its end when that brings nothing but what was on the last page; otherwise the walk goes on in
this *window*. A cursor may also lead too far: where a page begins suspiciously far below the page before it, the same
question brings what lies between them, if anything does. An update walk goes down by last edit and is done once it
meets what is known; Steam's total tells whether its cursors led past something.
"""

from datetime import datetime, timedelta

from steampulse_dagster.models.reviews import CrawlPhase, CrawlState, ReviewPage
from steampulse_dagster.services import crawl_totals
from steampulse_dagster.services.crawl_trail import TAIL_FROM, Trail, reviews_on
from steampulse_dagster.utils.clock import read_moment

UPDATE_OVERLAP = timedelta(hours=1)
"""How far a later walk goes below the high-water mark: anonymous answers may be ten minutes old, clocks differ."""
SUSPICIOUS_GAP = 0.5
"""A gap between two pages, in parts of the longer of them, from which on the cursor may have led past something. Of
1,285 pages of 66 real games 8 have such a gap behind them; of 1,219 jumps over one page it shows 1,217."""


def begin_walk(state: CrawlState | None, *, appid: int, stored: int) -> CrawlState:
    """The state at the start of a crawl: a walk under way goes on, otherwise a first or an update walk begins."""
    if state is None:
        return CrawlState(appid=appid, stored=stored)
    if state.under_way:
        return state.model_copy(update={"stored": stored})
    phase = CrawlPhase.FIRST if state.high_water is None else CrawlPhase.UPDATES
    return state.model_copy(update={"phase": phase, "pending_high_water": None, "stored": stored})


def is_fresh(state: CrawlState | None, *, now: datetime, fresh_hours: float) -> bool:
    """Whether the last walk finished recently, none is under way, and the game is not due already.

    A walk that finished after now tells of a clock that was wrong, not of fresh data.
    """
    if state is None or state.under_way or state.finished_at is None or state.last_error is not None:
        return False
    if state.next_due_at is not None and state.next_due_at <= now:
        return False
    return timedelta(0) <= now - state.finished_at < timedelta(hours=fresh_hours)


def is_empty(page: ReviewPage) -> bool:
    """Whether Steam handed out nothing at all on this page."""
    return not page.reviews and not page.unparsed


def take_first_page(state: CrawlState, page: ReviewPage, *, now: datetime) -> CrawlState:
    """What the first page of a walk tells: the totals, and how far this walk will have seen edits.

    Only edits known to the first page are promised: those made while the walk is under way may sit behind it. A time
    after now is no edit but nonsense, and would hide everything that comes later.
    """
    until = now.timestamp()
    newest = max((r.timestamp_updated for r in page.reviews if r.timestamp_updated <= until), default=None)
    marks = [] if newest is None else [read_moment(newest)]
    marks += [] if state.high_water is None else [state.high_water]
    return state.model_copy(
        update={"reported": page.summary or state.reported, "pending_high_water": max(marks, default=None)}
    )


def is_doubtful(state: CrawlState, page: ReviewPage, trail: Trail) -> bool:
    """Whether the same page is worth asking for again: it is empty, or leads nowhere, and need not be the end."""
    if is_empty(page):
        return _may_hold_more(state, page, trail)
    if reached_known(state, page) or is_proof(state, page, trail):
        return False
    return not _leads_on(page, trail)


def reached_known(state: CrawlState, page: ReviewPage) -> bool:
    """Whether an update walk has come below the high-water mark and its overlap.

    Half of the page must lie there: a review whose time of edit is missing or senseless says nothing.
    """
    if state.phase is not CrawlPhase.UPDATES or state.high_water is None or not page.reviews:
        return False
    known = (state.high_water - UPDATE_OVERLAP).timestamp()
    return 2 * sum(review.timestamp_updated < known for review in page.reviews) >= len(page.reviews)


def is_proof(state: CrawlState, page: ReviewPage, trail: Trail) -> bool:
    """Whether a window brought nothing but what the page before it held."""
    heeded = _starts_window(state) and keeps_window(state, page)
    return heeded and not is_empty(page) and reviews_on(page) <= trail.tail


def find_doubtful_turn(state: CrawlState, page: ReviewPage, trail: Trail) -> CrawlState | None:
    """The state to ask the page before with again, as its cursor may have led an update walk past something.

    Nothing but the list itself can tell: it takes no dates for edits.
    """
    doubtful = state.phase is CrawlPhase.UPDATES and state.cursor is not None and _lies_far_below(page, trail)
    return trail.before if doubtful else None


def leads_elsewhere(again: ReviewPage, trail: Trail) -> bool:
    """Whether the page before, asked for again, leads to where the walk has not been."""
    return not is_empty(again) and _leads_on(again, trail)


def choose_next(state: CrawlState, page: ReviewPage, trail: Trail) -> CrawlState | None:
    """The state that stands before the page to ask for next; None where the walk ends."""
    if state.phase is CrawlPhase.UPDATES:
        return _choose_next_update(state, page, trail)
    if _starts_window(state) and is_proof(state, page, trail):
        return None if trail.ending else trail.bridge
    if _starts_window(state) and (is_empty(page) or not keeps_window(state, page)):
        return trail.bridge
    walked = _walk_to(state, page)
    if not is_empty(page) and _leads_on(page, trail):
        if expects_end(state, page, trail):
            return _open_window(walked)
        if _may_have_jumped(state, page, trail):
            return _open_window(state)
        return walked.model_copy(update={"cursor": page.next_cursor})
    if trail.continued and walked.walked_to is None:
        # Continued where the list ends, without a place to go on by date from.
        return state.model_copy(update={"cursor": None})
    stuck = walked.walked_to is None or (_starts_window(state) and walked.walked_to == state.window_end)
    return None if stuck else _open_window(walked)


def expects_end(state: CrawlState, page: ReviewPage, trail: Trail) -> bool:
    """Whether a first walk has met as many reviews as Steam reports with this page, so that its cursor is expected to
    lead to an empty one. The window that proves the end is asked for at once then: a request less for each game.

    Once a walk, for a total may be too low: whoever goes by it at each page asks for a fifth of all reviews twice.
    """
    total = crawl_totals.get_total(state)
    told_otherwise = trail.ending or trail.past_total or trail.trusting or trail.continued
    if state.phase is not CrawlPhase.FIRST or total is None or told_otherwise:
        return False
    met_all = trail.counts_to(total, page.reviews)
    return met_all and find_place(page) is not None and not _may_have_jumped(state, page, trail)


def find_bridge(state: CrawlState, page: ReviewPage, after: CrawlState, trail: Trail) -> CrawlState | None:
    """The state that follows the page's cursor, where `after` asks by date although there is a cursor that leads on."""
    if state.phase is CrawlPhase.UPDATES or after.cursor is not None or is_empty(page) or not _leads_on(page, trail):
        return None
    return _walk_to(state, page).model_copy(update={"cursor": page.next_cursor})


def find_place(page: ReviewPage) -> datetime | None:
    """The second at which a window opens that holds the last fifth of this page and all that is older.

    What is asked for twice proves that the answer is a real one; a few senseless dates do not move the place.
    """
    created = _created_by_age(page)
    return read_moment(created[int(TAIL_FROM * len(created))] + 1) if created else None


def _created_by_age(page: ReviewPage) -> list[int]:
    return sorted([review.timestamp_created for review in page.reviews], reverse=True)


def _choose_next_update(state: CrawlState, page: ReviewPage, trail: Trail) -> CrawlState | None:
    if reached_known(state, page):
        return None
    if not is_empty(page) and _leads_on(page, trail):
        return state.model_copy(update={"cursor": page.next_cursor})
    if trail.continued and not came_to_mark(state, trail):
        # What an earlier crawl saw of this walk is not known: only a walk from the top can tell that this is the end.
        return state.model_copy(update={"cursor": None, "pending_high_water": None})
    return None


def _walk_to(state: CrawlState, page: ReviewPage) -> CrawlState:
    """How far down the walk is with this page; it never goes up, wherever a senseless cursor leads."""
    place = find_place(page)
    if place is None or (state.walked_to is not None and place >= state.walked_to):
        return state
    return state.model_copy(update={"walked_to": place, "doubtful_ends": 0})


def _open_window(state: CrawlState) -> CrawlState:
    return state.model_copy(update={"cursor": None, "window_end": state.walked_to})


def _may_have_jumped(state: CrawlState, page: ReviewPage, trail: Trail) -> bool:
    """Whether a first walk's page lies so far below the page before it that a window should tell what is between."""
    if trail.trusting or _starts_window(state) or state.walked_to is None:
        return False
    return _lies_far_below(page, trail)


def _lies_far_below(page: ReviewPage, trail: Trail) -> bool:
    here, above = trail.measure_span(page), trail.span
    if here is None or above is None:
        return False
    return above.oldest - here.newest > SUSPICIOUS_GAP * max(above.length, here.length)


def _starts_window(state: CrawlState) -> bool:
    return state.cursor is None and state.window_end is not None


def keeps_window(state: CrawlState, page: ReviewPage) -> bool:
    """Whether Steam heeded the dates asked for; a quarter of the page may carry senseless ones."""
    created = _created_by_age(page)
    return state.window_end is None or not created or created[len(created) // 4] <= state.window_end.timestamp()


def _leads_on(page: ReviewPage, trail: Trail) -> bool:
    return page.next_cursor is not None and page.next_cursor not in trail.cursors


def _may_hold_more(state: CrawlState, page: ReviewPage, trail: Trail) -> bool:
    """Whether an empty page is asked for again: not if a window will tell anyway, or the walk is where it ends."""
    if state.phase is CrawlPhase.UPDATES:
        # All that is stored may have been seen because this walk has just stored it.
        saw_all = crawl_totals.saw_all(state, trail) and crawl_totals.saw_reported(state, trail)
        return not came_to_mark(state, trail) and not saw_all
    if _starts_window(state):
        return True
    if state.walked_to is None:
        return state.stored > 0 or page.summary is None or page.summary.total_reviews > 0
    return crawl_totals.misses_many(state)


def came_to_mark(state: CrawlState, trail: Trail) -> bool:
    """Whether the page before had come down to the mark, so that only the overlap is unseen."""
    return state.high_water is not None and trail.last_updated is not None and trail.last_updated <= state.high_water
