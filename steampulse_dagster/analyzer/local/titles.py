"""Finds other games that a sentence compares this one with. Reads data/titles.txt."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_TOKEN = re.compile(r"[^\W_]+(?:[.'’:&-][^\W_]+)*'?|&", re.UNICODE)
_PLAIN = re.compile(r"[^a-z0-9]+")
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "x": "10"}
_SERIES_END = re.compile(
    r"\s*(?:[:\-–—(].*|\b(?:[ivx]+|\d+)\b.*|\b(?:remastered|remake|definitive|enhanced|special|deluxe|complete|gold|goty|hd|demo|edition)\b.*)$", re.I
)
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
    r"(?:[A-Z][\w'’]*|[IVX]{1,4}\b)(?:(?:\s+|:\s+|-)(?:(?:of|the|and|in|to|a|for|on|from|de|la)\s+(?:the\s+)?)?(?:[A-Z][\w'’]*|[IVX]{1,4}\b|\d{1,4}\b))*"
)
_NOT_A_TITLE = frozenset(
    ["i", "i'm", "i've", "i'd", "i'll", "steam", "steamdeck", "deck", "pc", "xbox", "playstation", "ps", "ps2", "ps3", "ps4", "ps5", "switch", "nintendo", "microsoft", "sony", "valve", "epic", "unity", "unreal", "engine", "windows", "linux", "mac", "english", "german", "french", "spanish", "russian", "chinese", "japanese", "polish", "korean", "american", "european", "europe", "america", "usa", "uk", "eu", "na", "asia", "early", "access", "dlc", "npc", "npcs", "ai", "ui", "fps", "rpg", "rpgs", "jrpg", "rts", "mmo", "mmorpg", "moba", "vr", "gpu", "cpu", "ram", "rtx", "gtx", "nvidia", "amd", "intel", "hud", "god", "jesus", "christ", "christmas", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "youtube", "twitch", "discord", "reddit", "google", "facebook", "twitter", "netflix", "tiktok", "devs", "dev", "the", "this", "that", "it", "if", "but", "and", "so", "then", "a", "an", "my", "your", "he", "she", "they", "we", "you", "what", "when", "where", "why", "how", "not", "no", "yes", "ok", "aaa", "aa", "gotm", "goty", "edit", "update", "pros", "cons", "tldr", "ubisoft", "ea", "bethesda", "blizzard", "activision", "rockstar", "paradox", "bioware", "obsidian", "larian", "fromsoftware", "fromsoft", "sega", "capcom", "konami", "square", "enix", "cdpr", "cd", "projekt", "hollywood", "disney", "marvel", "dc", "lego", "anime", "kickstarter", "gamepass", "game", "pass", "mario's", "earth", "moon", "sun", "mars", "germany", "france", "russia", "china", "japan", "australia", "canada", "tetris's", "op", "lol", "wtf", "omg", "imo", "imho", "ngl", "tbh", "fov", "qol", "pvp", "pve", "coop", "workshop", "metroidvania", "roguelike", "roguelite", "soulslike", "deckbuilder", "gta-like", "sim", "tycoon", "wiki", "swiss", "italian", "british", "viking", "vikings", "roman", "romans", "medieval", "western", "egypt", "egyptian", "greek", "norse", "bach", "beethoven", "mozart", "tolkien", "lovecraft", "shakespeare", "kafka", "orwell", "dickens", "ghibli", "lynch", "tarantino", "spielberg", "kubrick", "star", "wars", "trek", "lord", "rings", "harry", "potter", "hogwarts", "excel", "powerpoint", "photoshop", "word", "ikea", "lidl", "walmart", "amazon", "uber", "tesla", "toyota", "bmw", "ford", "monopoly", "chess", "uno", "catan", "d&d", "dnd", "dungeons", "dragons"]
)


SHORT = 4
"""Up to this length a name is an abbreviation and must be written exactly so (LoL is a game, lol is not)."""
_AFTER_SUBJECT = frozenset(["did", "does", "do", "had", "has", "is", "was", "handled", "got", "gave", "gives", "nailed", "meets", "but", "with", "without", "minus", "on", "clone", "style", "vibes", "at", "in", "still", "2", "3", "4", "5", "6"])
"""After these a capitalised first word is a name: "Banished did this better", not "Control the units"."""
NEAR_BEFORE, NEAR_AFTER = 40, 30
"""Characters before and after a title in which a comparison must stand."""
_SMALL = frozenset(["of", "the", "and", "in", "to", "a", "for", "on", "from"])


@dataclass(frozen=True, slots=True)
class TitleHit:
    """Another game found in a sentence; `start`..`end` within it."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    spelling: str
    strict: bool
    """Counts only with its capitals (a common word)."""
    group: tuple[str, ...] = ()
    """All spellings of the name: if one is this game's own, none of them is another game."""


