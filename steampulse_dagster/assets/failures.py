"""Turns the product's errors into Dagster failures that say whether another attempt can help."""

from collections.abc import Sequence

import dagster as dg

from steampulse_dagster.errors import IgdbApiError, SteamApiError, SteamPulseError
from steampulse_dagster.models.lineage import StageFailure


def to_failure(error: SteamPulseError) -> dg.Failure:
    """The failure of a whole step."""
    metadata: dict[str, str] = {"code": error.code}
    if isinstance(error, SteamApiError | IgdbApiError):
        metadata["kind"] = error.kind.value
    if error.advice is not None:
        metadata["advice"] = error.advice
    return dg.Failure(error.message, metadata=metadata, allow_retries=error.retryable)


def to_partial_failure(failures: Sequence[StageFailure], *, games: int) -> dg.Failure:
    """The failure of a run in which some games failed: names them, and is never retried as a whole, because the
    good games are done and stay done."""
    rows = [
        dg.TableRecord(
            {
                "appid": failure.appid,
                "stage": failure.stage.value,
                "code": failure.code,
                "kind": failure.kind or "",
                "reason": failure.reason,
                "waiting helps": failure.retryable,
                "advice": failure.advice or "",
            }
        )
        for failure in failures
    ]
    named = ", ".join(str(failure.appid) for failure in failures[:20])
    more = f" and {len(failures) - 20} more" if len(failures) > 20 else ""
    return dg.Failure(
        f"{len(failures)} of {games} games failed: {named}{more}. The others are done. First reason: "
        f"{failures[0].reason}",
        metadata={"failed": dg.MetadataValue.table(rows)},
        allow_retries=False,
    )
