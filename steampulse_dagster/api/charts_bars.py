"""Small charts of shares: bars with their intervals, the sentiment scale, stacked parts, before and after. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Literal

import svg
from markupsafe import Markup

from steampulse_dagster.api.charts import Ready, draw, label, num, pct, title_of
from steampulse_dagster.api.pages.formats import brief_count, count, full_hours, percent
from steampulse_dagster.models.reading import PlaytimeBucket
from steampulse_dagster.models.scores import Share

Tone = Literal["good", "bad", "wish", "plain"]

STEAM_BORDERS = (20, 40, 70, 80, 95)
"""Percentages at which Steam's word for a share changes (utils/scores.py)."""

SCALES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
"""Ends that the bars of a section may have."""

_MIDDLE, _TALL = 92, 76
"""Of the chart of playtimes: where both groups meet, and the height of the longest bar."""


def choose_scale(shares: Sequence[Share]) -> float:
    """The smallest end of the axis that holds all intervals of a section, so that its bars can be compared."""
    most = max((share.high or 0.0 for share in shares), default=1.0)
    return next((scale for scale in SCALES if most <= scale), 1.0)


def draw_share(share: Share, *, scale: float, tone: Tone) -> Markup:
    """A bar with its 95 % interval on an axis from 0 to `scale`; the numbers stand beside it."""
    if share.share is None or share.low is None or share.high is None:
        return draw([_track(y=4, height=6)], kind="bar", height=14)
    unit = 100 / scale
    return Markup(
        '<svg width="100%" height="14" class="chart bar" aria-hidden="true" focusable="false">'
        '<rect class="track" x="0" y="4" width="100%" height="6" rx="3"/>'
        f'<rect class="fill {tone}" x="0" y="4" width="{num(share.share * unit)}%" height="6" rx="3"/>'
        f'<line class="whisker" x1="{num(share.low * unit)}%" y1="7" x2="{num(share.high * unit)}%" y2="7"/></svg>'
    )


def draw_sentiment(share: Share, *, title: str, ticks: bool = True) -> Markup:
    """The positive share and its interval on an axis from 0 to 100 %, with the borders of Steam's words."""
    if share.share is None or share.low is None or share.high is None:
        return draw([_track(y=9, height=4)], kind="scale", height=22, title=title)
    low, high = 100 * share.low, 100 * share.high
    return Markup(
        f'<svg width="100%" height="{34 if ticks else 22}" class="chart scale" role="img" focusable="false">'
        f"<title>{escape(title)}</title>{_get_axis(ticks)}"
        f'<rect class="range" x="{num(low)}%" y="6" width="{num(max(high - low, 0.4))}%" height="10" rx="3"/>'
        f'<circle class="dot" cx="{num(100 * share.share)}%" cy="11" r="5"/></svg>'
    )


def _track(*, y: int, height: int) -> svg.Element:
    return svg.Rect(class_=["track"], x=0, y=y, width=pct(100), height=height, rx=height // 2)


@cache
def _get_axis(ticks: bool) -> str:
    elements = [_track(y=9, height=4)]
    for border in STEAM_BORDERS:
        elements.append(svg.Line(class_=["border"], x1=pct(border), x2=pct(border), y1=7, y2=15))
        if ticks:
            elements.append(label(str(border), x=border, y=30, anchor="middle"))
    return "".join(element.as_str() for element in elements)


@dataclass(frozen=True)
class Part:
    """A part of a whole and the class that colours it."""

    name: str
    size: int
    kind: str


def draw_parts(parts: Sequence[Part], *, title: str) -> Markup:
    """Parts of a whole, side by side."""
    whole = sum(part.size for part in parts)
    elements: list[svg.Element] = []
    begin = 0.0
    for part in (part for part in parts if part.size and whole):
        width = 100 * part.size / whole
        told = title_of(f"{part.name}: {count(part.size)} ({percent(part.size / whole)})")
        elements.append(
            svg.Rect(class_=["part", part.kind], x=pct(begin), y=0, width=pct(width), height=18, elements=[told])
        )
        begin += width
    return draw(elements, kind="parts", height=18, title=title)


def draw_change(before: Share | None, after: Share | None, *, scale: float, tone: Tone) -> Markup:
    """Where a share was (ring) and where it is (dot), on an axis from 0 to `scale`; the numbers stand beside it."""
    old = None if before is None or before.share is None else 100 * before.share / scale
    new = None if after is None or after.share is None else 100 * after.share / scale
    elements: list[svg.Element] = [svg.Line(class_=["axis"], x1=0, x2=pct(100), y1=8, y2=8)]
    if old is not None and new is not None:
        elements.append(svg.Line(class_=["link", tone], x1=pct(old), x2=pct(new), y1=8, y2=8))
    if old is not None:
        elements.append(svg.Circle(class_=["ring"], cx=pct(old), cy=8, r=4))
    if new is not None:
        elements.append(svg.Circle(class_=["dot", tone], cx=pct(new), cy=8, r=4.5))
    return draw(elements, kind="change", height=16)


def draw_playtimes(buckets: Sequence[PlaytimeBucket], *, title: str, desc: str) -> Markup:
    """How the playtimes of those who recommend the game spread, above, and of those who do not, below."""
    happy, unhappy = sum(bucket.positive for bucket in buckets), sum(bucket.negative for bucket in buckets)
    groups = (
        [bucket.positive / happy if happy else 0.0 for bucket in buckets],
        [bucket.negative / unhappy if unhappy else 0.0 for bucket in buckets],
    )
    most = max((*groups[0], *groups[1]), default=0) or 1.0
    step = 100 / max(len(buckets), 1)
    elements: list[svg.Element] = []
    for place, bucket in enumerate(buckets):
        left, width = step * (place + 0.08), step * 0.84
        for shares, sign, number in ((groups[0], 1, bucket.positive), (groups[1], -1, bucket.negative)):
            height = _TALL * shares[place] / most
            told = f"{bucket_name(bucket)}: {percent(shares[place])} of {_group(sign)} ({count(number)})"
            tone, top = ("good", _MIDDLE - 1 - height) if sign > 0 else ("bad", _MIDDLE + 15)
            elements.append(
                Ready(
                    f'<rect class="fill {tone}" x="{num(left)}%" y="{num(top)}" width="{num(width)}%" '
                    f'height="{num(height)}" rx="1.5"><title>{escape(told)}</title></rect>'
                )
            )
        elements.append(label(_bucket_tick(bucket), x=step * (place + 0.5), y=_MIDDLE + 11, anchor="middle"))
    return draw(elements, kind="playtimes", height=_MIDDLE + 15 + _TALL + 2, title=title, desc=desc)


def _group(sign: int) -> str:
    return "those who recommend it" if sign > 0 else "those who do not"


def bucket_name(bucket: PlaytimeBucket) -> str:
    """`2 to 5 h`, `from 500 h on`."""
    if bucket.to_hours is None:
        return f"from {full_hours(bucket.from_hours).replace('.0', '')} on"
    return f"{bucket.from_hours:g} to {bucket.to_hours:g} h"


def _bucket_tick(bucket: PlaytimeBucket) -> str:
    if bucket.to_hours is None:
        return f"{brief_count(int(bucket.from_hours))}+"
    return f"<{bucket.to_hours:g}" if bucket.from_hours == 0 else f"{bucket.from_hours:g}"
