"""Says what an app of a library is: by Steam's own type, refined by the name where Steam's types are coarser than ours;
by the name alone only where Steam says nothing: by what is known of this very name, then by rules. Pure."""

import re
from collections.abc import Sequence

from steampulse_dagster.models.library import AppKind, KindSource, KnownApp
from steampulse_dagster.services.game_names import GameNames
from steampulse_dagster.services.known_names import find_kind, is_add_on, is_no_add_on

_TYPES = {
    "game": AppKind.GAME,
    "dlc": AppKind.DLC,
    "demo": AppKind.DEMO,
    "beta": AppKind.BETA,
    "music": AppKind.SOUNDTRACK,
    "tool": AppKind.TOOL,
    "software": AppKind.SOFTWARE,
    "hardware": AppKind.TOOL,
    "movie": AppKind.VIDEO,
    "video": AppKind.VIDEO,
    "series": AppKind.VIDEO,
    "episode": AppKind.VIDEO,
    "guide": AppKind.BONUS,
    "advertising": AppKind.BONUS,
    "mod": AppKind.MOD,
}
"""Steam's types, as the words of appdetails and of `clients.steam_items.ITEM_TYPES`. Any other says nothing."""
_PROGRAM_GENRES = frozenset(map(str, range(50, 61)))
"""Steam's genres of programs: Accounting, Animation & Modeling … Game Development."""
_GAMEPLAY_GENRES = frozenset({"1", "2", "3", "9", "18", "25", "28", "29"})
"""Action, Strategy, RPG, Racing, Sports, Adventure, Simulation, Massively Multiplayer. Programs carry none of them."""


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_SERVER = _words(r"\bdedicated server\b|(?<!\btest)(?<!\bexperimental) server( files)?$")
_TEST_BUILD = _words(
    r"\b(play ?test|(public|closed|network|stress) test(ing)?( build| realm| server)?|test server|experimental server|"
    r"test realm|ptr|technical (test|alpha|beta)|(staging|test|beta) branch|insiders?( program)?)( \d+)?\)?$|[-–] test$"
)
_SOUNDTRACK = _words(r"(?<=\W)(sound ?tracks?|original score)\b|(?<=\W)ost( vol.*| \d+)?$")
_BONUS = _words(
    r"\b(art ?book|the art of|digital (art|comic|extras?|goodies|manual|wallpapers?)|comic( book)?$|wallpapers\b|"
    r"(bonus|extra) (content|material|disc)|goodies|avatars?$|commentary|concept art|(strategy|adventure) guide)"
)
_DEMO = _words(r"\b(demo( version)?|friend['’]?s['’]? pass|free trial)[\")]?$")
_BETA = _words(
    r"\b((open|closed|public|network|multiplayer) (pre-?)?(alpha|beta|test)|pre-alpha|beta( test)?|experimental)\)?$"
)
_VIDEO = _words(r"\b(trailer$|(the )?making of|documentary|behind the scenes|the movie|web series|ep ?\d+$)")
_TOOL = _words(
    r"\b(sdk|redistributables?|linux runtime|tool ?kit|(creation|assembly|mod(ding)?|dev|red) ?kit)\b(?!')|"
    r"\b(tools|editor)(?= *$| [-–(])|^steamvr\b|^proton (\d|experimental|hotfix|next|.* runtime$)"
)
_PROGRAM = _words(
    r"^(rpg (maker|developer)|game ?maker\b|clickteam|construct \d|appgamekit|game ?guru|tyrano ?builder|substance "
    r"(3d )?(painter|designer|alchemist|sampler|stager|modeler|b2m)|marmoset|vegas (pro|movie|post|edit)|sound forge|"
    r"acid (pro|music)|magix|movie studio \d|cyberlink|(power|photo|audio|color)director|ashampoo|iobit|adobe|corel|"
    r"paintshop|autodesk|(pc|3d|vr|fur|base)mark\b|cinebench|obs studio|xsplit|v(tube|roid) ?studio|facerig|animaze|"
    r"ovr (toolkit|advanced)|xsoverlay|fpsvr|google|"
    r"professor teaches)\b|^live ?2d|"
    r"\b(video|photo|audio|image|voxel|pixel|sprite|texture|terrain|font|animation|visual novel|avatar|character|"
    r"music) "
    r"(art )?(editor|studio|viewer|builder|creator|enhancer|generator)\b|"
    r"\b(media|pdf|comic|360|3d|model|vrm|manga) viewer\b"
)
"""Families of programs that come to Steam under many names and in many years: engines and makers, editors of pictures,
sound and film, benchmarks, what streamers and owners of headsets use; and what edits one kind of thing, which is no
game's own editor. Single programs are in `data/app_names`."""
_SOFTWARE = _words(
    r"\b((rpg|game|novel|movie|film|video|music|map|comic|wallpaper) ?maker(?! series)|benchmark|"
    r"(video|media|music|audio) player|wallpaper|screen ?saver|recorder|recording|converter|upscaler|overlay|crosshair|"
    r"plug-?in|app|voice changer|soundboard|visualizer|translator|desktop pet|typing (instructor|master|tutor)|"
    r"family tree)\b|"
    r"\b(pro|studio|edit|suite)\b.* steam edition$|(?<=\w )(engine|desktop|pro|for steam)$"
)
_DLC = _words(
    r"\b(dlc|(season|expansion) pass|expansion( pack| map)?|add-?on|upgrade|skins|costumes?)$|[-–:] .*\bpass$|"
    r"[-–:] (?!(gold|platinum|complete|triple|double|party)\b).*\bpack\b"
)
_BY_NAME: Sequence[tuple[re.Pattern[str], AppKind]] = (
    (_SERVER, AppKind.SERVER),
    (_TEST_BUILD, AppKind.BETA),
    (_SOUNDTRACK, AppKind.SOUNDTRACK),
    (_BONUS, AppKind.BONUS),
    (_PROGRAM, AppKind.SOFTWARE),
    (_TOOL, AppKind.TOOL),
    (_DEMO, AppKind.DEMO),
    (_BETA, AppKind.BETA),
    (_VIDEO, AppKind.VIDEO),
    (_SOFTWARE, AppKind.SOFTWARE),
    (_DLC, AppKind.DLC),
)
"""In this order: a soundtrack's demo is a soundtrack, the beta of a tool is a tool."""
_SAID_OF_ANY = (None, AppKind.SOFTWARE)
"""What words say of the add-ons of a program as well: "RPG Maker MV - …" is a pack of pictures. The other kinds that
words tell are kinds of add-ons, too: the soundtrack, the demo, the editor of a game with many add-ons."""
_OF_A_GAME: Sequence[tuple[re.Pattern[str], AppKind]] = (
    (_words(r"[\s:–-]+test$"), AppKind.BETA),
    (_words(r"[\s:–-]+(\w+ )?m?mod$"), AppKind.MOD),
)
"""Endings that say so only where the rest is the name of a game: Garry's Mod and The Test are games."""
_PACK = _words(r"\bpack$")
_REFINED: dict[AppKind, frozenset[AppKind]] = {
    AppKind.GAME: frozenset({AppKind.SERVER, AppKind.BETA}),
    AppKind.TOOL: frozenset({AppKind.SERVER}),
    AppKind.DLC: frozenset({AppKind.SOUNDTRACK, AppKind.BONUS}),
}
"""Where Steam's type may hide another kind. Within games only test builds of the plainest names: games are called
The Turing Test, Beta Max and Proton Pulse."""
_PLAIN = _BY_NAME[:4]
"""The plainest names: a server, a test build, a soundtrack, a bonus."""


