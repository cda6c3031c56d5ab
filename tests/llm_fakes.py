"""Requests, replies and models for tests of the ledger."""

import asyncio
from decimal import Decimal

from steampulse_dagster.models.costs import Budgets
from steampulse_dagster.models.llm import ModelReply, ModelRequest, Purpose, StopKind, TokenUsage
from steampulse_dagster.services.ledger import Ledger
from steampulse_dagster.services.prices import PriceBook
from steampulse_dagster.utils.together import finish

MODEL = "us.anthropic.claude-haiku-5-5"
WIDE = Budgets(per_call=Decimal(10), per_run=Decimal(100), per_day=Decimal(1000), per_month=Decimal(10000))


def build_request(key="k1", **changes):
    fields = {
        "request_key": key,
        "purpose": Purpose.EXTRACT_CHUNK,
        "appid": 10,
        "model": MODEL,
        "prompt_version": "1",
        "system": "Read the reviews." * 20,
        "user": "[1] Great game. " * 50,
        "max_tokens": 1000,
    }
    return ModelRequest(**{**fields, **changes})


def build_reply(text="{}", *, stop=StopKind.FINISHED, usage=None):
    usage = usage or TokenUsage(input_tokens=400, output_tokens=100)
    return ModelReply(text=text, stop=stop, stop_reason="end_turn", usage=usage, latency_ms=12)


def build_ledger(db, budgets=WIDE, **changes):
    return Ledger(db, prices=PriceBook(), budgets=budgets, **changes)


class FakeModel:
    """Answers from a list (errors are raised), the last one again and again; counts calls."""

    def __init__(self, *answers, gate=None, finishes=False):
        """`finishes`: a call under way goes on when it is cancelled, as the clients' do."""
        self.finishes = finishes
        self.answers = list(answers) or [build_reply()]
        self.calls = []
        self.gate = gate
        self.entered = asyncio.Event()

    async def answer(self, request):
        self.calls.append(request.request_key)
        self.entered.set()
        if self.gate is not None:
            await (finish(self.gate.wait()) if self.finishes else self.gate.wait())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer
