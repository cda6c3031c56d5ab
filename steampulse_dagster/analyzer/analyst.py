"""The one interface that every analyst (local, Bedrock, OpenAI-compatible) offers to the services."""

from collections.abc import Sequence
from typing import Protocol

from steampulse_dagster.models.analysis import ChunkSignals, Provenance, ReviewChunk, TopicLine
from steampulse_dagster.models.reports import GameBrief, ReportDraft


class Analyst(Protocol):
    """Two passes over reviews. Both are deterministic in meaning: equal input may be answered from storage."""

    @property
    def provenance(self) -> Provenance:
        """Who answers; part of the key of every artefact."""
        ...

    async def extract_chunk(self, chunk: ReviewChunk) -> ChunkSignals:
        """Pass 1. Raises AnalystError."""
        ...

    async def join_topics(self, appid: int, topics: Sequence[TopicLine]) -> tuple[tuple[TopicLine, ...], ...]:
        """Groups of two and more topics that mean the same. Raises AnalystError."""
        ...

    async def synthesize(self, brief: GameBrief) -> ReportDraft:
        """Pass 2. Raises AnalystError."""
        ...
