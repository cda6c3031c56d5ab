"""Steam for Dagster's steps."""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import dagster as dg

from steampulse_dagster import bootstrap_pipeline

if TYPE_CHECKING:
    from steampulse_dagster.clients.steam import SteamDataSource


class SteamResource(dg.ConfigurableResource):
    """Steam's Web API and store: the URLs in the settings, or the simulators."""

    def open(self) -> "AbstractAsyncContextManager[SteamDataSource]":
        """A data source for the length of one step, over one reused HTTP client."""
        return bootstrap_pipeline.open_steam()
