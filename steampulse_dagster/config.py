"""All settings, read in this one place from the environment (`STEAMPULSE_*`), a `.env` file, and AWS Secrets Manager.

With nothing set, everything runs on the embedded default; each URL or key replaces one embedded part.
"""

import os
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv.parser import parse_stream
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from steampulse_dagster.errors import ConfigError

PREFIX = "STEAMPULSE_"
ENV_FILE = Path(".env")
NAMES_OF_OTHERS = {
    "STEAMPULSE_DAGSTER_HOME",
    "STEAMPULSE_DAGSTER_PG_URL",
    "STEAMPULSE_RECORDED_DATA",
    "STEAMPULSE_TEST_DATABASE_URL",
}
"""Names with our prefix that are no settings: what `embedded/environment.py` exports, and what tests read."""


def _named(*names: str) -> AliasChoices:
    """The product's own name first, then the name that hosts and clouds commonly set."""
    return AliasChoices(*names)


class LogSettings(BaseSettings):
    """How a process logs: known by itself, because what is wrong with the other settings has to be told as well."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, extra="ignore", frozen=True, populate_by_name=True
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="WARNING", validation_alias=_named("STEAMPULSE_LOG_LEVEL", "LOG_LEVEL")
    )
    log_format: Literal["console", "json"] = "console"


class Settings(LogSettings):
    """Settings of one process. An unset upstream URL means: the simulator of the embedded default."""

    data_dir: Path = Field(default=Path("~/.local/share/steampulse"), description="Folder of the embedded default")
    secrets_prefix: str | None = Field(
        default=None,
        pattern=r"^[\w.+=@-]+(/[\w.+=@-]+)+$",
        description="`project/env` of secrets in AWS Secrets Manager, asked for what is set nowhere else",
    )

    database_url: SecretStr | None = Field(
        default=None, validation_alias=_named("STEAMPULSE_DATABASE_URL", "DATABASE_URL")
    )
    database_pool_size: int = Field(default=12, ge=2, le=100, description="Most open connections of one process")

    object_store_url: str | None = Field(default=None, description="folder path, file:// or s3://bucket/prefix")
    s3_bucket: str | None = Field(default=None, validation_alias=_named("STEAMPULSE_S3_BUCKET", "S3_BUCKET"))
    aws_region: str = Field(default="us-east-1", validation_alias=_named("STEAMPULSE_AWS_REGION", "AWS_REGION"))
    s3_endpoint_url: str | None = Field(default=None, description="another S3-compatible server")
    compute_logs_url: str | None = Field(
        default=None,
        pattern="^s3://[a-z0-9.-]+(/.*)?$",
        description="s3://bucket/prefix for what steps print; unset: in data_dir. With the production dagster.yaml",
    )

    steam_api_url: str | None = Field(default=None, description="https://api.steampowered.com for the real Steam")
    steam_store_url: str | None = Field(default=None, description="https://store.steampowered.com for the real Steam")
    steam_api_key: SecretStr | None = Field(
        default=None, validation_alias=_named("STEAMPULSE_STEAM_API_KEY", "STEAM_API_KEY")
    )
    steam_requests_per_second: float | None = Field(
        default=None, gt=0, description="of the Web API; unset: 1 for an API given by URL, unlimited for the simulator"
    )
    steam_store_requests_per_second: float | None = Field(
        default=None, gt=0, description="of the store; unset: 0.5 for a store given by URL, unlimited for the simulator"
    )
    steam_concurrency: int = Field(default=8, ge=1, le=256, description="open requests per host")
    steam_block_hours: float = Field(
        default=6.0, gt=0, le=48, description="a host that answers 403 is left alone this long, then asked once"
    )
    steam_contact: str | None = Field(
        default=None, pattern=r"^[ -~]{1,200}$", description="address of a person or page, sent in the User-Agent"
    )
    steam_country: str = Field(default="us", pattern="^[a-z]{2}$", description="price and availability country")

    igdb_api_url: str | None = Field(default=None, description="https://api.igdb.com/v4 for the real IGDB")
    twitch_auth_url: str | None = Field(default=None, description="https://id.twitch.tv for the real Twitch")
    igdb_client_id: str | None = Field(
        default=None, validation_alias=_named("STEAMPULSE_IGDB_CLIENT_ID", "IGDB_CLIENT_ID")
    )
    igdb_client_secret: SecretStr | None = Field(
        default=None, validation_alias=_named("STEAMPULSE_IGDB_CLIENT_SECRET", "IGDB_CLIENT_SECRET")
    )

    igdb_requests_per_second: float = Field(
        default=3.0, gt=0, description="of all processes together; IGDB takes 4 of one client id in any second"
    )
    library_queue_url: str | None = Field(
        default=None, pattern=r"^https?://", description="SQS queue of libraries to import; unset: none is read"
    )

    analyst: Literal["local", "bedrock", "openai"] = "local"
    small_model: str | None = Field(
        default=None, min_length=1, description="pass 1; unset: Claude Haiku 5.5 on Bedrock; needed with openai"
    )
    large_model: str | None = Field(
        default=None, min_length=1, description="pass 2; unset: Claude Sonnet 5.5 on Bedrock, the small one with openai"
    )
    model_concurrency: int | None = Field(
        default=None, ge=1, le=512, description="open calls of one process; unset: 32 on Bedrock, 1 with openai"
    )
    bedrock_url: str | None = Field(
        default=None, description="another Bedrock, or `simulated`; unset: AWS's own, in the region of AWS_REGION"
    )
    bedrock_models_file: Path | None = Field(
        default=None, description="TOML file of what models take, asked before the packaged one"
    )
    batch_s3_url: str | None = Field(
        default=None, description="s3://bucket/prefix of bulk jobs' files; unset: `batch` in S3_BUCKET"
    )
    batch_role_arn: str | None = Field(default=None, description="service role that lets Bedrock at those files")
    batch_minimum_records: int = Field(default=100, ge=1, description="fewer are asked in real time; AWS's own quota")
    batch_maximum_records: int = Field(default=50_000, ge=1, description="of one job; AWS's own quota")
    batch_maximum_bytes: int = Field(default=1_000_000_000, ge=1_000_000, description="of one job's input file")
    batch_poll_seconds: float = Field(default=60.0, gt=0, description="between two looks at open jobs")
    openai_url: str | None = Field(default=None, description="http://127.0.0.1:11434/v1 for an Ollama of your own")
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias=_named("STEAMPULSE_OPENAI_API_KEY", "OPENAI_API_KEY")
    )
    games_concurrency: int = Field(default=16, ge=1, le=512, description="games driven at once within a run")
    games_per_run: int = Field(default=300, ge=1, le=5_000, description="games of one run that was not asked by hand")
    run_heartbeat_seconds: float = Field(
        default=10.0, gt=0, description="between two signs of life of a run; after twelve missed ones it counts as dead"
    )
    automation: Literal["auto", "on", "off"] = Field(
        default="auto", description="auto: schedules and sensors run unless they ask the real Steam or cost money"
    )
    night_starts_at: str = Field(
        default="01:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="UTC; the catalogue comes an hour earlier"
    )
    night_hours: float = Field(default=8.0, gt=0, le=24, description="how long the nightly backfill may ask Steam")
    night_games: int = Field(default=10_000, ge=1, description="most games of one night")
    reanalyse_new_reviews: int = Field(default=100, ge=1, description="new reviews that call for another analysis")
    reanalyse_new_share: float = Field(default=0.1, gt=0, le=1, description="the same as a share of those analysed")
    reanalyse_shift: float = Field(default=0.05, ge=0, le=1, description="change of the positive share that does too")
    reanalyse_after_hours: float = Field(default=6.0, ge=0, description="between two analyses of a game by a sensor")
    fresh_hours: float = Field(default=6.0, ge=0, description="what was fetched this recently is not fetched again")
    reviews_per_game: int | None = Field(
        default=None, ge=1, description="about how many reviews of a game are kept, as a uniform sample; unset: all"
    )
    analysed_per_game: int | None = Field(
        default=None, ge=1, description="about how many reviews of a game are analysed, as a uniform sample; unset: all"
    )
    prices_file: Path | None = Field(
        default=None, description="TOML or JSON file of model prices that win over the list"
    )
    free_models: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="models on machines of your own, whose calls cost nothing; separated by commas"
    )
    budget_usd_per_call: Decimal = Field(default=Decimal(1), ge=0, description="most that one model call may cost")
    budget_usd_per_run: Decimal = Field(default=Decimal(10), ge=0)
    budget_usd_per_day: Decimal = Field(default=Decimal(25), ge=0, description="UTC; all processes on this database")
    budget_usd_per_month: Decimal = Field(default=Decimal(250), ge=0)
    author_salt: SecretStr | None = Field(default=None, description="salt of stored author ids; default: per database")
    store_author_ids: bool = Field(default=False, description="store Steam ids of review authors unhashed")
    queue_url: str | None = Field(
        default=None, pattern=r"^https?://", description="SQS queue that requests for work arrive by; unset: none"
    )
    sqs_endpoint_url: str | None = Field(default=None, description="another SQS-compatible server")
    alert_webhook_url: SecretStr | None = Field(
        default=None, description="address that alerts are posted to as JSON with a `text`, such as Slack's"
    )
    alert_email_to: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="people who get alerts; separated by commas"
    )
    alert_email_from: str = Field(default="steampulse@localhost", min_length=3)
    alert_cooldown_minutes: float = Field(
        default=360.0, ge=0, description="the same cause is not told again within this time"
    )
    smtp_host: str | None = Field(default=None, description="mail server for alerts; unset: no mail")
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = Field(default=True, description="false: without encryption, for a server on this machine")
    api_public_url: str | None = Field(
        default=None, pattern=r"^https?://", description="where people reach the report pages; links lead there"
    )
    ui_port: int = Field(default=3000, ge=1, le=65535)
    api_host: str = Field(default="127.0.0.1", min_length=1, description="address that `steampulse serve` listens on")
    api_port: int = Field(default=8000, ge=1, le=65535)
    api_workers: int = Field(
        default=2, ge=1, le=64, description="processes of `serve`; each has connections of its own"
    )
    api_token: SecretStr | None = Field(
        default=None, min_length=16, description="what `Authorization: Bearer` has to say to change state; 16 or more"
    )

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *sources: PydanticBaseSettingsSource, **named: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The earlier wins: arguments, environment, .env, Secrets Manager."""
        from steampulse_dagster.secret_source import SecretsManagerSource

        return (*sources, *named.values(), SecretsManagerSource(settings_cls))

    @field_validator("data_dir")
    @classmethod
    def _expand_home(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("free_models", "alert_email_to", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value


@cache
def get_settings() -> Settings:
    """The settings of this process.

    Raises ConfigError naming each setting that cannot be used, without its value (it may be a secret).
    """
    return _load()


def get_log_settings() -> LogSettings:
    """How this process logs; as by default where that cannot be read: `get_settings` tells what is wrong."""
    try:
        return LogSettings()
    except (ValidationError, UnicodeDecodeError, OSError, SettingsError):
        return LogSettings.model_construct()


def override_settings(**changes: Any) -> None:
    """Let command-line options win over the environment for the rest of this process. Call it before anything is
    opened: what was built from the earlier settings keeps them."""
    _overrides.update(changes)
    get_settings.cache_clear()


def renew_settings() -> Settings:
    """The settings read again, with the secrets as they are now: for whoever sees that a secret no longer serves."""
    get_settings.cache_clear()
    return get_settings()


_overrides: dict[str, Any] = {}


def _load() -> Settings:
    try:
        _check_names()
        return Settings(**_overrides)
    except ValidationError as error:
        problems = "; ".join(f"{_setting_name(e['loc'])}: {e['msg']}" for e in error.errors(include_input=False))
        raise ConfigError(f"Settings in the environment or .env cannot be used: {problems}.") from None
    except (UnicodeDecodeError, OSError, SettingsError) as error:
        raise ConfigError(f"The .env file in this folder cannot be read: {error}.") from None


def _check_names() -> None:
    """Refuse lines of .env that are no settings, and names of ours that no setting has: a typing error in
    STEAMPULSE_DATABASE_URL must not silently mean the embedded database."""
    known = {_setting_name((name,)) for name in Settings.model_fields} | NAMES_OF_OTHERS
    names = [name.upper() for name in os.environ]
    if ENV_FILE.exists():
        with ENV_FILE.open(encoding="utf-8") as file:
            for binding in parse_stream(file):
                if binding.error:
                    raise ConfigError(f"The .env file in this folder, line {binding.original.line}: not NAME=value.")
                names += [binding.key.upper()] if binding.key else []
    for name in names:
        if name.startswith(PREFIX) and name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f" Did you mean {close[0]}?" if close else " `.env.example` lists them all."
            raise ConfigError(f"There is no setting {name}.{hint}")


def _setting_name(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "settings"
    return name if name.isupper() else f"{PREFIX}{name.upper()}"
