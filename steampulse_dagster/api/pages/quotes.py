"""Quotes as pages show them: words, who said them, and a link that leads to Steam and nowhere else. Pure.

Not templates: a game's page has 250 quotes, and each took a template 25 µs, here 4. What is drawn is markup, everything
in it escaped; it is a plain text until a page has all of it, as `Markup` copies what it is made of.
"""

from datetime import datetime
from functools import lru_cache
from html import escape

from steampulse_dagster.analyzer.quotes import strip_bbcode
from steampulse_dagster.api.pages.formats import counted, day, full_hours, language_name, language_tag
from steampulse_dagster.models.reading import SignalEvidence
from steampulse_dagster.models.reports import Evidence

MOST_CHARACTERS = 1_200
"""A longer quote is cut, and the cut is marked: an analyst may quote a whole review."""

SCROLLS_FROM = 300
"""Characters, or 8 lines: more may be higher than a quote's place on a phone, and then the keyboard has to reach it."""
LANGUAGES = 100
"""Three times as many as Steam has."""
LINKS = 300
"""More than a page has. Where no Steam ids of authors are stored, a game has one link for each language."""
STEAM = ("https://steamcommunity.com/", "https://store.steampowered.com/")
NO_WORDS = "(the review as a whole)"


def draw_evidence(evidence: Evidence) -> str:
    """A quote of a report."""
    minutes = evidence.playtime_at_review
    return _draw(
        evidence.quote,
        language=evidence.language,
        voted_up=evidence.voted_up,
        hours=None if minutes is None else minutes / 60,
        created_at=evidence.timestamp_created,
        votes_up=evidence.votes_up,
        review_id=evidence.recommendationid,
        url=evidence.url,
    )


def draw_mention(row: SignalEvidence) -> str:
    """A mention of an item, with its quote if it has one."""
    return _draw(
        row.quote or NO_WORDS,
        language=row.language,
        voted_up=row.voted_up,
        hours=row.hours_at_review,
        created_at=row.created_at,
        votes_up=row.votes_up,
        review_id=row.recommendationid,
        url=row.url,
    )


def cut_words(quote: str) -> tuple[str, bool]:
    """The words without Steam's markup, and whether they were cut."""
    words = strip_bbcode(quote).strip()
    return (words[:MOST_CHARACTERS].rstrip(), True) if len(words) > MOST_CHARACTERS else (words, False)


def check_url(url: str) -> str | None:
    """The address if it is one of Steam's over https, else None: a page has no link rather than a wrong one."""
    return url if url.startswith(STEAM) else None


def _draw(
    quote: str,
    *,
    language: str,
    voted_up: bool,
    hours: float | None,
    created_at: datetime,
    votes_up: int,
    review_id: int,
    url: str,
) -> str:
    """A quote with what a reader needs to weigh it. `hours` at the time of the review."""
    words, is_cut = cut_words(quote)
    tag, language_words = _show_language(language)
    link, link_end = _build_link(url)
    played = "" if hours is None else f'<span class="num">{full_hours(hours)} played</span>\n'
    votes = f"<span>{counted(votes_up, 'helpful vote')}</span>\n" if votes_up else ""
    reachable = ' tabindex="0"' if len(words) > SCROLLS_FROM or words.count("\n") > 7 else ""
    return (
        f'<figure class="quote {"up" if voted_up else "down"}">\n'
        f'<blockquote dir="auto"{tag}{reachable}>{escape(words)}{" […]" if is_cut else ""}</blockquote>\n'
        "<figcaption>\n"
        f'<span class="vote">{"Recommended" if voted_up else "Not recommended"}</span>\n'
        f"{played}<span>{day(created_at)}</span>\n"
        f"<span><bdi>{language_words}</bdi></span>\n"
        f"{votes}<span>{link}review {review_id}{link_end}</span>\n"
        "</figcaption>\n"
        "</figure>\n"
    )


@lru_cache(maxsize=LANGUAGES)
def _show_language(code: str) -> tuple[str, str]:
    """The `lang` attribute of a quote, empty for one that is not known, and the language's name; both escaped."""
    tag = language_tag(code)
    return f' lang="{escape(tag)}"' if tag else "", escape(language_name(code))


@lru_cache(maxsize=LINKS)
def _build_link(url: str) -> tuple[str, str]:
    """What stands before and behind the words of a link, the address escaped; nothing if it is not Steam's."""
    if check_url(url) is None:
        return "", ""
    return f'<a href="{escape(url)}" rel="noopener nofollow ugc">', '<span class="hush"> on Steam</span></a>'
