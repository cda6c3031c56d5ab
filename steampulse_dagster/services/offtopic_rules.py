"""When Steam is asked about off-topic activity, and how its periods are found. Pure.

Steam tells no review's flag; it only leaves marked periods out of lists and totals when asked to. A marked period takes
every review posted in it, so in the list without off-topic activity it shows as a gap: a stretch of stored reviews none
of which is handed out. Reviews that vanished from Steam leave gaps too, but small ones: the longest gaps that together
make up Steam's own number are the periods.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil, sqrt

from steampulse_dagster.models.base import ReviewId
from steampulse_dagster.models.reviews import CrawlState, OfftopicCheck, OfftopicPeriod, OfftopicWalk, ReviewPage
from steampulse_dagster.utils.clock import read_moment

CHECK_EVERY = timedelta(days=14)
"""Steam marks periods days or weeks after they were; one request in two weeks is a price that nobody notices."""
MIN_REPORTED = 100
"""Smaller games are not asked about: a page of reviews holds no bombardment that Valve looks into."""
STALE = timedelta(hours=1)
"""Anonymous answers may be ten minutes old: reviews younger than this may be missing for that alone."""
NOISE_REVIEWS = 5
NOISE_SHARE = 0.001
"""Two totals asked for one after the other differ by as much without any off-topic activity."""
PAGE = 100
"""Reviews on a full page."""
SHORTEST_GAP = 3
SHORTEST_GAP_SHARE = 0.02
"""Shorter gaps, of all that is looked for, are reviews that vanished."""
ENOUGH_SHARE = 0.95
"""Steam counts reviews that it never hands out: so much of its number is the whole of it."""
SETTLED_SHARE = 0.8
"""With less of it found the next check looks again."""
TOO_MUCH_SHARE = 1.1


def is_due(state: CrawlState, *, now: datetime) -> bool:
    """Whether Steam's two totals are worth comparing (again), or a walk for the periods is under way."""
    if state.reported is None or state.reported.total_reviews < MIN_REPORTED:
        return False
    check = state.offtopic
    return check is None or check.walk is not None or not timedelta(0) <= now - check.checked_at < CHECK_EVERY


def is_walking(state: CrawlState) -> bool:
    """Whether a walk for the periods is under way."""
    return state.offtopic is not None and state.offtopic.walk is not None


def take_total(state: CrawlState, *, reported: int, filtered: int, now: datetime) -> OfftopicCheck:
    """What the two totals say; with a walk to begin if the number is another than what the marks were made for."""
    known = state.offtopic or OfftopicCheck(total=0, checked_at=now)
    total = max(0, reported - filtered)
    total = total if total > max(NOISE_REVIEWS, NOISE_SHARE * reported) else 0
    check = known.model_copy(update={"total": total, "checked_at": now})
    moved = abs(total - known.marked_total) > max(NOISE_REVIEWS, NOISE_SHARE * reported)
    begin = moved or (total == 0) != (known.marked_total == 0)
    return check.model_copy(update={"walk": OfftopicWalk(down_to=now - STALE) if begin else None})


def compare_page(
    walk: OfftopicWalk, page: ReviewPage, stored: Sequence[tuple[ReviewId, datetime]], *, shortest: int
) -> OfftopicWalk:
    """The walk after a page: `stored` are the reviews from `walk.down_to` down to just above the page's oldest,
    newest first."""
    oldest = find_oldest(page)
    handed_out = {review.recommendationid for review in page.reviews} | set(walk.edge_ids)
    gap, gaps = walk.gap, list(walk.gaps)
    for review_id, created in stored:
        if review_id not in handed_out:
            gap = _widen(gap, created)
        elif gap is not None:
            gaps += [gap] if gap.reviews >= shortest else []
            gap = None
    edge = [r.recommendationid for r in page.reviews if oldest and r.timestamp_created == oldest.timestamp()]
    edge += walk.edge_ids if oldest == walk.down_to else []
    changes = {"down_to": oldest or walk.down_to, "edge_ids": tuple(edge), "gap": gap, "gaps": tuple(gaps)}
    return walk.model_copy(update=changes)


def finish_gaps(
    walk: OfftopicWalk, rest: Sequence[tuple[ReviewId, datetime]], *, shortest: int
) -> tuple[OfftopicPeriod, ...]:
    """All gaps at the end of the list, whose `rest` are the stored reviews from `walk.down_to` on."""
    gap, gaps = walk.gap, list(walk.gaps)
    for review_id, created in [*rest, (0, walk.down_to)]:
        if review_id and review_id not in walk.edge_ids:
            gap = _widen(gap, created)
        elif gap is not None:
            gaps += [gap] if gap.reviews >= shortest else []
            gap = None
    return tuple(gaps)


def found_enough(walk: OfftopicWalk, *, wanted: float) -> bool:
    """Whether the gaps so far make up Steam's number, so that nothing older needs to be looked at."""
    return sum(gap.reviews for gap in walk.gaps) >= ENOUGH_SHARE * wanted


def choose_periods(gaps: Sequence[OfftopicPeriod], *, wanted: float) -> tuple[OfftopicPeriod, ...]:
    """The longest gaps that together make up `wanted` reviews; a gap that is far too long is a list cut short."""
    chosen: list[OfftopicPeriod] = []
    room = TOO_MUCH_SHARE * wanted + NOISE_REVIEWS + 4 * sqrt(wanted)
    for gap in sorted(gaps, key=lambda gap: -gap.reviews):
        if sum(period.reviews for period in chosen) >= ENOUGH_SHARE * wanted:
            break
        if sum(period.reviews for period in chosen) + gap.reviews <= room:
            chosen.append(gap)
    return tuple(chosen)


def leads_on(state: CrawlState, walk: OfftopicWalk, page: ReviewPage) -> bool:
    """Whether there is a page after this one; a list of twice the pages that it can have goes round in circles."""
    most = 10 + 2 * (state.reported.total_reviews if state.reported else 0) // PAGE
    return bool(page.reviews) and page.next_cursor not in (None, walk.cursor) and walk.pages < most


def settle(check: OfftopicCheck, *, marked: int, wanted: float) -> OfftopicCheck:
    """The check after a walk that marked so many."""
    found = marked >= SETTLED_SHARE * wanted
    return check.model_copy(update={"marked": marked, "marked_total": check.total if found else 0, "walk": None})


def compute_wanted(state: CrawlState, check: OfftopicCheck) -> float:
    """How many stored reviews the number stands for."""
    return check.total * state.sample_rate


def compute_shortest_gap(wanted: float) -> int:
    """From how many reviews on a gap may be a period."""
    return max(SHORTEST_GAP, ceil(SHORTEST_GAP_SHARE * wanted))


def find_oldest(page: ReviewPage) -> datetime | None:
    """Creation of the oldest review of a page; None of an empty one."""
    oldest = min((review.timestamp_created for review in page.reviews), default=None)
    return None if oldest is None else read_moment(oldest)


def _widen(gap: OfftopicPeriod | None, created: datetime) -> OfftopicPeriod:
    if gap is None:
        return OfftopicPeriod(first=created, last=created, reviews=1)
    return gap.model_copy(update={"first": created, "reviews": gap.reviews + 1})
