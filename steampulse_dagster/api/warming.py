"""What a process of the server does before it answers, so that its first readers wait no longer than later ones."""

import structlog

from steampulse_dagster.api.pages.overview import OverviewQuery
from steampulse_dagster.api.pages.routes import draw_game, draw_overview
from steampulse_dagster.errors import SteamPulseError
from steampulse_dagster.models.reading import GameFilter
from steampulse_dagster.services.reading import ReadingServices

log = structlog.get_logger()

CONNECTIONS = 6
"""So many a process has open at 100 requests a second; without them a third of the first hundred took over 60 ms."""


def warm_up(services: ReadingServices) -> None:
    """Open connections, and draw a game's page and the overview once. Whatever is wrong, readers will be told."""
    try:
        game = services.games.warm_up(CONNECTIONS)
        if game is not None:
            draw_game(game)
        draw_overview(OverviewQuery(), GameFilter(), services)
    except SteamPulseError as error:
        log.warning("not_warmed_up", reason=error.message)
