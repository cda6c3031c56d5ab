"""The embedded default analyst: extractive, no language model, deterministic. Reads packaged data only."""

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog

from steampulse_dagster.analyzer.local.embedder import MODEL_NAME, Embedder, EmbedderUnavailable, load_embedder
from steampulse_dagster.analyzer.local.extract import Extractor
from steampulse_dagster.analyzer.local.findings import Finding
from steampulse_dagster.analyzer.local.language import is_readable
from steampulse_dagster.analyzer.local.prototypes import open_prototypes
from steampulse_dagster.analyzer.local.quotes import choose_notable
from steampulse_dagster.analyzer.local.synthesis import build_draft
from steampulse_dagster.analyzer.local.titles import TitleCatalogue
from steampulse_dagster.models.analysis import (
    ChunkSignals,
    Mention,
    Provenance,
    ReviewChunk,
    Signal,
    SignalItem,
    TopicLine,
)
from steampulse_dagster.models.reports import GameBrief, ReportDraft

log = structlog.get_logger()

ENGINE = "local"
VERSION = "1"
"""Of rules, lexicon and prototypes together: raise it when an answer could change."""
WORKERS = 2
"""Chunks at work at once: rules hold the interpreter, embeddings do not, so two keep two cores busy."""


class LocalAnalyst:
    """Implements Analyst. Without an embedder it works on cue rules and VADER, and its provenance says so."""

    def __init__(self, *, embedder: Embedder | None, degraded: str | None = None, titles: Iterable[str] = ()) -> None:
        prototypes = open_prototypes(embedder) if embedder is not None else None
        self._extractor = Extractor(catalogue=TitleCatalogue(titles), embedder=embedder, prototypes=prototypes)
        self._pool = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="local-analyst")
        self._provenance = Provenance(
            engine=ENGINE, model=MODEL_NAME, version=VERSION, generative=False, degraded=degraded
        )

    @property
    def provenance(self) -> Provenance:
        return self._provenance

    async def extract_chunk(self, chunk: ReviewChunk) -> ChunkSignals:
        """Pass 1 in a worker thread. Equal chunks give equal answers, whatever else runs."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.extract, chunk)

    async def join_topics(self, appid: int, topics: Sequence[TopicLine]) -> tuple[tuple[TopicLine, ...], ...]:
        """Nothing to join: this analyst's topics are a fixed vocabulary."""
        return ()

    async def synthesize(self, brief: GameBrief) -> ReportDraft:
        """Pass 2: unions and ranks what pass 1 found; leaves judgement to a language model."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, build_draft, brief)

    def extract(self, chunk: ReviewChunk) -> ChunkSignals:
        """Pass 1 in the calling thread."""
        readable = [review for review in chunk.reviews if is_readable(review)]
        findings = self._extractor.extract(readable, game_name=chunk.game_name)
        items: dict[str, Any] = {signal.value: _items(findings, signal) for signal in Signal}
        return ChunkSignals(
            **items,
            notable_quotes=choose_notable(readable, findings),
            read_ids=tuple(review.recommendationid for review in readable),
        )


def open_local_analyst(*, titles: Iterable[str] = ()) -> LocalAnalyst:
    """The local analyst with its model, or degraded to rules if the model is missing or altered; never fails."""
    try:
        return LocalAnalyst(embedder=load_embedder(), titles=titles)
    except EmbedderUnavailable as error:
        reason = f"Sentence embeddings are off because {error}; rules and word lists alone find fewer signals."
        log.warning("local_analyst_degraded", reason=str(error))
        return LocalAnalyst(embedder=None, degraded=reason, titles=titles)


def _items(findings: Iterable[Finding], signal: Signal) -> tuple[SignalItem, ...]:
    """Findings of one signal by topic, most mentioned first."""
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.signal is signal:
            grouped.setdefault(finding.topic, []).append(finding)
    ranked = sorted(grouped.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    return tuple(
        SignalItem(
            topic=topic,
            label=rows[0].label,
            mentions=tuple(
                Mention(recommendationid=row.recommendationid, quote=row.quote, score=row.score) for row in rows
            ),
        )
        for topic, rows in ranked
    )
