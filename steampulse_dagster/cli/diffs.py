"""`steampulse diff`."""

import click
from rich.table import Table

from steampulse_dagster import bootstrap
from steampulse_dagster.cli.console import APPID, out, plain
from steampulse_dagster.models.report_diffs import ReportDiff, ScoreChange
from steampulse_dagster.models.scores import Share


@click.command("diff")
@click.argument("appid", type=APPID)
@click.option("--from", "from_id", type=click.IntRange(min=1), metavar="ID", help="Older report; else the one before.")
@click.option("--to", "to_id", type=click.IntRange(min=1), metavar="ID", help="Newer report; else the current one.")
@click.option("--json", "as_json", is_flag=True, help="JSON, for other programs.")
def diff_command(appid: int, *, from_id: int | None, to_id: int | None, as_json: bool) -> None:
    """What changed between two reports on a game.

    "grown" and "shrunk" are changes beyond noise (95 %). If another analyst or other rules made the newer report, that
    is told first: items may then differ because they were read differently.
    """
    diff = bootstrap.build_report_diff_service().compare(appid, from_id=from_id, to_id=to_id)
    if as_json:
        click.echo(diff.model_dump_json(indent=2))
        return
    out.print(
        plain(
            f"{diff.name}: report {diff.from_id} ({diff.from_time:%Y-%m-%d}) → {diff.to_id} ({diff.to_time:%Y-%m-%d})"
        )
    )
    for change in diff.analyst:
        out.print(plain(f"read differently: {change.name} {change.before} → {change.after}"))
    for count in diff.counts:
        out.print(f"{count.name}: {count.before:,} → {count.after:,} ({count.after - count.before:+,})")
    for score in diff.scores:
        out.print(_tell_score(score), markup=False)
    _print_items(diff)


def _print_items(diff: ReportDiff) -> None:
    if not diff.changed:
        out.print("No item is new, gone, grown or shrunk beyond noise.")
        return
    table = Table("section", "change", "item", "before", "after", box=None)
    for item in diff.changed:
        table.add_row(
            item.section.replace("_", " "), item.change.value, plain(item.label), _tell(item.before), _tell(item.after)
        )
    out.print(table)


def _tell_score(score: ScoreChange) -> str:
    before, after = ("–" if value is None else f"{value:.3f}" for value in (score.before, score.after))
    if score.beyond_noise is None:
        return f"{score.name}: {before} → {after}"
    return f"{score.name}: {before} → {after} ({'beyond' if score.beyond_noise else 'within'} noise)"


def _tell(share: Share | None) -> str:
    if share is None:
        return "–"
    return f"{share.count:,} of {share.of:,}" + ("" if share.share is None else f" ({100 * share.share:.1f} %)")
