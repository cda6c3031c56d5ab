"""The end of a walk over one game's reviews: whether it is believed, and where the game stands then. Pure."""

from datetime import datetime

from steampulse_dagster.models.reviews import CrawlPhase, CrawlState, ReviewPage
from steampulse_dagster.services import crawl_totals
from steampulse_dagster.services.crawl_rules import came_to_mark, is_empty, is_proof, keeps_window, reached_known
from steampulse_dagster.services.crawl_trail import Trail

DOUBTS_BELIEVED = 3
"""So many crawls in a row that bring nothing new end a list that Steam proves neither ended nor not."""


def explain_early_end(state: CrawlState, page: ReviewPage, trail: Trail) -> str | None:
    """Why a walk that goes no further may have missed something; None if it did not."""
    if state.phase is CrawlPhase.UPDATES:
        done = (
            reached_known(state, page)
            or (is_empty(page) and came_to_mark(state, trail))
            or crawl_totals.saw_all(state, trail)
        )
        if done and crawl_totals.fell_behind(state):
            known = round(state.spoken_for)
            return f"Steam's list by last edit left reviews out: {known} of {crawl_totals.get_total(state)} are known."
        return None if done else _describe_end(state, page, seen=trail.distinct, expected=round(state.spoken_for))
    total = crawl_totals.get_total(state)
    if is_empty(page) and state.walked_to is None:
        # A list of nothing but unreadable reviews has no place by date.
        return f"Steam reports {total} reviews and handed out none." if total and not trail.tail else None
    if is_proof(state, page, trail) or state.doubtful_ends + 1 >= DOUBTS_BELIEVED:
        return None
    if not is_empty(page) and not keeps_window(state, page) and not crawl_totals.misses_many(state):
        return None
    return _describe_end(state, page, seen=round(state.spoken_for), expected=total)


def finish_walk(state: CrawlState, *, now: datetime) -> CrawlState:
    """The state after a walk that came to its end; `due_rules` says when the next one is due."""
    return state.model_copy(
        update={
            "phase": CrawlPhase.UPDATES,
            "cursor": None,
            "window_end": None,
            "walked_to": None,
            "doubtful_ends": 0,
            # A game without reviews has no data time: anything that comes later is newer than its walk.
            "high_water": state.pending_high_water or state.high_water,
            "pending_high_water": None,
            "completeness": crawl_totals.compute_completeness(state.spoken_for, state.reported),
            "finished_at": now,
        }
    )


def abandon_walk(state: CrawlState, page: ReviewPage) -> CrawlState:
    """The state after a walk that ended early: where the next crawl goes on.

    A first walk goes on by date where it stands, or starts over if Steam does not heed dates. An update walk goes on
    at an empty page, starts over where a cursor led nowhere, and gives way to a walk over the whole list if that
    happens again and again, or if its list left something out.
    """
    doubts = state.doubtful_ends + 1
    changes: dict[str, object] = {"doubtful_ends": doubts}
    if state.phase is CrawlPhase.UPDATES:
        if doubts >= DOUBTS_BELIEVED or (reached_known(state, page) and crawl_totals.fell_behind(state)):
            changes |= {"cursor": None, "pending_high_water": None, "high_water": None, "doubtful_ends": 0}
        elif not is_empty(page) or state.cursor is None:
            changes |= {"cursor": None, "pending_high_water": None}
    elif is_empty(page) or keeps_window(state, page):
        changes |= {"cursor": None, "window_end": state.walked_to}
    else:
        changes |= {"cursor": None, "window_end": None, "walked_to": None, "pending_high_water": None}
    completeness = crawl_totals.compute_completeness(state.spoken_for, state.reported)
    return state.model_copy(update={**changes, "completeness": completeness})


def _describe_end(state: CrawlState, page: ReviewPage, *, seen: int | None, expected: int | None) -> str:
    if is_empty(page):
        what = "sent an empty page"
    elif not keeps_window(state, page):
        what = "ended the list and heeds no dates"
    else:
        what = "sent no cursor" if page.next_cursor is None else "repeated a cursor"
    of = "unknown" if expected is None else expected
    return f"Steam {what} before the end of the list: {'many' if seen is None else seen} of {of} reviews."
