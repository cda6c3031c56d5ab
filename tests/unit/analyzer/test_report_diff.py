"""What changed between two reports, told apart from noise and from another reading."""

from datetime import UTC, datetime

import pytest

from steampulse_dagster.analyzer.report_diff import build_diff
from steampulse_dagster.models.analysis import Provenance
from steampulse_dagster.models.report_diffs import Change
from steampulse_dagster.models.reports import GameReport, ReportItem, ReportSection, SectionStatus, StoredReport
from steampulse_dagster.utils.stats import build_share
from tests.unit.analyzer.test_sections import draft_item, report_on

pytestmark = pytest.mark.unit

OTHER_MODEL = Provenance(engine="test", model="m2", version="2", generative=True)


def store(report: GameReport, report_id: int) -> StoredReport:
    moment = datetime(2026, 1, report_id, tzinfo=UTC)
    return StoredReport(report_id=report_id, appid=report.appid, report_key="k", created_at=moment, report=report)


def write_report(*shares: tuple[str, int, int]) -> GameReport:
    """A report whose frictions have these labels, counts and populations."""
    report = report_on(gameplay_friction=[draft_item("crashes")])
    (item,) = report.gameplay_friction.items
    items = tuple(_change(item, label, count, of) for label, count, of in shares)
    return report.model_copy(update={"gameplay_friction": ReportSection(status=SectionStatus.OK, items=items)})


def _change(item: ReportItem, label: str, count: int, of: int) -> ReportItem:
    return item.model_copy(update={"topic": label, "label": label, "mentions": build_share(count, of, "read")})


def test_items_are_new_gone_grown_shrunk_or_steady():
    old = write_report(("crash", 50, 1000), ("grind", 200, 1000), ("camera", 30, 1000), ("lag", 10, 1000))
    new = write_report(("crash", 150, 1200), ("grind", 120, 1200), ("camera", 40, 1200), ("cheats", 20, 1200))
    changes = {item.label: item.change for item in build_diff(store(old, 1), store(new, 2)).items}
    assert changes == {
        "crash": Change.GROWN,
        "grind": Change.SHRUNK,
        "camera": Change.STEADY,
        "cheats": Change.NEW,
        "lag": Change.GONE,
    }


def test_equal_reports_differ_in_nothing():
    diff = build_diff(store(write_report(("crash", 5, 100)), 1), store(write_report(("crash", 5, 100)), 2))
    assert (diff.changed, diff.analyst, diff.counts) == ((), (), ())
    assert diff.scores[0].beyond_noise is False


def test_another_analyst_is_told_apart_from_other_data():
    old = write_report(("crash", 5, 100))
    new = old.model_copy(
        update={"provenance": OTHER_MODEL, "sample": old.sample.model_copy(update={"stored": old.sample.stored + 9})}
    )
    diff = build_diff(store(old, 1), store(new, 2))
    assert {change.name for change in diff.analyst} == {"model", "rules and prompts"}
    assert [(count.name, count.after - count.before) for count in diff.counts] == [("stored", 9)]


def test_an_item_is_known_again_by_its_label_where_its_topic_has_another_name():
    old, new = write_report(("crash", 5, 100)), write_report(("crash", 6, 100))
    (item,) = new.gameplay_friction.items
    renamed = ReportSection(status=SectionStatus.OK, items=(item.model_copy(update={"topic": "crashes/on-load"}),))
    diff = build_diff(store(old, 1), store(new.model_copy(update={"gameplay_friction": renamed}), 2))
    assert [change.change for change in diff.items] == [Change.STEADY]
