"""What pages show of a quote: its words, who said them, and a link that leads to Steam and nowhere else. Pure."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from markupsafe import Markup, escape

from steampulse_dagster.analyzer.quotes import strip_bbcode
from steampulse_dagster.api.pages.formats import counted, day, full_hours, language_name, language_tag
from steampulse_dagster.models.reports import Evidence

MOST_CHARACTERS = 1_200
"""A longer quote is cut, and the cut is marked: an analyst may quote a whole review."""

SCROLLS_FROM = 300
"""Characters, or 8 lines: more may be higher than a quote's place on a phone, and then the keyboard has to reach it."""
LANGUAGES = 100
"""Three times as many as Steam has."""
STEAM = ("https://steamcommunity.com/", "https://store.steampowered.com/")


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
    return url if url.startswith(STEAM) else None


def draw_quote(quote: QuoteView) -> Markup:
    """A quote's place on a page. Not a template: of the 250 on a game's page each took a template 25 µs, here 5."""
    language, language_words = _show_language(quote.language)
    number = f"review {quote.review_id}"
    if quote.url:
        href = escape(quote.url)
        number = f'<a href="{href}" rel="noopener nofollow ugc">{number}<span class="hush"> on Steam</span></a>'
    played = "" if quote.hours is None else f'<span class="num">{full_hours(quote.hours)} played</span>\n'
    votes = f"<span>{counted(quote.votes_up, 'helpful vote')}</span>\n" if quote.votes_up else ""
    cut = " […]" if quote.is_cut else ""
    reachable = ' tabindex="0"' if len(quote.words) > SCROLLS_FROM or quote.words.count("\n") > 7 else ""
    return Markup(
        f'<figure class="quote {"up" if quote.voted_up else "down"}">\n'
        f'<blockquote dir="auto"{language}{reachable}>{escape(quote.words)}{cut}</blockquote>\n'
        "<figcaption>\n"
        f'<span class="vote">{"Recommended" if quote.voted_up else "Not recommended"}</span>\n'
        f"{played}<span>{day(quote.created_at)}</span>\n"
        f"<span><bdi>{language_words}</bdi></span>\n"
        f"{votes}<span>{number}</span>\n"
        "</figcaption>\n"
        "</figure>\n"
    )


@lru_cache(maxsize=LANGUAGES)
def _show_language(code: str) -> tuple[Markup, Markup]:
    """The `lang` attribute of a quote, empty for a language that is not known, and the language's name."""
    tag = language_tag(code)
    return Markup(' lang="{}"').format(tag) if tag else Markup(""), escape(language_name(code))
