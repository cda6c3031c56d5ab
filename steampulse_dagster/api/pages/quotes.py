"""What pages show of a quote: its words, who said them, and a link that leads to Steam and nowhere else. Pure."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from steampulse_dagster.analyzer.quotes import strip_bbcode
from steampulse_dagster.models.reports import Evidence

MOST_CHARACTERS = 1_200
"""A longer quote is cut, and the cut is marked: an analyst may quote a whole review."""

STEAM_HOSTS = frozenset({"steamcommunity.com", "store.steampowered.com"})


@dataclass(frozen=True)
class QuoteView:
    """A quote with what a reader needs to weigh it. `hours` at the time of the review."""

    words: str
    is_cut: bool
    language: str
    voted_up: bool
    hours: float | None
    created_at: datetime
    votes_up: int
    review_id: int
    url: str | None


def build_quote(evidence: Evidence) -> QuoteView:
    """A quote of a report."""
    minutes = evidence.playtime_at_review
    words, is_cut = cut_words(evidence.quote)
    return QuoteView(
        words=words,
        is_cut=is_cut,
        language=evidence.language,
        voted_up=evidence.voted_up,
        hours=None if minutes is None else minutes / 60,
        created_at=evidence.timestamp_created,
        votes_up=evidence.votes_up,
        review_id=evidence.recommendationid,
        url=check_url(evidence.url),
    )


def cut_words(quote: str) -> tuple[str, bool]:
    """The words without Steam's markup, and whether they were cut."""
    words = strip_bbcode(quote).strip()
    return (words[:MOST_CHARACTERS].rstrip(), True) if len(words) > MOST_CHARACTERS else (words, False)


def check_url(url: str) -> str | None:
    """The address if it is one of Steam's over https, else None: a page has no link rather than a wrong one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme == "https" and parts.netloc in STEAM_HOSTS else None
