"""Answers the product's own prompts as a good model would: numbers and quotes out of what the prompt shows.

Reads the seeded world's planted facts where the reviews are its own, else lets the local analyst read them. Equal
question, equal answer; safe to call from several threads; nothing is loaded before the first question.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from steampulse_dagster.analyzer.generative.prompts import Prompt, get_prompt
from steampulse_dagster.analyzer.quotes import normalise
from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.simulators.bedrock import Answer, answer_extractively
from steampulse_dagster.simulators.model_readers import Found, ShownReview, read_locally, read_planted
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.simulators.world import World

_GAME = re.compile(r"^Game: (.*)$", re.MULTILINE)
_REVIEW = re.compile(
    r'^<review n="(\d+)" recommends="(yes|no)" hours="([\d.]+|unknown)" language="([a-z_-]+)">\n(.*?)\n</review>$',
    re.MULTILINE | re.DOTALL,
)
_ENTRY = re.compile(r"^(\d+)\. review (\d+); item: (.*?); not in it: (.*)$", re.MULTILINE)
_LINE = re.compile(r"^(\d+)\. (\w+) / ([^/]*) / (.*)$", re.MULTILINE)
_FINDING = re.compile(r"^(.*?):(?: (.*?))? Said by (\d+) reviews, (\d+) of them recommend the game.*$")
_SENTENCE = re.compile(r"[^.!?\n。！？]+")
_NOTABLE, _SHOWN_NOTABLE, _MOST_ITEMS = 5, 8, 8
_ALIKE = 70.0
"""A sentence that is this like the failed quote (0 to 100) is what was meant."""

_WORDINGS = ("{}", "{} again and again", "{} as players tell it")
"""Different chunks word the same thing differently, so that there is something to join."""
_STATEMENTS = {
    Signal.DESIGN_PRAISE: "Players praise {}.",
    Signal.GAMEPLAY_FRICTION: "It hurts the game: {}.",
    Signal.WISHLIST_ITEMS: "Players ask for {}.",
    Signal.DROPOUT_MOMENTS: "The moment of leaving: {}.",
    Signal.COMPETITOR_REFS: "Players compare it with {}.",
}
_SECTIONS: dict[str, tuple[Signal, str]] = {
    "design_strengths": (Signal.DESIGN_PRAISE, "{} works and carries the game."),
    "gameplay_friction": (Signal.GAMEPLAY_FRICTION, "The flaw itself is {}."),
    "player_wishlist": (Signal.WISHLIST_ITEMS, "A new feature is wished for: {}."),
    "churn_triggers": (Signal.DROPOUT_MOMENTS, "Players stop when it comes to this: {}."),
    "competitive_context": (Signal.COMPETITOR_REFS, "{} is what players measure it by."),
}


def build_model_answers(world: World | None = None) -> Answer:
    """What speaks for the simulated models, over this world's reviews. Prompts that are not the product's own get
    `answer_extractively`."""
    planted = world if isinstance(world, SeededWorld) else None
    speakers: Mapping[Prompt, Callable[[str], dict[str, Any]]] = {
        Prompt.EXTRACT_CHUNK: lambda user: _extract(user, planted),
        Prompt.REPAIR_EXTRACTION: _repair,
        Prompt.JOIN_LABELS: _join,
        Prompt.SYNTHESIZE: _synthesize,
    }

    def answer(system: str, user: str) -> str:
        for prompt, speak in speakers.items():
            if get_prompt(prompt) in system:
                return json.dumps(speak(user), ensure_ascii=False)
        return answer_extractively(system, user)

    return answer


def _extract(user: str, world: SeededWorld | None) -> dict[str, Any]:
    game = _GAME.search(user)
    name = game.group(1) if game else "the game"
    shown = [_build_shown(found) for found in _REVIEW.finditer(user)]
    found, strange = read_planted(shown, world, game_name=name) if world else ([], shown)
    found = sorted([*found, *read_locally(strange, game_name=name)], key=lambda one: one.number)
    wording = _WORDINGS[sha256(user.encode("utf-8", "replace")).digest()[0] % len(_WORDINGS)]
    answer: dict[str, Any] = {signal.value: _list_items(found, signal, wording) for signal in Signal}
    best = {one.number: one.quote for one in sorted(found, key=lambda one: -len(one.quote))[: 2 * _NOTABLE]}
    return answer | {"notable_quotes": [{"review": key, "text": best[key]} for key in list(best)[:_NOTABLE]]}


def _build_shown(found: re.Match[str]) -> ShownReview:
    number, recommends, hours, language, text = found.groups()
    return ShownReview(
        number=int(number),
        voted_up=recommends == "yes",
        minutes=None if hours == "unknown" else round(60 * float(hours)),
        language=language,
        text=text,
    )


def _list_items(found: Sequence[Found], signal: Signal, wording: str) -> list[dict[str, Any]]:
    grouped: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for one in found:
        if one.signal is signal:
            grouped[one.topic, one.label].setdefault(one.number, one.quote)
    plain = "{}" if signal is Signal.COMPETITOR_REFS else wording
    return [
        {
            "topic": topic,
            "label": plain.format(_capital(label)),
            "statement": _STATEMENTS[signal].format(label),
            "quotes": [{"review": number, "text": quote} for number, quote in quotes.items()],
        }
        for (topic, label), quotes in sorted(grouped.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    ]


def _repair(user: str) -> dict[str, Any]:
    texts = {int(found.group(1)): found.group(5) for found in _REVIEW.finditer(user)}
    entries = _ENTRY.findall(user.split("<review ", 1)[0])
    return {
        "quotes": [
            {"entry": int(entry), "text": _find_like(wrong, texts.get(int(number), ""))}
            for entry, number, _, wrong in entries
        ]
    }


def _find_like(wrong: str, text: str) -> str | None:
    """The sentence of a review that is most like a quote that is not in it; None if none is."""
    from rapidfuzz import fuzz, process

    sentences = [sentence.strip() for sentence in _SENTENCE.findall(text) if sentence.strip()]
    best = process.extractOne(wrong, sentences, scorer=fuzz.token_set_ratio, processor=normalise, score_cutoff=_ALIKE)
    return best[0] if best else None


def _join(user: str) -> dict[str, Any]:
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, signal, _, label in _LINE.findall(user):
        groups[signal, _plain(label)].append(int(number))
    return {"same": [numbers for numbers in groups.values() if len(numbers) > 1]}


@dataclass(frozen=True)
class _Line:
    """A finding of pass 2 as the prompt lists it."""

    number: int
    label: str
    reviews: int


def _synthesize(user: str) -> dict[str, Any]:
    name = _GAME.search(user)
    by_signal: dict[str, dict[str, list[_Line]]] = defaultdict(lambda: defaultdict(list))
    for number, signal, _, rest in _LINE.findall(user):
        finding = _FINDING.match(rest)
        if finding:
            line = _Line(number=int(number), label=finding.group(1), reviews=int(finding.group(3)))
            by_signal[signal][_plain(line.label)].append(line)
    answer = {
        section: _write_section(by_signal[signal.value].values(), sentence)
        for section, (signal, sentence) in _SECTIONS.items()
    }
    flaws = [*by_signal[Signal.GAMEPLAY_FRICTION.value].values(), *by_signal[Signal.DROPOUT_MOMENTS.value].values()]
    answer["dev_priorities"] = _write_section(flaws, "Fix {}: it wins back those who turn away over it.")
    quotes = user.rsplit("\nQuotes\n", 1)
    listed = re.findall(r'^(\d+)\. "', quotes[1], re.MULTILINE) if len(quotes) == 2 else []
    return {
        "one_liner": _tell_game(name.group(1) if name else "The game", answer),
        "audience_profile": None,
        **answer,
        "notable_quotes": [int(number) for number in listed[:_SHOWN_NOTABLE]],
    }


def _write_section(groups: Iterable[Sequence[_Line]], sentence: str) -> dict[str, Any]:
    ranked = sorted(groups, key=lambda lines: (-sum(line.reviews for line in lines), lines[0].number))[:_MOST_ITEMS]
    items = []
    for lines in ranked:
        label = _strip_wording(lines[0].label)
        text = sentence.format(_lower(label))
        items.append({"findings": [line.number for line in lines], "label": label, "statement": _capital(text)})
    return {"items": items, "reason": None if items else "No finding carries this section."}


def _tell_game(name: str, answer: Mapping[str, Any]) -> str | None:
    strengths, flaws = (answer[key]["items"] for key in ("design_strengths", "gameplay_friction"))
    if not strengths:
        return None
    end = f", held back by {_lower(flaws[0]['label'])}" if flaws else ""
    return f"{name} is liked for {_lower(strengths[0]['label'])}{end}."


@cache
def _endings() -> tuple[str, ...]:
    return tuple(wording.removeprefix("{}") for wording in _WORDINGS if wording != "{}")


def _strip_wording(label: str) -> str:
    for ending in _endings():
        label = label.removesuffix(ending)
    return label


def _plain(label: str) -> str:
    return normalise(_strip_wording(label))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    """Within a sentence; a name (a capital further on) stays as it is."""
    return text if any(char.isupper() for char in text[1:]) else text[:1].lower() + text[1:]
