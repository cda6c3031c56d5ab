"""Exports: tables as files, streamed."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from steampulse_dagster.api.deps import Services
from steampulse_dagster.models.exports import Dataset, ExportFormat
from steampulse_dagster.models.reading import MAX_APPID

router = APIRouter(prefix="/api/exports", tags=["exports"])

MAX_GAMES = 500
MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv",
    ExportFormat.JSONL: "application/x-ndjson",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}


@router.get(
    "/{dataset}",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "The file, piece by piece",
            "content": {media_type: {"schema": {"type": "string"}} for media_type in MEDIA_TYPES.values()},
        }
    },
)
def export_table(
    services: Services,
    dataset: Dataset,
    format: ExportFormat = ExportFormat.CSV,
    appid: Annotated[
        list[Annotated[int, Field(ge=1, le=MAX_APPID)]] | None,
        Query(max_length=MAX_GAMES, description="Of these games; else of all", examples=[[9000030]]),
    ] = None,
) -> StreamingResponse:
    """Reviews, signals, evidence or reports of a set of games, as they were when the export began.

    The columns: `docs/data-dictionary.md`. A transfer that breaks off is not the whole file. Two may be under way at
    once; more are told 503 with Retry-After.
    """
    pieces = services.exports.stream(dataset, format, appids=appid)
    headers = {
        "Content-Disposition": f'attachment; filename="steampulse-{dataset}.{format}"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(pieces, media_type=MEDIA_TYPES[format], headers=headers)
