"""What all charts share: SVG elements without styles or scripts, and words that cannot break out of them. Pure.

svg.py writes what it is given: every word has to pass `title_of`, `desc_of` or `label`, everything else is a number or
a constant of these modules. Colours, fonts and line widths are classes of the style sheet, so that one chart serves
dark, light and print, and the page's policy can forbid inline styles. Widths are percentages and heights pixels: text
keeps its size on a phone, which a scaled viewBox would not give.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

import svg
from markupsafe import Markup, escape

Anchor = Literal["start", "middle", "end"]


def title_of(words: str) -> svg.Element:
    """The name of a chart or of a part of it: read out, and shown under the pointer."""
    return svg.Title(text=str(escape(words)))


def desc_of(words: str) -> svg.Element:
    """What a chart shows, told in a sentence."""
    return svg.Desc(text=str(escape(words)))


def label(words: str, *, x: float, y: float, anchor: Anchor = "start", kind: str = "tick") -> svg.Element:
    """A word at `x` percent of the width and `y` pixels from above."""
    return Ready(markup=fill_in(_get_label(anchor, kind), words={"text": words}, x=x, y=y))


@cache
def _get_label(anchor: Anchor, kind: str) -> str:
    return svg.Text(x=hole("x"), y=pixel_hole("y"), text_anchor=anchor, class_=[kind], text="{text}").as_str()


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
    """Path data of a line through points."""
    return Trace("M" + "L".join([f"{num(x)} {num(y)}" for x, y in points]))


@dataclass
class Ready(svg.Element):
    """An element that is text already."""

    markup: str = ""

    def as_str(self) -> str:
        """The element."""
        return self.markup


def hole(name: str) -> svg.Length:
    """A percentage of a shape that `fill_in` puts there.

    A shape is what a page shows dozens of times: svg.py draws it once, at 20 µs an element, and then only its numbers
    change.
    """
    return svg.Length(cast(float, f"{{{name}}}"), "%")


def pixel_hole(name: str) -> float:
    """A length in pixels of a shape that `fill_in` puts there."""
    return cast(float, f"{{{name}}}")


def fill_in(shape: str, *, words: Mapping[str, str] | None = None, **numbers: float) -> Markup:
    """A shape with its numbers, and with words, escaped, where it has holes for them."""
    given: dict[str, object] = {name: num(value) for name, value in numbers.items()}
    for name, text in (words or {}).items():
        given[name] = escape(text)
    return Markup(str.format_map(shape, given))


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
