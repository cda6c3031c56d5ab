"""Which of IGDB's games an app of Steam is: the best of several rows, and what a match by title has to fulfil. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from steampulse_dagster.models.library import IgdbGame, PlayStatus

PC = 6
"""PC (Microsoft Windows) among IGDB's platforms."""
MAIN_TYPES = (0, 8, 9, 10, 11)
"""game_type of what is a game by itself: main game, remake, remaster, expanded game, port."""
STANDALONE_TYPES = (4, 2, 6, 7, 12, 5)
"""Standalone expansion, expansion, episode, season, fork, mod: played by themselves, if not much else is known."""
PART_TYPES = (1, 3, 13, 14)
"""DLC, bundle, pack, update: their appid is mostly that of the game they belong to."""
YEARS_APART = 1
"""By which the release years may differ: early access and regions."""
RECENTLY = timedelta(days=30)
TRIED_MINUTES = 60
LONG_AGO = timedelta(days=365)
_NOTHING = re.compile(r"[™®©℠'’`´]")
_GAP = re.compile(r"[\W_]+")


def choose_best(games: Iterable[IgdbGame]) -> IgdbGame | None:
    """The best row of those that IGDB has for one appid: a game by itself before an edition or a part, then the one
    that most is known of, then the one that was entered first."""
    return min(games, key=_rank, default=None)


def _rank(game: IgdbGame) -> tuple[int, ...]:
    types = (*MAIN_TYPES, *STANDALONE_TYPES, *PART_TYPES)
    kind = game.game_type if game.game_type is not None else 0
    group = next((place for place, group in enumerate((MAIN_TYPES, STANDALONE_TYPES)) if kind in group), 2)
    return (
        _is_duplicate(game),
        game.version_parent is not None,
        group,
        -_count_known(game),
        types.index(kind) if kind in types else len(types),
        game.igdb_id,
    )


def _count_known(game: IgdbGame) -> int:
    on_pc = any(platform.id == PC for platform in game.platforms)
    known = (game.summary, game.first_release_date, game.cover_image_id, game.genres, game.platforms, on_pc)
    return sum(1 for each in known if each)


def _is_duplicate(game: IgdbGame) -> bool:
    """IGDB names rows so that are to be merged, and drops them later."""
    return game.slug.startswith("duplicate-") or game.name.lower().startswith("duplicate")


def is_game_called(game: IgdbGame, title: str) -> bool:
    """Whether it is a game by itself, and of exactly this name: what says that an app of this name is a game."""
    return (
        (game.game_type is None or game.game_type in MAIN_TYPES)
        and game.version_parent is None
        and not _is_duplicate(game)
        and fold_title(game.name) == fold_title(title)
    )


def find_parent(game: IgdbGame) -> int | None:
    """The game to take in place of this one: of an edition the game, of a part what it belongs to. None: itself."""
    if game.version_parent is not None:
        return game.version_parent
    return game.parent_game if game.game_type in PART_TYPES else None


def fold_title(title: str) -> str:
    """Titles that differ in case, accents, signs and spaces only, are alike."""
    plain = unicodedata.normalize("NFKD", _NOTHING.sub("", title)).casefold()
    if not plain.isascii():
        plain = "".join(char for char in plain if not unicodedata.combining(char))
    return _GAP.sub(" ", plain).strip()


def build_titles(title: str) -> tuple[str, str]:
    """The name and the slug that IGDB may have for a title; a slug is empty where there are no Latin letters."""
    plain = " ".join(re.sub(r"[™®©℠]", "", title).split())
    return plain, re.sub(r"[^a-z0-9]+", "-", fold_title(title)).strip("-")


def choose_by_title(title: str, released: date | None, candidates: Sequence[IgdbGame]) -> IgdbGame | None:
    """The game of this title, if exactly one can be it: on PC, a game by itself, of about the same year.

    Where either year is unknown, the title has to be nobody else's.
    """
    folded = fold_title(title)
    alike = [game for game in candidates if fold_title(game.name) == folded and not _is_duplicate(game)]
    alike = [
        game
        for game in alike
        if any(platform.id == PC for platform in game.platforms)
        and game.version_parent is None
        and game.game_type not in PART_TYPES
    ]
    if released is not None:
        undated = [game for game in alike if game.first_release_date is None] if len(alike) == 1 else []
        alike = [game for game in alike if _is_same_year(game.first_release_date, released)] or undated
    return alike[0] if len(alike) == 1 and folded else None


def _is_same_year(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and abs(one.year - other.year) <= YEARS_APART


def suggest_status(*, playtime_forever: int, playtime_2weeks: int, last_played: date | None, today: date) -> PlayStatus:
    """What playtime (minutes) and the last session suggest of a game; docs/library.md has the rule.

    Steam tells nothing of completion, so that nothing is ever called finished.
    """
    if playtime_2weeks > 0 or (playtime_forever > 0 and last_played is not None and today - last_played <= RECENTLY):
        return PlayStatus.PLAYING
    if playtime_forever <= 0:
        return PlayStatus.UNPLAYED
    if playtime_forever < TRIED_MINUTES:
        return PlayStatus.TRIED
    return PlayStatus.PAUSED if last_played is not None and today - last_played <= LONG_AGO else PlayStatus.SHELVED
