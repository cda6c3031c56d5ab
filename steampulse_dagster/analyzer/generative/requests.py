"""Builds the requests to a language model; equal content gives an equal key, whoever asks and whenever. Pure."""

from hashlib import sha256

from steampulse_dagster.analyzer.generative.prompts import Prompt, get_prompt, get_prompt_version
from steampulse_dagster.analyzer.generative.replies import UnusableReplyError
from steampulse_dagster.analyzer.generative.schemas import build_answer_schema
from steampulse_dagster.models.llm import ModelLimits, ModelRequest, Purpose, StopKind

_PURPOSES = {
    Prompt.EXTRACT_CHUNK: Purpose.EXTRACT_CHUNK,
    Prompt.REPAIR_EXTRACTION: Purpose.REPAIR,
    Prompt.JOIN_LABELS: Purpose.JOIN_LABELS,
    Prompt.SYNTHESIZE: Purpose.SYNTHESIZE,
}


def build_request(
    prompt: Prompt, user: str, *, appid: int, model: str, max_tokens: int, reviews: int | None = None
) -> ModelRequest:
    """A request of one prompt. `reviews`: how many it shows, which the schema of the answer knows."""
    system, version = get_prompt(prompt), get_prompt_version(prompt)
    return ModelRequest(
        request_key=_digest(model, version, str(max_tokens), system, user),
        purpose=_PURPOSES[prompt],
        appid=appid,
        model=model,
        prompt_version=version,
        system=system,
        user=user,
        max_tokens=max_tokens,
        answer_schema=build_answer_schema(prompt, reviews=reviews),
    )


def build_retry(request: ModelRequest, *, attempt: int, why: UnusableReplyError, limits: ModelLimits) -> ModelRequest:
    """The question once more, with what was wrong; with more room where the answer was cut off."""
    grown = request.max_tokens * 2 ** (attempt - 1) if why.stop is StopKind.TRUNCATED else request.max_tokens
    user = (
        f"{request.user}\n\nAn earlier answer (number {attempt - 1}) could not be used: {why.message}. "
        "Answer with one complete JSON object and nothing else."
    )
    max_tokens = min(grown, limits.most_answer_tokens)
    key = _digest(request.model, request.prompt_version, str(max_tokens), request.system, user)
    return request.model_copy(update={"request_key": key, "user": user, "max_tokens": max_tokens, "attempt": attempt})


def _digest(*parts: str) -> str:
    digest = sha256()
    for part in parts:
        encoded = part.encode("utf-8", "replace")
        digest.update(b"%d:" % len(encoded) + encoded)
    return digest.hexdigest()
