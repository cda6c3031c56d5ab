"""The words that name an aspect of a game, and which of them are good or bad by themselves. Reads and writes nothing.

A phrase ends in `-` if it names a defect by itself ("memory leak"), in `+` if it names a merit ("well optimized").
`~` marks a phrase too weak to name the aspect alone: it only decides between topics.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

_PHRASES: dict[str, str] = {
    "performance": """fps, frame rate, framerate, frame time, frames per second, performance, optimized, optimised, optimization,
        optimisation, well optimized+, well optimised+, unoptimized-, unoptimised-, badly optimized-, poorly optimized-,
        poorly optimised-, stutter-, stuttery-, micro stutter-, microstutter-, frame drop-, fps drop-, framedrop-, slideshow-,
        memory leak-, overheat-, loading time, load time, loading screen, long loading-, slow loading-, runs smooth+,
        run smooth+, runs smoothly+, run smoothly+, runs great+, runs fine+, runs well+, runs perfect+, runs flawlessly+,
        runs like crap-, runs like shit-, runs like garbage-, runs terrible-, runs poorly-, runs badly-, runs bad-,
        battery, steam deck~, gpu, cpu, vram, ram, 60fps, 30fps, 144hz, slow down-, slowdown-, choppy-, laggy-,
        resource hog-, jet engine-, simulation speed, slows to a crawl-, single core-, high end pc~, potato pc, my toaster, low end,
        hitch-, crawl-, shader compilation-""",
    "crashes": """crash-, crashy-, ctd-, freeze-, froze-, frozen-, black screen-, blue screen-, bsod-, fatal error-, hard lock-,
        won't launch-, wont launch-, doesn't launch-, wouldn't launch-, won't start-, wont start-, doesn't start-, wouldn't start-,
        won't open-, doesn't open-, can't launch-, can't start-, fails to launch-, not launching-, doesn't even start-,
        doesn't even launch-, to desktop-, white screen-, unresponsive window-, stopped working-, not responding-, stable+""",
    "bugs": """bug-, buggy-, bugged-, glitch-, glitchy-, softlock-, soft lock-, game breaking-, gamebreaking-, broken quest-,
        fell through-, fall through-, falls through-, clip through-, clipping through-, disappear-, vanish-, invisible wall~,
        desync-, broken-, doesn't work-, don't work-, doesnt work-, not working-, doesn't trigger-, didn't trigger-, never triggers-,
        doesn't register-, polished+, bug free+, bugfree+, physics, janky-, jank-, unfinished-, unplayable-, into orbit-,
        stuck in-, stuck on-, stuck under-, gets stuck-, duplicated-, half baked-, error message-, miscount-, wrong number-,
        never spawned-, doesn't spawn-, didn't spawn-, despawn-, t pose-, won't complete-, can't be completed-, can't complete-,
        nothing happens-""",
    "controls": """control, controller, gamepad, keyboard, keybind, key bind, keybinding, key binding, rebind, rebinding, remap,
        remapping, mouse, mouse acceleration-, input, input lag-, input delay-, hotkey, handling, movement, moving around, aiming~,
        clunky-, unresponsive-, responsive+, floaty-, fiddly-, stiff-, steering, wasd, joystick, dual stick, left handed, with a pad,
        misclick-""",
    "camera": """camera, field of view, fov, third person view, first person view, first person, third person, zoom, zoomed,
        motion sickness-, motion sick-, viewpoint, camera angle""",
    "combat": """combat, fight, fighting, gunplay, gun play, shooting mechanic, gun, weapon, shotgun, rifle, sword, melee, melee combat,
        boss fight, boss battle, hit detection-, hitbox, hitboxes, bullet sponge-, bullet sponges-, parry, parrying, dodge, dodging,
        spell, magic system, turn based combat, battle, battle system, kill, killing, shooting, recoil, time to kill, encounter,
        button mashing-, button mash-, headshot, combo, finisher, grappling hook, damage number""",
    "gameplay_loop": """sandbox mode, trains~, trams~, zoning, districts, public transport, happiness, taxes, budget,
        gameplay, game play, gameplay loop, core loop, loop, mechanic, game mechanic, addictive+, addicting+,
        one more turn+, one more run+, just one more+, minigame, mini game, pacing, gameplay wise, formula, concept, core idea,
        decision, choices matter+, consequence, choice, management, production chain, supply chain, logistics, resource management,
        crafting, city building, city builder~, planning, strategy, strategic, systems, simulation, management layer, survival mechanic,
        hunting, fishing, farming~, economy, shallow-, micromanagement, micromanage, busywork-, traffic simulation, gathering,
        sandbox, stealth""",
    "difficulty": """difficulty, difficult, challenge, challenging, too easy-, too hard-, far too easy-, way too easy-, way too hard-,
        unfair-, hard but fair+, fair but hard+, difficulty spike-, difficulty curve, one shot-, one shots-, oneshot-, punishing,
        brutal, unforgiving, easy mode, hard mode, difficulty level, difficulty setting, no challenge-, not challenging-, enemy scaling~,
        level scaling, artificial difficulty-, artificially-, never punish~, impossible~, no way to lose-, health scaling-, damage sponge-,
        trial and error-""",
    "balance": """balance, balanced+, well balanced+, unbalanced-, imbalanced-, imbalance-, overpowered-, underpowered-, op-, nerf-, nerfed-,
        nerfing-, buff, meta, rebalance, game balance, rng-, useless-, viable, stronger than-, weaker than-, busted-, tier list,
        outclasses-""",
    "matchmaking": """matchmaking, match making, queue, queue time, queue times, lobby, lobbies, ranked, quick match, skill based, sbmm-,
        mmr, elo, placed with, matched with, matched against, match me""",
    "cheaters": """cheater-, cheating-, cheat-, hacker-, hacking-, aimbot-, aimbots-, wallhack-, wallhacker-, anti cheat, anticheat,
        anti-cheat, exploiters-, scripters-""",
    "servers": """server, connection, connect, disconnect-, disconnected-, disconnecting-, lag-, lagging-, ping, netcode, rubber band-,
        rubberband-, rubberbands-, rubber banding-, rubberbanding-, rubber-banding-, latency, always online-, online only-, login server-, host migration,
        dedicated server, reconnect~, kicked me, kicks me, kick us, connection lost-, connection error-, timeout-, self hosting""",
    "multiplayer": """player mode, trade, trading, ping wheel, emotes, friend list, party system, guilds, clans, raids~, spectator mode, local co op,
        multiplayer, multi player, co op, coop, co-op, online, with friends, with friend, with a friend, with my friends, with mates, with your friends,
        with the boys, teamwork, crossplay, cross play, cross-play, split screen, splitscreen, pvp, pve, voice chat, proximity chat, dead game-,
        player count, hotseat, couch, squad, party of, friend invite, hosting, my friends and i, me and my friends, player base~,
        empty lobbies-, revive, reviving, afk~, teammate, teammates, buddies""",
    "progression": """achievement, achievements, respec, new abilities,
        progression, progress~, progressing, unlock, unlocks, unlockable, level up, leveling, levelling, leveled, skill tree,
        skill trees, tech tree, research tree, upgrade, upgrades, perk, perks, reward, rewarding+, loot, xp, experience points, meta progression,
        prestige, gear score, wiped, talent tree, ability tree, skill points""",
    "grind": """grind-, grindy-, grinding-, grindfest-, repetitive-, repetition-, repetitiveness-, tedious-, tedium-, monotonous-, monotony-,
        over and over-, same thing over-, fetch quest-, fetch quests-, chore-, chores-, filler-, padding-, padded-, dailies-, daily quests-,
        weeklies-, farm-, farming~, takes forever-, backtracking-, backtrack-, treadmill-, second job-, time sink-, time waste-, waste of time~,
        repeat the same-, same raid-, same mission-, same quest-, same quests-, same missions-, slog-, never feels like a chore+,
        never felt like a chore+, busy work-, back and forth-""",
    "tutorial": """tutorial, tutorials, onboarding, learning curve, explain~, explains, explained~, explanation, beginner, beginners, new player,
        new players, newcomers, teach, teaches, taught me, intuitive+, unintuitive-, easy to learn+, explains nothing-, no explanation-, first hour~, first hours~, wiki-,
        encyclopedia, codex, figure out~, steep learning-, wall of text~, hand holding, work out how-, tells you nothing-, tell you far too little-,
        how to play, easy to pick up+, pick up and play+, accessible+""",
    "story": """campaign mode, story mode,
        story, stories, storyline, storytelling, plot, plot twist, narrative, writing, well written+, written, dialogue, dialog, dialogues, lore,
        ending, endings, campaign, cutscene, cut scene, quest, quests, side quest, side quests, main quest, questline, prologue, epilogue, final act,
        last act, last chapter, chapter, twist, cliffhanger-, plot hole-, plot holes-, script, branching, cringe-, made me cry+, quest writing,
        worldbuilding, world building, setting~, prose, worldbuild""",
    "characters": """character, characters, companion, companions, protagonist, villain, antagonist, cast, npc, npcs, romance, party member,
        party members, main character, personality, hero~, heroes, party banter, banter, love interest, likable+, likeable+, relatable+""",
    "art_style": """photo mode, day night cycle, day and night cycle, weather effects, seasons~,
        graphic, graphics, visual, visuals, visually, art, art style, artstyle, art direction, artwork, pixel art, animation, animations, texture, textures,
        beautiful, gorgeous+, stunning+, pretty~, lighting, scenery, aesthetic, aesthetics, looks great+, looks amazing+, looks beautiful+, looks good+,
        looks awful-, looks bad-, looks like ass-, eye candy+, hand drawn, hand painted, lowpoly, low poly, ugly-, sprites, atmosphere, atmospheric+, ambience, ambiance,
        immersive+, immersion, immersion breaking-, sunset, sunsets, sunrise, shadows, skybox, screenshot, screenshots, character model, character models,
        asset flip-, looks dated-, outdated graphics-, art team, night lighting, photorealistic, weather effect, breathtaking+, jaw dropping+, torchlight""",
    "audio": """soundtrack, ost, music, musical, sound, sounds, sound design, sound effect, sound effects, sfx, voice acting, voice actor, voice actors, voiced, voice over,
        voiceover, voice lines, narrator, narration, announcer, audio, score~, song, songs, composer, theme song, tunes, ambient, headphones, audio mix, main theme,
        voice work, melody, banger+, bangers+, track on repeat-""",
    "level_design": """level design, map design, world design, levels, maps, map, biome, biomes, dungeon, dungeons, arena, arenas, puzzle, puzzles,
        corridor-, corridors-, stage, stages, layout, layouts, empty world-, copy pasted-, copy paste-, copypasted-, reused assets-, identical rooms-, maze~, caves, mission design,
        terrain, map size, labyrinth, platforming, scenarios~""",
    "exploration": """mount, mounts, horse, donkey~, vehicles~, ride~, boats~, travel,
        exploration, explore, exploring, discover, discovering, discovery, open world, open-world, secrets, hidden areas, wander, wandering, fast travel,
        traversal, sailing, sail, world feels alive+, world is alive+, world is empty-, nothing to find-, behind every hill, behind the next hill, off the beaten path,
        roam, roaming, freedom, hidden stuff, every corner, around every corner""",
    "content_amount": """boss rush, boss rush mode, endless mode, game mode, gamemodes, new maps, more maps, more enemies, more weapons, more bosses, more content, more levels, more buildings, more quests, expansion, sequel~,
        content, lack of content-, no content-, not much content-, not enough content-, content drought-, lots of content+, tons of content+, so much content+,
        plenty of content+, enemy type, enemy types, enemy variety, variety, endgame, end game, end-game, end game content, too short-, very short-, bare bones-,
        barebones-, nothing to do-, hours of content+, feels empty-, run out of things-, ran out of things-, ran out of content-, so much to do+, lots to do+, feels like a demo-, glorified demo-,
        features missing-, missing features-, placeholder-, coming soon-, seen everything-, seen it all-, short game-, number of maps, building types, hours long, game modes""",
    "replayability": """leaderboard, leaderboards, daily seed, daily challenge, seeds~, random events, new run,
        replayability, replayable+, replay value, replay, no replay-, playthrough, playthroughs, new game plus, ng+, every run, each run, different every time+,
        no two runs+, randomized, procedural, procedurally generated, every run is different+, endlessly replayable+, play it again, play again, multiple endings, replaying, randomised, random maps""",
    "price": """price, priced, price tag, pricing, overpriced-, over priced-, expensive-, pricey-, cheap~, worth the money+, worth every penny+, worth every cent+, worth the price+, not worth the price-,
        not worth the money-, full price~, value for money, value, bargain+, a steal+, rip off-, ripoff-, rip-off-, cash grab-, cashgrab-, wait for a sale-, wait for sale-, dollars~, bucks~, euros~, $~,
        waste of money-, not worth-, great deal+, for the price, asking price, money well spent+, regional pricing-, free updates~, half the price""",
    "monetization": """microtransaction-, microtransactions-, micro transactions-, micro-transactions-, mtx-, pay to win-, p2w-, pay2win-, paywall-, pay wall-, loot box-, loot boxes-, lootbox-, lootboxes-,
        battle pass-, battlepass-, season pass-, dlc, dlcs, dlc policy, in game shop-, in-game shop-, item shop-, cash shop-, in game store-, premium currency-, gacha-, monetization, monetisation, monetized-, monetised-, greedy-, greed-, cosmetics,
        subscription-, cosmetic, skins, paid dlc-, expansions~, day one dlc-, cut content-, nickel and dime-, real money-, sold separately-, behind dlc-, milking-, money hungry-, expansion packs""",
    "user_interface": """undo, undo button, undo function, search bar, statistics, stat screen, bestiary, encyclopaedia, speed button, fast forward,
        ui, gui, hud, user interface, interface, menu, menus, inventory, inventory management, inventory system, font, font size, text size, tiny text-, small text-, tooltip, tooltips, icons, quest log, journal,
        minimap, mini map, cluttered-, sort button, sorting, color blind, colour blind, colorblind, colourblind, subtitles size, cursor, overlay, overlays, notifications, clicks, ui scaling, readable, unreadable-, quality of life, qol, build menu, submenu, sub menu, filter,
        legible, microscopic-, map screen, map markers, waypoint, waypoints""",
    "localization": """translation, translated, translations, localization, localisation, localized, localised, untranslated-, mistranslated-, machine translated-, machine translation-, subtitle, subtitles, language support, languages, typos-,
        broken english-, google translate-, in english, chinese, german, french, polish, spanish, russian, japanese, korean, portuguese, italian, language option""",
    "community": """community, playerbase, player base, toxic-, toxicity-, racist-, racists-, slurs-, players are, friendly+, helpful players+, trolls-, trolling~, griefer-, griefers-, griefing-, harassment-, moderators, mods banned-, discord~, in chat, the chat, forum~, smurfs-, subreddit, wholesome+,
        elitist-, gatekeeping-, banned me-, newbies""",
    "ai_behaviour": """ai, a.i., enemy ai, npc ai, bots, pathfinding, path finding, dumb ai-, stupid ai-, bad ai-, braindead-, brain dead-, artificial intelligence, enemies just stand-, flank, flanks, runs into walls-, run into walls-, walk into walls-, stand around-, stands around-, take the longest-, blocks the door-, blocks me-,
        pathing, walks into-, walk into-, citizens, villagers, workers, settlers, ignore each other, traffic ai, follower, followers, idle~, lane, lanes""",
    "save_system": """save, saving, save file, save files, save game, savegame, saves, autosave, auto save, autosaves, auto-save, checkpoint, checkpoints, corrupted-, corrupted save-, corrupt save-, save slot, save slots, cloud save, cloud saves, quick save, quicksave, save scum, lost progress-, lost all my progress-, lost my progress-, lost my save-,
        progress lost-, progress was lost-, manual save, save system, corrupt-, save anywhere+, deleted my save-""",
    "customization": """rename, hairstyle, beards, colour picker, color picker, dye armour,
        customization, customisation, customize, customise, customizable+, customisable+, character creator, character creation, character customization, base building, building system, build system, building mechanics, decorate, decorating, decorations, decoration, housing, dye, outfits, paint job,
        house building, design your, hairstyles, haircuts, tweak, snapping, road tools, placement, place anything, build anything, building freely, build whatever+, roads, transmog, capes, liveries""",
    "modding": """mod, mods, modding, mod support, modded, moddable+, workshop, steam workshop, mod tools, map editor, level editor, scenario editor, modders, nexus, mod menu, editor""",
    "updates": """update, updates, updated, patch, patches, patched~, hotfix, hotfixes, dev~, devs, developer, developers, dev team, roadmap, abandoned-, abandonware-, abandon-, no updates-, no update-, early access~, support~, ongoing support+, post launch, promised-, broken promises-, still in early access-, development, communication, dev log, devlog, feedback,
        studio, publisher~, never delivered-, went silent-, radio silence-, actively developed+, listen to+, listens to+""",
}

