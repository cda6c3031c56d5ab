"""How good or bad a clause sounds: VADER with the words of games set right. Reads and writes nothing."""

from functools import cache
from typing import Any

_GAME_WORDS: dict[str, float] = {
    # What happens in games is neither good nor bad.
    **dict.fromkeys(
        ["kill", "kills", "killed", "killing", "killer", "die", "dies", "died", "dying", "dead", "death", "deaths", "enemy", "enemies", "war", "wars", "weapon", "weapons", "fight", "fights", "fighting", "fought", "battle", "battles", "attack", "attacks", "attacked", "attacking", "shoot", "shoots", "shooting", "shot", "horror", "dark", "darkness", "zombie", "zombies", "destroy", "destroyed", "destroying", "destruction", "boss", "bosses", "monster", "monsters", "evil", "gore", "blood", "bloody", "murder", "murdered", "survive", "survived", "survival", "hero", "heroes", "heroic", "party", "parties", "free", "join", "joined", "please", "pls", "wish", "wishes", "hope", "hoping", "hopefully", "like", "liked", "pretty", "hard", "serious", "seriously", "play", "played", "playing", "plays", "player", "share", "shares", "steam", "alone", "strike", "strikes", "defeat", "defeated", "demon", "demons", "devil", "hell", "lost", "threat", "danger", "dangerous", "burn", "burned", "burning", "bomb", "bombs", "villain", "villains", "criminal", "criminals", "prison", "crime", "trap", "traps", "guilty", "cut", "cuts", "drop", "drops", "creative-mode", "dragon", "magic", "treasure", "fire", "fires", "explosion", "damage", "damaged", "heal", "luck", "lucky", "united", "rich", "poor", "poverty", "disaster", "disasters", "flood", "pressure", "trust", "honor", "honour", "interest", "interests", "friend", "friends", "friendly-fire", "want", "wants", "worth", "care", "stop", "stops", "pay", "paid", "number", "energy", "easy", "true", "sure", "ok", "okay", "well", "security", "peace", "conflict", "save", "saves", "saved", "gun", "guns", "natural", "demand", "demands", "credit", "credits", "original", "help", "helped", "helps", "challenge", "challenges", "yes", "no", "ha", "haha", "lol", "lmao", "xd"],
        0.0,
    ),
    **dict.fromkeys(
        ["clunky", "janky", "jank", "buggy", "laggy", "glitchy", "grindy", "repetitive", "tedious", "bland", "unpolished", "unoptimized", "unbalanced", "unintuitive", "overpriced", "outdated", "shallow", "floaty", "sluggish", "unresponsive", "choppy", "stuttery", "cluttered", "fiddly", "bloated", "lacking", "lackluster", "underwhelming", "monotonous", "barebones", "half-baked", "rushed", "generic", "convoluted", "obnoxious", "cumbersome", "finicky", "soulless", "lifeless", "stale", "cheesy", "cringe", "cringy", "cringey", "undercooked", "rough", "mess", "messy", "pointless", "useless", "meh", "forgettable", "confusing", "unclear", "inconsistent", "wonky", "padded", "overstays", "overtuned", "punishingly", "wooden", "nonexistent", "broken", "pain", "headache", "nuisance", "joke", "shame", "unfortunately", "sadly", "lacks", "missing", "tanks", "grating", "jarring", "clumsy", "microscopic", "identical"],
        -1.9,
    ),
    **dict.fromkeys(
        ["unplayable", "trash", "garbage", "atrocious", "abysmal", "crap", "shit", "shitty", "sucks", "suck", "sucked", "dogshit", "dogwater", "unbearable", "infuriating", "insufferable", "scam", "abandonware", "laughable"],
        -2.9,
    ),
    **dict.fromkeys(
        ["addictive", "addicting", "immersive", "polished", "smooth", "smoothly", "responsive", "intuitive", "replayable", "fluid", "snappy", "crisp", "memorable", "atmospheric", "cozy", "cosy", "charming", "varied", "flawless", "flawlessly", "solid", "unique", "tight", "deep", "depth", "top-notch", "superb", "satisfying", "punchy", "meaty", "cleverest", "clever", "witty", "hilarious", "gripping", "goosebumps", "nicest", "breeze", "brilliantly", "seamless", "seamlessly", "nails", "nailed", "shines", "shine", "underrated", "distinct", "refreshing", "innovative", "meaningful", "properly", "lovingly", "believable", "detailed", "rewarding"],
        2.0,
    ),
    **dict.fromkeys(["masterpiece", "gorgeous", "stunning", "phenomenal", "breathtaking", "insane", "insanely", "incredible", "banger", "bangers", "chef's"], 3.0),
    "decent": 1.2,
    "fun": 2.2,
    "hooked": 2.0,
    "unreal": 0.0,
    "sick": 0.8,
    "crazy": 0.3,
    "challenging": 0.8,
    "hardcore": 0.3,
    "tense": 0.8,
    "scary": 0.5,
    "overpowered": -0.8,
    "short": -0.6,
    "empty": -1.2,
    "expensive": -1.4,
    "slow": -1.2,
    "wait": -0.3,
    "forever": -0.5,
    "simple": 0.3,
    "complex": 0.4,
    "stupid": -1.2,
    "dumb": -1.5,
    "limited": -1.2,
    "boring": -2.4,
    "basic": -0.5,
    "fails": -1.8,
}


@cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    analyzer.lexicon.update(_GAME_WORDS)
    return analyzer


def sound_of(text: str) -> float:
    """-1 (bad) .. +1 (good); 0 for words without a sound."""
    return round(float(_analyzer().polarity_scores(text)["compound"]), 4)
