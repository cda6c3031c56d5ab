"""Metrics for Prometheus: reads figures through the repositories, renders the text that a scraper takes."""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from threading import Lock

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from steampulse_dagster.errors import DatabaseError
from steampulse_dagster.models.costs import Budgets
from steampulse_dagster.models.due import DueState
from steampulse_dagster.models.metrics import Sample
from steampulse_dagster.repositories.due import DueRepository
from steampulse_dagster.repositories.metrics import MetricsRepository
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database

log = structlog.get_logger()

CONTENT_TYPE = CONTENT_TYPE_LATEST
PREFIX = "steampulse_"
KEPT_SECONDS = 10.0
"""Several scrapers, or a hasty one, cost the database one reading in this time."""
METRICS: dict[str, tuple[str, tuple[str, ...]]] = {
    "database_up": ("Whether the figures could be read: 0 means that all others are missing.", ()),
    "read_seconds": ("How long reading the figures took.", ()),
    "games": ("Followed games by where they stand: due, waiting, backing off, dead.", ("state",)),
    "games_failing": ("Followed games whose last crawl failed, by what went wrong.", ("kind",)),
    "games_incomplete": ("Followed games of which less than 98 % of what Steam reports is stored.", ()),
    "games_crawled_last_hour": ("Games whose crawl finished within the last hour.", ()),
    "crawl_lag_seconds": ("How long the game that waits longest is overdue.", ()),
    "reviews_stored": ("Stored reviews of followed games, as their crawls counted them.", ()),
    "reviews_bytes": ("Size of the table of reviews with its indexes.", ()),
    "database_bytes": ("Size of the whole database.", ()),
    "catalog_apps": ("Apps of the catalogue (the server's estimate).", ()),
    "reports_current": ("Games that have a report.", ()),
    "quarantine_entries": ("Answers that could not be read, by where they came from.", ("source",)),
    "host_requests_per_second": ("What the host may be asked by all processes together.", ("host",)),
    "host_open_requests": ("Requests that processes may have open at the host now.", ("host",)),
    "host_paused_seconds": ("How much longer the host asked to be left alone.", ("host",)),
    "host_blocked_seconds": ("How much longer the circuit of a host that refused us stays open.", ("host",)),
    "llm_calls_last_hour": ("Calls of language models made within the last hour.", ("model", "status")),
    "llm_tokens_last_hour": ("Tokens of those calls.", ("model", "kind")),
    "llm_usd_last_hour": ("Dollars that those calls count in every budget.", ("model",)),
    "llm_spent_usd": ("Dollars that count in the limit of the current UTC day or month.", ("limit",)),
    "llm_budget_usd": ("That limit.", ("limit",)),
    "batch_jobs_open": ("Bulk jobs that are not collected, by what the service says of them.", ("status",)),
    "batch_records_waiting": ("Requests in those jobs.", ()),
    "batch_oldest_seconds": ("Age of the oldest of those jobs.", ()),
    "analysis_jobs": ("Re-analyses of games that are not done.", ("state",)),
    "dagster_runs": ("Runs of Dagster that have not ended; queued ones are the depth of its queue.", ("status",)),
}
"""Name without the prefix → what it tells, and its labels. All are gauges: they are read, not counted, here."""


class MetricsService:
    """Figures of the whole product, whichever process did the work; safe to use from several threads."""

    def __init__(self, database: Database, *, fresh_hours: float, budgets: Budgets) -> None:
        self._database = database
        self._fresh = timedelta(hours=fresh_hours)
        self._budgets = budgets
        self._lock = Lock()
        self._rendered: tuple[float, bytes] | None = None

    def render(self) -> bytes:
        """The text that Prometheus scrapes (CONTENT_TYPE); blocks on the database for some milliseconds.

        A database that cannot be reached is `steampulse_database_up 0`, not an error.
        """
        with self._lock:
            if self._rendered is None or time.monotonic() - self._rendered[0] > KEPT_SECONDS:
                self._rendered = (time.monotonic(), render_samples(self._read()))
            return self._rendered[1]

    def _read(self) -> list[Sample]:
        started = time.monotonic()
        try:
            with self._database.connection() as conn:
                samples = MetricsRepository(conn).list_samples()
                states = DueRepository(conn).count_by_state(now=utc_now(), fresh=self._fresh)
        except DatabaseError as error:
            log.warning("metrics_not_read", reason=error.message)
            return [Sample(metric="database_up", value=0)]
        limits = (("day", self._budgets.per_day), ("month", self._budgets.per_month))
        return [
            *samples,
            *(Sample(metric="games", labels=(state.value,), value=states.get(state, 0)) for state in DueState),
            *(Sample(metric="llm_budget_usd", labels=(name,), value=float(limit)) for name, limit in limits),
            Sample(metric="database_up", value=1),
            Sample(metric="read_seconds", value=time.monotonic() - started),
        ]


def render_samples(samples: Sequence[Sample]) -> bytes:
    """The samples in Prometheus's text format, metrics by name."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(samples))
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples = samples

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        families = {
            name: GaugeMetricFamily(PREFIX + name, help_text, labels=labels)
            for name, (help_text, labels) in METRICS.items()
        }
        for sample in self._samples:
            families[sample.metric].add_metric(sample.labels, sample.value)
        yield from (families[name] for name in sorted(families) if families[name].samples)
