"""The planted facts: what the generated reviews of each game say, how often, since when and with which votes."""

from dataclasses import dataclass
from datetime import date

from steampulse_dagster.models.analysis import Signal

PATCH_DAY = date(2026, 8, 12)
"""Version 1.4 of The Ninth Province, which broke it."""


@dataclass(frozen=True)
class PlantedFact:
    """One thing that reviews of a game say.

    `share` is of the game's English reviews written in [since, until), a review bomb left out; other languages
    say it as often as they have words for it. `positive` is the share of recommending reviews among those.
    """

    signal: Signal
    topic: str | None
    label: str
    """Unique within the game."""
    share: float
    positive: float
    words: tuple[str, ...] = ("",)
    """Fillers of the slot in the phrases of this signal and topic; names of games for competitors."""
    since: date | None = None
    until: date | None = None
    follows: str | None = None
    """Label of a fact whose reviews this one prefers: who leaves because of crashes mentions crashes."""


def _praise(topic: str, label: str, share: float, *words: str, positive: float = 0.93) -> PlantedFact:
    return PlantedFact(Signal.DESIGN_PRAISE, topic, label, share, positive, words or ("",))


def _friction(
    topic: str,
    label: str,
    share: float,
    *words: str,
    positive: float = 0.35,
    since: date | None = None,
    until: date | None = None,
) -> PlantedFact:
    return PlantedFact(Signal.GAMEPLAY_FRICTION, topic, label, share, positive, words or ("",), since, until)


def _wish(topic: str, label: str, share: float, *words: str, positive: float = 0.85) -> PlantedFact:
    return PlantedFact(Signal.WISHLIST_ITEMS, topic, label, share, positive, words)


def _leaving(
    topic: str, label: str, share: float, *words: str, follows: str | None = None, since: date | None = None
) -> PlantedFact:
    return PlantedFact(Signal.DROPOUT_MOMENTS, topic, label, share, 0.0, words, since=since, follows=follows)


def _rivals(share: float, *names: str, positive: float = 0.7) -> PlantedFact:
    return PlantedFact(Signal.COMPETITOR_REFS, None, f"compared with {' / '.join(names)}", share, positive, names)


