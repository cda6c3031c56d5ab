"""All look-alikes over one world as one ASGI application: /steam, /store, /igdb/v4, /twitch, Bedrock at the root."""

from collections.abc import Sequence
from functools import cache

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from steampulse_dagster.simulators.bedrock import Answer, BedrockSimulator
from steampulse_dagster.simulators.igdb import ClientLimits, TokenDesk, build_igdb, build_twitch
from steampulse_dagster.simulators.steam import build_steam
from steampulse_dagster.simulators.store import build_store
from steampulse_dagster.simulators.world import World


def build_app(
    world: World,
    *,
    bedrock: BedrockSimulator | None = None,
    desk: TokenDesk | None = None,
    igdb_limits: ClientLimits | None = None,
    middleware: Sequence[Middleware] = (),
) -> Starlette:
    """The simulators of one world; nothing is opened or read before the first request.

    `bedrock` plays the Bedrock models; without it they answer the product's prompts out of this world's reviews.
    `desk` says who gets a token and for how long; `middleware` sees every request first and is the place for
    injected faults.
    """

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "world": world.name})

    desk = desk or TokenDesk()
    routes = [
        Route("/health", health),
        Mount("/steam", build_steam(world)),
        Mount("/store", build_store(world)),
        Mount("/igdb/v4", build_igdb(world, desk, igdb_limits or ClientLimits())),
        Mount("/twitch", build_twitch(desk)),
        *(bedrock or BedrockSimulator(speak_for(world))).routes(),
    ]
    return Starlette(routes=routes, middleware=list(middleware))


def speak_for(world: World) -> Answer:
    """The models' words about this world; what they are made with is loaded with the first question."""

    @cache
    def load() -> Answer:
        from steampulse_dagster.simulators.model_answers import build_model_answers

        return build_model_answers(world)

    return lambda system, user: load()(system, user)
