"""JSON routes, one noun a file: parse, ask one service, answer."""

from steampulse_dagster.api.routes import exports, games, health, jobs, libraries, reports, requests, reviews, signals

ROUTERS = tuple(
    module.router for module in (games, reports, signals, reviews, jobs, requests, libraries, exports, health)
)
"""In the order in which the API's document lists them."""