def classify(
    name: str, known: KnownApp | None, games: GameNames | None = None, *, played: bool = False
) -> tuple[AppKind, KindSource]:
    """The kind of an app, and who said so. `known` is what Steam says of it, if it says anything; `games`, and whether
    the app was played, tell something only if it does not."""
    kind = None if known is None else _TYPES.get(known.type)
    if known is None or kind is None:
        return classify_by_name(name, games, played=played), KindSource.NAME
    if kind is AppKind.GAME and _is_program(known.genre_ids):
        return AppKind.SOFTWARE, known.source
    allowed = _REFINED.get(kind, frozenset())
    refined = next((other for pattern, other in _PLAIN if other in allowed and pattern.search(name)), kind)
    return refined, known.source


def is_typed(known: KnownApp | None) -> bool:
    """Whether Steam says what an app is."""
    return known is not None and known.type in _TYPES


def classify_by_name(name: str, games: GameNames | None = None, *, played: bool = False) -> AppKind:
    """The kind that a name suggests, by itself and beside the names of known games; a game where it suggests nothing.

    What is known of just this name comes first. Where other names help, they do so after the words of the name itself:
    the soundtrack of a game is a soundtrack. What was played is no part of another game: those are never played by
    themselves.
    """
    plain = name.strip()
    if (known := find_kind(plain)) is not None:
        return known
    kind = next((kind for pattern, kind in _BY_NAME if pattern.search(plain)), None)
    if not played and kind in _SAID_OF_ANY and is_add_on(plain):
        return AppKind.DLC
    if kind is not None or played or games is None or is_no_add_on(plain):
        return kind or AppKind.GAME
    for pattern, kind in _OF_A_GAME:
        if (ending := pattern.search(plain)) is not None and games.has(plain[: ending.start()]):
            return kind
    is_pack = _PACK.search(plain) is not None and games.have_beginning_of(plain)
    return AppKind.DLC if is_pack or games.is_part(plain) else AppKind.GAME


def _is_program(genre_ids: Sequence[str]) -> bool:
    """appdetails calls programs games; their genres tell them apart."""
    return not _PROGRAM_GENRES.isdisjoint(genre_ids) and _GAMEPLAY_GENRES.isdisjoint(genre_ids)