class TitleCatalogue:
    """Names of games by their first word; longest match wins."""

    def __init__(self, titles: Iterable[str] = ()) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], _Entry]]] = {}
        known: set[str] = set()
        for entry in (*_builtin(), *(_entry_of(title) for title in titles)):
            words = _tokens_of(entry.spelling)
            key = " ".join(words)
            if not words or key in known or (len(words) == 1 and len(words[0]) < 2):
                continue
            known.add(key)
            self._by_first.setdefault(words[0], []).append((words, entry))
        for entries in self._by_first.values():
            entries.sort(key=lambda item: -len(item[0]))

    def find_compared(self, sentence: str, *, own_name: str) -> tuple[TitleHit, ...]:
        """The other games that a sentence compares this one with; empty when they are only mentioned."""
        hits = tuple(hit for hit in self.find_titles(sentence, own_name=own_name) if _CUE.search(_around(sentence, hit)))
        if hits and _NOT_A_COMPARISON.search(sentence) and not _has_strong_cue(sentence, hits):
            return ()
        return hits or _unknown_titles(sentence, own_name=own_name)

    def find_titles(self, sentence: str, *, own_name: str) -> tuple[TitleHit, ...]:
        """Every known title in a sentence but the game's own and those of its series."""
        tokens = [(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(sentence)]
        plain = [_plain(token) for token, _, _ in tokens]
        hits: list[TitleHit] = []
        position = 0
        while position < len(tokens):
            found = self._match_at(tokens, plain, position)
            if found is None:
                position += 1
                continue
            entry, length = found
            if not any(is_same_series(spelling, own_name) for spelling in (entry.name, *entry.group)):
                hits.append(TitleHit(name=entry.name, start=tokens[position][1], end=tokens[position + length - 1][2]))
            position += length
        return tuple(hits)

    def _match_at(self, tokens: list[tuple[str, int, int]], plain: list[str], position: int) -> tuple[_Entry, int] | None:
        for words, entry in self._by_first.get(plain[position], ()):
            if tuple(plain[position : position + len(words)]) != words:
                continue
            written = [token for token, _, _ in tokens[position : position + len(words)]]
            following = plain[position + len(words)] if position + len(words) < len(plain) else ""
            explained = position == 0 and following not in _AFTER_SUBJECT
            if entry.strict and not _as_spelled(written, entry.spelling, at_start=explained):
                continue
            return entry, len(words)
        return None


def _around(sentence: str, hit: TitleHit) -> str:
    """What stands near a title; what stands farther off compares something else."""
    return f"{sentence[max(0, hit.start - NEAR_BEFORE) : hit.start]}X{sentence[hit.end : hit.end + NEAR_AFTER]}"


def is_same_series(name: str, own_name: str) -> bool:
    """Whether two titles are the same game or share a series name ("X", "X 2", "X: Subtitle")."""
    mine, other = _series(own_name), _series(name)
    if not mine or not other:
        return False
    if mine == other:
        return True
    short, long = sorted((mine, other), key=len)
    if len(short) >= 4 and f"{long} ".startswith(f"{short} "):
        return True
    whole = " ".join(_tokens_of(own_name))
    return len(other) >= 4 and f" {other} " in f" {whole} "


def slug_of(name: str) -> str:
    """Machine name of a title."""
    return _PLAIN.sub("-", name.lower().replace("'", "").replace("’", "")).strip("-") or "unknown"


def _has_strong_cue(sentence: str, hits: tuple[TitleHit, ...]) -> bool:
    return any(_STRONG_CUE.search(sentence[: hit.start]) for hit in hits)


def _unknown_titles(sentence: str, *, own_name: str) -> tuple[TitleHit, ...]:
    """Capitalised words right after an unmistakable comparison, such as "better than Hollow Lantern"."""
    hits = []
    for match in _CAPITALS.finditer(sentence):
        name = re.sub(r"(?:'s|’s)$", "", match.group())
        words = [word for word in _TOKEN.findall(name) if word]
        before = re.sub(r"(?:\b(?:the\s+(?:original|first|old|early|new)|the|in|original|old|early|playing)\s+)$", "", sentence[: match.start()], flags=re.I)
        if not words or not before.strip() or not _STRONG_CUE.search(before):
            continue
        if any(word.lower() in _NOT_A_TITLE for word in words[:1]) or all(word.lower() in _NOT_A_TITLE for word in words):
            continue
        if len(words) < 2 and not _SURE_CUE.search(before):
            continue
        if len(name) < 4 or name.isupper() or sentence.isupper() or is_same_series(name, own_name):
            continue
        hits.append(TitleHit(name=name, start=match.start(), end=match.start() + len(name)))
    return tuple(hits)


def _as_spelled(written: list[str], spelling: str, *, at_start: bool) -> bool:
    """A common word is a title only with its capitals, and one that its place in the sentence does not explain."""
    if len(spelling) <= SHORT:
        return "".join(written) == spelling
    if all(word.isupper() for word in written) and not spelling.isupper():
        return False
    capital = all(word[:1].isupper() or not word[:1].isalpha() for word in written if word.lower() not in _SMALL)
    return capital and not (at_start and len(written) == 1)


def _entry_of(title: str) -> _Entry:
    """A title from the product's own catalogue: one of up to two words may be anything, so it must be spelled as is."""
    clean = re.sub(r"[®™©]", "", title).strip()
    return _Entry(name=clean, spelling=clean, strict=len(clean.split()) <= 3)


@lru_cache(maxsize=4096)
def _series(name: str) -> str:
    clean = re.sub(r"[®™©]", "", name).strip()
    stem = _SERIES_END.sub("", clean).strip() or clean
    return " ".join(word for word in _tokens_of(stem) if word not in ("the",))


def _tokens_of(title: str) -> tuple[str, ...]:
    return tuple(word for word in (_plain(token) for token in _TOKEN.findall(title)) if word)


@lru_cache(maxsize=20_000)
def _plain(token: str) -> str:
    word = token.lower().replace("’", "'")
    word = word.removesuffix("'s").replace("'", "").rstrip(":.")
    return _ROMAN.get(word, word) if len(word) > 1 else word


def _builtin() -> list[_Entry]:
    text = (files(__package__) / "data" / "titles.txt").read_text(encoding="utf-8")
    entries: list[_Entry] = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        spellings = [part.strip() for part in line.split("|")]
        name = spellings[0].lstrip("=")
        group = tuple(spelling.lstrip("=") for spelling in spellings)
        entries.extend(
            _Entry(
                name=name,
                spelling=spelling.lstrip("="),
                strict=spelling.startswith("=") or len(spelling) <= SHORT,
                group=group,
            )
            for spelling in spellings
        )
    return entries
