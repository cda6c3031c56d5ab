"""Signals: what is said about a game, and every review that says it."""

from typing import Annotated

from fastapi import APIRouter, Query

from steampulse_dagster.api.deps import AppId, Services
from steampulse_dagster.api.routes.games import Cursor, Limit
from steampulse_dagster.models.reading import Page, SignalEvidence, SignalRow
from steampulse_dagster.models.reports import SectionName

router = APIRouter(prefix="/api/games/{appid}", tags=["signals"])

Section = Annotated[SectionName, Query(description="Section of the report")]


@router.get("/signals")
def list_signals(services: Services, appid: AppId, section: Section | None = None) -> tuple[SignalRow, ...]:
    """The items of the current report with their counts, shares and intervals, without quotes."""
    return services.signals.list_signals(appid, section=section)


@router.get("/evidence")
def list_evidence(
    services: Services,
    appid: AppId,
    section: Section,
    topic: Annotated[str | None, Query(max_length=200, description="Of a signal; else all topics")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[SignalEvidence]:
    """Every mention that a section of the current report may rest on: the quote with its review, and where to find it.

    A language model may have moved mentions of neighbouring topics into one item: such an item counts more reviews
    than its own topic has here.
    """
    return services.signals.list_evidence(appid, section=section, topic=topic, limit=limit, cursor=cursor)
