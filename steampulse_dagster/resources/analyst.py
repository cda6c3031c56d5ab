"""The analyst for Dagster's steps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import dagster as dg

from steampulse_dagster import bootstrap_models

if TYPE_CHECKING:
    from steampulse_dagster.analyzer.analyst import Analyst


class AnalystResource(dg.ConfigurableResource):
    """The analyst that the settings name, opened for each step; what it spends counts against the step's run."""

    @asynccontextmanager
    async def open(self, *, run_id: str) -> "AsyncIterator[Analyst]":
        """The analyst, closed at the end."""
        from steampulse_dagster.services.ledger import spending_run

        with spending_run(run_id):
            async with bootstrap_models.open_analyst() as analyst:
                yield analyst
