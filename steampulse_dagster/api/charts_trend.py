"""Charts over time: the trend of a game with its review volume, and the sparkline of a table row. Pure."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

import svg
from markupsafe import Markup

from steampulse_dagster.api.charts import (
    Anchor,
    Ready,
    Trace,
    draw,
    label,
    line_through,
    num,
    pct,
    stretched,
)
from steampulse_dagster.api.pages.formats import brief_count, count, counted, percent
from steampulse_dagster.api.periods import Period, Timeline
from steampulse_dagster.utils.stats import wilson_interval

_TOP, _TALL = 16, 140
_VOLUME_TOP, _VOLUME_TALL = 196, 48
_HEIGHT = 268


def draw_trend(timeline: Timeline, *, title: str, desc: str) -> Markup:
    """Positive share a month (quarter, year) with its 95 % band over the number of reviews."""
    periods = timeline.periods
    floor = _choose_floor(periods)
    most = max(entry.reviews for entry in periods)
    elements = [
        *_share_grid(floor),
        stretched(columns=len(periods), y=_TOP, height=_TALL, elements=_share_shapes(periods, floor)),
        *_few_dots(periods, floor),
        label(f"Reviews a {timeline.step}, at most {brief_count(most)}", x=0, y=_VOLUME_TOP - 7),
        stretched(columns=len(periods), y=_VOLUME_TOP, height=_VOLUME_TALL, elements=[_volume(periods, most)]),
        svg.Line(class_=["axis"], x1=0, x2=pct(100), y1=_VOLUME_TOP + _VOLUME_TALL, y2=_VOLUME_TOP + _VOLUME_TALL),
        *_period_labels(periods),
        _pointers(periods),
    ]
    width = pct(max(30, min(100, 100 * len(periods) / 12)))  # the columns of a young game are no barn doors
    return draw(elements, kind="trend", height=_HEIGHT, width=width, title=title, desc=desc)


def draw_sparkline(timeline: Timeline, *, title: str) -> Markup:
    """Positive share (line, 0 to 100 %) over volume (bars) in the size of a table row."""
    wide, tall, periods = 112, 28, timeline.periods
    if not periods:
        return Markup("")
    step, most = wide / len(periods), max(entry.reviews for entry in periods) or 1
    runs = [run for run in _runs(periods) if len(run) > 1]
    elements: list[svg.Element] = [
        svg.Path(class_=["volume"], d=_bars(periods, most, column=step, top=8, bottom=tall)),
        svg.Path(class_=["line"], d=[_spark_line(run, step=step, tall=tall) for run in runs]),
    ]
    return draw(elements, kind="sparkline", height=tall, width=wide, title=title)


def _spark_line(run: list[tuple[int, Period]], *, step: float, tall: float) -> Trace:
    return line_through(
        ((place + 0.5) * step, 3 + (1 - entry.positive / entry.reviews) * (tall - 6)) for place, entry in run
    )


def _choose_floor(periods: Sequence[Period]) -> float:
    """Where the axis begins: at a fifth well below the lowest month that says something, so that movement shows."""
    told = [entry.positive / entry.reviews for entry in periods if entry.says_something]
    return max(0.0, round((min(told) - 0.2) // 0.2 * 0.2, 1)) if told else 0.0


def _share_grid(floor: float) -> Iterator[svg.Element]:
    value = floor
    while value <= 1.001:
        y = _y(value, floor)
        yield Ready(f'<line class="grid" x1="0" y1="{num(y)}" x2="100%" y2="{num(y)}"/>')
        yield label(percent(value, digits=0), x=0, y=y - 3)
        value += 0.2


def _y(share: float, floor: float) -> float:
    return _TOP + _TALL * _down(share, floor) / 100


def _down(share: float, floor: float) -> float:
    """Hundredths of the plot's height from above."""
    return 100 * (1 - share) / (1 - floor)


