"""How many reviews a second does the local analyst read, against embedding every sentence in arrival order?

The baseline is the plain way to use the same model on the same reviews: split into sentences, embed all of them in
the order in which they arrive, 32 at a time, padded to the longest of the batch, and compare them with the same
prototypes. It is fair because it uses the same model file, tokenizer, runtime and threads, and it is generous because
it stops there: it does no rules, no word sounds, no titles and no topics, all of which the analyst's time includes.

Reviews are the first English ones of each game of the seeded world; nothing is downloaded and no server is needed.
Wall time depends on what else the machine does, so processor time is reported beside it.

    uv run python benchmarks/local_analyst.py [--quick] [--json]
"""

import argparse
import asyncio
import json
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from os import cpu_count, getloadavg
from resource import RUSAGE_SELF, getrusage
from typing import Any

from steampulse_dagster.analyzer.local.analyst import LocalAnalyst, open_local_analyst
from steampulse_dagster.analyzer.local.embedder import Embedder, load_embedder
from steampulse_dagster.analyzer.local.prototypes import Prototypes, open_prototypes
from steampulse_dagster.analyzer.local.sentences import split_review
from steampulse_dagster.models.analysis import ReviewChunk
from tests.planted_scoring import chunked, load_world

AIM_PER_SECOND = 60.0
AIM_SPEEDUP = 1.5
AIM_MEMORY_MB = 700.0
BATCH = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer reviews: under 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments = parser.parse_args()
    result = run(reviews=600 if arguments.quick else 3000)
    if arguments.json:
        print(json.dumps(result))
    else:
        for name, value in {**result["figures"], **{f"aim: {k}": v for k, v in result["aims"].items()}}.items():
            print(f"{name:44} {value}")
        print("met" if result["met"] else "NOT met")


def run(*, reviews: int) -> dict[str, Any]:
    """Measure both ways on the same reviews; the figures, the aims and whether they are met."""
    chunks = _chunks(reviews)
    texts = [review.review for chunk in chunks for review in chunk.reviews]
    opened = time.perf_counter()
    analyst = open_local_analyst()
    opened = time.perf_counter() - opened
    embedder = load_embedder()
    prototypes = open_prototypes(embedder)
    analyst.extract(chunks[0])
    quick = _measure(lambda: asyncio.run(_analyse(analyst, chunks)))
    plain = _measure(lambda: _embed_everything(embedder, prototypes, texts))
    cores = min(2, cpu_count() or 1)
    figures = {
        "reviews": len(texts),
        "mean_characters": round(statistics.mean(map(len, texts)), 1),
        "open_seconds": round(opened, 2),
        "reviews_per_second_wall": round(len(texts) / quick[0], 1),
        "reviews_per_second_of_two_free_cores": round(cores * len(texts) / quick[1], 1),
        "cpu_ms_per_review": round(1000 * quick[1] / len(texts), 2),
        "plain_reviews_per_second_wall": round(len(texts) / plain[0], 1),
        "plain_reviews_per_second_of_two_free_cores": round(cores * len(texts) / plain[1], 1),
        "plain_cpu_ms_per_review": round(1000 * plain[1] / len(texts), 2),
        "speedup_by_cpu": round(plain[1] / quick[1], 2),
        "max_memory_mb": round(getrusage(RUSAGE_SELF).ru_maxrss / 1024, 0),
        "load_average": round(getloadavg()[0], 2),
    }
    aims = {
        "reviews_per_second_of_two_free_cores": AIM_PER_SECOND,
        "speedup_by_cpu": AIM_SPEEDUP,
        "max_memory_mb": AIM_MEMORY_MB,
    }
    met = (
        figures["reviews_per_second_of_two_free_cores"] >= AIM_PER_SECOND
        and figures["speedup_by_cpu"] >= AIM_SPEEDUP
        and figures["max_memory_mb"] <= AIM_MEMORY_MB
    )
    return {
        "benchmark": "local_analyst",
        "machine": f"{platform.machine()}, {cpu_count()} cores, Python {platform.python_version()}",
        "figures": figures,
        "aims": aims,
        "met": met,
    }


async def _analyse(analyst: LocalAnalyst, chunks: Sequence[ReviewChunk]) -> None:
    """As a run does it: games side by side."""
    async with asyncio.TaskGroup() as group:
        for chunk in chunks:
            group.create_task(analyst.extract_chunk(chunk))


def _embed_everything(embedder: Embedder, prototypes: Prototypes, texts: Sequence[str]) -> None:
    sentences = [sentence.text for text in texts for sentence in split_review(text)]
    for first in range(0, len(sentences), BATCH):
        prototypes.compare(embedder.embed_as_given(sentences[first : first + BATCH]))


def _measure(work: Callable[[], None]) -> tuple[float, float]:
    """Wall and processor seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _chunks(reviews: int) -> list[ReviewChunk]:
    samples = load_world(per_game=max(50, reviews // 6))
    chunks = [chunk for sample in samples for chunk in chunked(sample.reviews, game_name=sample.name)]
    return chunks[: max(1, reviews // 50)]


if __name__ == "__main__":
    main()
