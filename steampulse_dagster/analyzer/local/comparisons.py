"""Tells a comparison with another game from a mere mention, and finds titles that no list knows. No I/O."""

# ruff: noqa: E501  (one pattern a line reads better than one cut into pieces)

import re
from collections.abc import Sequence

from steampulse_dagster.analyzer.local.patterns import word_set

_CUE = re.compile(
    r"""\b(?:
      (?:better|worse|deeper|easier|harder|bigger|smaller|cheaper|prettier|uglier|richer|slower|faster|simpler|smoother|smarter|more|less|fewer|rather|other|nicer|funnier|darker|longer|shorter)\b.{0,40}?\bthan
    | (?:similar|comparable|compared?|comparing|comparison|equal|equivalent|superior|inferior|closer|close|closest|akin|alternative|answer|rival|sequel|successor|successors?|prequel|heir|tribute|homage|nod|love\s+letter|counterpart)\s+(?:\w+\s+){0,2}?(?:to|with|of|between)
    | (?:remind(?:s|ed|ing)?|reminiscent|inspired|inspiration|influences?|influenced|borrow\w*|stolen|steals?|copied|copies|ripped|rips|taken|takes\s+(?:\w+\s+){0,3}?from)\b
    | (?:like|likes?|unlike|versus|vs\.?|than|meets|meet|beats|beat|trumps|outclasses|surpasses|rivals|crossed|blend|mix|mixture|mashup|mash-up|hybrid|cross|combination|combines|lovechild|love\s+child|love-child|clone|clones|rip.?off|knock.?off|copy|wannabe|reskin|itch\s+as|feels?\s+as|as\s+(?:good|bad|deep|fun|complex|big|great|much|hard)\s+as)\b
    | (?:since|from\s+the\s+(?:makers|creators|developers|devs)\s+of|fans?\s+of|fan\s+of|coming\s+from|came\s+from|went\s+back\s+to|back\s+to|go\s+play|just\s+play|play\s+(?:\w+\s+){0,2}?instead|instead\s+of|moved\s+(?:on\s+|over\s+)?to|switched\s+to|stick\s+(?:with|to)|over\s+(?:to|at)|replaced|replaces|spiritual|vibes?|feels?|feeling|style|esque|basically|essentially|discount|budget|poor\s+man'?s|diet|light|lite|minus|but\s+with|but\s+in|except|in\s+the\s+vein|along\s+the\s+lines|level\s+of|on\s+par|par\s+with|brother|sister|cousin|child|baby|son|bastard|killer|step\s+(?:up|down)\s+from|makes?\s+\S+\s+(?:\S+\s+){0,4}?look)\b
    | (?:it'?s|it\s+is|this\s+is|this\s+ain'?t|it\s+ain'?t|is\s+no|no\s+match|not\s+(?:a|another|the\s+(?:next|new))|think|imagine|picture|take|took|if\s+you\s+(?:\w+\s+){0,3}?(?:like|liked|love|loved|enjoy|enjoyed|played|miss|missed|want|wanted|know|come|came|are|have|were))\b
    | (?:did|does|do|had|has|gives?|gave|offers?|handles?|handled|nailed|managed|got)\s+(?:\w+\s+){0,6}?(?:better|worse|right|this|it|that|first|years|decades|properly|more)\b
    | (?:same\s+(?:\w+\s+){0,3}?as|(?:way|what|where|how|as|kind\s+of|sort\s+of|type\s+of|remember|tried)\s+(?:the\s+)?(?-i:X)\b|wants?\s+to\s+be|trying\s+to\s+be|tries\s+to\s+be|wishes\s+it\s+(?:was|were)|itch|hole|void|throne|crown|half|between|and\s+\w+\s+had\s+a)\b
    | (?:prefer(?:s|red)?|learn(?:s|ed|t)?\s+(?:\w+\s+){0,3}?from|owes?|holds?\s+a\s+candle|measures?\s+up|lives?\s+up|comes?\s+to\s+mind|evokes?|echoes|shades\s+of|a\s+la|à\s+la|next\s+to|against|beside|alongside|closest\s+thing
      |not\s+quite|isn'?t|is\s+not|wasn'?t|no|lacks|neither|nor|matches|match|tops|dethrones?|replacement|spoiled\s+(?:me|by)|heights\s+of|levels\s+of|charm\s+of|magic\s+of|feel\s+of|spirit\s+of|depth\s+of|best\s+(?:\w+\s+){1,4}?since|scratch\w*|compare[sd]?|copycat|imitat\w+|homage)\s+(?:\S+\s+){0,4}?(?-i:X)\b
    | (?-i:X)\s+(?:fans?|veterans?|players|lovers?|addicts|crowd|clone|killer|style|vibes?|lite|on\s+steroids|at\s+home|for\s+adults|for\s+grown.?ups|in\s+space|with\b|without\b|but\b|meets|minus|plus|remains?|still|spoiled|taught|already|always|never|did|does|had|has|is\s+(?:still\s+)?(?:better|worse|cheaper|deeper|superior|king|the\s+(?:better|gold|benchmark))|was\s+(?:better|worse|deeper)|gives?|offers?|handles?|handled|nailed|managed|wishes|wannabe|it\s+(?:is|ain'?t|isn'?t))\b
    )|-like\b|\+|\bain'?t\b""",
    re.I | re.X,
)
_STRONG_CUE = re.compile(
    r"(?:\b(?:better|worse|(?!(?:other|rather)\b)\w+er|more|less)\s+(?:\w+\s+){0,4}?than|\bcompared\s+(?:to|with)|\bsimilar\s+to|\breminds?\s+me\s+(?:\w+\s+){0,3}?of|\breminiscent\s+of|\binspired\s+by"
    r"|\bfans?\s+of|\bsuccessor\s+to|\bsequel\s+to|\bunlike|\bif\s+you\s+(?:\w+\s+)?(?:like|liked|love|loved|enjoy|enjoyed|played)|\bmix\s+of|\bmix\s+between|\bcross\s+between|\bitch\s+as|\bfeels\s+like|\bplays\s+like"
    r"|\bknock-?off\s+of|\bclone\s+of|\brip-?off\s+of|\bwent\s+back\s+to|\bversion\s+of|\bvs\.?|\bversus|\balternative\s+to|\bas\s+\w+\s+as|\bmeets|\bon\s+par\s+with|\bin\s+the\s+vein\s+of|\b(?:games?|titles?|plays?|feels?|felt|looks?|much|more|just|is|it'?s|kinda|bit|little|something|lot)\s+like)\s+$",
    re.I,
)
_SURE_CUE = re.compile(
    r"(?:\b(?:better|worse|deeper|easier|harder)\s+(?:\w+\s+){0,2}?than|\bcompared\s+(?:to|with)|\breminds?\s+me\s+(?:a\s+\w+\s+)?of|\bfans?\s+of|\bsuccessor\s+to|\bwent\s+back\s+to|\bclone\s+of|\brip-?off\s+of)\s+$",
    re.I,
)
_NOT_A_COMPARISON = re.compile(
    r"\b(?:while\s+(?:waiting|downloading|my)|downloading|waiting\s+for|bought\s+(?:it|this)\s+(?:instead\s+of|with|together)|bundle|t-?shirt|cosplay|poster|my\s+(?:cat|dog|son|daughter|brother|kid)\s+(?:is\s+)?(?:named|called|plays|playing)"
    r"|i\s+(?:have\s+|also\s+)?(?:finished|beat|completed|platinumed|own)\b|hours\s+(?:in|of|on)|also\s+(?:play|own|bought)|trailer|youtuber|streamer|wallpaper|skin|collab|crossover|dlc|easter\s+egg|reference\s+to|references)\b",
    re.I,
)
_CAPITALS = re.compile(
    r"(?:[A-Z][\w'’]*|[IVX]{1,4}\b)(?:(?:\s+|:\s+|-)(?:(?:of|the|and|to|de|la)\s+(?:the\s+)?)?(?:[A-Z][\w'’]*|[IVX]{1,4}\b|\d{1,4}\b))*"
)
_NOT_A_TITLE = word_set(
    """
    very for mr mrs ms dr sir jrpgs platformers metroidvanias roguelikes roguelites soulslikes ps1 de iw xd
    a aa aaa access activision ai amazon amd america american an and anime april asia august australia bach
    beethoven bethesda bioware blizzard bmw british but canada capcom catan cd cdpr chess china chinese christ
    christmas cons coop cpu d&d dc december deck deckbuilder dev devs dickens discord disney dlc dnd dragons
    dungeons ea early earth edit egypt egyptian engine english enix epic eu europe european excel facebook
    february ford fov fps france french friday fromsoft fromsoftware game gamepass german germany ghibli god
    google gotm goty gpu greek gta-like gtx harry he hogwarts hollywood how hud i i'd i'll i'm i've if ikea imho
    imo intel it italian january japan japanese jesus jrpg july june kafka kickstarter konami korean kubrick
    larian lego lidl linux lol lord lovecraft lynch mac march mario's mars marvel may medieval metroidvania
    microsoft mmo mmorpg moba monday monopoly moon mozart my na netflix ngl nintendo no norse not november npc
    npcs nvidia obsidian october ok omg op orwell paradox pass pc photoshop playstation polish potter powerpoint
    projekt pros ps ps2 ps3 ps4 ps5 pve pvp qol ram reddit rings rockstar roguelike roguelite roman romans rpg
    rpgs rts rtx russia russian saturday sega september shakespeare she sim so sony soulslike spanish spielberg
    square star steam steamdeck sun sunday swiss switch tarantino tbh tesla tetris's that the then they this
    thursday tiktok tldr tolkien toyota trek tuesday twitch twitter tycoon uber ubisoft ui uk unity uno unreal
    update usa valve viking vikings vr walmart wars we wednesday western what when where why wiki windows word
    workshop wtf xbox yes you your youtube
    """
)
_MORE_CUES = re.compile(
    r"\b(?:coming\s+from|came\s+(?:here\s+)?from|since|prefer|stick(?:ing)?\s+(?:to|with)|moved\s+(?:on\s+|back\s+)?to|switched\s+(?:back\s+)?to|back\s+to|rather\s+(?:play|replay)|(?:go|just)\s+play|instead\s+of|closest\s+thing\s+to|as\s+in|played"
    r"|not\s+(?:a|another|quite)|the\s+(?:next|new|better|poor\s+man'?s)|basically|essentially|half|between|than\s+in|way|what|how|wants\s+to\s+be|wishes\s+it\s+were|owes\s+\w+\s+to|learned\s+from|itch\s+(?:that|as))\s+$",
    re.I,
)
_CUE_AFTER = re.compile(
    r"^(?:'s)?\s*(?:-like\b|\s(?:did|does|do|handled|nailed|has|had|gave|gives|offers)\s+(?:\w+\s+){0,5}?(?:better|right|first|worse|more|years)\b|\s(?:fans?|veterans?|players|clone|vibes|knock-?off|rip-?off|lite)\b|\s(?:but\s+(?:with|in|worse|better|without)|meets)\b"
    r"|\sis\s+(?:still\s+)?(?:better|worse|cheaper|deeper|the\s+better)\b|\s+(?:players|fans)\s+will)",
    re.I,
)
NEAR_BEFORE, NEAR_AFTER = 40, 30
"""Characters before and after a title in which a comparison must stand; farther off it compares something else."""
_ARTICLES = re.compile(r"\b(?:the\s+(?:original|first|old|early|new)|the|in|original|old|early|playing)\s+$", re.I)
_WORDS = re.compile(r"[^\W_]+(?:[.'’:&-][^\W_]+)*", re.UNICODE)


