"""The items of a section: what reviewers say, how many of them, and the quotes that prove it. Pure.

Not a template: an item has forty values, and a page of fifty items took a template 2 ms more.
"""

from html import escape
from urllib.parse import quote

from markupsafe import Markup

from steampulse_dagster.api.charts_bars import draw_share
from steampulse_dagster.api.pages.formats import count, counted, hours, interval, percent, span
from steampulse_dagster.api.pages.quotes import draw_evidence
from steampulse_dagster.api.pages.sections import SectionView, name_anchor
from steampulse_dagster.models.reports import Evidence, ReportItem


def draw_items(section: SectionView, *, appid: int | None, open_quotes: bool) -> Markup:
    """The list of a section's items. With the game's appid each leads to its reviews; a file has no page of them."""
    pieces: list[str] = []
    for number, item in enumerate(section.items, start=1):
        pieces += (_draw_claim(item, section, number=number, appid=appid), '<div class="proof">\n')
        pieces += _draw_proof(item.evidence, open_quotes=open_quotes)
        pieces.append("</div>\n</li>\n")
    return Markup("".join(pieces))


def _draw_claim(item: ReportItem, section: SectionView, *, number: int, appid: int | None) -> str:
    """What is said, and by how many."""
    label = escape(item.label)
    statement = f'<p class="statement" dir="auto">{escape(item.statement)}</p>' if item.statement else ""
    return (
        f'<li class="item" id="{name_anchor(section.name, number)}">\n'
        '<div class="said">\n'
        f'<h3><span class="rank" aria-hidden="true">{number}</span><bdi>{label}</bdi></h3>\n'
        f"{statement}</div>\n"
        '<div class="weight">\n'
        f"{draw_share(item.mentions, scale=section.scale, tone=section.tone)}\n"
        f"<ul>\n{_draw_weight(item)}{'' if appid is None else _draw_way_on(item, section, label, appid)}</ul>\n"
        "</div>\n"
    )


def _draw_weight(item: ReportItem) -> str:
    """The numbers of an item, as lines of a list."""
    said, voted, minutes = item.mentions, item.positive_votes, item.median_playtime_at_review
    played = "" if minutes is None else f'median <span class="num">{hours(minutes)}</span> played; '
    return (
        f'<li><strong class="num">{percent(said.share)}</strong> '
        f'<span class="nowrap">95&#8239;% interval {interval(said)}</span></li>\n'
        f'<li><span class="num">{count(said.count)}</span> of <span class="num">{count(said.of)}</span> '
        "reviews say so</li>\n"
        f'<li><span class="num">{count(voted.count)}</span> of these <span class="num">{count(voted.of)}</span> '
        f'recommend the game (<span class="num">{percent(voted.share, digits=0)}</span>)</li>\n'
        f"<li>{played}{span(item.first_mentioned, item.last_mentioned)}</li>\n"
    )


def _draw_way_on(item: ReportItem, section: SectionView, label: str, appid: int) -> str:
    """The link to every review behind an item; `quote` leaves nothing in the topic that could end the address."""
    return (
        f'<li class="no-print"><a href="/games/{appid}/evidence?section={section.name}&amp;topic={quote(item.topic)}">'
        f"All {counted(item.mentions.count, 'review')}"
        f'<span class="hush"> that mention {label}</span></a></li>'
    )


def _draw_proof(evidence: tuple[Evidence, ...], *, open_quotes: bool) -> list[str]:
    """The first quote, and the others behind a line that opens them; in pieces, as they are most of a page."""
    quotes = [draw_evidence(one) for one in evidence]
    if len(quotes) < 2:
        return quotes
    opening = (
        f'<details class="quotes" data-quotes{" open" if open_quotes else ""}>\n'
        f"<summary>{counted(len(quotes) - 1, 'more quote')}</summary>\n"
    )
    return [quotes[0], opening, *quotes[1:], "</details>\n"]
