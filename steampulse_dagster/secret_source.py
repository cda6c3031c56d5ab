"""Settings from AWS Secrets Manager, by dagster-aws: reads the secrets `{project}/{env}/…`, writes nothing.

Used by config.py alone, and only where STEAMPULSE_SECRETS_PREFIX is set: the import of Dagster takes seconds.
"""

import json
import warnings
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import AliasChoices
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from steampulse_dagster.errors import ConfigError

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

FIELDS: dict[str, tuple[str, str | None]] = {
    "steam_api_key": ("steam-api-key", None),
    "igdb_client_id": ("igdb-credentials", "client_id"),
    "igdb_client_secret": ("igdb-credentials", "client_secret"),
    "database_url": ("database-url", None),
    "openai_api_key": ("openai-api-key", None),
    "author_salt": ("author-salt", None),
    "api_token": ("api-token", None),
    "smtp_password": ("smtp-password", None),
    "alert_webhook_url": ("alert-webhook-url", None),
}
"""setting → name of its secret below the prefix, and the key where the secret is a JSON object."""
ATTEMPTS = 4


class SecretsManagerSource(PydanticBaseSettingsSource):
    """The last source: asks for what neither the caller nor environment nor .env gave.

    A secret that is missing, or that this process may not read, is a setting that is not set: a webserver needs no key
    of Steam. The database is the exception, because unset it would mean the embedded one.
    """

    def __init__(self, settings_cls: "type[BaseSettings]") -> None:
        super().__init__(settings_cls)
        self._fetched: dict[str, str | None] = {}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The value that the field's secret holds, None where it is not there; the field's name; that it is no JSON."""
        secret, key = FIELDS[field_name]
        return self._read(f"{self._get('secrets_prefix')}/{secret}", key), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Values by field name. Raises ConfigError, naming the secret and never its value."""
        if not self._get("secrets_prefix"):
            return {}
        fields = self.settings_cls.model_fields
        wanted = [name for name in FIELDS if self._get(name) is None]
        values = {name: self.get_field_value(fields[name], name)[0] for name in wanted}
        found = {name: value for name, value in values.items() if value is not None}
        if "database_url" in wanted and "database_url" not in found:
            raise ConfigError(
                f"The secret {self._get('secrets_prefix')}/database-url is not there, or may not be read; "
                "DATABASE_URL is unset."
            )
        return found

    @cached_property
    def _client(self) -> Any:
        """Made when the first secret is asked for: its import takes seconds."""
        return _build_client(self._get("aws_region") or self.settings_cls.model_fields["aws_region"].default)

    def _get(self, field_name: str) -> Any:
        """What an earlier source found, under whichever of the setting's names."""
        alias = self.settings_cls.model_fields[field_name].validation_alias
        names = [field_name, *(map(str, alias.choices) if isinstance(alias, AliasChoices) else ())]
        return next((self.current_state[name] for name in names if name in self.current_state), None)

    def _read(self, secret: str, key: str | None) -> str | None:
        if secret not in self._fetched:
            self._fetched[secret] = _fetch(self._client, secret)
        text = self._fetched[secret]
        if text is None:
            return None
        if key is not None:
            return _parse(text, secret, key)
        return build_database_url(text, secret) if secret.endswith("/database-url") else text


def build_database_url(text: str, secret: str) -> str:
    """A URL as it is, or one of the JSON object that RDS keeps in its secrets. Raises ConfigError."""
    if not text.lstrip().startswith("{"):
        return text.strip()
    user, password, host = (quote(_parse(text, secret, key), safe="") for key in ("username", "password", "host"))
    database = quote(_parse(text, secret, "dbname"), safe="")
    return f"postgresql://{user}:{password}@{host}:{_parse(text, secret, 'port')}/{database}"


def _parse(text: str, secret: str, key: str) -> str:
    try:
        return str(json.loads(text)[key])
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"The secret {secret} is not a JSON object with the key {key!r}.") from None


def _build_client(region: str) -> Any:
    from dagster_aws.secretsmanager import SecretsManagerResource

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dagster-aws calls it beta
        return SecretsManagerResource(region_name=region, max_attempts=ATTEMPTS).get_client()


def _fetch(client: Any, secret: str) -> str | None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return str(client.get_secret_value(SecretId=secret)["SecretString"])
    except client.exceptions.ResourceNotFoundException:
        return None
    except KeyError:
        raise ConfigError(f"The secret {secret} is binary; store it as text.") from None
    except (ClientError, BotoCoreError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        if code == "AccessDeniedException":
            return None
        raise ConfigError(
            f"The secret {secret} cannot be read ({code}): allow secretsmanager:GetSecretValue on it, check AWS_REGION "
            "and the credentials, or unset STEAMPULSE_SECRETS_PREFIX."
        ) from None
