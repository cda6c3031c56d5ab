"""Addresses of everything outside the process: each from its setting, else from the embedded part, started for it.

Also writes the embedded Dagster home and exports it, the only environment variables that the product sets.
"""

import os
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

import structlog
from pydantic import SecretStr

from steampulse_dagster.config import Settings
from steampulse_dagster.embedded.places import ensure_data_dir, replace_text, unwritable
from steampulse_dagster.embedded.postgres import DAGSTER_DATABASE, PRODUCT_DATABASE
from steampulse_dagster.embedded.supervisor import Lease, acquire
from steampulse_dagster.errors import ConfigError
from steampulse_dagster.repositories.databases import create_schema

log = structlog.get_logger()

SQLALCHEMY_SCHEME = "postgresql+psycopg2"
DAGSTER_SCHEMA = "dagster"
PATIENCE_SECONDS = "180"
"""Of the daemon and the webserver with the code server, as long as a run may take to start. Dagster's own minute is
short for a busy machine: a run whose process starts later counts as failed, and is asked for again beside it."""
SIMULATED_KEY = "simulated"
SIMULATED_BEDROCK = "simulated"
"""Asked for by name: Bedrock costs money, and which one is meant should never follow from a setting left out."""
# Steam blocks an address that asks much faster for long; simulators do not. No figure is published for the Web API; the
# store takes about 200 requests in 5 minutes (0.67 a second).
REAL_STEAM_REQUESTS_PER_SECOND = 1.0
REAL_STORE_REQUESTS_PER_SECOND = 0.5


@dataclass(frozen=True)
class Environment:
    """Where this process finds everything, and the lease that keeps the embedded part of it running.

    A simulator's URL is empty if no setting gives one and the environment was opened without simulators.
    """

    data_dir: Path
    has_embedded_database: bool
    object_store_url: str
    steam_api_url: str
    steam_store_url: str
    igdb_api_url: str
    twitch_auth_url: str
    igdb_client_id: str
    bedrock_url: str | None
    """None: AWS's own addresses."""
    steam_requests_per_second: float | None
    steam_store_requests_per_second: float | None
    database_url: str = field(repr=False)
    dagster_database_url: str = field(repr=False)
    steam_api_key: SecretStr | None = field(repr=False)
    igdb_client_secret: str = field(repr=False)
    lease: Lease | None = field(repr=False, compare=False)

    def close(self) -> None:
        """Give back what was started; the end of the process, however it comes, does the same."""
        if self.lease is not None:
            self.lease.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_environment(settings: Settings, *, simulators: bool = True) -> Environment:
    """Every setting wins; what has none is served by the embedded part, of which only that is started.

    Raises ConfigError (a folder or setting cannot be used) or DatabaseError (PostgreSQL does not start).
    """
    upstreams = (settings.steam_api_url, settings.steam_store_url, settings.igdb_api_url, settings.twitch_auth_url)
    simulators = simulators and (not all(upstreams) or settings.bedrock_url == SIMULATED_BEDROCK)
    lease = None
    if settings.database_url is None or simulators:
        lease = acquire(settings.data_dir, postgres=settings.database_url is None, simulators=simulators)
        if lease.created and lease.note:
            log.warning("embedded_postgres_created", note=lease.note)
    try:
        return _build_environment(
            settings, lease, simulators_url=lease.simulators_url() if lease and simulators else ""
        )
    except BaseException:
        if lease is not None:
            lease.release()
        raise


