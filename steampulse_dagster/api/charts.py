"""What all charts share: SVG elements without styles or scripts, and words that cannot break out of them. Pure.

svg.py writes what it is given: every word has to pass `title_of`, `desc_of`, `label` or `html.escape`, everything else
is a number or a constant of these modules. What a page shows dozens of times is written out as text: svg.py takes 20 µs
for an element. Colours, fonts and line widths are classes of the style sheet, so that one chart serves dark, light and
print, and the page's policy can forbid inline styles. Widths are percentages and heights pixels: text keeps its size on
a phone, which a scaled viewBox would not give.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

import svg
from markupsafe import Markup

Anchor = Literal["start", "middle", "end"]


def title_of(words: str) -> svg.Element:
    """The name of a chart or of a part of it: read out, and shown under the pointer."""
    return svg.Title(text=escape(words))


def desc_of(words: str) -> svg.Element:
    """What a chart shows, told in a sentence."""
    return svg.Desc(text=escape(words))


def label(words: str, *, x: float, y: float, anchor: Anchor = "start", kind: str = "tick") -> svg.Element:
    """A word at `x` percent of the width and `y` pixels from above."""
    return Ready(f'<text text-anchor="{anchor}" class="{kind}" x="{num(x)}%" y="{num(y)}">{escape(words)}</text>')


def pct(value: float) -> svg.Length:
    """A length as percentage of the chart's width, with two decimals: finer than any screen, and short."""
    return svg.Length(num(value), "%")


def num(value: float) -> float | int:
    """A coordinate with two decimals. A page has a thousand: `round(value, 2)`, exact to the last bit, takes thrice as
    long."""
    hundredths = round(100 * value)
    return hundredths / 100 if hundredths % 100 else hundredths // 100


@dataclass
class Trace(svg.PathData):
    """Path data that is text already: svg.py's own cost 10 µs a point, and an overview has thousands of points."""

    text: str

    def __str__(self) -> str:
        return self.text


def line_through(points: Iterable[tuple[float, float]]) -> Trace:
    """Path data of a line through points. Two decimals, as `num` gives them, but zeros too: in a third of its time."""
    return Trace("M" + "L".join([f"{x:.2f} {y:.2f}" for x, y in points]))


class Ready(svg.Element):
    """Elements that are text already."""

    def __init__(self, markup: str) -> None:
        self._markup = markup

    def as_str(self) -> str:
        """The elements."""
        return self._markup


def stretched(*, columns: int, y: float, height: float, elements: Sequence[svg.Element]) -> svg.Element:
    """A plot whose unit is one column across and a hundredth of its height down, as wide as the chart."""
    return svg.SVG(
        xmlns=None,
        class_=["plot"],
        x=0,
        y=num(y),
        width=pct(100),
        height=num(height),
        viewBox=svg.ViewBoxSpec(0, 0, columns, 100),
        preserveAspectRatio=svg.PreserveAspectRatio("none"),
        elements=list(elements),
    )


def draw(
    elements: Sequence[svg.Element],
    *,
    kind: str,
    height: int,
    width: svg.Length | int | None = None,
    title: str | None = None,
    desc: str | None = None,
) -> Markup:
    """A whole chart. Without a title it is hidden from screen readers: the numbers that it shows stand beside it."""
    told: list[svg.Element] = [title_of(title)] if title else []
    told += [desc_of(desc)] if desc else []
    role = {"role": "img"} if title else {"aria-hidden": "true"}
    drawing = svg.SVG(
        xmlns=None,
        class_=["chart", kind],
        width=pct(100) if width is None else width,
        height=height,
        elements=[*told, *elements],
        extra={**role, "focusable": "false"},
    )
    return Markup(drawing.as_str())  # words are escaped by title_of, desc_of and label
