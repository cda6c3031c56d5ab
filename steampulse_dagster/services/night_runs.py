"""How the games of a night are cut into runs: within the games, the dollars and the requests of one. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from steampulse_dagster.models.nights import NightBudget, NightGame, NightRun, Work

ROOM = Decimal("0.8")
"""Part of a run's dollar limit that its games are expected to cost: forecasts err, and a run beyond it is refused."""
RUN_HOURS = 0.5
"""Of a run's requests at the hosts' rates: several runs share a rate, and one that takes hours is ended as hung."""


def cut_runs(games: Sequence[NightGame], budget: NightBudget) -> list[NightRun]:
    """Runs of one kind of work each, within the games, the dollars and the requests of a run; the run with the most
    valuable game first."""
    runs: list[_Run] = []
    open_runs: dict[Work, _Run] = {}
    for game in games:
        run = open_runs.get(game.work)
        if run is None or not run.has_room(game, budget):
            run = open_runs[game.work] = _Run(game.work)
            runs.append(run)
        run.add(game)
    return [NightRun(work=run.work, appids=tuple(run.appids), usd=run.usd) for run in runs]


@dataclass
class _Run:
    """A run while it is filled."""

    work: Work
    appids: list[int] = field(default_factory=list)
    usd: Decimal = Decimal(0)
    api: float = 0.0
    store: float = 0.0

    def has_room(self, game: NightGame, budget: NightBudget) -> bool:
        """Whether another game fits into what one run may hold."""
        part = RUN_HOURS / budget.hours
        return (
            len(self.appids) < budget.games_per_run
            and (budget.usd_per_run is None or self.usd + game.usd <= budget.usd_per_run * ROOM)
            and (budget.api_requests is None or self.api + game.api_requests <= budget.api_requests * part)
            and (budget.store_requests is None or self.store + game.store_requests <= budget.store_requests * part)
        )

    def add(self, game: NightGame) -> None:
        """Take a game in, whatever it needs."""
        self.appids.append(game.appid)
        self.usd += game.usd
        self.api += game.api_requests
        self.store += game.store_requests
