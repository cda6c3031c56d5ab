"""Cue phrases of wishes: a clause may count as one only if it speaks so. Reads and writes nothing."""

# ruff: noqa: E501  (one pattern a line reads better than one cut into pieces)

import re

from steampulse_dagster.analyzer.local.patterns import any_of

_FILL = r"(?:(?:really|also|absolutely|personally|just|definitely|still|maybe|even|so|honestly|desperately|badly|only|finally|probably|now)\s+)*"
_NICE = (
    r"(?:so\s+|very\s+|really\s+|a\s+|an\s+|even\s+|super\s+|pretty\s+|quite\s+|absolutely\s+|most\s+)*"
    r"(?:nice|great|cool|awesome|amazing|lovely|good|neat|fantastic|sweet|huge|dope|rad|fun|perfect|wonderful|handy|useful|helpful|welcome"
    r"|appreciated|sick|brilliant|excellent|interesting|incredible|game[\s-]?changer|godsend|blessing|dream|plus|cherry|ace|ideal|epic|a\s+big\s+help)"
)
_ASKED = r"(?:add|adds|adding|added|include|includes|implement|introduce|bring|brings|give|gives|get|gets|see|expand|release|port|let|allow)"
_WISH = any_of(
    r"\bwish(?:es|ing)?\b(?!\s*-?list)(?!\s+(?:you|them|him|her|me)\b)",
    r"\bif\s+only\b",
    rf"\b(?:would|i'?d|we'?d|'d)\s+{_FILL}(?:love|like|kill\s+for|adore|pay|appreciate|welcome)\b",
    rf"\b(?:would|'d|might)\s+{_FILL}be\s+{_NICE}\b",
    r"\b(?:would|'d)\s+(?:\w+\s+){0,2}?(?:go\s+a\s+long\s+way|help\s+a\s+(?:lot|ton|bunch)|make\s+(?:\w+\s+){1,5}?(?:perfect|better|easier|nicer|10/10|complete|day|even\s+more|so\s+much|more\s+\w+)|round\s+\w+\s+off"
    r"|top\s+\w+\s+off|do\s+wonders|hit\s+the\s+spot|not\s+hurt|benefit\s+from|seal\s+the\s+deal|be\s+the\s+(?:cherry|icing|dream|only\s+thing))",
    r"\bwould(?:n'?t|\s+not)\s+(?:hurt|mind|say\s+no|go\s+amiss)\b",
    rf"\b(?:please|pls|plz)\s*,?\s*{_FILL}(?:\w+\s+)?(?:add|give|let|bring|make\s+(?:an?|more)|include|consider|implement|put|allow|release|port|get|introduce|more)\b",
    r"\b(?:can|could|may)\s+(?:we|i|you|they|the\s+devs?|somebody)\s+(?:please\s+|pls\s+|maybe\s+|just\s+|finally\s+|also\s+)*(?:get|have|add|give|bring|include|implement|let)\b",
    rf"\b(?:should|ought\s+to|need\s+to|needs\s+to|gotta)\s+{_FILL}(?:add|include|implement|introduce|bring\s+(?:back|us|in)|have\s+(?:an?|more|some)|be\s+an?\s+(?:option|way|mode|button|setting|toggle)|give\s+(?:us|players)|let\s+(?:us|players|you))\b",
    rf"\b(?:hope|hoping|hopefully|praying|dreaming|begging|crossing\s+my\s+fingers|fingers\s+crossed|can'?t\s+wait|cannot\s+wait|look(?:ing)?\s+forward)\s+(?:[\w']+\s+){{0,6}}?{_ASKED}\b",
    r"\b(?:hoping|waiting|begging|asking|crying\s+out|petition|holding\s+out|longing|dying|campaigning)\s+for\s+(?:an?(?!\s+(?:game|match|sale|friend|download|bus|long|while|lobby|discount|refund|response|reply|good|better|bit|couple|few))|more|some(?!\s*(?:time|one))|the\s+(?:option|ability)|\w+\s+(?:support|mode|option|editor|version|port))\b",
    rf"\b(?:games?|it|this|we|i|still|map|mode|series|what|combat|system|editor|ui|menu|city|story|multiplayer|co-?op)\s+{_FILL}(?:needs?|wants?|could\s+{_FILL}(?:use|do\s+with)|lacks?|is\s+missing|deserves?|is\s+(?:crying\s+out|begging)\s+for)"
    r"\s+(?:(?:is|to\s+be|just|only|really|for)\s+)*(?:an?(?!\s+(?:lot|bit|few|tweak|little))|more|some|another|proper|official|full|native|the\s+(?:option|ability))\b",
    r"^\W*(?:it\s+|also\s+|just\s+|still\s+|really\s+|badly\s+|desperately\s+)*(?:needs|needing)\s+(?!to\b|work\b|fix|time\b|an?\s+(?:lot|bit|few|tweak|little|ton)\b)\w+",
    r"^\W*(?:(?:and|also|now|just|then|next|dear\s+devs?|devs?|developers?|please|pls|so)\s*[,:]?\s+)*(?:add|include|implement|introduce|bring\s+(?:back|us|in)|give\s+(?:us|me|players?)\s+(?:an?|more|some|the|another|our|\w+\s+(?:support|mode|options?|slots?))|let\s+(?:us|players?|me)\s+(?:\w+\s+)?(?:choose|skip|turn|pick|build|use|have|rename|disable|customi[sz]e|save|zoom|rotate|sort|keep|change|select|set|place|move|hire|romance|respec|undo|pause|speed|mute|rebind|host|trade|own|play\s+as|draw|make|create|export|import|share|name|toggle|filter|assign|equip|upgrade|control|carry|sell|buy|plan|queue|design|paint|decorate|marry|explore|go|see|hide|decide|adjust))\b",
    r"(?:^|[,.!:;()\-]\s*|\b(?:please|pls|just|now|and|so|should|could|can|then|devs?|to|maybe|at\s+least)\s+)(?:let|give|allow|grant)\s+(?:us|players|people|the\s+player)\b",
    r"\b(?:only|one|main|biggest|few|single|last)\s+(?:\w+\s+)?(?:thing|things|feature|features|request|requests|wish|suggestion|suggestions|ask)s?\s+(?:(?:that'?s|that\s+is|it'?s|it\s+is|i'?d|i\s+would|i|we|would|be|is)\s+)*(?:missing|wish|want|need|ask|add|suggest|missed|miss)\b",
    r"\b(?:feature\s+request|suggestions?|requests?|wish\s?list|my\s+wish(?:es)?|dear\s+santa)\s*(?:is|are|for\s+(?:the\s+)?devs?|[:\-])",
    r"\b(?:an?|the|more|some|any|another)\s+(?:[\w'-]+\s+){1,9}?(?:please|pls|plz)\b",
    r"\b(?:[\w'-]+\s+){1,4}(?:too\s+|next\s+|soon\s+|one\s+day\s+)?(?:pls|plz)\b",
    r"\b(?:more|some|proper|official|native)\s+(?!of\b|than\b)(?:[\w'-]+\s+){1,5}?(?:next|soon|would\s+(?:be|make|help|go|add|really|also|have)|wanted|needed)\b",
    r"\b(?:i|we)\s+(?:want|need|miss)\s+(?:an?(?!\s+(?:lot|bit|few))|more|some|another|the\s+(?:option|ability|possibility)|being\s+able)\b",
    r"\b(?:an?\s+)?(?:option|way|ability|button|toggle|slider|mode)\s+(?:to|for)\s+(?:[\w'-]+\s+){1,9}?(?:would|please|pls|needed|wanted)\b",
    r"\b(?:i'?d|would|i'?ll|will|happily|gladly)\s+(?:gladly\s+|happily\s+|easily\s+)*(?:pay|buy)\s+(?:\w+\s+){0,3}?(?:for|an?|more|dlc)\b",
    r"\bany\s+chance\s+(?:of|for|to)\b|^\W*consider\s+(?:adding|an?\b|making)|\bi\s+(?:want|wanna|would\s+like)\s+to\s+be\s+able\b|\bi\s+beg\s+you\b|\bdream(?:ing|s)?\s+of\s+an?\b|\bif\s+i\s+(?:could|had\s+to|may)\s+(?:ask|wish|request|change|add|suggest|pick)\b"
    r"|,\s*(?:please|pls|plz|thank\s+you|thanks)\W*$|\b(?:next|future)\s+(?:update|patch|dlc|expansion)s?\s+(?:should|could|needs|must)\b|\bi'?d\s+be\s+in\s+heaven\b|\bthat\s+is\s+all\s+i\s+ask\b|\bno\s+way\s+to\b.{0,60}\bwould\s+love\b|\bis\s+what\s+i\s+would\s+add\b",
    r"\btake\s+my\s+money\s+for\b|\bday\s+one\s+(?:buy|purchase)\s+if\b",
    r"\b(?:how|what)\s+about\s+(?:an?|some|more|adding)\b|^\W*(?:just\s+)?imagine\s+(?:this|it|if|an?|having)\b|\bpicture\s+this\s+with\b",
    r"\bwhy\s+(?:is\s+there|isn'?t\s+there|can'?t\s+(?:we|i)|can\s+(?:we|i)\s+not|not\s+(?:add|let|have|give))\b|\bwhere\s+(?:is|are)\s+(?:the|my)\s+(?:\w+\s+){1,3}?(?:option|mode|button|editor|support)\b",
    r"\bit'?s\s+(?:only|just|all\s+it'?s)\s+missing\b|\ball\s+(?:it|that)'?s?\s+(?:is\s+)?missing\s+is\b|\b(?:all|what)\s+(?:it|we|i)\s+(?:really\s+|still\s+)?(?:needs?|wants?)\s+(?:now\s+)?is\b",
    r"\b(?:could|should)\s+(?:use|do\s+with)\s+(?:an?|some|more|another)\b",
    r"\b(?:i|we)\s+(?:would\s+|'d\s+)?(?:suggest|propose|recommend)\s+(?:adding|an?\s+(?:option|way|mode|button|toggle))\b",
    # "capes when", "linux port when?", "when workshop?"
    r"^(?:\W*+[\w'-]++){1,4}\s+when\W*$|^\W*+when\s+(?:[\w'-]++\s+){0,2}[\w'-]++\s*\?+\s*$",
)
_WISH_MOOD = re.compile(
    r"\b(?:should|wish|hope|hopes|hoping|hopefully|please|pls|plz|want|need|needs|needed|add|adding|added|more|missing|lacks?|option|support|feature|features|chance|consider|give|let|bring"
    r"|maybe|some\s?day|one\s+day|dream\w*|ask|asking|request|beg|begging|next|no\s+way\s+to)\b",
    re.I,
)
"""Too common to mean a wish by itself: it takes the embedding's word as well."""
_WISH_NOT = any_of(
    r"\bwish(?:ed)?\s+(?:\w+\s+){0,2}?(?:i|we)\s+(?:could\s+(?:\w+\s+){0,2}?(?:forget|refund|return|erase|wipe|go\s+back|get\s+(?:my|a\s+refund)|experience|recommend|like|love|give\s+(?:it|this|more\s+(?:thumbs|stars))|say|turn\s+back|leave|rate|unsee|unplay|stop|quit|play\s+(?:it|this)\s+(?:again\s+)?for)"
    r"|(?:had|'d)\s+(?:\w+\s+){0,2}?(?:known|bought|waited|listened|read|played|more\s+(?:time|friends|hours|money)|friends|not|never|started|discovered|found|time|tried|refunded|an?\s+(?:better|new|friend|girlfriend|pc))"
    r"|hadn'?t|never|didn'?t|was\b|were\b|bought|knew|have\s+(?:known|bought|waited)|got|found|waited|liked|loved|enjoyed|learned|learnt|heard|played)",
    r"\b(?:can'?t|cannot|can\s+not)\s+wait\s+(?:for\s+(?:the\s+)?(?:full|final|next|more|1\.0|release|it)|to\s+(?:get|play|see|go|dive|start|try|jump))\b|\bwish\s+\w+\s+(?:was|were)\s+real\b|\bplay\s+the\s+\w+\s+game\b|\bmore\s+on\s+that\b|\blook(?:ing)?\s+forward\s+to\s+(?:what|seeing|playing|more)\b|\bgood\s+wishes\b|\bthose\s+who\s+wish\b|^\W*(?:just\s+)?wish\W*$|\bre-?\s?(?:thought|done|made|worked)\b",
    r"\b(?:i|he|she|you)(?:'d|\s+would)\s+be\b|\b(?:looks?|look|seems?|sounds?|thought|thinking|hopeful|expect\w*|feels?)\b.{0,25}\bwould\b|\byou\s+wish\b|\bplayers?\s+wish\b|\bwish\s+(?:this\s+game|it|is|he|she|they|she)\s+(?:was|is|were)\b(?!\s+(?:an?\s+option|possible|a\s+way))|\bjust\s+want\s+a\s+reason\b|\bin\s+the\s+oven\b|\bgets?\s+(?:even\s+)?(?:bigger|better)\b|\bonce\s+they\s+add\b|\bre-?\s?(?:balanc|translat)\w+",
    r"\bplease\s+(?:just\s+)?give\s+(?:this|it|the\s+game|them|him|me)\b|\bbuy\s+it\s+(?:a\s+second|again|twice)|\bwould\s+love\s+(?:the|this)\s+game\b|\bone\s+thing\s+i\s+don|^\W*add\s+(?:in\s+)?.*\band\s+(?:you|it|the\s+game)\b|\band\s+(?:allow|let|give)s?\s+(?:players|people)\b|\bi\s+wish\s+(?:it|them|him|her|you)\s+(?:the|all|well|luck|good)\b|\bthis\s+on\s+sale\b",
    r"\bbest\s+wishes\b|\bwithout\s+wishing\b|\bwish\s+(?:i|we)\s+(?:had\s+(?:this|it)|can\b|could\s+(?:\w+\s+)?(?:go\s+into|explain|cry|describe|put\s+into|un))|\b(?:where|what|how|when|whenever|as|who|you)(?:'d|\s+would)\s+(?:like|love)\b|\bit\s+is\s+clear\b|\bmore\s+of\s+(?:this|it|that|the\s+same)\b",
    r"\bwish(?:ed)?\s+to\b|\blet\s+(?:me|us)\s+(?:actually\s+)?play\b",
    r"\bwish(?:ed)?\s+(?:it|this|the\s+game|that)\s+(?:would\s+)?(?:was|were|is|wasn'?t|weren'?t|didn'?t|had\s+never|never|stop|stopped)\b(?!\s+(?:an?\s+option|possible|a\s+way|multiplayer|co-?op|moddable|on\s+(?:mac|linux|console|switch)))",
    r"\b(?:what|all|everything|anything|as\s+much\s+as|than)\s+(?:\w+\s+){0,2}?(?:wish|want|would\s+like|'d\s+like)",
    r"\bwould(?:n'?t|\s+not|\s+never)\s+(?:love|like|pay|kill|be)\b",
    r"\bif\s+(?:you|someone|anyone)(?:'d|\s+would)?\s+(?:\w+\s+)?(?:like|love|want|need|wish|wanna)\b",
    r"\b(?:would|'d)\s+(?:\w+\s+)?(?:like|love|want|pay|appreciate)\s+(?:to\s+)?(?:recommend|a?\s*refund|my\s+money|say|thank|point\s+out|mention|address|emphasi[sz]e|comment|express|clarify|specify|commend|congratulate|elaborate|begin|note|apologi[sz]e|get\s+into|try|buy|keep|continue|go\s+back|return|return|sleep|live|forget|start|play\s+it|give\s+it|tell|finish|support|meet|marry|know\b|believe|think|preface|add\s+that|hug|stress|call|point|note|share|like|love\s+(?:this|it)|enjoy|get\s+(?:my|a\s+refund)|begin)",
    r"\b(?:don'?t|do\s+not|doesn'?t|didn'?t|never|no)\s+(?:really\s+|even\s+)?(?:want|wish|need|needs|hope|lack|require|add|include)\b",
    r"\b(?:want|need)s?\s+(?:an?|my|the)\s+(?:refund|money|break|job|therapist|therapy|drink|hug|life|(?:better|new|good|decent|beefy|powerful|strong|nasa|gaming)\s+(?:pc|computer|gpu|rig|card|laptop|cpu)|(?:phd|degree|wiki|guide|manual|magnifying|telescope|nasa|spreadsheet|calculator|controller|friend|group|team|account|launcher))",
    r"\b(?:needs?|could\s+use|requires?)\s+(?:\w+\s+){0,2}?(?:rework|refinement|work|time|patience|tweaking|fixing|little\s+more|bit\s+more|lot\s+more|more\s+of|more\s+than|(?:less|fewer)\b|tlc|love\b)",
    r"\b(?:lots?|bit|ton|tons)\s+of\s+(?:work|time|patience|love|polish|tlc|improvement)|\bmore\s+(?:games|developers|devs|companies|studios|people|players|than)\b|\bgames\s+like\s+this\b",
    r"\badd(?:s|ed)?\s+(?:to\s+the|a\s+lot|so\s+much|up|nothing|insult|to\s+that|to\s+this|me\b|a\s+(?:layer|touch|different|nice|great|new\s+(?:layer|dimension)))",
    r"\blet\s+me\s+(?:\w+\s+)?(?:tell|start|be|say|explain|know|preface|guess|get\s+this|give\s+you|down|put)|\blet\s+us\s+(?:begin|start|be|not|say|pray|know|talk|take\s+a|look|face|hope|see\s+(?:what|how|if)|get\s+(?:this|one|into)|go\s+(?:over|through))|\b(?:continues?|able|going|enough|managed?|decided|begins?|used|thanks?|thank\s+you|chance)\s+(?:to|for)\s+(?:give|let|giv|lett)\w*\s+(?:us|players)",
    r"\bgive\s+(?:us|me)\s+(?:my|our|back)\b|\bgive\s+me\s+(?:\w+\s+)?(?:that|this|the\s+(?:creeps|chills|feeling|same))",
    r"\b(?:who|anyone|anybody|people|those|everyone)\s+(?:who\s+|that\s+)?(?:would|want|wants|like|likes|need|needs|wanting|looking)\b",
    r"\bif\s+they\s+(?:\w+\s+)?(?:add|give|bring|fix|include|introduce|implement)\b",
    r"\bjust\s+(?:want|wanted)\s+to\b|\bwhat\s+more\b|\byou\s+(?:should|must|will|would|might|want|need|could|can)\b",
    r"\b(?:they|devs?|it|update|patch|which|that)\s+(?:\w+\s+)?(?:will|are\s+going\s+to|have|has|already|recently|just|did|keeps?|plan(?:s|ning)?\s+to)\s+(?:\w+\s+)?(?:add|adding|added|bring|introduce|include)",
    r"\b(?:wait|forward|excited|curious)\b.{0,25}\bsee\s+(?:what|how|where|more\s*[.!]*$|it|this)|\bthan\s+(?:i|we)(?:'d|\s+would)\b|\b(?:more|future|next|other)\s+(?:projects?|works?|titles)\b|\bmy\s+wife\b",
    r"\b(?:glad|happy|thankful|grateful|love\s+that|love\s+how|impressed)\b|\bas\s+you\s+(?:would|might)\b|\bneed\s+(?:i|we)\s+say\b|\bi'?d\s+like\s+to\s+(?:think|believe)",
    r"\bwould(?:'?ve|\s+have)?\s+be(?:en)?\s+(?:\w+\s+)?(?:a\s+)?(?:great|good|better|perfect|amazing)\s+(?:game|if\s+it\s+(?:wasn'?t|weren'?t|didn'?t))",
    r"\b(?:it|that|this)\s+would\s+be\s+(?:\w+\s+){0,3}?if\s+(?:it|the\s+game|this|they)\s+(?:actually\s+)?(?:worked|didn'?t|wasn'?t|weren'?t|ran|would\s+(?:work|run))",
)
_REPAIR = any_of(
    r"\b(?:fix|fixes|fixed|fixing|patch|repair|optimi[sz]e|optimi[sz]ed|optimi[sz]ation|stable|stability|rebalanc\w+|balanc\w+|nerf\w*|buff|buffed|improve\w*|less|fewer|faster|smoother|shorter|cheaper|lower|tone\s+down"
    r"|reduce|remove|get\s+rid|stop|revert|roll\s*back|wasn'?t|weren'?t|isn'?t|didn'?t|doesn'?t|don'?t|wouldn'?t|crash\w*|bugs?|lag|anti.?cheat|quality\s+control|polish\w*|refund|competent|price\s+drop|discount)\b",
    r"\b(?:better|more)\s+(?:stable|polish\w*|responsive|optimi[sz]\w+|time|work|testing|communication|effort|care|balanc\w+|performance|servers?|matchmaking|netcode|writing|quality|support|consistent|reliable|playable|ai|pathfinding|translation|graphics|voice)\b",
    r"\bwork(?:ed|ing|s)?\s+(?:properly|better|correctly|again|as)\b|\bservers?\s+(?:back|up)\b|\bnot\s+(?:so|as|be)\b",
)
_STRONG_NEW = re.compile(
    r"\b(?:add|adds|added|adding|option|options|mode|editor|workshop|support|feature|button|toggle|slider|filter|ability|dlc|expansion|sequel|new|undo|another|second)\b",
    re.I,
)


def is_wish(text: str) -> bool:
    """Whether a clause asks for something that is not there; a call for a repair is not."""
    return bool(_WISH.search(text)) and not _WISH_NOT.search(text) and not is_repair(text)


def may_wish(text: str) -> bool:
    """Whether a clause could be a wish said in words that the cues do not know."""
    return bool(_WISH_MOOD.search(text)) and not _WISH_NOT.search(text) and not is_repair(text)


def has_wish_mood(text: str) -> bool:
    """Whether a clause holds a word that wishes are made of."""
    return bool(_WISH_MOOD.search(text))


def has_wish_cue(text: str) -> bool:
    """Whether a clause speaks in the mood of wishing, for whatever."""
    return bool(_WISH.search(text))


def is_repair(text: str) -> bool:
    """Whether a wish asks to mend what is there; naming an addition as such outweighs it."""
    return bool(_REPAIR.search(text)) and not _STRONG_NEW.search(text)
