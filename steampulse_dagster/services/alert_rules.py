"""What people are told of a run, in words. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from steampulse_dagster.models.alerts import Alert, FailedGame, NewNotice, RunReport

SHOWN_GAMES = 20
"""Most games that are named for one cause."""
SHOWN_CAUSES = 10
MOST_REASON_CHARACTERS = 300
MOST_NAME_CHARACTERS = 60
SHORT_RUN_ID = 8
SHORTEST_SECRET = 6
"""A shorter one stands in ordinary words by chance, and is no secret."""
UNFORESEEN = "UNEXPECTED_ERROR"
"""Of errors that nobody foresaw only the kind is told: their words may quote what they choked on, a review, say."""
_SECRETS = re.compile(r"(?i)\b((?:api_?)?key|access_token|token|secret|password|signature)=[^&\s\"']+")
_LOGIN = re.compile(r"(\w+://)[^/\s@]+@")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


def clean_reason(reason: str, *, code: str = "", secrets: Iterable[str] = ()) -> str:
    """A reason fit to leave the house: one line, without secrets, capped."""
    text = reason.split(":", 1)[0] if code == UNFORESEEN else reason
    for secret in secrets:
        text = text.replace(secret, "***") if len(secret) >= SHORTEST_SECRET else text
    text = _LOGIN.sub(r"\1***@", _SECRETS.sub(r"\1=***", _CONTROL.sub(" ", text)))
    return text if len(text) <= MOST_REASON_CHARACTERS else text[: MOST_REASON_CHARACTERS - 1] + "…"


def group_failures(failures: Sequence[FailedGame]) -> dict[str, list[FailedGame]]:
    """Failed games by cause, the most frequent first."""
    ordered = sorted(failures, key=lambda game: (game.cause, game.appid))
    groups = {cause: list(games) for cause, games in groupby(ordered, key=lambda game: game.cause)}
    return dict(sorted(groups.items(), key=lambda entry: -len(entry[1])))


def tell_failure(report: RunReport, *, names: Mapping[int, str], earlier: Sequence[Alert]) -> NewNotice:
    """One message about a failed run: every cause with its games and the reason. `earlier`: the alerts it counts to."""
    run = f"run {report.run_id[:SHORT_RUN_ID]} of {report.job_name}"
    repeats = [alert for alert in earlier if alert.runs > 1]
    told_before = [f"Seen in {alert.runs} runs since {alert.opened_at:%Y-%m-%d %H:%M} UTC: {alert.cause}."
                   for alert in repeats[:SHOWN_CAUSES]]  # fmt: skip
    if report.failed_whole:
        subject = f"SteamPulse: {run} failed"
        return NewNotice(
            key=f"failed {report.run_id}", subject=subject, body="\n".join([subject, report.message, *told_before])
        )
    groups = group_failures(report.failures)
    of = f" of {report.games}" if report.games else ""
    subject = f"SteamPulse: {len(report.failures)}{of} games failed in {run}"
    lines = [_tell_cause(cause, games, names) for cause, games in list(groups.items())[:SHOWN_CAUSES]]
    more = [f"… and {len(groups) - SHOWN_CAUSES} more causes."] if len(groups) > SHOWN_CAUSES else []
    advice = "`steampulse failures` lists them, `steampulse retry` takes them up again."
    return NewNotice(
        key=f"failed {report.run_id}", subject=subject, body="\n".join([subject, *lines, *more, *told_before, advice])
    )


def tell_mended(report: RunReport, alerts: Sequence[Alert]) -> NewNotice:
    """One message about causes that a run has mended."""
    subject = f"SteamPulse: mended: {alerts[0].cause}" + (f" and {len(alerts) - 1} more" if len(alerts) > 1 else "")
    lines = [
        f"{alert.cause}: over after {alert.runs} failed runs since {alert.opened_at:%Y-%m-%d %H:%M} UTC. Every game "
        "that it named came through, or is no longer tracked."
        if not alert.cause.startswith("job ")
        else f"{alert.cause}: runs again after {alert.runs} failed runs since {alert.opened_at:%Y-%m-%d %H:%M} UTC."
        for alert in alerts[:SHOWN_CAUSES]
    ]
    run = f"Seen in run {report.run_id[:SHORT_RUN_ID]} of {report.job_name}."
    return NewNotice(key=f"mended {report.run_id}", subject=subject, body="\n".join([subject, *lines, run]))


def _tell_cause(cause: str, games: Sequence[FailedGame], names: Mapping[int, str]) -> str:
    shown = ", ".join(_name(game.appid, names) for game in games[:SHOWN_GAMES])
    more = f" and {len(games) - SHOWN_GAMES} more" if len(games) > SHOWN_GAMES else ""
    return f"• {cause} ({len(games)}): {shown}{more}. {games[0].reason}"


def _name(appid: int, names: Mapping[int, str]) -> str:
    name = _CONTROL.sub(" ", names.get(appid, "")).strip()[:MOST_NAME_CHARACTERS]
    return f"{appid} ({name})" if name else str(appid)
