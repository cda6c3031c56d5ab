"""Review objects of one game in Steam's wire format, and which of them states which planted fact; no I/O."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from steampulse_dagster.simulators.paging import OFFTOPIC
from steampulse_dagster.simulators.seeded import texts_small_talk as talk
from steampulse_dagster.simulators.seeded.cast import Form, Part, build_cast, unix
from steampulse_dagster.simulators.seeded.facts import FACTS
from steampulse_dagster.simulators.seeded.games import DATA_TIME, SeededGame
from steampulse_dagster.simulators.seeded.writer import (
    Draft,
    Written,
    write_emoji,
    write_off_topic,
    write_review,
    write_snap,
)

STEAMID_BASE = 76561197960265728
FIRST_ACCOUNT, LAST_ACCOUNT = 4_000_000_000, 4_290_000_000
"""Account numbers that fit a SteamID64 but lie far above those that Steam has given out."""

ReviewFact = tuple[str, str | None, str]
"""signal, topic, quote."""

_AUTHORS = 7_000
_END = int(DATA_TIME.timestamp())
_LONGEST = 8_000
_TALK_WITH_FACTS = {0: 14, 1: 24, 2: 24, 3: 17, 4: 11, 5: 6, 18: 3, 35: 1}
_TALK_ALONE = {1: 14, 2: 19, 3: 23, 4: 19, 5: 12, 6: 7, 18: 4, 35: 2}
"""Numbers of sentences of small talk, with their weights."""


@dataclass(frozen=True)
class ReviewSet:
    """The reviews of one game and what is known about them."""

    reviews: Sequence[Mapping[str, Any]]
    facts: Mapping[str, tuple[ReviewFact, ...]]
    """By recommendationid, only reviews that state one."""
    carriers: Mapping[str, tuple[str, ...]]
    """recommendationids by label of the planted fact."""
    off_topic: frozenset[str]
    """recommendationids of the review bomb."""


def build_reviews(seed: int, game: SeededGame) -> ReviewSet:
    """The same for the same seed and game."""
    rng = Random(f"{seed}:{game.appid}")
    authors = _pick_authors(seed, rng, game.reviews)
    reviews: list[Mapping[str, Any]] = []
    facts: dict[str, tuple[ReviewFact, ...]] = {}
    carriers: dict[str, list[str]] = defaultdict(list)
    off_topic: set[str] = set()
    for number, part in enumerate(build_cast(rng, game, FACTS[game.appid])):
        written = _write(rng, part)
        review_id = str(game.appid * 100_000 + number)
        reviews.append(_wire_review(rng, game, part, review_id=review_id, text=written.text, account=authors[number]))
        said = [(sentence.text, sentence.fact) for sentence in written.said if sentence.fact is not None]
        if said:
            facts[review_id] = tuple((fact.signal.value, fact.topic, quote) for quote, fact in said)
        for _, fact in said:
            carriers[fact.label].append(review_id)
        if part.form is Form.OFF_TOPIC:
            off_topic.add(review_id)
    return ReviewSet(tuple(reviews), facts, {k: tuple(v) for k, v in carriers.items()}, frozenset(off_topic))


def _pick_authors(seed: int, rng: Random, count: int) -> list[int]:
    """Account numbers, each once, from the one crowd that reviews all games of the world."""
    crowd = Random(f"{seed}:crowd").sample(range(FIRST_ACCOUNT, LAST_ACCOUNT), _AUTHORS)
    return rng.sample(crowd, count)


def _write(rng: Random, part: Part) -> Written:
    match part.form:
        case Form.SNAP:
            return Written(write_snap(rng, voted_up=part.voted_up))
        case Form.EMOJI:
            return Written(write_emoji(rng, voted_up=part.voted_up))
        case Form.ART:
            return Written(rng.choice(talk.ART))
        case Form.BLANK:
            return Written(rng.choice(talk.BLANKS))
        case Form.OFF_TOPIC:
            return Written(write_off_topic(rng))
        case Form.TEXT:
            amounts = _TALK_WITH_FACTS if part.facts else _TALK_ALONE
            amount = rng.choices(list(amounts), weights=list(amounts.values()))[0]
            return write_review(rng, Draft(part.language, part.voted_up, part.refunded, tuple(part.facts), amount))


def _wire_review(
    rng: Random, game: SeededGame, part: Part, *, review_id: str, text: str, account: int
) -> Mapping[str, Any]:
    free = rng.random() < 0.025
    votes = _votes(rng, off_topic=part.form is Form.OFF_TOPIC)
    return {
        "recommendationid": review_id,
        "author": _author(rng, game, part, account),
        "language": part.language,
        "review": text[:_LONGEST],
        "timestamp_created": part.created,
        "timestamp_updated": _updated(rng, part.created),
        "voted_up": part.voted_up,
        "votes_up": votes,
        "votes_funny": int(rng.paretovariate(1.3)) if rng.random() < 0.06 else 0,
        "weighted_vote_score": _score(rng, votes),
        "comment_count": rng.randint(1, 9) if votes > 4 and rng.random() < 0.4 else 0,
        "steam_purchase": not free and rng.random() < 0.82,
        "received_for_free": free,
        "refunded": part.refunded,
        "written_during_early_access": _is_early_access(game, part.created),
        "primarily_steam_deck": (account + game.appid) % 27 == 0,
        **_reply(rng, part),
        **_reactions(rng, votes),
        **({OFFTOPIC: True} if _is_offtopic(game, part.created) else {}),
    }


def _author(rng: Random, game: SeededGame, part: Part, account: int) -> dict[str, Any]:
    about = Random(account)
    at_review = _minutes(rng, game, part)
    later = int(rng.expovariate(1 / (0.5 * at_review + 1))) if not part.refunded else 0
    later = min(later, (_END - part.created) // 60)
    last_played = min(_END, part.created + later * 60 * rng.randint(1, 12)) if later else part.created - 600
    recent = min(later, rng.randint(20, 900)) if last_played > _END - 14 * 86_400 else 0
    author = {
        "steamid": str(STEAMID_BASE + account),
        "num_games_owned": 0 if about.random() < 0.4 else int(about.lognormvariate(4.3, 1.1)) + 1,
        "num_reviews": int(about.lognormvariate(1.4, 1.0)) + 1,
        "playtime_forever": at_review + later,
        "playtime_last_two_weeks": recent,
        "playtime_at_review": at_review,
        "last_played": last_played,
    }
    if (account + game.appid) % 27 == 0:
        author["deck_playtime_at_review"] = at_review - at_review // 5
    return author


def _minutes(rng: Random, game: SeededGame, part: Part) -> int:
    """Playtime at review: people who dislike a game play it less; refunds stay below two hours."""
    if part.refunded:
        return rng.randint(6, 118)
    played = rng.lognormvariate(math.log(game.minutes * (1.0 if part.voted_up else 0.55)), 1.0)
    return max(6, min(int(played), 150_000))


def _updated(rng: Random, created: int) -> int:
    if rng.random() > 0.1:
        return created
    return min(_END, created + int(rng.expovariate(1 / (40 * 86_400))) + 60)


def _votes(rng: Random, *, off_topic: bool) -> int:
    """A heavy tail: most reviews get no vote, a few get hundreds."""
    if rng.random() > (0.8 if off_topic else 0.36):
        return 0
    return min(int(rng.paretovariate(0.75)), 4_000) * (3 if off_topic else 1)


def _score(rng: Random, votes: int) -> str | int:
    """Steam sends text, or the number 0 for most reviews without votes."""
    if not votes:
        return 0 if rng.random() < 0.75 else "0.5"
    return f"{0.5 + 0.49 * (1 - 1 / (1 + votes / 12)) * rng.uniform(0.7, 1):.18f}"


def _is_early_access(game: SeededGame, created: int) -> bool:
    left = game.left_early_access
    return game.in_early_access or (left is not None and created < unix(left))


def _is_offtopic(game: SeededGame, created: int) -> bool:
    """Valve marks a period, and with it every review that was posted in it."""
    if game.burst is None:
        return False
    start = unix(game.burst.start)
    return start <= created < start + game.burst.days * 86_400


def _reply(rng: Random, part: Part) -> dict[str, Any]:
    if part.form is not Form.TEXT or rng.random() > (0.02 if part.voted_up else 0.09):
        return {}
    replied = min(_END, part.created + rng.randint(3_600, 12 * 86_400))
    return {"developer_response": rng.choice(talk.REPLIES), "timestamp_dev_responded": replied}


def _reactions(rng: Random, votes: int) -> dict[str, Any]:
    if votes < 10 or rng.random() > 0.3:
        return {}
    kinds = sorted(rng.sample(range(1, 24), rng.randint(1, 3)))
    return {"reactions": [{"reaction_type": kind, "count": rng.randint(1, 4)} for kind in kinds]}
