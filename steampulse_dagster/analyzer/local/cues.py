"""Cue phrases that must stand in a sentence before it may count as a wish or as a leaving. Reads and writes nothing."""

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_FILL = r"(?:(?:really|also|absolutely|personally|just|definitely|still|maybe|even|so|honestly|desperately|badly|only|finally|probably|now)\s+)*"
_NICE = (
    r"(?:so\s+|very\s+|really\s+|a\s+|an\s+|even\s+|super\s+|pretty\s+|quite\s+|absolutely\s+|most\s+)*"
    r"(?:nice|great|cool|awesome|amazing|lovely|good|neat|fantastic|sweet|huge|dope|rad|fun|perfect|wonderful|handy|useful|helpful|welcome"
    r"|appreciated|sick|brilliant|excellent|interesting|incredible|game[\s-]?changer|godsend|blessing|dream|plus|cherry|ace|ideal|epic|a\s+big\s+help)"
)
_ASKED = r"(?:add|adds|adding|added|include|includes|implement|introduce|bring|brings|give|gives|get|gets|see|expand|release|port|let|allow)"

_WISH = _any(
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
    r"^\W*(?:it\s+|also\s+|just\s+|still\s+|really\s+|badly\s+|desperately\s+)*(?:needs|needing)\s+(?!to\b|work\b|fix|time\b)\w+",
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
    r"^(?:\W*[\w'-]+){1,4}\s+when\W*$|^\W*when\s+(?:[\w'-]+\s+){0,2}[\w'-]+\s*\?+\s*$",
)
_WISH_MOOD = re.compile(
    r"\b(?:would|could|'d|should|wish|hope|hopes|hoping|hopefully|please|pls|plz|want|need|needs|needed|add|adding|added|more|missing|lacks?|option|support|feature|features|chance|consider|give|let|bring"
    r"|when|where|maybe|some\s?day|one\s+day|dream\w*|ask|asking|request|beg|begging|imagine|next|no\s+way\s+to|love|another|instead)\b",
    re.I,
)
"""Too common to mean a wish by itself: it takes the embedding's word as well."""
_WISH_NOT = _any(
    r"\bwish(?:ed)?\s+(?:\w+\s+){0,2}?(?:i|we)\s+(?:could\s+(?:\w+\s+){0,2}?(?:forget|refund|return|erase|wipe|go\s+back|get\s+(?:my|a\s+refund)|experience|recommend|like|love|give\s+(?:it|this|more\s+(?:thumbs|stars))|say|turn\s+back|leave|rate|unsee|unplay|stop|quit|play\s+(?:it|this)\s+(?:again\s+)?for)"
    r"|(?:had|'d)\s+(?:\w+\s+){0,2}?(?:known|bought|waited|listened|read|played|more\s+(?:time|friends|hours|money)|friends|not|never|started|discovered|found|time|tried|refunded|an?\s+(?:better|new|friend|girlfriend|pc))"
    r"|hadn'?t|never|didn'?t|was\b|were\b|bought|knew|have\s+(?:known|bought|waited)|got|found|waited|liked|loved|enjoyed)",
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
    r"\bmore\s+(?:games|developers|devs|companies|studios|people|players|than)\b|\bgames\s+like\s+this\b",
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
_REPAIR = _any(
    r"\b(?:fix|fixes|fixed|fixing|patch|repair|optimi[sz]e|optimi[sz]ed|optimi[sz]ation|stable|stability|rebalanc\w+|balanc\w+|nerf\w*|buff|buffed|improve\w*|less|fewer|faster|smoother|shorter|cheaper|lower|tone\s+down"
    r"|reduce|remove|get\s+rid|stop|revert|roll\s*back|wasn'?t|weren'?t|isn'?t|didn'?t|doesn'?t|don'?t|wouldn'?t|crash\w*|bugs?|lag|anti.?cheat|quality\s+control|polish\w*|refund|competent|price\s+drop|discount)\b",
    r"\b(?:better|more)\s+(?:stable|polish\w*|responsive|optimi[sz]\w+|time|work|testing|communication|effort|care|balanc\w+|performance|servers?|matchmaking|netcode|writing|quality|support|consistent|reliable|playable|ai|pathfinding|translation|graphics|voice)\b",
    r"\bwork(?:ed|ing|s)?\s+(?:properly|better|correctly|again|as)\b|\bservers?\s+(?:back|up)\b|\bnot\s+(?:so|as|be)\b",
)
_STRONG_NEW = re.compile(
    r"\b(?:add|adds|added|adding|option|options|mode|editor|workshop|support|feature|button|toggle|slider|filter|ability|dlc|expansion|sequel|new|undo|another|second)\b",
    re.I,
)

_SELF = (
    r"(?:\b(?:i|we|i'?ve|we'?ve|i'?d|both\s+of\s+us|(?:my|our)\s+(?:whole\s+|entire\s+|old\s+)?(?:group|friends?|crew|party|guild|clan|wife|husband|partner|team|squad|mates?|buddy|buddies|duo)(?:\s+of\s+\w+)?)\s+(?:(?!(?:never|not|almost|nearly|would|could|might|didn'?t|haven'?t|can'?t|couldn'?t|won'?t|don'?t|hardly|rarely)\b)[\w']+\s+){0,4}?"
    r"|(?:^|[.,;:!?()\-–—…]\s*)(?:(?:and|so|then|finally|eventually|just|also|promptly|ultimately|sadly|had\s+to|immediately|instantly|almost\s+immediately)\s+)*"
    r"|\b(?:and|so|then|finally|eventually|promptly|ultimately|where|when|hence|therefore|that|why|also)\s+(?:i\s+|we\s+)?(?:just\s+|have\s+|finally\s+|immediately\s+)?"
    r"|\b(?:made|had|has|having|makes|got)\s+(?:me|us)\s+)"
)
_WENT = (
    r"(?:quit(?:ted|ting)?|stopped(?:\s+playing|\s+there|\s+at|\s+after|\s+around|\s+when|\s+logging|\s+launching|\s+bothering|\s+caring|\s+halfway|\s+in\b|\s+dead|\s+right\s+there|\s*[.!,;]|\s*$)|stop\s+playing|gave\s+(?:\w+\s+)?up|given\s+up|giving\s+up|bailed|bounced\s+(?:off|out)"
    r"|(?:drop(?:ped)?|ditch(?:ed)?|binned|scrapped|shelved?|abandon(?:ed)?|returned|deleted?|removed|chucked|left|parked)\s+(?:it|this|the\s+(?:game|whole\s+thing|thing)|(?:my|our)\s+(?:\w+\s+)?(?:city|town|save|run|campaign|playthrough|colony|kingdom|settlement|village|world|park|character))\b"
    r"|dropped\s+out|walked\s+away|walked\s*[.!,]|checked\s+out|tapped\s+out|noped\s+(?:out|the)|moved\s+on(?:\s*[.!,;]|\s*$|\s+to\s+(?:something|another|other|better|greener|a\s+different))|drifted\s+(?:away|off)|wandered\s+off|uninstall(?:ed|ing)?|un-installed|refund(?:ed|ing)?|called\s+it\s+(?:quits|a\s+day)|call(?:ed)?\s+it\s+quits"
    r"|threw\s+in\s+the\s+towel|pulled\s+the\s+plug|packed\s+it\s+in|jumped\s+ship|rage\s*-?quit(?:ted)?|lost\s+(?:all\s+|my\s+|any\s+|every\s+|the\s+)*(?:interest|motivation|patience|will|desire|steam|drive|faith|appetite)|put\s+(?:it|this|the\s+game|the\s+controller)\s+(?:down|aside|away)|put\s+down|set\s+it\s+aside"
    r"|alt.?f4(?:'?d|ed)?|ended\s+up\s+(?:refund|quit|dropp|uninstall|giving|stopp|leav|return|delet)\w*|decided\s+(?:to\s+(?:stop|quit|drop|refund|uninstall|leave|give\s+up|move\s+on|shelve)|not\s+to\s+(?:continue|finish|go\s+on)|against\s+(?:continuing|finishing)|enough)"
    r"|(?:quit|closed|logged\s+(?:off|out)|left|shut\s+it|turned\s+it|gone|stopped|put\s+it|out)\s+(?:\w+\s+){0,3}?for\s+good|let\s+it\s+(?:go|rest|be)\b)"
)
_AGAIN = r"(?:since|again|any\s*more|after|because|in\s+(?:\w+\s+)?(?:months|weeks|years|ages|forever|year|month|week|while)|for\s+(?:\w+\s+)?(?:months|weeks|years|ages|year|month))"

_LEAVE = _any(
    r"\b(?:my|our)\s+(?:last\s+|only\s+)?(?:save|city|town|campaign|playthrough|run|character|party|colony|kingdom|village|story|game|adventure|journey|time)\s+(?:\w+\s+){0,4}?(?:ended|ends|stopped|died|sits|has\s+been\s+sitting|has\s+sat|is\s+(?:still\s+)?(?:sitting|stuck|parked|stranded|abandoned)|stays|remains)\b.{0,40}?\b(?:there|here|since|at|in\s+(?:chapter|act|year)|forever|unfinished|with\s+(?:it|this))\b",
    r"\blife(?:'s|\s+is)\s+too\s+short\b|\bsent\s+it\s+back\b|\bgot\s+off\b(?=.{0,12}$)|\b(?:steam|gaben|valve)\s+took\s+it\s+back\b|\bwas\s+all\s+(?:i|we)\s+could\s+(?:take|stand|stomach|bear)\b|\bcould(?:n'?t|\s+not)\s+(?:face|stomach|stand|bear|endure|take)\s+(?:another|one\s+more|any\s+more|it\s+any)\b",
    r"\b(?:and\s+then\s+|and\s+)?so\s+(?:did|have)\s+i\b(?=.{0,3}$)|\b(?:time|moving|on)\s+to\s+(?:the\s+)?(?:next|something\s+else|move\s+on|other\s+games)\b|\bi\s+(?:see|saw)\s+no\s+(?:point|reason)\s+(?:in|to)\s+(?:continu|go|keep|start|play|finish|carry)\w*|\bnot\s+worth\s+(?:continuing|finishing|restarting)",
    r"\b(?:i|we)\s+(?:\w+\s+)?(?:let|left)\s+(?:my|our|the)\s+(?:\w+\s+){1,2}?(?:rot|die|burn|starve|be|there|alone|unfinished|behind)\b|\bnever\s+(?:reloaded|resumed|restarted|continued|finished)\b|\b(?:my|our)\s+(?:subscription|interest|patience|motivation|enthusiasm)\s+(?:\w+\s+)?(?:ended|ran\s+out|died|evaporated|vanished|dried\s+up|was\s+gone|is\s+gone)\b",
    rf"{_SELF}{_WENT}(?!\w)(?!\s+(?:running|open|idle|idling|on\s+overnight)\b)",
    r"^\W*(?:instant\s+|immediate\s+|easy\s+|quick\s+|full\s+)*(?:refunded|refunding|refund\b(?!\s+(?:the|this|it|your|if|immediately)))",
    r"\b(?:i|we|me|us|to)\s+(?:just\s+|simply\s+|finally\s+)?give\s+up\s+(?:on\s+(?:it|this)|after|because|and)",
    r"\b(?:asked|asked\s+steam|filed|requested|requesting|applied|got|getting|gotten|went|gone|put\s+in|took|submitted|opened|demanded|issued|received|hit|pressed|clicked|getting)\s+(?:for\s+|in\s+for\s+|me\s+|us\s+|an?\s+|my\s+|the\s+|in\s+|on\s+)*(?:instant\s+|immediate\s+|full\s+|steam\s+|quick\s+)?refund(?:ed)?\b",
    r"\brefund\s+(?:requested|granted|went|approved|accepted|submitted|it\s+is|it\s+was|done|received|please\s+and)|\brefunded\s+(?:it|this|at|after|within|and|the|before|in|my|so|because|twice|immediately)?",
    r"\b(?:steam|gaben|valve|support)\s+(?:\w+\s+){0,7}?(?:gave|give|refunded|returned)\s+(?:me|us|my)\b",
    r"(?:^|[.,!;]\s*|\b(?:asked|got|get|gave\s+me|for|getting|want)\s+(?:for\s+|all\s+)?)(?:my\s+|our\s+)?money\s+back\b",
    r"\b(?:gave|got|getting|sent)\s+(?:me\s+|us\s+)?my\s+(?:\S+\s+){0,3}(?:money|bucks|dollars|euros|cash|pounds|quid)\s+back",
    rf"\b(?:haven'?t|havent|hasn'?t|hasnt|have\s+not|has\s+not|hadn'?t|not)\s+(?:\w+\s+){{0,2}}?(?:touched|opened|launched|started|played|booted|loaded|been\s+(?:back|touched|opened|launched|played)|gone\s+back|returned|come\s+back|logged|reinstalled|bothered|continued|picked)\b.{{0,60}}?\b{_AGAIN}\b",
    r"\b(?:haven'?t|havent|have\s+not|never)\s+(?:gone|been|went|come|came|looked|logged)\s+back\b(?!\s+to\s+(?:the\s+store|another))",
    r"\bnever\s+(?:\w+\s+)?(?:finished|touched|opened|launched|booted|loaded|went\s+back|gone\s+back|returned|came\s+back|picked\s+(?:it|this)|started\s+(?:it|this)|played\s+(?:it|this)|made\s+it\s+(?:past|beyond|to|through)|got\s+(?:past|beyond))\s*(?:it|this|the\s+game|again|since|back|another|to\s+it|my|the|chapter|act)\b",
    r"\b(?:didn'?t|did\s+not|couldn'?t|could\s+not|won'?t|wouldn'?t)\s+(?:even\s+)?(?:finish|continue|go\s+on|carry\s+on|keep\s+going|make\s+it\s+(?:past|through|to))\b",
    r"(?:\b(?:i|we|just|simply|and|but)\s+|^\W*)(?:couldn'?t|could\s+not|can'?t|cannot|cant)\s+(?:\w+\s+){0,3}?(?:bring\s+myself|force\s+myself|make\s+myself|get\s+myself|be\s+(?:bothered|arsed|fucked)|take\s+(?:it\s+|this\s+)?any\s*more|stand\s+(?:it|this)\s+any)",
    r"\b(?:untouched|unplayed|unfinished|uninstalled|gathering\s+dust|collecting\s+dust|abandoned|rotting)\s+(?:ever\s+)?since\b|\b(?:gathering|collecting)\s+dust\b|\b(?:sits|sitting|sat|lies|lying|been)\s+(?:\w+\s+){0,3}?(?:untouched|unfinished|uninstalled|on\s+(?:my|the)\s+(?:shelf|drive|hard\s+drive|backlog))",
    r"\b(?:last|final)\s+straw\b|\b(?:that|this|it)(?:'?s|\s+is|\s+was)\s+(?:about\s+|basically\s+|pretty\s+much\s+|really\s+|then\s+)?(?:it|the\s+end|curtains|enough|game\s+over)\s+for\s+(?:me|us)\b|\bthat\s+did\s+it\b|(?<!worth\s)\b(?:was|were)\s+(?:it|the\s+end|enough)\s+for\s+(?:me|us)\b|\bend\s+of\s+the\s+(?:line|road)\s+for\s+(?:me|us)\b",
    r"\b(?:it|that|this|they|which|game|chapter|act|patch|update)\s+(?:has\s+|had\s+|just\s+|completely\s+|finally\s+)*lost\s+me\b|\blost\s+me\s+(?:at|when|there|completely|for\s+good|in|around|after|with|as)\b",
    r"\b(?:killed|ended|ruined|broke)\s+(?:it|the\s+game|the\s+fun|my\s+(?:run|interest|motivation|playthrough|campaign|save|will))\s+(?:for\s+(?:me|us|good)|to\s+(?:continue|play))|\bkilled\s+(?:any|all|my)\s+(?:interest|motivation|desire|will)",
    r"\b(?:that|this|here|there)(?:'?s|\s+is|\s+was)\s+(?:exactly\s+|about\s+|the\s+point\s+|the\s+moment\s+|the\s+day\s+)?(?:where|when|why|what)?\s*(?:i|we|my\s+\w+|our\s+\w+)\s+(?:\w+\s+)?(?:stopped|quit|left|gave|dropped|checked|lost|bailed|uninstalled|refunded|ended|closed|put|tapped|walked|called)",
    r"\b(?:i|we)'?(?:ve)?\s+(?:have\s+|had\s+|just\s+)*(?:had\s+enough|seen\s+enough)\b|\b(?:don'?t|do\s+not|just\s+don'?t)\s+(?:\w+\s+)?(?:launch|open|start|play|touch)\s+(?:it|this)\s+any\s?more\b",
    r"\bnever\s+(?:\w+\s+)?(?:logged|looked|went|came|going|opened|launched|loaded|touched|played)\s+(?:\w+\s+){0,3}?(?:again|since|any\s?more|back)\b|\bsaw\s+the\s+(?:ending|credits)\b.{0,30}\bfine\b",
    r"\bnot\s+(?:looked|gone|been|come)\s+(?:back|at\s+(?:it|this))\b|\b(?:switched|moved|went|gone)\s+(?:over\s+|on\s+)?to\s+(?:something\s+else|another\s+game|better\s+games)|\b(?:deleted|removed|wiped)\s+(?:after|within|the\s+same)\b",
    r"\bno\s+(?:real\s+|more\s+|longer\s+any\s+)?(?:desire|urge|motivation|interest|intention|will|wish|energy|appetite)\s+(?:left\s+)?(?:to|in|of)\s+(?:continu\w+|go\w*\s+back|keep\w*|return\w*|play\w*|finish\w*|carry\w*|start\w*|pick\w*)|\bdon'?t\s+(?:feel\s+like|want\s+to|plan\s+to|intend\s+to|see\s+myself|think\s+i'?ll|bother)\s+(?:ever\s+)?(?:continu\w+|go\w*\s+back|return\w*|keep\s+playing|playing\s+(?:it|this)\s+any|finish\w*|com\w+\s+back)",
    r"\b(?:i'?m|i\s+am|we'?re|we\s+are|am|was|were)\s+(?:so\s+|officially\s+|just\s+|finally\s+|now\s+|all\s+|pretty\s+much\s+|absolutely\s+)*(?:done\s*(?:[.!,;:]|$|with\s+(?:it|this|the\s+game|them|these\s+devs)|here|now\b|after)|out\s*(?:[.!,;:]|$|after|of\s+here|then|for\s+good))",
    r"(?:^|[,.;!-]\s*)(?:and\s+|then\s+)*(?:done|i'?m\s+out|i'?m\s+done|no\s+thanks|never\s+again|bye|goodbye|see\s+ya|so\s+long)\s*[.!]*\s*$|\b(?:done|finished|through)\s+with\s+(?:this|it|the)\s*(?:game|crap|shit|mess|one|series)?\s*[.!]*$",
    r"\bnot\s+(?:starting\s+over|coming\s+back|going\s+back|touching\s+(?:it|this)|continuing|playing\s+(?:it|this)\s+(?:again|any)|finishing\s+(?:it|this))|\bnever\s+(?:again|touching|going\s+back|coming\s+back|playing\s+(?:this|it))\b|\bwon'?t\s+be\s+(?:coming\s+back|going\s+back|returning|playing|continuing|finishing)|\b(?:will|i'?ll)\s+(?:never|not)\s+(?:be\s+)?(?:play|touch|finish|return|playing|touching|going\s+back|coming\s+back|returning|continuing|finishing)",
    r"\b(?:went|gone|going|switched|returned|returning|crawled|ran|straight|heading|headed|it'?s|i'?m)\s+back\s+to\s+(?:playing\s+)?(?-i:[A-Z])|^\W*back\s+to\s+(?:playing\s+)?(?-i:[A-Z])|\b(?:i'?ll|i|i'?m|we'?ll|we|rather)\s+(?:\w+\s+)?stick(?:ing)?\s+(?:to|with)\s+(?-i:[A-Z])",
    r"\boff\s+my\s+(?:drive|ssd|disk|pc|hard\s+drive|library)|\bgone\s+from\s+my|\bno\s+longer\s+(?:installed|have\s+it\s+installed|play|playing)\b|\bfreed\s+up\s+(?:the|my|some)\s+(?:space|disk|drive)",
    r"\bbefore\s+(?:i\s+|we\s+)?(?:quit|gave\s+up|refunded|uninstalled|quitting|giving\s+up|refunding|uninstalling|dropping|calling\s+it|stopping|bailing)\b",
    r"\b(?:lasted|managed|survived|endured|tolerated|gave\s+it|made\s+it)\s+(?:\w+\s+){1,4}?(?:hours?|minutes?|days?|weeks?|chapters?)\b.{0,25}?\b(?:before|and\s+(?:left|quit|gave|stopped|that))",
    r"\b(?:last\s+(?:time|session|login|launch)\s+(?:\w+\s+){0,4}?(?:was|in)\s+(?:\w+\s+)?(?:january|february|march|april|may|june|july|august|september|october|november|december|20\d\d|months|weeks|years))",
)
_LEAVE_MOOD = re.compile(
    r"\b(?:refund\w*|money|uninstall\w*|delet\w+|stopp?\w*|quit\w*|gave|left|dropp\w*|never|not|no\s+more|n't|\w+n't|again|any\s?more|back|since|done|out|over|ended|ends|end|closed|shelv\w*|last|lost|enough|put|sent|took"
    r"|off|switched|moved|abandon\w*|sits?|sitting|untouched|dust|goodbye|bye|walked|returned|until|before|took)\b",
    re.I,
)
"""As common: it takes the embedding's word and the reviewer's thumb as well."""
_STOP_WORDS = r"(?:(?!(?:so|and|but|then|because|cause|which|since)\b)[\w'%/-]+\s+)"
_LEAVE_NOT = _any(
    rf"\b(?:never|not|can'?t|cannot|cant|couldn'?t|didn'?t|didnt|won'?t|wont|don'?t|dont|haven'?t|havent|hasn'?t|wouldn'?t|without|no\s+(?:way|reason|need)\s+to|hard\s+to|impossible\s+to|unable\s+to|refuse\w*\s+to|isn'?t|nobody|no\s+one)\s+{_STOP_WORDS}{{0,3}}?"
    r"(?:quit|quitting|stop|stopped|stopping|refund|refunded|uninstall|uninstalled|give\s+up|gave\s+up|giving\s+up|given\s+up|put\s+(?:it|this)\s+down|put\s+down|drop|dropped|leave|lose\s+interest|lost|delete|bounced|looked\s+back|return(?!ing|ed)|shelve|abandon|money\s+back)\b",
    rf"\b(?:almost|nearly|about\s+to|close\s+to|going\s+to|gonna|thinking\s+(?:of|about)|thought\s+(?:of|about|i)|consider\w*|tempted|might|may|maybe|could|would|wouldn'?t|should|i'?ll|wish|want(?:ed)?\s+to|wanna|if|unless|or\s+i(?:'m)?|once|whenever|whether|ready\s+to|threat\w*|probably|likely)\s+{_STOP_WORDS}{{0,6}}?"
    r"(?:refund|refunded|refunding|quit|quitting|stop|uninstall|uninstalled|uninstalling|give\s+up|gave\s+up|giving\s+up|drop|return|leave|money\s+back|out\b|done\b|stopped|delete|bail|lost|abandon)\b",
    r"\b(?:devs?|developers?|they|studio|publisher|company|team|2k|ea|ubisoft)\b(?:(?!\b(?:i|we|my|our|so|me|us)\b)[^.!?;]){0,80}?\b(?:lost\s+interest|walked\s+away|gave\s+up|moved\s+on|abandoned|thrown\s+in\s+the\s+towel|threw\s+in\s+the\s+towel|decided\s+to\s+stop|stopped|quit|left)\b",
    r"\b(?:will|i'?ll|gonna)\b.*\b(?:if|unless|until|till)\b|\bif\s+(?:it|they|the|this|nothing|that)\b.*\b(?:change|changes|fix|fixed|fixes|continue|continues|cancel|stay|stays|keep|keeps|happens)\b|\b(?:could|should|would)(?:\s+have|'ve)\s+(?:(?!(?:but|and|so)\b)\w+\s+){0,4}?(?:quit|stopped|refunded|refund|uninstalled|dropped|left|returned|given\s+up|walked|thrown|got|gotten)\b",
    r"\bleft\s+(?:this|a|my|the)\s+review\b|\byou(?:'ll|'re|'ve)?\b(?:(?!\b(?:i|we|my|so|me)\b).){0,60}\b(?:put|quit|drop|refund|forget|shelve|uninstall)|\b(?:they|devs?|developers?)\b(?:(?!\b(?:i|we|my|so|me|us)\b).){0,80}\bcall(?:ed)?\s+it\b|\binstalled\s+and\s+uninstalled\b|\b(?:usually|often|typically|generally|normally)\s+(?:\S+\s+){0,14}?(?:quit|stop|drop|put|give)\b",
    r"\b(?:hope|hoping|wish)\b.*\bbefore\s+(?:i|we)\b|\bwhen\s+i(?:'m|\s+was)\s+done\b|\bquit\s+literally\b|\bany\s+of\s+(?:the|these|them)\b|^\W*if\s+not\b|\b(?:will|i'll)\b(?:(?!\b(?:so|but|because)\b).){0,80}\band\s+quit\b|\bcarried\s+on\b|\bafter\s+i'?(?:ve|d)\s+dropped\b",
    r"\bwhile\s+i'?m\s+out\b|\bbe\s+done\s+with\b|\bleft\s+(?:it|the\s+game)\s+(?:in|at|a|with|to)\b|\bhaven'?t\s+(?:\w+\s+)?played\s+(?:a\s+(?:ton|lot|bunch|great)|much|long|enough|too|very|that|many|it\s+(?:much|long|enough))\b|\bmore\s+like\b|\bbasically\s+said\b",
    r"\b(?:he|she|they|teammates?|players|people|you|everyone|everybody|devs?|developers?|enemies|enemy|npcs?|servers?|the\s+host|girlfriend|boyfriend|someone|somebody|others|randoms?|opponents?|streamers?|company|publisher|studio|who|most|reviewers|citizens|workers|villagers|companions?|bandits?)\s+"
    r"(?:'ve\s+|have\s+|has\s+|had\s+|all\s+|just\s+|even\s+|then\s+|simply\s+|basically\s+|fully\s+|almost\s+|to\s+|didn'?t\s+)*(?:quit|give\s+up|finish|quits|stopped|stop|left|gave\s+up|give\s+up|abandon(?:ed)?|dropped|uninstalled|refunded|lost\s+(?:interest|me)|moved\s+on|bailed|walked)",
    r"\bstopped\s+(?:working|updating|responding|supporting|developing|loading|me|crashing|being|producing|selling|moving|making|the|by|listening|counting|trying|worrying|sleeping|eating|going|seeing|talking|using|taking|watching|reading|buying|building)\b",
    r"\b(?:quit|quits|quitting|exit)\s+(?:to|out\s+to|my\s+job|smoking|the\s+(?:menu|desktop)|button|mid|work|school|drinking|and\s+(?:reload|restart|come\s+back)|without|feature|option)\b|\bsave\s+and\s+quit\b|\brage\s*-?quit(?:s|ters?|ting)?\s+(?:of|by|simulator)",
    r"\bg[ai]ve\s+(?:it|this|the\s+game)\s+(?:an?|another|\d|my)\b(?!.{0,30}\band\s+(?:left|quit|stopped))|\bg[ai]ve(?:n)?\s+up\s+(?:my|sleep\w*|smoking|looking|counting|being|pretending|on\s+(?:sleep|my\s+(?:life|diet|social|wife|thesis|job|sex)|humanity))\b",
    r"\brefund\s+(?:policy|window|button\s+(?:is|exists)|timer|system|period|time|limit)|\b(?:past|over|beyond|outside|too\s+late|missed|exceeded|no|cannot|can'?t|won'?t|denied|refused?|want|wants?|need|demand|give\s+(?:me|us)|deserve|allow|offer|chance\s+to|able\s+to|want\s+to|try\s+to|trying\s+to|tried\s+to|allowed\s+to|enough\s+to|going\s+to|about\s+to)\s+(?:\w+\s+){0,3}?(?:refunds?|my\s+money\s+back)\b",
    r"\b(?:steam|they|valve)\s+(?:won'?t|wouldn'?t|refused|denied|declined|didn'?t)",
    r"\b(?:reinstall\w*|re-installed|picked\s+(?:it|this)\s+(?:back\s+)?up\s+again|glad\s+i\s+(?:did|gave|came|didn'?t)|(?:came|coming|come|went|dragged|pulled)\s+back\s+for\s+more|keeps?\s+(?:me\s+)?(?:coming|pulling|going|bringing))\b",
    r"\buninstall(?:ed|ing)?\s+(?:and|then)\s+(?:re-?|in)?install|\buninstall(?:ed|ing)?\s+(?:other|my\s+other|every|all|league|lol|wow|fortnite|the\s+launcher|mods?)\b",
    r"\bwas\s+(?:about|going|ready|tempted|close)\s+to\s+(?:\w+\s+){0,2}?(?:quit|stop|refund|uninstall|drop|give|return|leave|delete|put|throw|get|call)|\bnever\s+looked\s+back\b|\bdon'?t\s+(?:be|give\s+up|quit|stop)\b|\bnon.?stop\b|\bquit\s+(?:talking|speaking)|\b(?:once|when|every\s+time|whenever)\s+(?:i|you)\s+(?:put|stop|quit)|\bquit\s+when\w*\s+(?:you|i)\s+(?:want|like|need)|\bone\s+does\s+not\b|\bjust\s+kidding\b",
    r"\b(?:haven'?t|havent|not|never)\s+(?:\w+\s+){0,2}?(?:finished|completed|beaten|played|touched|tried|started)\s+(?:\w+\s+){0,4}?(?:yet|but|so\s+far|anything|like|such|a\s+game|before|the\s+(?:first|original|previous|others?)|one\b|multiplayer|online|this\s+(?:much|genre|kind))\b",
    r"\bdone\s+(?:so\s+)?(?:well|right|properly|by|in\b|it\b)|\bnever\s+lost\b|\bdid\s+not\s+lose\b|\b(?:can|will|you)\s+(?:\w+\s+)?(?:quit|stop|leave|return|refund)\b",
    r"\b(?:went|gone|switched|moved|back)\s+(?:back\s+|on\s+)?to\s+(?:\w+\s+){0,2}?(?:bed|work|sleep|menu|start|main|beginning|previous|tutorial|desktop|shop|store|check|my\s+(?:save|base|city|last))\b",
    r"\bgave\s+up\s+(?:there\s+)?and\s+(?:\w+\s+)?(?:used|looked|fragged|cheated|googled|watched|lowered|turned|switched\s+to\s+(?:easy|a))",
)
_LEAVE_STRONG = _any(
    r"\b(?:uninstalled|refunded|quit|gave\s+(?:it\s+)?up|stopped\s+playing|stopped\s+(?:at|after|when|around|there)|money\s+back|lost\s+interest|called\s+it\s+quits|(?:went|gone|been)\s+back|done\s+with|lost\s+me|dropped\s+(?:it|my|the)|abandoned\s+(?:it|my|the)|shelved|moved\s+on|refund|untouched|bounced)\b",
    rf"\b(?:haven'?t|hasn'?t|not|never)\b.{{0,40}}\b{_AGAIN}\b",
    r"\bfor\s+good\b|\bfor\s+me\b|\bnever\s+(?:\w+\s+)?(?:finished|made\s+it|got\s+past|went|gone|returned|opened|touched)\b|\bwhere\s+(?:i|we)\b|\bput\s+(?:it|this)\s+(?:down|aside|away)\b",
)
_RETURNED = _any(
    r"\b(?:i|we|and|but|then|later|now|so|finally|recently|just)\s+(?:\w+\s+)?(?:came|come|am|i'm|got|gone|went)\s+(?:right\s+|crawling\s+|running\s+)?back\b(?!\s+to\s+(?:the\s+store|steam|[A-Z]))(?!\s+(?:and|again)\s+(?:uninstall|quit))(?=\s*(?:[.,!]|after|and|again|with|for|months|years|a\s+(?:year|month)|when|now|$))",
    r"\breinstalled\b|\bpicked\s+it\s+(?:back\s+)?up\s+again\b|\bgave\s+it\s+another\s+(?:try|go|chance|shot)\b",
)
_NOT_RETURNED = re.compile(r"\b(?:never|not|haven'?t|hasn'?t|won'?t|didn'?t|if|no\s+(?:reason|desire|urge))\b", re.I)
_RESOLVED = _any(
    r"\bused\s+to\s+(?:be|crash|have|lag|freeze|stutter)\b|\bno\s+longer\b|\bnot\s+any\s*more\b",
    r"\b(?:has|have|had|got|been|was|were|is|are|they|devs?)\s+(?:\w+\s+){0,2}?(?:fixed|patched|resolved|ironed\s+out|sorted\s+out|addressed)\b",
    r"\b(?:fixed|patched)\s+(?:it|that|this|most|all|the|everything|now|quickly|within|in)\b",
    r"\bat\s+(?:launch|release)\s+(?:\w+\s+){0,8}?(?:but|now)\b",
)
_HEARSAY = _any(
    r"\b(?:people|everyone|everybody|others|reviews?|reviewers|haters|some|many|folks|those)\s+(?:\w+\s+){0,3}?(?:say|says|said|saying|complain\w*|claim\w*|cry|crying|whine|whining|talk\w*|mention\w*|report\w*|call|calling|are\s+on\s+about)\b",
    r"\bdunno\s+what\b|\bdon'?t\s+(?:know|understand|get)\s+(?:why|what)\s+(?:\w+\s+){0,2}?(?:people|everyone|others|they|the)\b",
    r"\bignore\s+the\b|\bcontrary\s+to\b|\bdon'?t\s+listen\b|\bi'?ve\s+(?:heard|read)\b|\bi\s+(?:heard|read)\s+(?:that|about)\b",
)
_CONDITION = _any(
    r"^\W*(?:if|unless|in\s+case|should\s+(?:they|the|you)|once\s+they|when\s+they|until|maybe|perhaps|hopefully|imagine|suppose)\b",
    r"\bif\s+(?:they|the\s+devs?|this\s+thing|it|the\s+game)\b",
)
_BLAME = _any(
    r"\b(?:shame|pity|too\s+bad|sad\s+thing|sad\s+part|gripes?|complaints?|downsides?|drawbacks?|nitpicks?|letdown|let-down|let\s+down|only\s+(?:negative|issue|problem|bad|con|flaw)|biggest\s+(?:issue|problem|flaw|weakness)|main\s+(?:issue|problem|flaw))\b",
    r"\b(?:the\s+(?:bad|ugly|worst)(?:\s+(?:part|thing|bit|news))?\s*(?::|is\b|was\b|has\b)|(?:problem|issue|trouble|worst|flaw)\s+(?:is|was|for\s+me|with)\b|unfortunately|sadly|regrettably|disappoint\w*|annoy\w*|frustrat\w*|infuriat\w*|ridiculous\w*|pathetic|awful|terrible|horrible|atrocious)",
    r"\b(?:i\s+(?:hate|hated|dislike|disliked|despise|can'?t\s+stand)|nobody\s+likes|drives?\s+me\s+(?:nuts|crazy|mad|insane|up)|gets?\s+on\s+my\s+nerves|sick\s+(?:and\s+tired\s+)?of|tired\s+of|fed\s+up|is\s+a\s+(?:joke|mess|pain|nightmare|chore|slog|disgrace)|good\s+luck\s+\w+ing)\b",
    r"\b(?:makes?\s+no\s+sense|for\s+no\s+reason|waste\s+of|far\s+too|way\s+too|much\s+too|not\s+enough|barely|hardly\s+(?:any|works|ever)|forces?\s+you\s+to|forced\s+to|have\s+to\s+(?:wait|restart|redo|reload|walk|click|grind|repeat|replay|quit|watch)|no\s+way\s+to|no\s+option\s+to|impossible\s+to|you\s+can'?t\s+(?:even\s+)?(?:save|pause|skip|turn|change|rebind|remap|zoom|rotate|sort|move|undo|see|tell|cancel|disable|choose|host|play|invite))\b",
)
_CHEER = _any(
    r"\b(?:kudos|props|hats\s+off|chef'?s\s+kiss|shout-?out|bravo|credit\s+to|highlights?|standout|stands\s+out|shines?|nails?\s+(?:it|the|that)|nailed|top\s+notch|top\s+tier|second\s+to\s+none|best\s+(?:part|thing|bit)|never\s+gets?\s+(?:old|boring|stale)|just\s+works|worth\s+(?:it\s+alone|every|the\s+(?:price|admission|money))|steals?\s+the\s+show|deserves?\s+(?:a\s+)?(?:raise|medal|award|praise|love|more))\b",
    r"\b(?:i\s+(?:love|loved|adore|adored|really\s+(?:like|liked|enjoy|enjoyed|love|loved))|love\s+(?:how|that|the)|loved\s+(?:how|that|the)|what\s+i\s+(?:love|like)|the\s+good\s*:|a\s+joy|a\s+blast|a\s+treat|a\s+delight|a\s+pleasure|so\s+(?:good|well|satisfying|fun|pretty|clever|cozy|relaxing)|ridiculously\s+good|insanely\s+good|properly\s+(?:good|fun|funny)|blew\s+me\s+away|blown\s+away|best\s+i'?ve|finest|made\s+me\s+(?:cry|laugh|smile|grin|stop)|kept\s+me\s+(?:hooked|going|up)|can'?t\s+get\s+enough|hooked\s+me|got\s+me\s+hooked|sucked\s+me\s+in)\b",
    r"\b(?:beautifully|brilliantly|wonderfully|masterfully|perfectly|superbly|lovingly|exceptionally|fantastically|amazingly|incredibly\s+well|well)[\s-]+(?:made|done|crafted|written|designed|executed|thought|put|paced|balanced|acted|voiced|implemented|animated|drawn|integrated|told)\b",
)
_QUESTION = re.compile(r"\?\s*$")


def is_wish(text: str) -> bool:
    """Whether a clause asks for something that is not there; a call for a repair is not."""
    return bool(_WISH.search(text)) and not _WISH_NOT.search(text) and not is_repair(text)


def may_wish(text: str) -> bool:
    """Whether a clause could be a wish said in words that the cues do not know."""
    return bool(_WISH_MOOD.search(text)) and not _WISH_NOT.search(text) and not is_repair(text)


def has_wish_mood(text: str) -> bool:
    """Whether a clause holds a word that wishes are made of."""
    return bool(_WISH_MOOD.search(text))


def has_leave_mood(text: str) -> bool:
    """Whether a clause holds a word that leavings are made of."""
    return bool(_LEAVE_MOOD.search(text))


def has_wish_cue(text: str) -> bool:
    """Whether a clause speaks in the mood of wishing, for whatever."""
    return bool(_WISH.search(text))


def is_repair(text: str) -> bool:
    """Whether a wish asks to mend what is there; naming an addition as such outweighs it."""
    return bool(_REPAIR.search(text)) and not _STRONG_NEW.search(text)


def is_leaving(text: str) -> bool:
    """Whether the reviewer says to have stopped, refunded or given up; not a threat, a wish, a denial or somebody else."""
    return bool(_LEAVE.search(text)) and not _LEAVE_NOT.search(text)


def may_leave(text: str) -> bool:
    """Whether a sentence could be a leaving said in words that the cues do not know."""
    return bool(_LEAVE_MOOD.search(text)) and not _LEAVE_NOT.search(text)


def is_strong_leaving(text: str) -> bool:
    """Whether the leaving is said in so many words, so that even a recommending review may mean it."""
    return bool(_LEAVE_STRONG.search(text))


def has_returned(text: str) -> bool:
    """Whether the reviewer says to have come back."""
    return bool(_RETURNED.search(text)) and not _NOT_RETURNED.search(text)


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