_NEGATORS = frozenset(
    ["no", "not", "never", "without", "zero", "hardly", "barely", "none", "nothing", "neither", "nor", "cannot", "cant", "can't", "dont", "don't", "doesnt", "doesn't", "didnt", "didn't", "isnt", "isn't", "wasnt", "wasn't", "arent", "aren't", "werent", "weren't", "wont", "won't", "hasnt", "hasn't", "havent", "haven't", "hadnt", "hadn't", "wouldnt", "wouldn't", "couldnt", "couldn't", "shouldnt", "shouldn't", "ain't", "aint", "minimal", "free"]
)
_LACK = frozenset(["no", "lack", "lacks", "lacking", "missing", "without", "zero", "needs", "lacked", "absent", "nonexistent", "non-existent"])
_LACK_FOLLOWS = frozenset(["missing", "lacking", "absent", "nonexistent", "non-existent"])
_KEEP = frozenset(["this", "his", "its", "was", "is", "has", "does", "news", "less", "bus", "gas", "plus", "focus", "levels", "virus", "bonus", "campus", "series", "species", "physics", "always", "as", "us"])


@dataclass(frozen=True, slots=True)
class Aspect:
    """A topic named in a clause: at which token, with which polarity of its own (-1, 0, +1) after negation."""

    topic: str
    position: int
    length: int
    polarity: int
    weak: bool
    denied: bool
    """A defect that is denied ("no crashes"): the absence of a fault, not a merit."""


