"""Which calls to the Bedrock look-alike go wrong, and how: by rate and by count, seeded."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from steampulse_dagster.errors import ConfigError

ERRORS: Mapping[str, str] = {
    "throttled": "429, too many requests",
    "not_ready": "429, the model is not ready",
    "unavailable": "503",
    "internal": "500",
    "gateway": "502 and a page of HTML",
    "model_timeout": "408",
    "model_error": "424",
    "invalid": "400",
    "denied": "403",
    "missing": "404, the model is gone",
    "quota": "400, a quota is used up",
    "dropped": "the connection ends without an answer, which is charged all the same",
    "cut_body": "half of the answer's JSON with status 200",
    "slow": "ten times the usual time",
}
STOPS: Mapping[str, str] = {
    "truncated": "max_tokens after half of the text",
    "context_exceeded": "the context window is full",
    "filtered": "content_filtered without a text",
    "filtered_midway": "content_filtered after half of the text",
    "guardrail": "guardrail_intervened",
    "malformed_output": "malformed_model_output",
    "unknown_stop": "a stop reason that nobody knows",
}
FORMS: Mapping[str, str] = {
    "reasoning_first": "a block of reasoning before the text",
    "split_blocks": "the text in two blocks",
    "fenced": "the JSON in a Markdown fence",
    "json_string": "the JSON as a string in JSON",
    "in_list": "the object in a list",
    "extra_words": "words before and after the JSON",
    "broken_json": "JSON that does not parse",
    "empty_text": "an empty text",
    "no_content": "no block at all",
    "refusal": "a refusal in words",
}
CONTENTS: Mapping[str, str] = {
    "missing_keys": "half of the keys are missing",
    "extra_keys": "keys that nobody asked for",
    "invented_enum": "words outside the fixed lists",
    "wrong_numbers": "numbers of reviews that were not shown",
    "numbers_as_text": "numbers as text",
    "invented_quotes": "quotes that nobody wrote",
    "wrong_types": "lists where texts belong, and texts where lists belong",
}
RECORDS: Mapping[str, str] = {
    "record_error": "a record of a bulk job ends with an error",
    "record_lost": "a record of a bulk job has no line in the output",
    "record_garbled": "a line of the output is half of a line",
}
CONTROLS: Mapping[str, str] = {
    "control_throttled": "429 for a call about a bulk job",
    "control_internal": "500 for a call about a bulk job",
    "control_dropped": "a call about a bulk job is carried out, and the connection ends without an answer",
}
GROUPS: Mapping[str, Mapping[str, str]] = {
    "errors": {name: says for name, says in ERRORS.items() if name not in ("invalid", "denied", "missing", "quota")},
    "stops": STOPS,
    "forms": FORMS,
    "contents": CONTENTS,
    "records": RECORDS,
    "bad_replies": {
        name: {**FORMS, **CONTENTS, **STOPS}[name]
        for name in ("invented_enum", "json_string", "truncated", "wrong_numbers", "invented_quotes")
    },
}
KNOWN: Mapping[str, str] = {**ERRORS, **STOPS, **FORMS, **CONTENTS, **RECORDS, **CONTROLS}
DEFAULT_RATE = 0.05
_SPEC = re.compile(r"(?P<name>\w+)(=(?P<rate>[0-9.]+))?(\*(?P<count>[0-9]+))?")


@dataclass(frozen=True)
class Oddity:
    """A way to go wrong, for this share of calls, at most `count` times, in calls whose text holds `where`."""

    name: str
    rate: float = DEFAULT_RATE
    count: int | None = None
    where: str | None = None

    def __post_init__(self) -> None:
        if self.name not in KNOWN:
            raise ConfigError(f"{self.name!r} is no oddity of the simulated Bedrock: one of {', '.join(KNOWN)}.")


class BedrockScript:
    """Draws what goes wrong for each call. Called from several threads."""

    def __init__(self, oddities: Sequence[Oddity] = (), *, seed: int = 0) -> None:
        self.struck: Counter[str] = Counter()
        """How often each oddity struck."""
        self._oddities, self._seed = tuple(oddities), seed
        self._asked: Counter[tuple[str, bytes]] = Counter()
        self._lock = Lock()

    def choose(self, kinds: Mapping[str, str], subject: str) -> str | None:
        """The oddity among these kinds that strikes this call, if any; asked again, the same call draws again."""
        digest = _digest(subject)
        with self._lock:
            for oddity in self._oddities:
                if oddity.name not in kinds or (oddity.where is not None and oddity.where not in subject):
                    continue
                self._asked[oddity.name, digest] += 1
                spent = oddity.count is not None and self.struck[oddity.name] >= oddity.count
                drawn = self.draw(oddity.name, digest.hex(), self._asked[oddity.name, digest])
                if not spent and drawn < oddity.rate:
                    self.struck[oddity.name] += 1
                    return oddity.name
        return None

    def draw(self, *subject: object) -> float:
        """A number in [0, 1) that belongs to the seed and the subject."""
        return int.from_bytes(_digest(f"{self._seed} {subject}"), "big") / 2**64


def parse_script(text: str, *, seed: int = 0) -> BedrockScript:
    """A script from NAME[=RATE][*COUNT], separated by commas. Raises ConfigError naming what is wrong.

    The name of a group stands for all of its oddities, which share the rate.
    """
    oddities: list[Oddity] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _SPEC.fullmatch(part)
        names = _list_names(found["name"]) if found else ()
        if found is None or not names:
            raise ConfigError(
                f"{part!r} is no oddity: NAME[=RATE][*COUNT], NAME one of {', '.join((*GROUPS, *KNOWN))}."
            )
        count = int(found["count"]) if found["count"] else None
        oddities += [Oddity(name, rate=_parse_rate(found["rate"], part) / len(names), count=count) for name in names]
    return BedrockScript(oddities, seed=seed)


def describe_script() -> str:
    """All names with what they do, a line each."""
    kinds = {
        "Models, errors": ERRORS,
        "Models, stops": STOPS,
        "Models, forms": FORMS,
        "Models, contents": CONTENTS,
        "Bulk jobs": {**RECORDS, **CONTROLS},
    }
    blocks = [
        "\n".join([f"{title}:", *(f"  {name:<18} {says}" for name, says in known.items())])
        for title, known in kinds.items()
    ]
    return "\n\n".join(blocks)


def _list_names(name: str) -> tuple[str, ...]:
    return tuple(GROUPS[name]) if name in GROUPS else (name,) if name in KNOWN else ()


def _parse_rate(text: str | None, part: str) -> float:
    try:
        rate = DEFAULT_RATE if text is None else float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1:
        raise ConfigError(f"{part!r}: a rate is a number from 0 to 1.")
    return rate


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