def _build_environment(settings: Settings, lease: Lease | None, *, simulators_url: str) -> Environment:
    def served(setting: str | None, path: str) -> str:
        return setting or (f"{simulators_url}{path}" if simulators_url else "")

    if settings.database_url is not None:
        database_url = settings.database_url.get_secret_value()
        dagster_database_url = dagster_url(database_url)
    elif lease is not None:
        database_url = lease.url(PRODUCT_DATABASE)
        dagster_database_url = lease.url(DAGSTER_DATABASE, scheme=SQLALCHEMY_SCHEME)
    else:
        raise RuntimeError("neither a database was given nor one started")
    real_steam = settings.steam_api_url is not None
    # The secret goes to Twitch and the token to IGDB: unless both are real, neither gets anything real.
    real_igdb = settings.igdb_api_url is not None and settings.twitch_auth_url is not None
    igdb_secret = settings.igdb_client_secret.get_secret_value() if settings.igdb_client_secret else ""
    return Environment(
        data_dir=settings.data_dir,
        has_embedded_database=settings.database_url is None,
        object_store_url=_object_store_url(settings),
        steam_api_url=served(settings.steam_api_url, "/steam"),
        steam_store_url=served(settings.steam_store_url, "/store"),
        igdb_api_url=served(settings.igdb_api_url, "/igdb/v4"),
        twitch_auth_url=served(settings.twitch_auth_url, "/twitch"),
        bedrock_url=simulators_url if settings.bedrock_url == SIMULATED_BEDROCK else settings.bedrock_url,
        igdb_client_id=(settings.igdb_client_id or "") if real_igdb else SIMULATED_KEY,
        steam_requests_per_second=settings.steam_requests_per_second
        or (REAL_STEAM_REQUESTS_PER_SECOND if settings.steam_api_url else None),
        steam_store_requests_per_second=settings.steam_store_requests_per_second
        or (REAL_STORE_REQUESTS_PER_SECOND if settings.steam_store_url else None),
        database_url=database_url,
        dagster_database_url=dagster_database_url,
        steam_api_key=settings.steam_api_key if real_steam else SecretStr(SIMULATED_KEY),
        igdb_client_secret=igdb_secret if real_igdb else SIMULATED_KEY,
        lease=lease,
    )


def _object_store_url(settings: Settings) -> str:
    if settings.object_store_url:
        return settings.object_store_url
    return f"s3://{settings.s3_bucket}" if settings.s3_bucket else str(settings.data_dir / "objects")


def dagster_url(database_url: str) -> str:
    """The same database for SQLAlchemy, in a schema of its own, so that Dagster's tables stay apart from the product's.

    Raises ConfigError, without quoting the URL, if it cannot be read.
    """
    import psycopg2
    from psycopg2.extensions import parse_dsn

    try:
        parts = parse_dsn(database_url)
    except psycopg2.Error:
        raise ConfigError(
            "DATABASE_URL cannot be read; its form is postgresql://user:password@host:5432/database, with %-encoding "
            "for special characters."
        ) from None
    parts["options"] = f"{parts.get('options', '')} -csearch_path={DAGSTER_SCHEMA}".strip()
    name, user, password = (quote(parts.pop(key, ""), safe="") for key in ("dbname", "user", "password"))
    login = f"{user}:{password}@" if password else f"{user}@" if user else ""
    # The driver takes the rest by name, so several hosts or a socket folder need no special form.
    return f"{SQLALCHEMY_SCHEME}://{login}/{name}?{urlencode(parts)}"


def prepare_dagster_home(environment: Environment) -> Path:
    """Write the embedded Dagster instance file where it is missing or older; the folder for DAGSTER_HOME.

    In a database that was given by URL, the schema for Dagster's tables is made too.
    """
    home = environment.data_dir / "dagster"
    text = (files("steampulse_dagster.embedded") / "dagster.yaml").read_text(encoding="utf-8")
    try:
        ensure_data_dir(environment.data_dir)
        home.mkdir(mode=0o700, exist_ok=True)
        file = home / "dagster.yaml"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            replace_text(file, text)
    except OSError as error:
        raise unwritable(environment.data_dir, error) from error
    if not environment.has_embedded_database:
        create_schema(environment.database_url, DAGSTER_SCHEMA)
    return home


def export_dagster_environment(environment: Environment) -> None:
    """Let Dagster in this process and in its children find the embedded instance; a DAGSTER_HOME of the user stays.

    What an earlier call (in a parent process, say, for another data folder) has set is no user's and is replaced.
    """
    os.environ.setdefault("DAGSTER_GRPC_TIMEOUT_SECONDS", PATIENCE_SECONDS)
    current = os.environ.get("DAGSTER_HOME")
    if current and current != os.environ.get("STEAMPULSE_DAGSTER_HOME"):
        return
    home = str(prepare_dagster_home(environment))
    os.environ["DAGSTER_HOME"] = os.environ["STEAMPULSE_DAGSTER_HOME"] = home
    os.environ["STEAMPULSE_DAGSTER_PG_URL"] = environment.dagster_database_url


def export_dagster_database(settings: Settings) -> None:
    """Let a production dagster.yaml find its database, a schema of the product's own, unless the user names one.

    Without a database in the settings none is set.
    """
    os.environ.setdefault("DAGSTER_GRPC_TIMEOUT_SECONDS", PATIENCE_SECONDS)
    if settings.database_url is not None and not os.environ.get("DAGSTER_PG_URL"):
        os.environ["DAGSTER_PG_URL"] = dagster_url(settings.database_url.get_secret_value())
