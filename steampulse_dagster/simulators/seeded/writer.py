"""Writes one review: planted facts as sentences among small talk, laid out as people do; no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.simulators.seeded import texts_small_talk as talk
from steampulse_dagster.simulators.seeded.facts import PlantedFact
from steampulse_dagster.simulators.seeded.phrases import TONGUES, say
from steampulse_dagster.simulators.seeded.texts_rambles import RAMBLES
from steampulse_dagster.simulators.seeded.tongue import speak
from steampulse_dagster.simulators.seeded.voice import Voice, pick_voice

_LISTED, _PARAGRAPHS, _BOLD, _TITLED = 0.25, 0.12, 0.03, 0.03
_LINK, _ZERO_WIDTH = 0.012, 0.01
_SMALL_TALK = ((talk.STORIES, 34), (RAMBLES, 34), (talk.JOKES, 9), (talk.TRAPS, 11))
_VERDICTS = 30
"""Weights of the kinds of small talk."""
_FOREIGN_TALK = 4


@dataclass(frozen=True)
class Draft:
    """What a review is to be written from."""

    language: str
    voted_up: bool
    refunded: bool
    facts: tuple[PlantedFact, ...]
    talk: int
    """Sentences without a fact."""


@dataclass(frozen=True)
class Sentence:
    """A piece of text that stays in one piece, and the fact it states."""

    text: str
    fact: PlantedFact | None = None


@dataclass(frozen=True)
class Written:
    """A text and the sentences in it that state facts, verbatim."""

    text: str
    said: tuple[Sentence, ...] = ()


def write_review(rng: Random, draft: Draft) -> Written:
    """A text that states the draft's facts and nothing else that could count as one."""
    if draft.language != "english":
        return _write_foreign(rng, draft)
    voice = pick_voice(rng, voted_up=draft.voted_up)
    facts = [Sentence(_stated(rng, voice, draft, fact), fact) for fact in draft.facts]
    filler = [Sentence(voice.write(rng, line)) for line in _chat(rng, draft)]
    text = _laid_out(rng, voice, facts, filler)
    return Written(_decorated(rng, voice, text), tuple(facts))


def write_snap(rng: Random, *, voted_up: bool) -> str:
    """A word or two."""
    word = rng.choice(talk.SNAPS_UP if voted_up else talk.SNAPS_DOWN)
    return rng.choice((word, word, word.lower(), word.upper(), word.capitalize(), word + "!"))


def write_emoji(rng: Random, *, voted_up: bool) -> str:
    return rng.choice(talk.EMOJI_UP if voted_up else talk.EMOJI_DOWN) * rng.randint(1, 6)


def write_off_topic(rng: Random) -> str:
    """A short angry line of a review bomb."""
    lines = [speak(rng, phrase) for phrase in rng.sample(talk.OFF_TOPIC, rng.choice((1, 1, 2)))]
    text = rng.choice((". ", "! ", " ")).join(lines)
    return rng.choice((text, text, text.upper(), text + "!!!", text + " 😡"))


def _stated(rng: Random, voice: Voice, draft: Draft, fact: PlantedFact) -> str:
    sentence = say(rng, fact, language="english", voted_up=draft.voted_up, refunded=draft.refunded)
    return voice.write(rng, sentence, names=fact.signal is Signal.COMPETITOR_REFS)


def _chat(rng: Random, draft: Draft) -> list[str]:
    """Sentences without a fact; nobody says the same thing twice."""
    verdicts = talk.VERDICTS_UP if draft.voted_up else talk.VERDICTS_DOWN
    pools = [verdicts, *(pool for pool, _ in _SMALL_TALK)]
    weights = [_VERDICTS, *(weight for _, weight in _SMALL_TALK)]
    said = {rng.choice(pool): None for pool in rng.choices(pools, weights=weights, k=draft.talk)}
    return [speak(rng, phrase) for phrase in said]


def _laid_out(rng: Random, voice: Voice, facts: list[Sentence], filler: list[Sentence]) -> str:
    good = [sentence for sentence in facts if _is_good(sentence)]
    if len(facts) > 1 and good and rng.random() < _LISTED:
        return _as_lists(rng, voice, good, [sentence for sentence in facts if not _is_good(sentence)], filler)
    sentences = facts + filler
    rng.shuffle(sentences)
    texts = [sentence.text for sentence in sentences]
    if texts and rng.random() < _BOLD:
        texts[-1] = rng.choice(("[b]{}[/b]", "[i]{}[/i]", "[spoiler]{}[/spoiler]", "[u]{}[/u]")).format(texts[-1])
    if len(texts) > 2 and rng.random() < _TITLED:
        texts[0] = f"[h1]{texts[0]}[/h1]"
    return _in_paragraphs(rng, voice, texts)


def _in_paragraphs(rng: Random, voice: Voice, texts: Sequence[str]) -> str:
    broken = len(texts) > 8 or rng.random() < _PARAGRAPHS
    text = texts[0]
    for following in texts[1:]:
        gap = " " if voice.stop else rng.choice((", ", "\n"))
        if broken and rng.random() < 0.3:
            gap = rng.choice(("\n", "\n\n"))
        text += gap + following
    return text


def _as_lists(
    rng: Random, voice: Voice, good: Sequence[Sentence], rest: Sequence[Sentence], filler: Sequence[Sentence]
) -> str:
    heads = rng.choice((("Pros:", "Cons:"), ("+", "-"), ("The good", "The rest"), ("[b]Likes[/b]", "[b]Other[/b]")))
    bullet = rng.choice(("- ", "* ", "• ", "[*]"))
    lines: list[str] = [sentence.text for sentence in filler[:1]]
    for head, items in zip(heads, (good, rest), strict=True):
        if items:
            listed = "\n".join(bullet + sentence.text for sentence in items)
            lines.append(f"{head}\n[list]\n{listed}\n[/list]" if bullet == "[*]" else f"{head}\n{listed}")
    closing = [sentence.text for sentence in filler[1:]]
    return "\n".join(lines + ([_in_paragraphs(rng, voice, closing)] if closing else []))


def _is_good(sentence: Sentence) -> bool:
    return sentence.fact is not None and sentence.fact.signal is Signal.DESIGN_PRAISE


def _decorated(rng: Random, voice: Voice, text: str) -> str:
    """Emoji, a link, an invisible character, line ends; always around the sentences, never inside."""
    if voice.emoji:
        text = f"{text} {voice.emoji}"
    if rng.random() < _LINK:
        text = f"{text}\n{rng.choice(talk.LINKS)}"
    if rng.random() < _ZERO_WIDTH:
        text = "\u200b" + text + "\ufeff"
    return text.replace("\n", voice.newline)


def _write_foreign(rng: Random, draft: Draft) -> Written:
    tongue = TONGUES[draft.language]
    pool = (tongue.up if draft.voted_up else tongue.down) + tongue.talk
    amount = min(draft.talk, _FOREIGN_TALK)
    talked = [speak(rng, phrase) for phrase in rng.sample(pool, amount)]
    facts = [
        Sentence(say(rng, fact, language=draft.language, voted_up=draft.voted_up, refunded=draft.refunded), fact)
        for fact in draft.facts
    ]
    texts = talked + [sentence.text for sentence in facts]
    rng.shuffle(texts)
    emoji = rng.choice(talk.EMOJI_UP if draft.voted_up else talk.EMOJI_DOWN) if rng.random() < 0.05 else ""
    ending = rng.choice((tongue.full_stop, "", "!", "..."))
    return Written(tongue.stop.join(texts) + ending + emoji, tuple(facts))
