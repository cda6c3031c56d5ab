"""A game's reports one after the other, and what changed between two of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from steampulse_dagster.api.charts_bars import choose_scale, draw_change, draw_sentiment
from steampulse_dagster.api.pages.formats import DASH, THIN, count, interval, percent, points, score
from steampulse_dagster.api.pages.sections import TONES
from steampulse_dagster.models.reading import ReportHead
from steampulse_dagster.models.report_diffs import Change, ItemChange, ReportDiff, ScoreChange
from steampulse_dagster.models.scores import Share
from steampulse_dagster.services.report_words import TITLES

CHANGES = {
    Change.NEW: ("New", "Not in the older report."),
    Change.GROWN: ("Grown", "Said by a larger share than before, beyond the noise of both samples."),
    Change.SHRUNK: ("Shrunk", "Said by a smaller share than before, beyond the noise of both samples."),
    Change.GONE: ("Gone", "No longer in the report."),
    Change.STEADY: ("Steady", "No change beyond noise."),
}
"""Kinds of change in the order in which they are shown."""
COUNT_NAMES = {
    "stored": "Stored reviews",
    "read": "Reviews read",
    "waiting": "Waiting for the next analysis",
    "offtopic": "Counted as off-topic by Steam",
    "chunks": "Chunks",
}


@dataclass(frozen=True)
class HeadView:
    """A report of the history with its sentiment on a common axis."""

    head: ReportHead
    bar: Markup | None


def build_head(head: ReportHead) -> HeadView:
    """A row of the history."""
    positive = head.sentiment.positive
    if positive.share is None:
        return HeadView(head=head, bar=None)
    title = f"{percent(positive.share)} positive, 95{THIN}% interval {interval(positive)}"
    return HeadView(head=head, bar=draw_sentiment(positive, title=title, ticks=False))


@dataclass(frozen=True)
class ItemChangeView:
    """An item that changed, or did not, with both shares on one axis."""

    section: str
    label: str
    before: Share | None
    after: Share | None
    difference: str
    chart: Markup


@dataclass(frozen=True)
class ChangeGroup:
    """All items with the same kind of change."""

    kind: Change
    title: str
    meaning: str
    items: tuple[ItemChangeView, ...]


@dataclass(frozen=True)
class ValueChange:
    """A number in both reports, in words."""

    name: str
    before: str
    after: str
    difference: str
    verdict: str


@dataclass(frozen=True)
class DiffView:
    """A comparison of two reports ready for a template."""

    diff: ReportDiff
    values: tuple[ValueChange, ...]
    groups: tuple[ChangeGroup, ...]
    scale: float


def build_diff_view(diff: ReportDiff) -> DiffView:
    """What the page of two reports shows."""
    shares = [share for item in diff.items for share in (item.before, item.after) if share is not None]
    scale = choose_scale(shares)
    counts = [_tell_count(change.name, change.before, change.after) for change in diff.counts]
    return DiffView(
        diff=diff,
        values=(*map(_tell_score, diff.scores), *counts),
        groups=tuple(_build_groups(diff.items, scale)),
        scale=scale,
    )


def _build_groups(items: Sequence[ItemChange], scale: float) -> list[ChangeGroup]:
    groups = []
    for kind, (title, meaning) in CHANGES.items():
        found = tuple(_build_item(item, scale) for item in items if item.change is kind)
        if found:
            groups.append(ChangeGroup(kind=kind, title=title, meaning=meaning, items=found))
    return groups


def _build_item(item: ItemChange, scale: float) -> ItemChangeView:
    told = DASH
    if item.difference_low is not None and item.difference_high is not None:
        told = f"{points(item.difference_low)} to {points(item.difference_high)}"
    return ItemChangeView(
        section=TITLES.get(item.section, item.section),
        label=item.label,
        before=item.before,
        after=item.after,
        difference=told,
        chart=draw_change(item.before, item.after, scale=scale, tone=TONES.get(item.section, "plain")),
    )


def _tell_score(change: ScoreChange) -> ValueChange:
    is_share = change.difference_low is not None and change.difference_high is not None
    show = percent if change.name == "positive share" else score
    difference = f"{points(change.difference_low)} to {points(change.difference_high)} points" if is_share else DASH
    match change.beyond_noise:
        case True:
            verdict = "beyond noise"
        case False:
            verdict = "no change beyond noise"
        case None:
            verdict = "no interval"
    return ValueChange(
        name=change.name.capitalize(),
        before=show(change.before),
        after=show(change.after),
        difference=difference,
        verdict=verdict,
    )


def _tell_count(name: str, before: int, after: int) -> ValueChange:
    difference = f"{after - before:+,}".replace("-", "−")
    return ValueChange(
        name=COUNT_NAMES.get(name, name), before=count(before), after=count(after), difference=difference, verdict=""
    )
