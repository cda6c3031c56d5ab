"""Phrases that decide how a clause is meant: blame, praise, hearsay, condition, the past. Reads and writes nothing."""

import re

from steampulse_dagster.analyzer.local.patterns import any_of

_RESOLVED = any_of(
    r"\bused\s+to\s+(?:be|crash|have|lag|freeze|stutter)\b|\bno\s+longer\b|\bnot\s+any\s*more\b",
    r"\b(?:has|have|had|got|been|was|were|is|are|they|devs?)\s+(?:\w+\s+){0,2}?(?:fixed|patched|resolved|ironed\s+out|sorted\s+out|addressed)\b",
    r"\b(?:fixed|patched)\s+(?:it|that|this|most|all|the|everything|now|quickly|within|in)\b",
    r"\bat\s+(?:launch|release)\s+(?:\w+\s+){0,8}?(?:but|now)\b",
)
_HEARSAY = any_of(
    r"\b(?:people|everyone|everybody|others|reviews?|reviewers|haters|some|many|folks|those)\s+(?:\w+\s+){0,3}?(?:say|says|said|saying|complain\w*|claim\w*|cry|crying|whine|whining|talk\w*|mention\w*|report\w*|call|calling|are\s+on\s+about)\b",
    r"\bdunno\s+what\b|\bdon'?t\s+(?:know|understand|get)\s+(?:why|what)\s+(?:\w+\s+){0,2}?(?:people|everyone|others|they|the)\b",
    r"\bignore\s+the\b|\bcontrary\s+to\b|\bdon'?t\s+listen\b|\bi'?ve\s+(?:heard|read)\b|\bi\s+(?:heard|read)\s+(?:that|about)\b",
)
_CONDITION = any_of(
    r"^\W*(?:if|unless|in\s+case|should\s+(?:they|the|you)|once\s+they|when\s+they|until|maybe|perhaps|hopefully|imagine|suppose)\b",
    r"\bif\s+(?:they|the\s+devs?|this\s+thing|it|the\s+game)\b",
)
_BLAME = any_of(
    r"\b(?:shame|pity|too\s+bad|sad\s+thing|sad\s+part|gripes?|complaints?|downsides?|drawbacks?|nitpicks?|letdown|let-down|let\s+down|only\s+(?:negative|issue|problem|bad|con|flaw)|biggest\s+(?:issue|problem|flaw|weakness)|main\s+(?:issue|problem|flaw))\b",
    r"\b(?:the\s+(?:bad|ugly|worst)(?:\s+(?:part|thing|bit|news))?\s*(?::|is\b|was\b|has\b)|(?:problem|issue|trouble|worst|flaw)\s+(?:is|was|for\s+me|with)\b|unfortunately|sadly|regrettably|disappoint\w*|annoy\w*|frustrat\w*|infuriat\w*|ridiculous\w*|pathetic|awful|terrible|horrible|atrocious)",
    r"\b(?:i\s+(?:hate|hated|dislike|disliked|despise|can'?t\s+stand)|nobody\s+likes|drives?\s+me\s+(?:nuts|crazy|mad|insane|up)|gets?\s+on\s+my\s+nerves|sick\s+(?:and\s+tired\s+)?of|tired\s+of|fed\s+up|is\s+a\s+(?:joke|mess|pain|nightmare|chore|slog|disgrace)|good\s+luck\s+\w+ing)\b",
    r"\b(?:makes?\s+no\s+sense|for\s+no\s+reason|waste\s+of|far\s+too|way\s+too|much\s+too|not\s+enough|barely|hardly\s+(?:any|works|ever)|forces?\s+you\s+to|forced\s+to|have\s+to\s+(?:wait|restart|redo|reload|walk|click|grind|repeat|replay|quit|watch)|no\s+way\s+to|no\s+option\s+to|impossible\s+to|you\s+can'?t\s+(?:even\s+)?(?:save|pause|skip|turn|change|rebind|remap|zoom|rotate|sort|move|undo|see|tell|cancel|disable|choose|host|play|invite))\b",
)
_CHEER = any_of(
    r"\b(?:kudos|props|hats\s+off|chef'?s\s+kiss|shout-?out|bravo|credit\s+to|highlights?|standout|stands\s+out|shines?|nails?\s+(?:it|the|that)|nailed|top\s+notch|top\s+tier|second\s+to\s+none|best\s+(?:part|thing|bit)|never\s+gets?\s+(?:old|boring|stale)|just\s+works|worth\s+(?:it\s+alone|every|the\s+(?:price|admission|money))|steals?\s+the\s+show|deserves?\s+(?:a\s+)?(?:raise|medal|award|praise|love|more))\b",
    r"\b(?:i\s+(?:love|loved|adore|adored|really\s+(?:like|liked|enjoy|enjoyed|love|loved))|love\s+(?:how|that|the)|loved\s+(?:how|that|the)|what\s+i\s+(?:love|like)|the\s+good\s*:|a\s+joy|a\s+blast|a\s+treat|a\s+delight|a\s+pleasure|so\s+(?:good|well|satisfying|fun|pretty|clever|cozy|relaxing)|ridiculously\s+good|insanely\s+good|properly\s+(?:good|fun|funny)|blew\s+me\s+away|blown\s+away|best\s+i'?ve|finest|made\s+me\s+(?:cry|laugh|smile|grin|stop)|kept\s+me\s+(?:hooked|going|up)|can'?t\s+get\s+enough|hooked\s+me|got\s+me\s+hooked|sucked\s+me\s+in)\b",
    r"\b(?:beautifully|brilliantly|wonderfully|masterfully|perfectly|superbly|lovingly|exceptionally|fantastically|amazingly|incredibly\s+well|well)[\s-]+(?:made|done|crafted|written|designed|executed|thought|put|paced|balanced|acted|voiced|implemented|animated|drawn|integrated|told)\b",
)
_QUESTION = re.compile(r"\?\s*$")


def is_resolved(text: str) -> bool:
    """Whether a flaw is told as a thing of the past."""
    return bool(_RESOLVED.search(text))


def is_hearsay(text: str) -> bool:
    """Whether a clause reports what others say."""
    return bool(_HEARSAY.search(text))


def is_conditional(text: str) -> bool:
    """Whether a clause states a condition, which is no fact."""
    return bool(_CONDITION.search(text))


def tone_of(text: str) -> int:
    """-1 or +1 when a phrase says outright that a flaw or a merit follows; 0 without such or with both."""
    return int(bool(_CHEER.search(text))) - int(bool(_BLAME.search(text)))


def is_question(text: str) -> bool:
    """Whether a clause asks instead of telling."""
    return bool(_QUESTION.search(text))
