"""Takes wishes for work on games (`work_requests`) into key-set runs and notes what became of them; moves messages of
the SQS queue into that table."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import dagster as dg

from steampulse_dagster import bootstrap_orchestration
from steampulse_dagster.automation import default_sensor_status
from steampulse_dagster.config import get_settings
from steampulse_dagster.jobs import refresh_games_job
from steampulse_dagster.key_sets import KIND_TAG, Priority, build_run_request, digest_key_set, split_key_set
from steampulse_dagster.models.work_requests import WorkKind, WorkRequest
from steampulse_dagster.run_outcomes import RunOutcome, is_over, read_outcome
from steampulse_dagster.services.request_runs import RequestRunService

INTERVAL_SECONDS = 30
REQUESTS_TAG = "steampulse/requests"
"""The numbers of the wishes that a run is for: how the sensor finds the run of each again."""
MOST_WISHES_OF_A_RUN = 100
MOST_RUNS_OF_A_WISH = 3
CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""The product's database and Dagster's may be on two machines."""
MOST_QUEUE_CALLS = 100
QUEUE_SECONDS = 20.0
UNREACHED = "The runs for it ended before they came to this game."


@dataclass(frozen=True)
class RequestRun:
    """A run for wishes, as far as the sensor has to know."""

    run_id: str
    request_ids: frozenset[int]


@dataclass(frozen=True)
class WishOutcomes:
    """What became of the wishes of one run."""

    done: tuple[int, ...] = ()
    failed: Mapping[int, str] | None = None
    unreached: tuple[int, ...] = ()


@dg.sensor(
    name="requests_sensor",
    job=refresh_games_job,
    minimum_interval_seconds=INTERVAL_SECONDS,
    default_status=default_sensor_status(asks_steam=False, costs=False),
    description="Takes requests of people and programs (HTTP, queue, command line) into runs that go before the "
    "night's work, and notes what became of each.",
)
def requests_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One tick."""
    service = bootstrap_orchestration.build_request_runs()
    _close_ended(context.instance, service)
    service.refuse_untracked()
    queued = service.list_queued()
    runs = _list_runs(context.instance, queued)
    waiting = _note_launched(service, queued, runs)
    requests = list(plan_runs(waiting, runs))
    if not requests:
        return dg.SkipReason("No request waits.")
    return dg.SensorResult(run_requests=requests)


@dg.sensor(
    name="queue_sensor",
    job=refresh_games_job,
    minimum_interval_seconds=INTERVAL_SECONDS,
    default_status=default_sensor_status(asks_steam=False, costs=False),
    description="Moves messages of the SQS queue (STEAMPULSE_QUEUE_URL) into `work_requests`; a message leaves the "
    "queue only after it is stored.",
)
def queue_sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """One tick."""
    queue = bootstrap_orchestration.build_request_queue()
    if queue is None:
        return dg.SkipReason("No queue is set: STEAMPULSE_QUEUE_URL.")
    until = time.monotonic() + QUEUE_SECONDS
    moved = queue.move(most_calls=MOST_QUEUE_CALLS, go_on=lambda: time.monotonic() < until)
    return dg.SkipReason(
        f"{moved.stored} new requests, {moved.known} known ones, {moved.rejected} messages set aside "
        "(`steampulse requests --rejected`)."
    )


def plan_runs(waiting: Sequence[WorkRequest], runs: Sequence[RequestRun]) -> Iterator[dg.RunRequest]:
    """Runs for waiting wishes, a kind at a time, the oldest first. A wish that comes back after a run that died gets
    a run of another key."""
    size = min(get_settings().games_per_run, MOST_WISHES_OF_A_RUN)
    for kind in WorkKind:
        wanted = [wish for wish in waiting if wish.kind is kind]
        for part in split_key_set([wish.request_id for wish in wanted], size=size):
            appids = sorted({wish.appid for wish in wanted if wish.request_id in set(part)})
            ids = ",".join(map(str, part))
            yield build_run_request(
                appids,
                stages=kind.stages,
                run_key=f"requests {digest_key_set(part)} attempt {max(count_runs(one, runs) for one in part) + 1}",
                reason=f"{kind.value.capitalize()} of {len(appids)} games was requested",
                priority=Priority.REQUEST,
                tags={REQUESTS_TAG: ids},
            )


def count_runs(request_id: int, runs: Iterable[RequestRun]) -> int:
    """How many runs there were for a wish."""
    return sum(request_id in run.request_ids for run in runs)


def sort_out(wishes: Sequence[WorkRequest], outcome: RunOutcome) -> WishOutcomes:
    """What a run that has ended made of its wishes."""
    reasons = {failure.appid: failure.reason for failure in outcome.failures}
    done = [wish.request_id for wish in wishes if wish.appid in outcome.list_done(wish.kind.stages[-1])]
    failed = {
        wish.request_id: reasons[wish.appid] for wish in wishes if wish.appid in reasons and wish.request_id not in done
    }
    if outcome.status is dg.DagsterRunStatus.CANCELED:
        left = [wish.request_id for wish in wishes if wish.request_id not in {*done, *failed}]
        failed |= dict.fromkeys(left, "Its run was canceled.")
    unreached = tuple(wish.request_id for wish in wishes if wish.request_id not in {*done, *failed})
    return WishOutcomes(done=tuple(done), failed=failed, unreached=unreached)


def _list_runs(instance: dg.DagsterInstance, wishes: Sequence[WorkRequest]) -> list[RequestRun]:
    """The runs that were made for any of these wishes, the newest first."""
    if not wishes:
        return []
    since = min(wish.created_at for wish in wishes) - CLOCKS_DIFFER_BY
    records = instance.get_run_records(
        dg.RunsFilter(tags={KIND_TAG: Priority.REQUEST.name.lower()}, created_after=since)
    )
    return [
        RequestRun(record.dagster_run.run_id, parse_ids(record.dagster_run.tags.get(REQUESTS_TAG, "")))
        for record in records
    ]


def parse_ids(tag: str) -> frozenset[int]:
    """The numbers in a run's tag."""
    return frozenset(int(one) for one in tag.split(",") if one.isdigit())


