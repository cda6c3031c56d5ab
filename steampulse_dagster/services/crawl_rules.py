"""Rules of a walk over one game's reviews: when it ends, where it stands then. Pure: no network, no database."""

from datetime import datetime, timedelta

from steampulse_dagster.models.reviews import CrawlPhase, CrawlState, QuerySummary, ReviewPage

UPDATE_OVERLAP = timedelta(hours=1)
"""How far a later walk goes below the high-water mark: anonymous answers may be ten minutes old, clocks differ."""
FIRST_BACK_OFF = timedelta(minutes=5)
LONGEST_BACK_OFF = timedelta(hours=24)
MISSING_IS_NORMAL = 50
"""Steam counts reviews that it never hands out; up to so many (or 5 %) missing, a list counts as walked to its end."""
MISSING_SHARE_IS_NORMAL = 0.05


def begin_walk(state: CrawlState | None, *, appid: int, stored: int) -> CrawlState:
    """The state at the start of a crawl: a walk under way goes on, otherwise a first or an update walk begins."""
    if state is None:
        return CrawlState(appid=appid, stored=stored)
    if state.cursor is not None:
        return state.model_copy(update={"stored": stored})
    phase = CrawlPhase.FIRST if state.high_water is None else CrawlPhase.UPDATES
    return state.model_copy(update={"phase": phase, "pending_high_water": None, "stored": stored})


def is_fresh(state: CrawlState | None, *, now: datetime, fresh_hours: float) -> bool:
    """Whether the last walk finished recently and none is under way."""
    if state is None or state.cursor is not None or state.finished_at is None or state.last_error is not None:
        return False
    return now - state.finished_at < timedelta(hours=fresh_hours)


def is_empty(page: ReviewPage) -> bool:
    """Whether Steam handed out nothing at all on this page."""
    return not page.reviews and not page.unparsed


def may_hold_more(state: CrawlState) -> bool:
    """Whether an empty page is doubtful: Steam is known to send one before the end.

    An update walk should meet what is known before it meets the end; a first walk may end once all is stored.
    """
    if state.phase is CrawlPhase.UPDATES or state.reported is None:
        return True
    return state.stored < state.reported.total_reviews


def take_first_page(state: CrawlState, page: ReviewPage) -> CrawlState:
    """What the first page of a walk tells: the totals, and how far this walk will have seen edits.

    Only edits known to the first page are promised: those made while the walk is under way may sit behind it.
    """
    newest = max((review.timestamp_updated for review in page.reviews), default=None)
    marks = [mark for mark in (newest, state.high_water) if mark is not None]
    return state.model_copy(
        update={"reported": page.summary or state.reported, "pending_high_water": max(marks, default=None)}
    )


def reached_known(state: CrawlState, page: ReviewPage) -> bool:
    """Whether an update walk has come below the high-water mark and its overlap."""
    if state.phase is not CrawlPhase.UPDATES or state.high_water is None or not page.reviews:
        return False
    return min(review.timestamp_updated for review in page.reviews) < state.high_water - UPDATE_OVERLAP


def explain_early_end(state: CrawlState, page: ReviewPage, *, walked: int) -> str | None:
    """Why a walk that goes no further, and handed out `walked` reviews, missed something; None if it did not.

    An update walk is done once it meets what is known, or has walked about all that is stored. A first walk is done
    with an empty page, however many Steam reports (its count includes what it never hands out), unless nothing at all
    was handed out; without an empty page it is done only if about all that is reported is stored.
    """
    if reached_known(state, page):
        return None
    seen: int = walked
    expected: int | None = state.stored
    if state.phase is CrawlPhase.FIRST:
        seen, expected = state.stored, state.reported.total_reviews if state.reported else None
        if is_empty(page):
            return f"Steam reports {expected} reviews and handed out none." if expected and not seen else None
    if expected is not None and expected - seen <= max(MISSING_IS_NORMAL, expected * MISSING_SHARE_IS_NORMAL):
        return None
    return f"Steam {_describe_stop(page)} before the end of the list: {seen} of {expected or 'unknown'} reviews."


def _describe_stop(page: ReviewPage) -> str:
    if is_empty(page):
        return "sent an empty page"
    return "sent no cursor" if page.next_cursor is None else "repeated a cursor"


def finish_walk(state: CrawlState, *, now: datetime, fresh_hours: float) -> CrawlState:
    """The state after a walk that came to its end."""
    return state.model_copy(
        update={
            "phase": CrawlPhase.UPDATES,
            "cursor": None,
            # A game without reviews has no data time: anything that comes later is newer than its walk.
            "high_water": state.pending_high_water or state.high_water,
            "pending_high_water": None,
            "completeness": compute_completeness(state.stored, state.reported),
            "finished_at": now,
            "next_due_at": now + timedelta(hours=fresh_hours),
            "last_error": None,
            "consecutive_failures": 0,
        }
    )


def abandon_walk(state: CrawlState, *, now: datetime, why: str) -> CrawlState:
    """The state after a walk that ended early: the next crawl walks from the beginning again."""
    return state.model_copy(
        update={
            "cursor": None,
            "pending_high_water": None,
            "completeness": compute_completeness(state.stored, state.reported),
            "next_due_at": now + compute_back_off(state.consecutive_failures),
            "last_error": why,
            "consecutive_failures": state.consecutive_failures + 1,
        }
    )


def compute_completeness(stored: int, reported: QuerySummary | None) -> float | None:
    """stored / reported; 1 when Steam reports none, None when it reports nothing. Above 1 is seen and kept."""
    if reported is None:
        return None
    return stored / reported.total_reviews if reported.total_reviews else 1.0


def compute_back_off(failures: int) -> timedelta:
    """Pause after so many failures in a row: five minutes, doubled each time, at most a day."""
    return min(FIRST_BACK_OFF * 2 ** min(failures, 20), LONGEST_BACK_OFF)
