"""Compares two reports of one game: what moved beyond noise, is new or gone, or was only read differently. Pure."""

from collections.abc import Iterator, Sequence

from steampulse_dagster.analyzer.duplicates import says_the_same
from steampulse_dagster.analyzer.quotes import normalise
from steampulse_dagster.models.report_diffs import (
    AnalystChange,
    Change,
    CountChange,
    ItemChange,
    ReportDiff,
    ScoreChange,
)
from steampulse_dagster.models.reports import SECTION_NAMES, GameReport, ReportItem, StoredReport
from steampulse_dagster.models.scores import Share
from steampulse_dagster.utils.stats import DIGITS, newcombe_interval


def build_diff(before: StoredReport, after: StoredReport) -> ReportDiff:
    """What changed from one report to the other."""
    old, new = before.report, after.report
    return ReportDiff(
        appid=new.appid,
        name=new.name,
        from_id=before.report_id,
        to_id=after.report_id,
        from_time=before.created_at,
        to_time=after.created_at,
        analyst=tuple(_compare_analysts(old, new)),
        counts=tuple(_compare_counts(old, new)),
        scores=(_compare_sentiment(old, new), _compare_gem(old, new)),
        items=tuple(change for name in SECTION_NAMES for change in _compare_section(name, old, new)),
    )


def _compare_analysts(old: GameReport, new: GameReport) -> Iterator[AnalystChange]:
    pairs = (
        ("engine", old.provenance.engine, new.provenance.engine),
        ("model", old.provenance.model, new.provenance.model),
        ("rules and prompts", old.provenance.version, new.provenance.version),
        ("degraded", old.provenance.degraded or "no", new.provenance.degraded or "no"),
        ("sample rate", f"{old.sample.sample_rate:g}", f"{new.sample.sample_rate:g}"),
    )
    for name, first, second in pairs:
        if first != second:
            yield AnalystChange(name=name, before=first, after=second)


def _compare_counts(old: GameReport, new: GameReport) -> Iterator[CountChange]:
    for name in ("stored", "read", "waiting", "offtopic", "chunks"):
        first, second = getattr(old.sample, name), getattr(new.sample, name)
        if first != second:
            yield CountChange(name=name, before=first, after=second)


def _compare_sentiment(old: GameReport, new: GameReport) -> ScoreChange:
    first, second = old.sentiment.positive, new.sentiment.positive
    low, high = _get_difference(first, second)
    known = low is not None and high is not None
    return ScoreChange(
        name="positive share",
        before=first.share,
        after=second.share,
        difference_low=low,
        difference_high=high,
        beyond_noise=_is_beyond_noise(low, high) if known else None,
    )


def _compare_gem(old: GameReport, new: GameReport) -> ScoreChange:
    """The hidden gem score has no interval: only its two values are told."""
    return ScoreChange(name="hidden gem", before=old.hidden_gem.score, after=new.hidden_gem.score)


def _compare_section(name: str, old: GameReport, new: GameReport) -> Iterator[ItemChange]:
    left: list[ReportItem] = list(getattr(old, name).items)
    for item in getattr(new, name).items:
        match = _find_match(item, left)
        if match is not None:
            left.remove(match)
        yield _compare_items(name, match, item)
    for item in left:
        yield ItemChange(
            section=name, topic=item.topic, label=item.label, change=Change.GONE, before=item.mentions, after=None
        )


def _find_match(item: ReportItem, others: Sequence[ReportItem]) -> ReportItem | None:
    """The same item in the other report: by its topic, else by its label, else by what it says."""
    for same in (_has_topic, _has_label, _has_statement):
        found = next((other for other in others if same(item, other)), None)
        if found is not None:
            return found
    return None


def _has_topic(one: ReportItem, other: ReportItem) -> bool:
    return one.topic == other.topic


def _has_label(one: ReportItem, other: ReportItem) -> bool:
    return normalise(one.label) == normalise(other.label)


def _has_statement(one: ReportItem, other: ReportItem) -> bool:
    return bool(one.statement and other.statement) and says_the_same(one.statement or "", other.statement or "")


def _compare_items(section: str, old: ReportItem | None, new: ReportItem) -> ItemChange:
    low, high = _get_difference(old.mentions, new.mentions) if old else (None, None)
    if old is None:
        change = Change.NEW
    elif not _is_beyond_noise(low, high):
        change = Change.STEADY
    else:
        change = Change.GROWN if (low or 0) > 0 else Change.SHRUNK
    return ItemChange(
        section=section,
        topic=new.topic,
        label=new.label,
        change=change,
        before=old.mentions if old else None,
        after=new.mentions,
        difference_low=low,
        difference_high=high,
    )


def _get_difference(before: Share, after: Share) -> tuple[float | None, float | None]:
    """The interval of the difference. The reviews of the older report are among those of the newer as a rule, so it is
    wider than it need be: a change that is told is one."""
    if not before.of or not after.of:
        return None, None
    low, high = newcombe_interval(count=after.count, of=after.of, count_before=before.count, of_before=before.of)
    return round(low, DIGITS), round(high, DIGITS)


def _is_beyond_noise(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and (low > 0 or high < 0)