def find_aspects(words: list[str]) -> list[Aspect]:
    """The aspects that the words of a clause name, longest phrase first, in order of appearance."""
    phrases, longest = _table()
    plain = [word.lower().replace("’", "'") for word in words]
    folded = [fold(word) for word in plain]
    found: list[Aspect] = []
    position = 0
    while position < len(folded):
        for length in range(min(longest, len(folded) - position), 0, -1):
            entries = phrases.get(" ".join(folded[position : position + length]))
            if entries is None:
                continue
            found.extend(_aspect(entry, plain, position, length) for entry in entries)
            position += length - 1
            break
        position += 1
    return found


def _aspect(entry: tuple[str, int, bool], plain: list[str], position: int, length: int) -> Aspect:
    topic, polarity, weak = entry
    before = plain[max(0, position - 4) : position]
    denied = False
    if polarity and _is_negated(before):
        denied = polarity < 0
        polarity = -polarity if polarity > 0 else 0
    elif polarity == 0 and _is_lacking(before, plain[position + length : position + length + 3]):
        polarity = -1
    return Aspect(topic=topic, position=position, length=length, polarity=polarity, weak=weak, denied=denied)


def _is_negated(before: list[str]) -> bool:
    if "only" in before or "just" in before[-1:]:
        return False
    return any(word in _NEGATORS for word in before)


