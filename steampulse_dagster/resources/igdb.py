"""IGDB for Dagster's steps."""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import dagster as dg

from steampulse_dagster import bootstrap_library

if TYPE_CHECKING:
    from steampulse_dagster.clients.igdb import IgdbSource


class IgdbResource(dg.ConfigurableResource):
    """IGDB behind Twitch's client credentials: the URLs in the settings, or the simulators."""

    def open(self) -> "AbstractAsyncContextManager[IgdbSource]":
        """A source for the length of one step, over one reused HTTP client."""
        return bootstrap_library.open_igdb()
