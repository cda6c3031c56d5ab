"""The analyst for Dagster's steps."""

import dagster as dg

from steampulse_dagster import bootstrap
from steampulse_dagster.analyzer.analyst import Analyst


class AnalystResource(dg.ConfigurableResource):
    """The analyst that the settings name; its model is loaded once per process."""

    def get_analyst(self) -> Analyst:
        """The analyst of this process."""
        return bootstrap.get_analyst()
