"""Games without reports, two reports, and games side by side, as pages show them."""

from datetime import UTC, datetime

import pytest

from steampulse_dagster.analyzer.report_diff import build_diff
from steampulse_dagster.api.pages.comparing import build_comparison
from steampulse_dagster.api.pages.history import build_diff_view
from steampulse_dagster.api.pages.standing import build_standing
from steampulse_dagster.models.reading import ComparedTopic, Comparison
from steampulse_dagster.models.reports import StoredReport
from steampulse_dagster.models.reviews import CrawlState
from steampulse_dagster.utils.stats import build_share
from tests.analysis_fakes import APPID, START
from tests.built_reports import build_item, build_test_report
from tests.unit.api.pages.test_report_view import build_page, build_stored

pytestmark = pytest.mark.unit

ENDED = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("crawl", "title", "goes_on"),
    [
        (None, "Not crawled yet", True),
        (CrawlState(appid=APPID), "Crawl under way", True),
        (CrawlState(appid=APPID, finished_at=ENDED), "No reviews yet", False),
        (CrawlState(appid=APPID, stored=3, finished_at=ENDED), "Crawled, not analysed yet", True),
        (CrawlState(appid=APPID, stored=3, last_error="403"), "The last crawl failed", True),
        (CrawlState(appid=APPID, dead_since=ENDED, dead_reason="gone"), "Given up", True),
    ],
)
def test_a_game_without_a_report_says_where_it_stands(crawl: CrawlState | None, title: str, goes_on: bool) -> None:
    standing = build_standing(build_page(crawl=crawl))
    assert standing.title == title
    assert (standing.command is not None) is goes_on


def test_what_changed_is_grouped_by_kind_with_both_shares_on_one_axis() -> None:
    old = build_test_report(
        build_item("a", topic="grown", label="Grown", mentions=build_share(4, 340, "read")),
        build_item("b", topic="gone", label="Gone"),
    )
    new = build_test_report(
        build_item("a", topic="grown", label="Grown", mentions=build_share(60, 340, "read")),
        build_item("c", topic="new", label="New"),
    )
    older = StoredReport(report_id=1, appid=APPID, report_key="a", created_at=START, report=old)
    view = build_diff_view(build_diff(older, build_stored(new)))
    assert [(group.kind.value, [item.label for item in group.items]) for group in view.groups] == [
        ("new", ["New"]),
        ("grown", ["Grown"]),
        ("gone", ["Gone"]),
    ]
    assert view.scale == 0.3
    assert view.values[0].verdict == "no change beyond noise"
    grown = view.groups[1].items[0]
    assert grown.difference.startswith("+")


def test_a_topic_stands_out_where_its_interval_lies_above_all_others() -> None:
    many, few = build_share(60, 300, "read"), build_share(6, 300, "read")
    topics = (
        ComparedTopic(section="gameplay_friction", topic="alone", label="Alone", mentions=(many, None)),
        ComparedTopic(section="gameplay_friction", topic="both", label="Both", mentions=(many, few)),
        ComparedTopic(section="gameplay_friction", topic="alike", label="Alike", mentions=(many, many)),
    )
    page = build_page(build_test_report())
    table = build_comparison(Comparison(games=(page, build_page()), topics=topics)).tables[0]
    assert [line.label for line in table.lines] == ["Both", "Alike", "Alone"], "what can be compared comes first"
    stands = [[cell.stands_out if cell else None for cell in line.cells] for line in table.lines]
    assert stands == [[True, False], [False, False], [False, None]]