def _share_shapes(periods: Sequence[Period], floor: float) -> list[svg.Element]:
    band: list[svg.PathData] = []
    line: list[svg.PathData] = []
    for run in _runs(periods):
        middles = [(place + 0.5, _down(entry.positive / entry.reviews, floor)) for place, entry in run]
        bounds = [wilson_interval(entry.positive, entry.reviews) for _, entry in run]
        if len(run) == 1:  # a month alone has no line: half a column of band and line stands for it
            x, y = middles[0]
            middles, bounds = [(x - 0.25, y), (x + 0.25, y)], bounds * 2
        xs = [x for x, _ in middles]
        upper = [(x, _down(high, floor)) for x, (_, high) in zip(xs, bounds, strict=True)]
        lower = [(x, _down(low, floor)) for x, (low, _) in zip(xs, bounds, strict=True)]
        band += [line_through([*upper, *reversed(lower)]), svg.ClosePath()]
        line.append(line_through(middles))
    return [svg.Path(class_=["band"], d=band), svg.Path(class_=["line"], d=line)] if line else []


def _runs(periods: Sequence[Period]) -> Iterator[list[tuple[int, Period]]]:
    """Stretches of periods that have enough reviews for a line, with their places."""
    for told, run in groupby(enumerate(periods), key=lambda pair: pair[1].says_something):
        if told:
            yield list(run)


def _few_dots(periods: Sequence[Period], floor: float) -> Iterator[svg.Element]:
    for place, entry in enumerate(periods):
        if entry.reviews and not entry.says_something:
            share = max(entry.positive / entry.reviews, floor)
            x = 100 * (place + 0.5) / len(periods)
            yield Ready(f'<circle class="few" cx="{num(x)}%" cy="{num(_y(share, floor))}" r="2.5"/>')


def _volume(periods: Sequence[Period], most: int) -> svg.Element:
    return svg.Path(class_=["volume"], d=_bars(periods, most, column=1, top=0, bottom=100))


def _bars(periods: Sequence[Period], most: int, *, column: float, top: float, bottom: float) -> list[svg.PathData]:
    """One path of all bars: a chart of five years would else have sixty elements of them."""
    parts: list[str] = []
    tall, foot = (bottom - top) / (most or 1), num(bottom)
    for place, entry in enumerate(periods):
        if entry.reviews:
            height = num(tall * entry.reviews)
            left, right = num((place + 0.14) * column), num((place + 0.86) * column)
            parts.append(f"M{left} {foot}v-{height}H{right}v{height}z")
    return [Trace(" ".join(parts))] if parts else []


def _period_labels(periods: Sequence[Period]) -> Iterator[svg.Element]:
    """About six labels: Januaries where the years are many, else every so many months."""
    number = len(periods)
    every = max(1, -(-number // 6))
    places = [place for place in range(number) if periods[place].opens]
    yearly = len(places) >= 5
    places = places[:: -(-len(places) // 7)] if yearly else list(range(0, number, every))
    for place in places:
        x = 100 * (place + 0.5) / number
        anchor: Anchor = "start" if x < 8 else "end" if x > 92 else "middle"
        name = (periods[place].opens if yearly else None) or periods[place].name
        yield label(name, x=0 if anchor == "start" else 100 if anchor == "end" else x, y=_HEIGHT - 6, anchor=anchor)


def _pointers(periods: Sequence[Period]) -> svg.Element:
    """What stands under the pointer; the same numbers are in the table below the chart."""
    step = 100 / len(periods)
    size = f'y="{_TOP}" width="{num(step)}%" height="{_VOLUME_TOP + _VOLUME_TALL - _TOP}"'
    pointers = [
        f'<rect class="pointer" x="{num(step * place)}%" {size}><title>{escape(_tell(entry))}</title></rect>'
        for place, entry in enumerate(periods)
    ]
    return Ready("".join(pointers))


def _tell(entry: Period) -> str:
    told = f"{entry.name}: {counted(entry.reviews, 'review')}"
    if entry.reviews:
        told += f", {percent(entry.positive / entry.reviews)} positive ({count(entry.positive)})"
    return told