def _note_launched(
    service: RequestRunService, queued: Sequence[WorkRequest], runs: Sequence[RequestRun]
) -> list[WorkRequest]:
    """Note the runs that exist by now; the wishes that have none."""
    found: dict[str, list[int]] = {}
    for wish in queued:
        newest = next((run for run in runs if wish.request_id in run.request_ids), None)
        if newest is not None and newest.run_id != wish.run_id:  # that run died before it came to the wish
            found.setdefault(newest.run_id, []).append(wish.request_id)
    for run_id, request_ids in found.items():
        service.mark_launched(request_ids, run_id=run_id)
    launched = {request_id for request_ids in found.values() for request_id in request_ids}
    return [wish for wish in queued if wish.request_id not in launched]


def _close_ended(instance: dg.DagsterInstance, service: RequestRunService) -> None:
    launched = service.list_launched()
    if not launched:
        return
    records = {
        record.dagster_run.run_id: record for record in instance.get_run_records(dg.RunsFilter(run_ids=list(launched)))
    }
    for run_id, wishes in launched.items():
        record = records.get(run_id)
        if record is None:  # deleted in the UI
            service.close(done=(), failed={}, again=[wish.request_id for wish in wishes])
        elif is_over(record.dagster_run):
            _close_run(instance, service, wishes, sort_out(wishes, read_outcome(instance, record)))


def _close_run(
    instance: dg.DagsterInstance, service: RequestRunService, wishes: Sequence[WorkRequest], found: WishOutcomes
) -> None:
    runs = _list_runs(instance, [wish for wish in wishes if wish.request_id in found.unreached])
    given_up = [one for one in found.unreached if count_runs(one, runs) >= MOST_RUNS_OF_A_WISH]
    service.close(
        done=found.done,
        failed={**(found.failed or {}), **dict.fromkeys(given_up, UNREACHED)},
        again=[one for one in found.unreached if one not in given_up],
    )
