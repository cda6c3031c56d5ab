"""What the model families behind the Bedrock look-alike take, refuse and do, and how long a text is for them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from steampulse_dagster.simulators.bedrock_wire import ServiceError, invalid

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

THINKING_TOKENS = 400
"""What a model that thinks spends on it before the first word of the answer."""
BODY_KEYS = frozenset(
    {
        "messages",
        "system",
        "inferenceConfig",
        "toolConfig",
        "outputConfig",
        "additionalModelRequestFields",
        "additionalModelResponseFieldPaths",
        "serviceTier",
        "performanceConfig",
        "requestMetadata",
        "guardrailConfig",
        "promptVariables",
    }
)
_NEWER_FACTOR = 1.3
"""Models from 4.7 on count about 30 % more tokens for the same text."""
_SAMPLING = {"temperature", "topP"}


@dataclass(frozen=True)
class Family:
    """Behaviour that models of one kind share."""

    sampling: int = 2
    """How many of temperature and topP may be sent."""
    prefill: bool = True
    thinks: bool = False
    thinking_can_be_off: bool = True
    structured_output: bool = False
    cache_minimum: int = 1024
    newer_tokenizer: bool = False

    @property
    def token_factor(self) -> float:
        """Its tokens for each one of the packaged tokenizer."""
        return _NEWER_FACTOR if self.newer_tokenizer else 1.0


_FAMILIES = (
    (re.compile(r"claude-haiku-5"), Family(0, False, True, True, False, 512, True)),
    (re.compile(r"claude-sonnet-5"), Family(0, False, True, False, False, 1024, True)),
    (re.compile(r"claude-\w+-5(?:-|$)"), Family(0, False, True, False, False, 4096, True)),
    (re.compile(r"claude-haiku-4-5|claude-opus-4-[56]"), Family(1, True, False, True, True, 4096)),
    (re.compile(r"claude-\w+-4-[789]"), Family(1, True, False, True, False, 4096, True)),
    (re.compile(r"claude-\w+-4-[56]"), Family(1, True, False, True, True, 1024)),
)
_RETIRED = re.compile(r"claude-(?:v?[12]\b|instant|3-(?:haiku|sonnet|opus|5-haiku))")


def get_family(model: str) -> Family:
    """The behaviour of a model id, profile id or ARN. Raises ServiceError for a model past its end of life."""
    if _RETIRED.search(model):
        raise ServiceError(
            404, "ResourceNotFoundException", "This model version has reached the end of its life. Use another model."
        )
    return next((family for pattern, family in _FAMILIES if pattern.search(model)), Family())


def count_tokens(text: str, family: Family) -> int:
    """As a published tokenizer of 30,000 words reads it, more for the newer models; at least one."""
    return max(1, round(len(_read(text).ids) * family.token_factor))


def cut_to_tokens(text: str, tokens: int, family: Family) -> str:
    """The beginning of a text that is so many tokens long; nothing for none."""
    offsets = _read(text).offsets
    kept = max(0, int(tokens / family.token_factor))
    return text if kept >= len(offsets) else text[: offsets[kept - 1][1]] if kept else ""


def _read(text: str) -> "Encoding":
    return _open_tokenizer().encode(text.encode("utf-8", "replace").decode(), add_special_tokens=False)


@cache
def _open_tokenizer() -> "Tokenizer":
    """The packaged tokenizer: counted by it, and not by the product's own estimate, a plan of costs can be wrong."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_buffer(
        files("steampulse_dagster.analyzer.local").joinpath("data/tokenizer.json").read_bytes()
    )
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def check_parameters(body: Mapping[str, Any], family: Family) -> None:
    """Raises ServiceError for what the model refuses, in the service's words where they are known."""
    if unknown := sorted(set(body) - BODY_KEYS):
        raise invalid(f"The model returned the following errors: {unknown[0]}: Extra inputs are not permitted")
    config = body.get("inferenceConfig") or {}
    sampling = sorted(_SAMPLING & set(config))
    if sampling and family.sampling == 0:
        raise invalid(f"{sampling[0]} is not supported for this model")
    if len(sampling) > family.sampling:
        raise invalid("temperature and top_p cannot both be specified for this model. Please use only one.")
    if config.get("maxTokens", 1) < 1:
        raise invalid("maxTokens must be at least 1")
    if "textFormat" in (body.get("outputConfig") or {}) and not family.structured_output:
        raise invalid("output_config.format: Extra inputs are not permitted")
    if _is_thinking_off(body) and family.thinks and not family.thinking_can_be_off:
        raise invalid("thinking.type: disabled is not supported for this model")
    messages = body.get("messages") or []
    if messages and messages[-1].get("role") == "assistant" and not family.prefill:
        raise invalid("This model does not support assistant message prefill.")


def count_thinking(body: Mapping[str, Any], family: Family) -> int:
    """Tokens of thought before the answer."""
    return THINKING_TOKENS if family.thinks and not _is_thinking_off(body) else 0


def _is_thinking_off(body: Mapping[str, Any]) -> bool:
    thinking = (body.get("additionalModelRequestFields") or {}).get("thinking")
    return isinstance(thinking, Mapping) and thinking.get("type") == "disabled"
