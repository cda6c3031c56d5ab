"""What a night's plan says of itself, for a tick and for `steampulse plan --tonight`. Pure."""

from steampulse_dagster.models.nights import NightPlan, Work

SHOWN_NAME = 60
"""Characters of a game's name in the words of a tick."""


def explain_plan(plan: NightPlan) -> str:
    """What was chosen and what was left, in sentences for a tick."""
    if not plan.candidates:
        return "Nothing to do: no followed game is due, and no analysis is behind."
    kinds = [f"{count:,} to {work.value}" for work in Work if (count := plan.count(work))]
    told = [f"{len(plan.games):,} of {plan.candidates:,} games in {len(plan.runs):,} runs: {', '.join(kinds)}."]
    if not plan.games:
        told = [f"None of {plan.candidates:,} games that have something to do is taken."]
    told.append(
        f"About {plan.api_requests:,.0f} requests to Steam's API{_limit(plan.budget.api_requests)}, "
        f"{plan.store_requests:,.0f} to its store{_limit(plan.budget.store_requests)}, {plan.hours:.1f} of "
        f"{plan.budget.hours:g} hours, ${plan.usd:,.2f}"
        + ("." if plan.budget.usd is None else f" of ${plan.budget.usd:,.2f} that the limits leave.")
    )
    if plan.unpaid:
        told.append(f"{plan.unpaid:,} are crawled only: analysing them does not fit into the dollars.")
    told += [f"Left {count:,}: {reason.value}." for reason, count in plan.left.items()]
    if plan.games:
        first = "; ".join(f"{game.appid} {game.name[:SHOWN_NAME]} ({game.why})" for game in plan.games[:3])
        told.append(f"First: {first}.")
    return " ".join(told)


def _limit(requests: float | None) -> str:
    return "" if requests is None else f" of {requests:,.0f}"
