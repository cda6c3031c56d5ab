"""What a person reads beside a materialization: counts, rates, completeness, small charts, the report itself."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from steampulse_dagster.config import get_settings
from steampulse_dagster.models.analysis import ChunkOutcome, Grounding
from steampulse_dagster.models.catalog import CatalogChanges
from steampulse_dagster.models.costs import GameCost
from steampulse_dagster.models.games import GameCrawlResult
from steampulse_dagster.models.lineage import NothingToReport, StageSuccess
from steampulse_dagster.models.reports import ReportOutcome
from steampulse_dagster.models.reviews import CrawlResult, LanguageCount, MonthCount
from steampulse_dagster.services.report_markdown import render_markdown

Metadata = Mapping[str, Any]
BAR_WIDTH = 24


def describe_catalog(changes: CatalogChanges) -> Metadata:
    """Metadata of a walk of the app list."""
    return {
        "dagster/row_count": changes.stored,
        "seen": changes.seen,
        "new": changes.new,
        "renamed": changes.renamed,
        "modified": changes.modified,
        "quarantined": changes.quarantined,
        "still fresh, nothing fetched": changes.skipped_fresh,
    }


def describe_success(success: StageSuccess, *, cost: GameCost | None = None) -> Metadata:
    """Metadata of one stage of one game. `cost`: of the calls about the game up to the end of this stage."""
    match success.result:
        case GameCrawlResult() as result:
            metadata = _describe_game(result)
        case CrawlResult() as result:
            metadata = _describe_crawl(result, seconds=success.seconds)
        case ChunkOutcome() as result:
            metadata = _describe_chunks(result, seconds=success.seconds)
        case ReportOutcome() as result:
            metadata = _describe_report(result)
        case NothingToReport() as result:
            metadata = {"no report": result.reason, "new report": False}
    if cost is not None:
        metadata = {**metadata, "cost in this run (USD)": float(cost.run), "cost so far (USD)": float(cost.total)}
    return {**metadata, "seconds": round(success.seconds, 3)}


def _describe_game(result: GameCrawlResult) -> Metadata:
    game = result.game
    return {
        "name": game.name,
        "type": game.type,
        "state": game.state.value,
        "released": game.release_date_raw or "unknown",
        "developers": ", ".join(game.developers) or "unknown",
        "genres": ", ".join(genre.name for genre in game.genres) or "none",
        "top tags": ", ".join(tag.name for tag in game.tags[:8]) or "none",
        "fetched": result.fetched,
        "details fetched": result.detailed,
    }


def _describe_crawl(result: CrawlResult, *, seconds: float) -> Metadata:
    written = result.inserted + result.updated
    metadata: dict[str, Any] = {
        "dagster/partition_row_count": result.stored,
        "pages fetched": result.pages,
        "inserted": result.inserted,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "quarantined": result.quarantined,
        "reviews a second": round(written / seconds, 1) if seconds > 0 else 0.0,
        "still fresh, nothing fetched": result.skipped_fresh,
    }
    if result.reported is not None:
        metadata["reported by Steam"] = result.reported
    if result.sample_rate < 1:
        metadata["sample (share of reviews kept)"] = round(result.sample_rate, 6)
    if result.completeness is not None:
        sampled = "" if result.sample_rate >= 1 else " ÷ sample"
        metadata[f"completeness (stored ÷ reported{sampled})"] = round(result.completeness, 4)
    if result.offtopic:
        metadata["off-topic by Steam's count"] = result.offtopic
        metadata["off-topic marked"] = result.offtopic_marked
    if result.ended_early is not None:
        metadata["ended early"] = result.ended_early
    return metadata


def _describe_chunks(result: ChunkOutcome, *, seconds: float) -> Metadata:
    metadata: dict[str, Any] = {
        "dagster/partition_row_count": result.chunks,
        "analysed now": result.analysed,
        "reused": result.reused,
        "reviews in chunks": result.reviews,
        "reviews read": result.read,
        "chunks a second": round(result.analysed / seconds, 1) if seconds > 0 else 0.0,
        **_describe_grounding(result.grounding),
    }
    if result.degraded:
        metadata["degraded"] = result.degraded
    return metadata


def _describe_report(result: ReportOutcome) -> Metadata:
    report = result.report
    metadata: dict[str, Any] = {
        "report": dg.MetadataValue.md(render_markdown(report)),
        "new report": result.created,
        "report id": result.report_id,
        "sentiment": report.sentiment.label,
        "reviews stored": report.sample.stored,
        "reviews read": report.sample.read,
        "evidence level": report.evidence_level.value,
        "reviews by month": dg.MetadataValue.md(month_chart(report.facts.months)),
        "languages": dg.MetadataValue.md(language_chart(report.facts.languages)),
        **_describe_grounding(report.grounding),
    }
    if report.hidden_gem.score is not None:
        metadata["hidden gem (0..1)"] = report.hidden_gem.score
    if report.sentiment.score is not None:
        metadata["positive share of stored reviews"] = round(report.sentiment.score, 4)
    if (page := build_page_url(report.appid)) is not None:
        metadata["report page"] = dg.MetadataValue.url(page)
    return metadata


def build_page_url(appid: int) -> str | None:
    """Where people read a game's report; None where no public address is set."""
    base = get_settings().api_public_url
    return None if base is None else f"{base.rstrip('/')}/games/{appid}"


def _describe_grounding(grounding: Grounding) -> Metadata:
    shown = {"quotes proven": grounding.proven, "quotes dropped": grounding.dropped}
    return shown if grounding.share is None else {**shown, "grounded share": round(grounding.share, 4)}


def month_chart(months: tuple[MonthCount, ...]) -> str:
    """A Markdown table with a bar a month (the last 24), for the UI's Markdown view."""
    recent = months[-24:]
    most = max((month.reviews for month in recent), default=0)
    rows = [
        f"| {month.month} | `{bar(month.reviews, most)}` | {month.reviews:,} | {month.positive / month.reviews:.0%} |"
        for month in recent
        if month.reviews
    ]
    return "\n".join(["| month | | reviews | positive |", "|---|---|---:|---:|", *rows])


def language_chart(languages: tuple[LanguageCount, ...]) -> str:
    """A Markdown table with a bar a language (the first 12)."""
    top = languages[:12]
    most = max((language.reviews for language in top), default=0)
    rows = [
        f"| {row.language} | `{bar(row.reviews, most)}` | {row.reviews:,} | {row.positive / row.reviews:.0%} |"
        for row in top
        if row.reviews
    ]
    return "\n".join(["| language | | reviews | positive |", "|---|---|---:|---:|", *rows])


def bar(value: int, most: int) -> str:
    """`value` as a bar whose full width stands for `most`."""
    if most <= 0:
        return ""
    return "█" * max(1, round(BAR_WIDTH * value / most)) if value else ""