def _is_lacking(before: list[str], after: list[str]) -> bool:
    """"no tutorial", "lack of content", "the tutorial is missing"."""
    near = before[-2:]
    if near and near[-1] in ("of", "any", "a", "proper", "real"):
        near = before[-3:]
    if any(word in _LACK for word in near):
        return not {"doubt", "idea", "matter", "wonder"} & set(near)
    follows = [index for index, word in enumerate(after) if word in _LACK_FOLLOWS]
    return bool(follows) and not _NEGATORS & set(after[: follows[0]])


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """A word without its common endings, so that `crashes`, `crashed` and `crashing` meet."""
    if len(word) < 4 or word in _KEEP:
        return word
    word = word.removesuffix("'s").removesuffix("'")
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in ("ing", "ed"):
        if word.endswith(suffix) and len(word) > len(suffix) + 2:
            word = word[: -len(suffix)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


@cache
def _table() -> tuple[dict[str, list[tuple[str, int, bool]]], int]:
    """Folded phrase to (topic, polarity, weak); and the longest phrase's number of words."""
    table: dict[str, list[tuple[str, int, bool]]] = {}
    longest = 1
    for topic, listing in _PHRASES.items():
        for phrase in (item.strip() for item in listing.replace("\n", " ").split(",")):
            text = phrase.rstrip("+-~")
            mark = phrase[len(text) :]
            words = [fold(word) for word in text.lower().replace("-", " ").split()]
            for key in {" ".join(words), " ".join(fold(word) for word in text.lower().split())}:
                entry = (topic, {"+": 1, "-": -1}.get(mark, 0), mark == "~")
                table.setdefault(key, [])
                if all(known[0] != topic for known in table[key]):
                    table[key].append(entry)
            longest = max(longest, len(words))
    return table, longest
