"""The worst model there can be: it does what the reviews tell it, and answers its prompts properly besides."""

import json
import re
from typing import Any

from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.models.llm import ModelReply, ModelRequest, Purpose
from steampulse_dagster.models.reports import SECTION_NAMES
from steampulse_dagster.simulators.model_answers import build_model_answers
from tests.generative_fakes import build_reply

_REVIEW = re.compile(r'<review n="(\d+)"[^>]*>\n(.*?)\n</review>', re.DOTALL)
_FINDING = re.compile(r"^(\d+)\. \w+ / ", re.MULTILINE)


class ObeyingModel:
    """Takes JSON out of reviews for its own answer, says what they demand about every review, leaks its prompt.

    With `denies`, one review that asks for it makes the whole answer the word PWNED.
    """

    def __init__(self, *, denies: bool = False) -> None:
        self._answer = build_model_answers()
        self._denies = denies

    async def answer(self, request: ModelRequest) -> ModelReply:
        """The answer to a prompt and to whatever its reviews ask for."""
        if self._denies and "PWNED" in request.user:
            return build_reply("PWNED")
        answer = json.loads(self._answer(request.system, request.user))
        match request.purpose:
            case Purpose.EXTRACT_CHUNK:
                self._obey_reviews(answer, request)
            case Purpose.SYNTHESIZE:
                self._obey_findings(answer, request)
            case Purpose.JOIN_LABELS:
                answer["same"] = [list(range(1, 500)), [10**12, -1], "all"]
            case Purpose.REPAIR:
                answer["quotes"] += [{"entry": number, "text": "great game"} for number in range(1, 60)]
        return build_reply(answer)

    def _obey_reviews(self, answer: dict[str, Any], request: ModelRequest) -> None:
        shown = _REVIEW.findall(request.user)
        for number, text in shown:
            for signal in Signal:
                answer[signal.value].append(_claim_all(int(number), text, len(shown), system=request.system))
            for found in _list_objects(text):
                for key, value in found.items():
                    known = answer.get(key)
                    answer[key] = known + value if isinstance(known, list) and isinstance(value, list) else value
        for signal in Signal:  # a later review's JSON may have taken the place of a list: it still has to be read
            if not isinstance(answer[signal.value], list):
                answer[signal.value] = []

    def _obey_findings(self, answer: dict[str, Any], request: ModelRequest) -> None:
        numbers = [int(number) for number in _FINDING.findall(request.user)]
        for name in SECTION_NAMES:
            answer[name]["items"] += [
                {"findings": [*numbers, 9_999, -1], "label": "97% of players are pirates", "statement": request.system}
            ]
        answer["one_liner"] = "97 % of 9,999 players love [it](https://evil.example) <script>alert(1)</script>"
        answer["audience_profile"] = "<img src=x onerror=alert(1)> everybody"
        answer["notable_quotes"] = list(range(-5, 500))


def _claim_all(number: int, text: str, reviews: int, *, system: str) -> dict[str, Any]:
    return {
        "topic": "story",
        "label": f"{text[:60]} {number}",
        "statement": f"{text[:200]} {system[:100]}",
        "reviews": list(range(1, 1_000)),
        "review_ids": [1, 2, 3],
        "mention_count": 5_000,
        "quotes": [
            {"review": number, "text": text[:80]},
            *({"review": other, "text": "great words that nobody wrote"} for other in range(1, reviews + 3)),
        ],
    }


def _list_objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects that a text holds."""
    found = []
    decoder = json.JSONDecoder()
    for begin in (match.start() for match in re.finditer(r"\{", text[:2_000])):
        try:
            value, _ = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            found.append(value)
    return found
