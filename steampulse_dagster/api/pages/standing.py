"""Why a game has no report, and what to do about it. Pure."""

from dataclasses import dataclass

from steampulse_dagster.api.pages.formats import count, counted, minute
from steampulse_dagster.models.reading import GamePage


@dataclass(frozen=True)
class Standing:
    """Where a game without a report stands."""

    title: str
    reason: str
    command: str | None
    facts: tuple[tuple[str, str], ...]


def build_standing(page: GamePage) -> Standing:
    """What a page says instead of a report."""
    title, reason, goes_on = _tell(page)
    command = f"steampulse run {page.game.appid}" if goes_on else None
    return Standing(title=title, reason=reason, command=command, facts=tuple(_list_facts(page)))


def _tell(page: GamePage) -> tuple[str, str, bool]:
    crawl = page.crawl
    match crawl:
        case None:
            return "Not crawled yet", "Its store data is known; its reviews were never asked for.", True
        case _ if crawl.dead_reason:
            return "Given up", f"Its reviews could not be fetched: {crawl.dead_reason}", True
        case _ if crawl.last_error:
            return "The last crawl failed", crawl.last_error, True
        case _ if crawl.stored:
            told = f"{counted(crawl.stored, 'review')} of it are stored and wait for the analyst."
            return "Crawled, not analysed yet", told, True
        case _ if crawl.finished_at:
            return "No reviews yet", "Steam has no review of this game, so there is nothing to report.", False
        case _:
            return "Crawl under way", "The walk over its reviews has begun and has stored none yet.", True


def _list_facts(page: GamePage) -> list[tuple[str, str]]:
    facts = [("Followed", page.tracked_reason or "yes" if page.is_tracked else "no")]
    if page.crawl is not None:
        facts += [("Stored reviews", count(page.crawl.stored)), ("Last crawl ended", minute(page.crawl.finished_at))]
        if page.crawl.reported is not None:
            facts.append(("Reviews that Steam counts", count(page.crawl.reported.total_reviews)))
        if page.crawl.next_due_at is not None:
            facts.append(("Crawled next", minute(page.crawl.next_due_at)))
    return facts
