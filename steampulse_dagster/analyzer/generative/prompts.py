"""The prompt texts of `analyzer/prompts/`, and the version that a change of any of them makes."""

from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib.resources import files

from steampulse_dagster.analyzer.topics import TOPICS


class Prompt(StrEnum):
    """Each prompt and its file."""

    EXTRACT_CHUNK = "extract_chunk"
    REPAIR_EXTRACTION = "repair_extraction"
    JOIN_LABELS = "join_labels"
    SYNTHESIZE = "synthesize"


@cache
def get_prompt(prompt: Prompt) -> str:
    """The system text of a prompt, the same for every game: a prompt cache keeps it."""
    text = (files("steampulse_dagster.analyzer") / "prompts" / f"{prompt.value}.md").read_text(encoding="utf-8")
    return text.replace("{topics}", ", ".join([*TOPICS, "other"])).strip()


@cache
def get_prompt_version(prompt: Prompt) -> str:
    """Names the prompt and digests its text, so that no edit goes unnoticed: equal version, equal text."""
    return f"{prompt.value}-{sha256(get_prompt(prompt).encode()).hexdigest()[:8]}"


@cache
def get_prompts_version() -> str:
    """One word for all prompts together; part of the key of everything that they make."""
    return sha256("\n".join(get_prompt_version(prompt) for prompt in Prompt).encode()).hexdigest()[:8]
