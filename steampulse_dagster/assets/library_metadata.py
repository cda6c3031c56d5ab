"""What a person reads beside the materialization of a library: the output, counts, and small charts."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from steampulse_dagster.assets.metadata import Metadata, bar
from steampulse_dagster.models.library import EnrichedLibrary, LibraryImport, LibraryTracked, PlayStatus, RawLibrary
from steampulse_dagster.utils.markdown import escape_markdown

MOST_BARS = 15


def describe_raw(result: RawLibrary) -> Metadata:
    """Metadata of a raw file; `s3_key` is its output."""
    return {
        "s3_key": result.s3_key,
        "dagster/partition_row_count": result.games,
        "played": result.played,
        "hours played": round(result.playtime_minutes / 60, 1),
        "most played": count_chart(result.most_played, of="hours"),
        "entries that could not be read": result.unreadable,
    }


def describe_enriched(result: EnrichedLibrary) -> Metadata:
    """Metadata of an enriched file; `s3_key` is its output."""
    metadata: dict[str, Any] = {
        "s3_key": result.s3_key,
        "source": result.source_key,
        "dagster/partition_row_count": result.rows,
        "matches": count_chart(result.matches, of="apps"),
        "confidence": count_chart(result.confidences, of="matched apps"),
        "kinds": count_chart(result.kinds, of="apps"),
        "who said so": count_chart(result.sources, of="apps"),
        "genres": count_chart(result.genres, of="matched apps"),
        "requests to IGDB": result.igdb_calls,
        "requests to Steam": result.steam_calls,
        "rows that could not be read": result.unreadable,
    }
    if result.match_rate is not None:
        metadata["match rate (of games that IGDB was asked for)"] = round(result.match_rate, 4)
    if result.pending_reason is not None:
        metadata["pending because"] = result.pending_reason
    return metadata


def describe_import(result: LibraryImport, genres: Mapping[str, int]) -> dict[str, Any]:
    """Metadata of an import; `imported_count` and `skipped_count` are its output."""
    skipped = [dg.TableRecord({"rows": rows, "reason": reason}) for reason, rows in result.reasons.items()]
    ordered = {status.value: result.statuses.get(status.value, 0) for status in PlayStatus}
    metadata: dict[str, Any] = {
        "imported_count": result.imported_count,
        "skipped_count": result.skipped_count,
        "dagster/partition_row_count": result.imported_count,
        "source": result.source_key,
        **result.counts.model_dump(),
        "suggested status": count_chart(ordered, of="games"),
        "genres": count_chart(genres, of="games in IGDB"),
    }
    if skipped:
        schema = dg.TableSchema([dg.TableColumn("rows", "int"), dg.TableColumn("reason", "string")])
        metadata["skipped"] = dg.MetadataValue.table(skipped, schema)
    if result.kept_unmarked:
        metadata["removed apps"] = "not marked: a row without a readable appid came"
    return metadata


def describe_tracked(result: LibraryTracked) -> Metadata:
    """Metadata of following the games of a library."""
    return {
        "games followed from now on": result.added,
        "games followed before": result.followed_before,
        "apps left out (no games, or unknown to Steam's store)": result.left_out,
    }


def count_chart(counts: Mapping[str, int], *, of: str) -> dg.MarkdownMetadataValue:
    """A Markdown table with a bar each, for the UI's Markdown view; the most common first if there are many."""
    shown = counts if len(counts) <= MOST_BARS else dict(sorted(counts.items(), key=lambda item: -item[1])[:MOST_BARS])
    most = max(shown.values(), default=0)
    rows = [f"| {escape_markdown(name)} | `{bar(count, most)}` | {count:,} |" for name, count in shown.items()]
    return dg.MetadataValue.md("\n".join([f"| | | {of} |", "|---|---|---:|", *rows]))