FACTS: dict[int, tuple[PlantedFact, ...]] = {
    # Emberline Salvage: co-op space salvage, well liked, grindy late
    9000010: (
        _praise("multiplayer", "co-op with friends", 0.16),
        _praise(
            "gameplay_loop",
            "cutting wrecks and getting out in time",
            0.13,
            "cutting up a wreck and racing for the airlock",
            "salvaging with the oxygen running out",
            "taking a dead freighter apart piece by piece",
        ),
        _praise("combat", "the arc cutter as a weapon", 0.08, "the arc cutter", "slicing drones with the arc cutter"),
        _praise("audio", "the soundtrack", 0.06, "the soundtrack", "the synth music", "the music in the void levels"),
        _praise("progression", "unlocks at a good pace", 0.06),
        _praise("replayability", "runs that differ", 0.05),
        _friction("grind", "grind for reactor cores", 0.12, "reactor cores", "tier five cores", "those reactor cores"),
        _friction(
            "performance",
            "frame drops on derelict stations",
            0.09,
            "on the derelict stations",
            "when the whole station burns",
            "in the big derelict levels",
        ),
        _friction("servers", "disconnects in co-op", 0.07),
        _friction("balance", "the rail lance is too strong", 0.05, "the rail lance", "the mk3 rail lance"),
        _wish("multiplayer", "crossplay", 0.05, "crossplay", "crossplay with consoles", positive=0.9),
        _wish("customization", "paint jobs for the ship", 0.03, "paint jobs for the ship", "custom ship decals"),
        _leaving(
            "grind",
            "left during the core grind",
            0.035,
            "at tier five",
            "somewhere around core number thirty",
            "after sixty hours",
            "before the last ship tier",
            follows="grind for reactor cores",
        ),
        _rivals(0.06, "Deep Rock Galactic", "Hardspace: Shipbreaker", "Gridfall Arena"),
    ),
    # Gridfall Arena: free competitive shooter with trouble
    9000080: (
        _friction("cheaters", "cheaters in ranked", 0.17, positive=0.15),
        _friction("matchmaking", "uneven matches", 0.13, positive=0.2),
        _friction(
            "monetization",
            "the season pass",
            0.1,
            "the season pass",
            "the loot crate shop",
            "selling guns in the season pass",
            positive=0.15,
        ),
        _friction("servers", "server drops", 0.08, positive=0.2),
        _friction("tutorial", "no guide to the grid powers", 0.03, "grid powers", "the grid power wheel"),
        _praise("combat", "fast gunfights", 0.12, "the wall run slide shot", "the hand cannon", "the gunplay"),
        _praise("level_design", "the arena maps", 0.06, "the harbour map", "the arenas", "the rooftop arena"),
        _praise("performance", "runs on anything", 0.05),
        _wish("replayability", "a replay viewer", 0.04, "a replay viewer", "a replay system", positive=0.6),
        _wish("multiplayer", "a duo queue", 0.03, "a duo queue", "a proper duo mode", positive=0.6),
        _leaving(
            "cheaters",
            "left over cheaters",
            0.05,
            "in my third ranked season",
            "once I reached gold",
            "after last week's ranked games",
            "two seasons in",
            follows="cheaters in ranked",
        ),
        _rivals(0.07, "Apex Legends", "Quake Champions", "The Finals", positive=0.4),
    ),
    # The Ninth Province: loved RPG, broken by patch 1.4
    9000030: (
        _friction(
            "crashes",
            "crash when the third region loads",
            0.26,
            "when the third region loads",
            "on loading the third region",
            "right at the border of region three",
            "as soon as I enter the third region",
            positive=0.25,
            since=PATCH_DAY,
        ),
        _friction("save_system", "saves lost since 1.4", 0.08, positive=0.2, since=PATCH_DAY),
        _friction("updates", "patch 1.4 made it worse", 0.08, positive=0.1, since=PATCH_DAY),
        _leaving(
            "crashes",
            "left after patch 1.4",
            0.09,
            "after the 1.4 patch",
            "at the border to region three",
            "two days after 1.4 came out",
            "with the third region still ahead of me",
            follows="crash when the third region loads",
            since=PATCH_DAY,
        ),
        _praise(
            "story",
            "the salt king's ending",
            0.16,
            "the salt king's ending",
            "the story of the salt king",
            "the trial in the second act",
        ),
        _praise("exploration", "the flooded valley", 0.1, "the flooded valley", "the old canals", "the valley"),
        _praise("characters", "Ilse the ferrywoman", 0.07, "Ilse the ferrywoman", "Ilse", "the ferrywoman"),
        _praise("art_style", "painted landscapes", 0.06, "the painted landscapes", "the watercolour skies"),
        _friction("user_interface", "the quest log", 0.06, "the quest log", "the journal", positive=0.6),
        _friction("localization", "the German translation", 0.02, "the German translation", positive=0.6),
        _wish("exploration", "mounts", 0.05, "a mount", "horses or any kind of mount", "mounts"),
        _rivals(0.07, "The Witcher 3", "Pathologic 2", "Lanternfall"),
    ),
    # Tidewall: Early Access survival crafting
    9000020: (
        _praise(
            "customization",
            "building on stilts",
            0.14,
            "building on stilts",
            "the raft and stilt building",
            "house building above the tide",
        ),
        _praise("exploration", "the drowned suburbs", 0.09, "the drowned suburbs", "the flooded suburbs at low tide"),
        _praise("updates", "devs who listen", 0.08),
        _praise("art_style", "the light on the water", 0.05, "the light on the water", "the water", "the sunsets"),
        _friction(
            "content_amount",
            "little content so far",
            0.13,
            "two islands and one boss",
            "one biome",
            "five recipes per tier",
            positive=0.55,
        ),
        _friction(
            "bugs",
            "items that fall through floors",
            0.11,
            "items falling through floors",
            "chests that sink through the floor",
            "tools that vanish in the water",
            positive=0.5,
        ),
        _friction("ai_behaviour", "helpers get stuck", 0.06, "the helpers", "villagers", "hired hands", positive=0.5),
        _friction("performance", "frame drops at spring tide", 0.06, "at spring tide", "when the flood comes in"),
        _wish("multiplayer", "co-op", 0.1, "co-op", "a co-op mode", "co-op for two", positive=0.75),
        _wish("difficulty", "a peaceful mode", 0.04, "a peaceful mode", "a relaxed mode without storms"),
        _leaving(
            "content_amount",
            "ran out of things to do",
            0.04,
            "after the second island",
            "once the only boss was dead",
            "after fifteen hours",
            follows="little content so far",
        ),
        _rivals(0.08, "Raft", "Valheim", "Subnautica", "Mossbound"),
    ),
    # Vesper Protocol: tactical stealth, hit by a review bomb that has nothing to do with it
    9000050: (
        _praise(
            "level_design", "the embassy levels", 0.15, "the embassy levels", "the embassy", "the rooftop missions"
        ),
        _praise("gameplay_loop", "planning and executing heists", 0.1, "planning a break-in and watching it unfold"),
        _praise("audio", "the jazz score", 0.06, "the jazz score", "the bar jazz", "that trumpet theme"),
        _friction("ai_behaviour", "guards see through walls", 0.12, "the guards", "guards", "the patrols"),
        _friction("controls", "climbing", 0.08, "the climbing", "the ledge climbing"),
        _friction("difficulty", "the archive mission", 0.06, "the archive mission", "mission nine, the archive"),
        _wish("level_design", "a level editor", 0.05, "a level editor", "a mission editor", positive=0.9),
        _leaving(
            "difficulty",
            "left at the archive mission",
            0.04,
            "halfway through mission nine",
            "at the archive",
            "three missions before the end",
            follows="the archive mission",
        ),
        _rivals(0.08, "Hitman 3", "Invisible, Inc.", "Desperados III"),
    ),
    # Copperline Yards: railway management
    9000040: (
        _praise(
            "gameplay_loop",
            "untangling timetables",
            0.16,
            "untangling a junction until every train runs on time",
            "setting up timetables",
        ),
        _praise("modding", "the workshop", 0.1),
        _praise("audio", "train sounds", 0.06, "the engine sounds", "the sound of the steam engines"),
        _friction(
            "tutorial", "signals are not explained", 0.14, "signal boxes", "the signals", "block signals", positive=0.5
        ),
        _friction("user_interface", "the timetable editor", 0.1, "the timetable editor", positive=0.5),
        _friction("performance", "slow on large maps", 0.08, "past two hundred trains", "on the large maps"),
        _wish("multiplayer", "shared maps with friends", 0.06, "shared maps with friends", "a shared railway online"),
        _leaving(
            "tutorial",
            "left in the tutorial",
            0.05,
            "in tutorial number six",
            "during the fourth lesson",
            "before my first junction worked",
            follows="signals are not explained",
        ),
        _rivals(0.1, "OpenTTD", "Railway Empire 2", "Factorio"),
    ),
    # Mossbound: cosy farming
    9000070: (
        _praise("characters", "the hedgehog baker", 0.14, "the hedgehog baker", "Bramble the hedgehog"),
        _praise("art_style", "hand drawn moss", 0.13, "the hand drawn forest", "the drawings", "the pixel gardens"),
        _praise("gameplay_loop", "tending the moss garden", 0.1, "tending the moss garden", "watering and trading"),
        _praise("price", "cheap for what it is", 0.06),
        _friction("controls", "placing things with a pad", 0.08, "the placement cursor", "planting", positive=0.6),
        _friction("content_amount", "winter is empty", 0.08, "three winter crops", "one festival", positive=0.6),
        _wish("customization", "decorations for the burrow", 0.1, "more furniture sets for the burrow", "wallpaper"),
        _wish("multiplayer", "a shared farm", 0.05, "a shared farm for two", "couch co-op"),
        _leaving("content_amount", "left in the first winter", 0.03, "in the first winter", "at the end of autumn"),
        _rivals(0.12, "Stardew Valley", "Animal Crossing"),
    ),
    # Clockwork Orchard: the hidden gem
    9000090: (
        _praise("difficulty", "puzzles that are hard and fair", 0.2, positive=1.0),
        _praise(
            "level_design", "the greenhouse puzzles", 0.17, "the greenhouse puzzles", "the greenhouses", positive=1.0
        ),
        _praise("audio", "the music box score", 0.1, "the music box score", "the tiny waltz", positive=1.0),
        _praise("price", "cheap for what it is", 0.08, positive=1.0),
        _friction("user_interface", "no undo list", 0.05, "the undo menu", positive=0.8),
        _wish("level_design", "a puzzle editor", 0.1, "a puzzle editor", "an editor to share puzzles", positive=1.0),
        _rivals(0.1, "Baba Is You", "The Witness", positive=1.0),
    ),
    # Lanternfall: metroidvania, mixed
    9000060: (
        _praise("combat", "the lantern throw", 0.16, "the lantern throw", "parrying with the lantern"),
        _praise("level_design", "a map that loops back", 0.12, "the bell tower area", "the cathedral"),
        _friction("difficulty", "the twin moth boss", 0.18, "the twin moth boss", "the moth twins", positive=0.3),
        _friction("save_system", "benches too far apart", 0.12),
        _wish("user_interface", "map markers", 0.1, "custom map markers", "pins for the map"),
        _leaving("difficulty", "left at the twin moths", 0.1, "at the twin moths", "two bosses before the end"),
        _rivals(0.15, "Hollow Knight", "The Ninth Province"),
    ),
    # Saltmarsh Detective: a short detective story
    9000100: (
        _praise("story", "the confession", 0.25, "the confession", "the last interview"),
        _praise("characters", "the sergeant", 0.15, "the sergeant", "Sergeant Pell"),
        _friction("content_amount", "short", 0.15, "four hours of story", "three cases", positive=0.6),
        _wish("story", "another case", 0.12, "a second case", "one more case"),
        _rivals(0.12, "Return of the Obra Dinn", "Disco Elysium"),
    ),
    # Polder Kart: a small racing game with poor steering
    9000110: (
        _friction("controls", "steering", 0.3, "the steering", "drifting", positive=0.3),
        _friction("price", "too expensive", 0.2, positive=0.0),
        _praise("audio", "the organ music", 0.2, "the barrel organ music"),
    ),
    # Moth & Kettle: five reviews
    9000120: (_praise("art_style", "paper cut look", 0.5, "the paper cut look", positive=1.0),),
}
"""By appid. Games of games.py that are not here have no reviews."""
