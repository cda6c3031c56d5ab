"""What a model on Bedrock takes and refuses: read from a table of model ids, packaged or given by setting."""

import re
import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import Field, ValidationError

from steampulse_dagster.errors import ConfigError
from steampulse_dagster.models.base import Model

_PROFILE = re.compile(r"^(?:us|eu|jp|au|apac|global|us-gov)\.(?=[a-z0-9-]+\.)")


class Thinking(StrEnum):
    """Whether a model thinks before it answers, which costs output tokens out of the same allowance."""

    NONE = "none"
    OFF_BY_REQUEST = "off_by_request"
    ALWAYS = "always"


class Capabilities(Model):
    """Of one model."""

    temperature: float | None = Field(default=None, ge=0, le=1)
    """Sent if given; today's models refuse any."""
    thinking: Thinking
    thinking_tokens: int = Field(default=8_000, ge=0)
    """Room that a model which always thinks is given for it; too little of it ends without any text."""
    effort: str | None = Field(default=None, max_length=16)
    """Sent if given: low, medium, high and the like, for models that know it."""
    structured_output: bool = False
    """Whether a request's answer schema is sent along; most models refuse it."""
    cache_minimum_tokens: int = Field(ge=0)
    batch: bool

    @property
    def thinking_room(self) -> int:
        """Tokens of a request's `max_tokens` that are not for the answer."""
        return self.thinking_tokens if self.thinking is Thinking.ALWAYS else 0


class _KnownModel(Capabilities):
    pattern: str = Field(min_length=1)


class _Table(Model):
    models: tuple[_KnownModel, ...] = ()
    default: Capabilities | None = None


def strip_profile(model: str) -> str:
    """The base model id behind an inference profile id or an ARN: `us.anthropic.claude-…` is `anthropic.claude-…`."""
    return _PROFILE.sub("", model.rsplit("/", 1)[-1])


def get_capabilities(model: str, *, own_table: Path | None = None) -> Capabilities:
    """What this model takes: the first pattern of the own table that fits, then of the packaged one, then a default.

    Raises ConfigError for an own table that cannot be read.
    """
    base = strip_profile(model)
    tables = [_read_table(own_table)] if own_table else []
    tables.append(_read_packaged())
    known = [one for table in tables for one in table.models if one.pattern in base]
    defaults = [table.default for table in tables if table.default is not None]
    return [*known, *defaults][0]


@cache
def _read_packaged() -> _Table:
    text = (files("steampulse_dagster.clients") / "data" / "bedrock_models.toml").read_text(encoding="utf-8")
    return _Table.model_validate(tomllib.loads(text))


def _read_table(file: Path) -> _Table:
    try:
        return _Table.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"The table of Bedrock models {file} cannot be read: {error}.") from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"The table of Bedrock models {file}: {where}: {first['msg']}.") from None
