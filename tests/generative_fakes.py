"""Language models, replies and chunks for tests of the generative analyst."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from steampulse_dagster.analyzer.generative.analyst import GenerativeAnalyst
from steampulse_dagster.models.analysis import ReviewChunk, Signal
from steampulse_dagster.models.llm import LanguageModel, ModelLimits, ModelReply, ModelRequest, StopKind, TokenUsage
from steampulse_dagster.models.reports import SECTION_NAMES
from steampulse_dagster.models.reviews import Review
from tests.analysis_fakes import APPID, build_review

SMALL = ModelLimits(model="us.anthropic.claude-haiku-5-5", answer_tokens=6_000, most_answer_tokens=24_000)
LARGE = ModelLimits(model="us.anthropic.claude-sonnet-5-5", answer_tokens=8_000, most_answer_tokens=32_000)

Reply = str | dict[str, Any] | ModelReply | Callable[[ModelRequest], Any]


def build_reply(text: str | dict[str, Any], *, stop: StopKind = StopKind.FINISHED) -> ModelReply:
    """A reply with this text or JSON."""
    said = text if isinstance(text, str) else json.dumps(text)
    usage = TokenUsage(input_tokens=100, output_tokens=len(said) // 4)
    return ModelReply(text=said, stop=stop, stop_reason=stop.value, usage=usage)


TRUNCATED = build_reply('{"design_praise": [{"lab', stop=StopKind.TRUNCATED)
REFUSED = build_reply("", stop=StopKind.FILTERED)


class ScriptedModel:
    """Answers in order, the last one again and again; a callable answers by the request. Keeps the requests."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)
        self.requests: list[ModelRequest] = []

    async def answer(self, request: ModelRequest) -> ModelReply:
        """The next reply."""
        self.requests.append(request)
        reply: Any = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if callable(reply):
            reply = reply(request)
        return reply if isinstance(reply, ModelReply) else build_reply(reply)


def open_analyst(model: LanguageModel) -> GenerativeAnalyst:
    """The generative analyst on top of a model."""
    return GenerativeAnalyst(model, engine="bedrock", small=SMALL, large=LARGE)


def build_chunk(*texts: str, name: str = "Lantern Keep", reviews: Sequence[Review] = ()) -> ReviewChunk:
    """A chunk of reviews with these texts, numbered from 1 as a prompt numbers them."""
    given = tuple(reviews) or tuple(build_review(number, text=text) for number, text in enumerate(texts, start=1))
    return ReviewChunk(appid=APPID, chunk_no=0, game_name=name, content_hash="h", reviews=given)


def build_item(label: str, *quotes: tuple[int, str], topic: str = "combat", statement: str = "") -> dict[str, Any]:
    """An item as a model answers it."""
    return {
        "topic": topic,
        "label": label,
        "statement": statement,
        "quotes": [{"review": number, "text": text} for number, text in quotes],
    }


def build_answer(**signals: Any) -> dict[str, Any]:
    """A whole answer of pass 1 with nothing but these."""
    return {**{signal.value: [] for signal in Signal}, "notable_quotes": [], **signals}


def build_report_answer(**sections: Any) -> dict[str, Any]:
    """A whole answer of pass 2 with nothing but these."""
    empty: dict[str, Any] = {name: {"items": [], "reason": "Nothing carries it."} for name in SECTION_NAMES}
    return {"one_liner": None, "audience_profile": None, **empty, "notable_quotes": [], **sections}
