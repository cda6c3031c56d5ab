"""How much of what was planted in the invented games does the whole pipeline find, from HTTP to the stored report?

The seeded world's reviews are generated from facts, so for each review it is known what it says. The games are crawled
from the simulator into PostgreSQL, read by the local analyst in chunks as the product forms them, and reported; what is
scored is the view `signal_mentions`, that is, what the current reports rest on. A (review, signal) is right if a quote
overlaps a planted one. Compared with the analyst alone on the same reviews (tests/planted_scoring.py), which is fair
because it is the same scoring: the pipeline may lose what it cannot prove and must add nothing. The aims are the
embedded default's bars: precision 0.75, recall 0.70 and macro F1 0.85, but for comparisons with other games, where the
analyst is given no list of the world's titles (recall 0.60).

    uv run python -m benchmarks.planted_pipeline [--quick] [--json]
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog

from steampulse_dagster.analyzer.local.analyst import open_local_analyst
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.services.crawl_games import GameCrawlService
from steampulse_dagster.services.reports import ReportService
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.simulators.server import running_simulators
from steampulse_dagster.utils.db import Database, fetch_all
from tests.helpers import fresh_database, running_server
from tests.planted_scoring import Fact, Scores, score

QUICK_GAMES = (9000030, 9000050, 9000060, 9000110)
PRECISION, RECALL, MACRO_F1 = 0.75, 0.70, 0.85
RECALL_OF_COMPARISONS = 0.60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"{len(QUICK_GAMES)} games instead of all")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    result = run(QUICK_GAMES if arguments.quick else tuple(SeededWorld().appids))
    if arguments.json:
        print(json.dumps(result))
    else:
        for name, value in result["figures"].items():
            print(f"{name:32} {value}")
        print("met" if result["met"] else "NOT met")
    sys.exit(0 if result["met"] else 1)


def run(appids: Sequence[int]) -> dict[str, Any]:
    """Figures, aims and whether they are met."""
    world = SeededWorld()
    with running_server() as server, fresh_database(server) as url, running_simulators(world) as steam_url:
        database = Database(url, pool_size=8)
        try:
            with tempfile.TemporaryDirectory() as folder:
                asyncio.run(_fill(database, steam_url, appids, folder=Path(folder)))
            scores, reviews = _score(database, world, appids)
        finally:
            database.close()
    figures: dict[str, Any] = {"games": len(appids), "reviews": reviews, "macro_f1": round(scores.macro_f1, 3)}
    for signal, one in scores.signals.items():
        figures[signal.value] = {
            "precision": round(one.precision, 3),
            "recall": round(one.recall, 3),
            "planted": one.planted,
            "found": one.predicted,
        }
    met = scores.macro_f1 >= MACRO_F1 and all(
        one.precision >= PRECISION
        and one.recall >= (RECALL_OF_COMPARISONS if signal is Signal.COMPETITOR_REFS else RECALL)
        for signal, one in scores.signals.items()
    )
    aims = {
        "precision": PRECISION,
        "recall": RECALL,
        "recall of competitor_refs": RECALL_OF_COMPARISONS,
        "macro_f1": MACRO_F1,
    }
    return {"figures": figures, "aims": aims, "met": met}


async def _fill(database: Database, steam_url: str, appids: Sequence[int], *, folder: Path) -> None:
    analyst = open_local_analyst()
    async with build_http_client(concurrency=8) as http:
        steam = SteamDataSource(
            http,
            api_url=f"{steam_url}/steam",
            store_url=f"{steam_url}/store",
            key="any",
            limiter=HostLimiter(requests_per_second=None, concurrency=8),
        )
        games, crawl = GameCrawlService(database, steam, fresh_hours=6), CrawlService(database, steam, fresh_hours=6)
        analysis = AnalysisService(database, analyst)
        reports = ReportService(database, analyst, FolderStore(folder))
        for appid in appids:
            await games.crawl_game(appid)
            await crawl.crawl_reviews(appid)
            await analysis.summarize_chunks(appid)
            await reports.write_report(appid)


def _score(database: Database, world: SeededWorld, appids: Sequence[int]) -> tuple[Scores, int]:
    """Of the English reviews, which are all that the local analyst reads."""
    with database.connection() as conn:
        mentions = fetch_all(
            conn,
            "select recommendationid, signal, topic, coalesce(quote, '') as quote from signal_mentions "
            "where appid = any(%(appids)s)",
            {"appids": list(appids)},
        )
        stored = fetch_all(
            conn,
            "select recommendationid, review from reviews where appid = any(%(appids)s) and language = 'english'",
            {"appids": list(appids)},
        )
    texts = {row["recommendationid"]: row["review"] for row in stored}
    facts = {
        int(review): tuple(Fact(Signal(signal), topic, quote) for signal, topic, quote in rows)
        for appid in appids
        for review, rows in world.review_facts(appid).items()
        if int(review) in texts
    }
    found = [(row["recommendationid"], Signal(row["signal"]), row["topic"], row["quote"]) for row in mentions]
    return score([row for row in found if row[0] in texts], texts=texts, facts=facts), len(texts)


if __name__ == "__main__":
    main()