def is_compared(sentence: str, start: int, end: int) -> bool:
    """Whether something near the title at start..end compares it with this game."""
    near = f"{sentence[max(0, start - NEAR_BEFORE) : start]}X{sentence[end : end + NEAR_AFTER]}"
    if not _CUE.search(near):
        return False
    return not _NOT_A_COMPARISON.search(sentence) or bool(_STRONG_CUE.search(sentence[:start]))


def is_common(words: Sequence[str]) -> bool:
    """Whether a title is no more than words that mean something else in reviews (there are games called "Steam" and "X")."""
    return all(word in _NOT_A_TITLE for word in words) or (len(words) == 1 and len(words[0]) < 2)


def find_unknown_titles(sentence: str) -> list[tuple[str, int]]:
    """Capitalised words right after an unmistakable comparison ("better than Hollow Lantern"), with their start."""
    if sentence.isupper():
        return []
    found = []
    for match in _CAPITALS.finditer(sentence):
        name = re.sub(r"(?:'s|’s)$", "", match.group())
        before = _ARTICLES.sub("", sentence[: match.start()])
        after = sentence[match.start() + len(name) :]
        if _may_be_title(name) and _has_cue(before, after, words=len(_WORDS.findall(name))):
            found.append((name, match.start()))
    return found


def _has_cue(before: str, after: str, *, words: int) -> bool:
    """One capitalised word may be anybody, so it takes a surer cue than several."""
    if words == 1:
        return bool(_SURE_CUE.search(before))
    return bool(_STRONG_CUE.search(before) or _MORE_CUES.search(before) or _CUE_AFTER.search(after))


def _may_be_title(name: str) -> bool:
    words = [word.lower() for word in _WORDS.findall(name)]
    if len(name) < 4 or name.isupper() or not words:
        return False
    return words[0] not in _NOT_A_TITLE
