"""Charts: what they draw is where the numbers say, words cannot break out, and no style or script is in them."""

import re
from xml.etree import ElementTree

import pytest

from steampulse_dagster.api.charts_bars import (
    Part,
    choose_scale,
    draw_change,
    draw_parts,
    draw_playtimes,
    draw_sentiment,
    draw_share,
)
from steampulse_dagster.api.charts_trend import draw_sparkline, draw_trend
from steampulse_dagster.api.periods import Period, Timeline
from steampulse_dagster.models.reading import PlaytimeBucket
from steampulse_dagster.utils.stats import build_share

pytestmark = pytest.mark.unit

HOSTILE = '"><script>alert(1)</script>{x}'
MONTHS = Timeline(
    step="month",
    periods=(
        Period(name="Nov 2025", reviews=40, positive=30, opens=None),
        Period(name="Dec 2025", reviews=20, positive=18, opens=None),
        Period(name="Jan 2026", reviews=0, positive=0, opens="2026"),
        Period(name="Feb 2026", reviews=2, positive=0, opens=None),
        Period(name="Mar 2026", reviews=10, positive=10, opens=None),
    ),
)
BUCKETS = [
    PlaytimeBucket(from_hours=0, to_hours=1, positive=1, negative=6),
    PlaytimeBucket(from_hours=1, to_hours=None, positive=3, negative=0),
]
SHARE = build_share(30, 300, "reviews")
CHARTS = {
    "bar": draw_share(SHARE, scale=0.2, tone="bad"),
    "bar of nothing": draw_share(build_share(0, 0, "reviews"), scale=1, tone="good"),
    "sentiment": draw_sentiment(SHARE, title=HOSTILE),
    "parts": draw_parts([Part(HOSTILE, 3, "read"), Part("none", 0, "blank")], title=HOSTILE),
    "parts of nothing": draw_parts([], title="nothing"),
    "change": draw_change(None, SHARE, scale=0.2, tone="wish"),
    "trend": draw_trend(MONTHS, title=HOSTILE, desc=HOSTILE),
    "sparkline": draw_sparkline(MONTHS, title=HOSTILE),
    "playtimes": draw_playtimes(BUCKETS, title=HOSTILE, desc=HOSTILE),
}


def find(chart: str, name: str) -> ElementTree.Element:
    return next(one for one in ElementTree.fromstring(chart).iter() if one.get("class") == name)


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_well_formed_without_styles_scripts_and_handlers(name: str) -> None:
    for element in ElementTree.fromstring(CHARTS[name]).iter():
        assert element.tag in {"svg", "rect", "line", "circle", "path", "text", "title", "desc"}
        assert not [attribute for attribute in element.attrib if attribute == "style" or attribute.startswith("on")]
    assert "nan" not in CHARTS[name]


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_has_a_name_or_is_hidden_from_those_who_read_the_numbers_beside_it(name: str) -> None:
    chart = ElementTree.fromstring(CHARTS[name])
    if chart.get("role") == "img":
        assert chart[0].tag == "title"
        assert chart[0].text
    else:
        assert chart.get("aria-hidden") == "true"


def test_words_stay_words_whatever_they_are() -> None:
    assert ElementTree.fromstring(CHARTS["sentiment"])[0].text == HOSTILE
    assert ElementTree.fromstring(CHARTS["sparkline"])[0].text == HOSTILE
    assert "<script" not in "".join(CHARTS.values())


def test_a_bar_and_its_interval_lie_where_the_numbers_are_on_the_axis() -> None:
    assert find(CHARTS["bar"], "fill bad").get("width") == "50%"
    whisker = find(CHARTS["bar"], "whisker")
    assert whisker.get("x1") == f"{round(500 * SHARE.low, 2):g}%"
    assert whisker.get("x2") == f"{round(500 * SHARE.high, 2):g}%"
    assert find(CHARTS["sentiment"], "dot").get("cx") == "10%"


def test_bars_of_one_section_share_the_smallest_axis_that_holds_every_interval() -> None:
    assert choose_scale([build_share(5, 1_000, "x"), build_share(80, 1_000, "x")]) == 0.1
    assert choose_scale([build_share(2, 3, "x")]) == 1.0
    assert choose_scale([]) == 1.0


def test_parts_fill_the_whole() -> None:
    chart = draw_parts([Part("a", 1, "read"), Part("b", 3, "blank")], title="parts")
    assert [one.get("width") for one in ElementTree.fromstring(chart).iter("rect")] == ["25%", "75%"]


def test_months_with_few_reviews_are_dots_apart_and_a_month_without_any_breaks_the_line() -> None:
    chart = ElementTree.fromstring(CHARTS["trend"])
    assert len([one for one in chart.iter("circle") if one.get("class") == "few"]) == 1
    line = next(one for one in chart.iter("path") if one.get("class") == "line")
    assert (line.get("d") or "").count("M") == 2, "November and December; March alone"
    bars = next(one for one in chart.iter("path") if one.get("class") == "volume")
    assert (bars.get("d") or "").count("M") == 4


def test_each_month_tells_its_numbers_under_the_pointer() -> None:
    titles = [one.text or "" for one in ElementTree.fromstring(CHARTS["trend"]).iter("title")]
    assert titles[1] == "Nov 2025: 40 reviews, 75.0\u202f% positive (30)"
    assert titles[3] == "Jan 2026: 0 reviews"


def test_both_groups_of_players_are_drawn_as_parts_of_their_own_group() -> None:
    titles = " ".join(one.text or "" for one in ElementTree.fromstring(CHARTS["playtimes"]).iter("title"))
    assert re.search(r"0 to 1 h: 25\.0.% of those who recommend it \(1\)", titles)
    assert re.search(r"0 to 1 h: 100.% of those who do not \(6\)", titles)
