"""Cue phrases that must stand in a sentence before it may count as a wish or as a leaving. Reads and writes nothing."""

import re

_I = re.IGNORECASE

_WISH = re.compile(
    r"""\b(?:
      wish(?:es|ing|ed)?\b(?!\s+(?:list|you|them|him|her)\b) | if\s+only\b
    | (?:would|i'?d|we'?d|id|'d)\s+(?:really\s+|also\s+|absolutely\s+|personally\s+|just\s+)*(?:love|like|kill|adore|pay|be\s+happy|appreciate|welcome)\b
    | (?:would|could)\s+(?:also\s+|really\s+|definitely\s+)*be\s+(?:so\s+|very\s+|really\s+|a\s+|even\s+|super\s+|pretty\s+)*(?:nice|great|cool|awesome|amazing|lovely|good|neat|
        fantastic|sweet|huge|dope|fun|perfect|wonderful|handy|useful|welcome|appreciated|sick|brilliant|excellent|interesting|
        incredible|better\s+(?:with|if)|game\s+changer|gamechanger|godsend|blessing|dream)\b
    | (?:please|pls|plz)\s+(?:just\s+|also\s+)?(?:add|give|let|bring|make|include|consider|implement|put|allow|release|port|do|get|introduce)\b
    | (?:can|could|may)\s+(?:we|i|you|they|devs?)\s+(?:please\s+|pls\s+|maybe\s+|just\s+|finally\s+|also\s+)*(?:get|have|add|give|bring|include|implement|let)\b
    | (?:should|ought\s+to|need\s+to|needs\s+to|gotta|must)\s+(?:really\s+|also\s+|definitely\s+|just\s+|maybe\s+)*(?:add|include|implement|introduce|give|let|bring|allow|have\s+(?:a|an|more|some)|be\s+an?\s+(?:option|way|mode|button|setting)|be\s+able)\b
    | (?:hope|hoping|hopefully|praying|dreaming|waiting|wait|begging|crying)\s+(?:\w+\s+){0,5}?(?:add|adds|adding|added|include|get|gets|bring|brings|introduce|implement|for\s+(?:a|an|more|some)|see|expand)\b
    | (?:needs?|want|wants|could\s+(?:really\s+|do\s+|also\s+)*(?:use|with)|missing|lacks?|lacking|asking\s+for|begging\s+for|crying\s+out\s+for|deserves?)\s+(?:is\s+|for\s+|just\s+|only\s+|really\s+)*(?:an?|more|some|another|proper|official|full|native|the\s+(?:option|ability)|one\s+(?:thing|more))\b
    | give\s+(?:us|me|players?)\b | let\s+(?:us|me|players?)\b(?!\s+(?:tell|know|say|explain|start|be|put|just\s+say|begin|down|in|go)\b)
    | bring\s+(?:back\s+)?(?:us\b|me\b|back\b|it\s+to\b|this\s+to\b)
    | (?:add|include|implement)\s+(?:an?\b|more\b|some\b|the\b|support\b|us\b|in\b|\w+\s+(?:mode|support|option|options|editor|button|slots?|maps?|modes?)\b)
    | (?:only|one|main|biggest|few|single)\s+(?:thing|things|feature|request|wish|suggestion|ask)s?\s+(?:(?:that'?s|that\s+is|it'?s|it\s+is|i'?d|i\s+would|i|we|would|be)\s+)*(?:missing|wish|want|need|ask|add|suggest|missed)\b
    | (?:feature\s+request|suggestions?|request|wishlist|wish\s+list)\s*(?:is|are|for\s+(?:the\s+)?devs?|:)
    | more\s+(?:\w+\s+){1,3}(?:please|pls|plz|would|wanted|needed)\b
    | (?:an?|the|more|some|any|another)\s+(?:[\w'-]+\s+){1,9}?(?:please|pls|plz)\b
    | i\s+(?:want|need|miss)\s+(?:an?|more|some|the\s+(?:option|ability))\b
    | (?:an?\s+)?(?:option|way|ability|button|toggle|slider|mode)\s+(?:to|for)\s+(?:[\w'-]+\s+){1,9}?(?:would|please|pls|needed|wanted)\b
    | sign\s+me\s+up\s+for | (?:i'?d|would|i'?ll|will|happily|gladly)\s+(?:gladly\s+|happily\s+)?(?:pay|buy)\s+(?:\w+\s+){0,3}?(?:for|an?|more|dlc|it\s+again)\b
    | how\s+about\s+(?:an?|some|more|adding)\b | why\s+(?:is|are|isn'?t|can'?t|not)\s+(?:there\s+|we\s+|add\s+)(?:no\s+|an?\s+|have\s+)?
    | would\s+(?:love|like)\b | dream\s+feature | my\s+dream\s+is
    )"""
    # "capes when", "linux port when?", "workshop when"
    r"|\bwhen\s*\?*\s*$|^\W*when\s+(?:\w+\s+){1,3}\?\s*$",
    _I | re.X,
)
_WISH_WEAK = re.compile(r"\bwhen\s*\?*\s*$", _I)
_WISH_NOT = re.compile(
    r"""\b(?:
      wish(?:ed)?\s+(?:\w+\s+){0,2}?(?:i|we)\s+(?:could\s+(?:\w+\s+){0,2}(?:forget|refund|return|erase|wipe|go\s+back|get\s+my|experience|play|recommend|like|love|give|say|turn\s+back|leave|rate|unsee|unplay|stop|quit)
          |(?:had|'d)\s+(?:\w+\s+){0,2}(?:known|bought|waited|listened|read|played|more\s+(?:time|friends|hours|money)|friends|not|never|started|discovered|found|time|tried|refunded|a\s+(?:better|new|friend|girlfriend|pc))
          |hadn'?t|hadnt|never|didn'?t|was|were|bought|knew|have\s+(?:known|bought|waited)|got|found|waited)
    | wish\s+me | wish\s+(?:it|this|the\s+game)\s+(?:would\s+)?(?:was|were|is|wasn'?t|weren'?t|didn'?t|had\s+never|never|stop|stopped)\b(?!\s+(?:an?\s+option|possible|a\s+way|multiplayer|co-?op|moddable|on\s+(?:mac|linux|console|switch)))
    | would(?:n'?t|\s+not|\s+never)\s+(?:love|like|pay|kill|be)
    | if\s+you(?:'d|\s+would)?\s+(?:really\s+)?(?:like|love|want|need|wish|wanna)\b
    | (?:like|love|want|pay)\s+(?:to\s+)?(?:recommend|refund|my\s+money|say|thank|point\s+out|mention|start|play\s+it|give\s+it|tell|finish|support|meet|marry|know\s+(?:who|what|why|how)|believe|think|preface|add\s+that|hug)
    | (?:don'?t|do\s+not|doesn'?t|didn'?t|never|no)\s+(?:really\s+)?(?:want|wish|need|needs|hope|lack|require)\b
    | (?:want|need)s?\s+(?:a|an|my|the)\s+(?:refund|money|break|job|therapist|therapy|drink|hug|life|(?:better|new|good|decent|beefy|powerful|strong|nasa)\s+(?:pc|computer|gpu|rig|card|laptop|cpu))
    | as\s+you\s+(?:would|might)\s+(?:like|hope) | add(?:s|ed)?\s+(?:to\s+the|a\s+lot|so\s+much|up|nothing|insult)
    | let\s+me\s+(?:\w+\s+)?(?:tell|start|be|say|explain|know|preface|guess|get\s+this|give\s+you) | let\s+us\s+(?:begin|start|be)
    | give\s+(?:us|me)\s+(?:my|our)\s+(?:money|time|life|refund)
    | who\s+(?:would|want|wants|like|likes|need|needs)
    | anyone\s+(?:who|that|looking|wanting)
    | if\s+they\s+(?:\w+\s+)?(?:add|give|bring|fix|include|introduce|implement)\b
    | (?:i|we)\s+(?:needed|wanted)\b | just\s+(?:want|wanted)\s+to | all\s+(?:you|i)\s+(?:want|need)s?\b(?!\s+is\s+an?\s)
    | everything\s+(?:i|you)\s+(?:\w+\s+)?(?:want|wish|need|hope)
    | would\s+(?:love|like)\s+to\s+(?:be|have)\s+(?:my|been|played) | what\s+more
    | everyone\s+(?:should|needs) | you\s+(?:should|need|must|will\s+want)\b
    | need\s+to\s+have\s+(?:a\s+)?(?:friend|patience|brain)
    )\b""",
    _I | re.X,
)
_REPAIR = re.compile(
    r"""\b(?:fix|fixes|fixed|fixing|patch|repair|optimi[sz]e|optimi[sz]ed|optimi[sz]ation|stab(?:le|ility)|rebalanc\w+|balanc\w+|nerf\w*|buff|buffed
    |improve\w*|better\s+(?!with|if|than)|less|fewer|faster|smoother|shorter|cheaper|lower|tone\s+down|reduce|remove|get\s+rid|stop|revert|roll\s*back
    |work(?:ed|ing|s)?\s+(?:properly|better|correctly|again)|wasn'?t|weren'?t|isn'?t|didn'?t|doesn'?t|don'?t|wouldn'?t|without|not\s+(?:so|as|be)|crash\w*|bugs?|lag|servers?\s+(?:back|up)|anti.?cheat
    |quality\s+control|polish\w*|refund|more\s+(?:stable|polish\w*|responsive|optimi[sz]\w+|time|work|testing|communication|effort|care|balanc\w+))\b""",
    _I | re.X,
)
_STRONG_NEW = re.compile(
    r"\b(?:add|adds|added|adding|option|mode|editor|workshop|support|feature|button|toggle|slider|filter|ability|dlc|expansion|sequel|new)\b", _I
)

_LEAVE = re.compile(
    r"""\b(?:
      refunded | (?:asked|asking|applied|filed|requested|requesting|got|getting|went|gone|put\s+in|took|submitted|opened|instant|immediate)\s+(?:for\s+|in\s+for\s+|me\s+|an?\s+|my\s+|the\s+|in\s+)*(?:instant\s+|immediate\s+|full\s+|steam\s+)?refund(?:ed)?
    | refund(?:ed)?\s+(?:requested|it|at|after|within|granted|went|approved|accepted|and\s+moved|submitted|given|before)
    | (?:my|our|the)?\s*money\s+back
    | (?:gave|give|given|got|get|getting|sent|refund(?:ed)?)\s+(?:me\s+|us\s+|back\s+)*my\s+(?:\S+\s+){0,3}(?:money|bucks|dollars|euros|cash|pounds)?\s*back
    | uninstall(?:ed|ing)? | un-installed | deinstalled | deleted\s+(?:it|the\s+game|this|from) | removed\s+it\s+from
    | (?:i|we|i'?ve|have|just|then|finally|eventually|simply|and|group|friends?|so|where|when|had|crew|party|guild|clan)\s+(?:\w+\s+){0,3}?(?:quit|stopped|gave\s+up|dropped\s+(?:it|this|the\s+game|out|off)|bailed|bounced|moved\s+on|checked\s+out|called\s+it|walked\s+away|bowed\s+out|noped|tapped\s+out|shelved|drifted|threw\s+in\s+the\s+towel)
    | (?:quit|stopped|gave\s+up|dropped\s+it|bailed|bounced\s+off|shelved|abandoned\s+(?:it|my|the|this))\b
    | stopped\s+(?:playing|caring|logging|launching|bothering|there|right\s+there|enjoying)
    | (?:gave|given|giving)\s+(?:it\s+|this\s+|the\s+\w+\s+)?up
    | called\s+it\s+(?:quits|a\s+day) | threw\s+in\s+the\s+towel
    | (?:put|set|laid)\s+(?:it|this|the\s+game|the\s+controller)\s+(?:down|aside|away)
    | (?:lost|losing)\s+(?:all\s+|my\s+|any\s+|every\s+)*(?:interest|motivation|patience|will|desire|steam|drive)
    | (?:haven'?t|havent|hasn'?t|hasnt|have\s+not|has\s+not|not|never|didn'?t|didnt|hadn'?t)\s+(?:\w+\s+){0,2}?(?:touched|opened|launched|started|played|booted|been\s+back|gone\s+back|went\s+back|returned|come\s+back|came\s+back|looked\s+back|logged|finished|reinstalled|bothered|installed|continued|picked)\b
    | (?:couldn'?t|couldnt|could\s+not|can'?t|cannot|cant)\s+(?:\w+\s+){0,3}?(?:bring\s+myself|force\s+myself|make\s+myself|be\s+bothered|take\s+(?:it\s+)?any\s*more|stand\s+it\s+any|get\s+myself|go\s+on|finish\s+(?:it|this|the\s+game)|continue)
    | (?:i'?m|i\s+am|we'?re|am|we\s+are|was|were)\s+(?:so\s+|officially\s+|just\s+|finally\s+|now\s+|all\s+)*(?:done|out|finished|through)\b
    | (?:that\s+was|that'?s|this\s+was|this\s+is)\s+(?:\w+\s+){0,3}?(?:it\s+for\s+(?:me|us)|where\s+i\s+(?:\w+\s+)?(?:stopped|quit|left|leave|draw|dropped|checked|gave|lost|bailed)|when\s+i\s+(?:\w+\s+)?(?:quit|stopped|left|gave|dropped|uninstalled|lost|bailed)|the\s+(?:moment|point|day|hour|last\s+straw|final\s+straw|end\s+for|end\s+of))
    | (?:last|final)\s+straw | back\s+to\s+the\s+(?:library|backlog|shelf) | (?:and|,|then)\s+done\s*[.!]
    | (?:closed|quit|left|exited)\s+(?:it|the\s+game|out)\s+(?:\w+\s+){0,5}?(?:and|never|for\s+good|forever)
    | (?:walked|stepped)\s+away | moved\s+on\s+to | went\s+back\s+to | gone\s+back\s+to | switched\s+(?:back\s+)?to | back\s+to\s+playing
    | not\s+(?:starting\s+over|coming\s+back|going\s+back|touching\s+it|continuing|playing\s+(?:it|this)\s+(?:again|any)) | never\s+(?:again|touching|going\s+back|coming\s+back|playing\s+this)
    | won'?t\s+be\s+(?:coming\s+back|going\s+back|returning|playing|continuing|finishing) | (?:will|i'?ll)\s+never\s+(?:play|touch|install|launch)\s+(?:it|this)
    | (?:left|sits|sitting|gathering\s+dust|rotting|been)\s+(?:\w+\s+){0,2}?(?:uninstalled|untouched|unfinished|on\s+my\s+(?:drive|shelf|hard))
    | on\s+hold\s+(?:since|ever|until) | returned\s+(?:it|this|the\s+game)\b | alt.?f4(?:'?d|ed)?
    | (?:session|campaign|save|run|playthrough|city|town|colony|journey|story)\s+(?:\w+\s+){0,3}?(?:ended|ends|died|over)\s+(?:there|right\s+there|for\s+(?:me|us|good))
    | (?:ended|killed|kills|ruined)\s+(?:it|the\s+game|the\s+fun|my\s+(?:run|interest|motivation|playthrough|campaign|save))\s+for\s+(?:me|us|good)
    | my\s+(?:journey|time|run|playthrough|interest)\s+(?:with\s+\w+\s+(?:\w+\s+)?)?(?:ended|ends|stopped|died)
    | hung\s+up | (?:ragequit|rage\s+quit|rage-quit|rage\s+quitted|ragequitted)
    )(?!\w)""",
    _I | re.X,
)
_LEAVE_NOT = re.compile(
    r"""(?:
      \b(?:never|not|can'?t|cannot|cant|couldn'?t|couldnt|didn'?t|didnt|won'?t|wont|don'?t|dont|haven'?t|havent|hasn'?t|wouldn'?t|without|no\s+(?:way\s+to|reason\s+to|need\s+to)|hard\s+to|impossible\s+to|unable\s+to|refus\w+\s+to|nobody|isn'?t)\s+
         (?:(?!(?:so|and|but|then|because)\b)\w+\s+){0,4}?(?:quit|quitting|stop|stopped|stopping|refund|refunded|uninstall|uninstalled|give\s+up|gave\s+up|giving\s+up|given\s+up|put\s+(?:it|this)\s+down|drop|dropped|leave|lose\s+interest|lost\s+interest|delete|bounced|done\b|look(?:ed)?\s+back|return|be\s+able\s+to\s+stop|shelve|abandon)
    | \b(?:almost|nearly|about\s+to|close\s+to|going\s+to|gonna|thinking\s+(?:of|about)|thought\s+(?:of|about)|consider\w*|tempted|might|may|maybe|could|would|wouldn'?t|should|will|i'?ll|wish|want(?:ed)?\s+to|wanna|if|unless|until|before\s+you|or\s+i|or\s+i'?m|once|whenever|whether|ready\s+to|threat\w*)\s+
         (?:(?!(?:so|and|but|then|because)\b)\S+\s+){0,6}?(?:refund|refunded|refunding|quit|quitting|stop|uninstall|uninstalled|uninstalling|give\s+up|gave\s+up|giving\s+up|drop|return|leave|money\s+back|out\b|done\b|never\s+(?:play|touch)|stopped|delete|bail)
    | \b(?:looked\s+back|never\s+looked)\b
    | \b(?:he|she|they|teammates?|players|people|you|everyone|everybody|devs?|developers?|enemies|enemy|npcs?|servers?|host|wife|girlfriend|boyfriend|someone|somebody|others|random|randoms|opponents?|streamers?|it|company|publisher|studio|team|who|most|other\s+reviewers)\s+
         (?:\w+\s+|'ve\s+|have\s+|has\s+|had\s+|all\s+|just\s+|even\s+){0,2}(?:quit|quits|stopped|stop|left|gave\s+up|give\s+up|abandoned|dropped|uninstalled|refunded|lost\s+interest|moved\s+on|bailed)
    | \bstopped\s+(?:working|updating|responding|supporting|at|developing|loading|me|crashing|being|producing|selling|moving|making\s+sense|the|by|listening)
    | \b(?:quit|quits|quitting|exit)\s+(?:to|out\s+to|my\s+job|smoking|the\s+(?:menu|desktop)|button|mid|during|feature|work|school|drinking)
    | \bgave\s+(?:it|this|the\s+game)\s+(?:a|an|another|\d)|\bgive\s+it\s+a|\bgave\s+up\s+(?:my|sleep|sleeping|smoking|looking|trying\s+to\s+count|counting|being|pretending|on\s+(?:sleep|my\s+(?:life|diet|social|wife|thesis|job|sex)))
    | \brefund\s+(?:policy|window|button|timer|system|period|time|limit)|\b(?:past|over|beyond|outside|too\s+late|missed|exceeded|no|cannot|can'?t|won'?t|denied|refused|want|wants?|need|demand|give\s+(?:me|us)|deserve)\s+(?:\w+\s+){0,4}?(?:refunds?|my\s+money\s+back)
    | \b(?:steam|they|valve)\s+(?:won'?t|wouldn'?t|refused|denied|declined|didn'?t)
    | \b(?:reinstall\w*|re-installed|came\s+back|coming\s+back\s+to|come\s+back\s+to|back\s+into\s+it|picked\s+(?:it|this)\s+(?:back\s+)?up\s+again|returned\s+to\s+(?:it|this|the\s+game)|glad\s+i\s+(?:did|gave|came|didn'?t))
    | \b(?:un)?install(?:ed|ing)?\s+(?:and|then)\s+(?:re-?|in)install | \buninstall(?:ed|ing)?\s+(?:other|my\s+other|every|all|league|lol|wow|fortnite|genshin|dota|valorant|cod|the\s+launcher|mods?|every)
    | \bwas\s+(?:about|going|ready|tempted)\b
    | \b(?:they|it|he|she|devs?|game)\s+(?:was|were|is|are)\s+(?:so\s+|well\s+)?(?:done|finished|through|out)\b
    | \b(?:i'?m|i\s+am|we'?re|was|were)\s+(?:done|finished|through|out)\s+(?:with\s+(?:the\s+(?:main|story|tutorial|campaign|first)|it\s+and\s+(?:want|love)|my\s+(?:first|second))|of\s+(?:the\s+(?:tutorial|prologue|loop)|words|breath|ideas|space|money|time|coffee|beer|bed)|here\s+(?:having|living|just|trying|enjoying)|the\s+(?:main|story|campaign|tutorial)|in\b|on\b)
    | \bdon'?t\s+(?:be|give\s+up|quit|stop)
    | \b(?:before|until)\s+(?:i|you|we)\s+(?:quit|stop\w*|give|gave)
    | \b(?:nobody|no\s+one|none|anyone|anybody)\b
    | \b(?:not|never)\s+(?:played|started|finished|touched|opened|been)\s+(?:\w+\s+){0,3}?(?:anything|a\s+game|any|like|such|this\s+(?:much|genre|kind)|one|another|before|with|so|the\s+(?:first|original|previous|others?)|yet|online|multiplayer|as)
    | \b(?:haven'?t|not|havent|hasn'?t)\s+(?:\w+\s+){0,3}?(?:played|finished|touched|tried|started|gone|been|installed)\b(?!.*\b(?:since|after|because|again|anymore|any\s*more|in\s+(?:months|weeks|years|a\s+(?:year|month))|for\s+(?:months|weeks|years|a\s+(?:year|month)))\b)
    | \b(?:didn'?t|didnt|never|not|haven'?t)\s+(?:\w+\s+){0,2}?(?:bother\w*|install\w*|pick\w*|log\w*|continu\w*|played|start\w*|boot\w*|launch\w*|look\w*)\b(?!.*\b(?:since|again|anymore|any\s*more|back|after|because)\b)
    | \b(?:stop|stopped|quit)\s+(?:to\s+(?:look|admire|take|stare|enjoy|smell|think|watch)|and\s+(?:stare|stared|look|admire|listen))
    | \bi\s+(?:recently\s+|finally\s+)?stopped\s+(?:counting|trying\s+to|being|worrying|sleeping|eating|going|working|seeing|talking|using|taking|watching|doing\s+my|reading)
    | \bnon.?stop | \bcan'?t\s+be\s+stopped
    | \b(?:went|gone|switched|moved|back)\s+(?:back\s+|on\s+)?to\s+(?:\w+\s+){0,2}?(?:bed|work|sleep|the\s+(?:menu|start|main|beginning|previous|first|tutorial|same|next|old|desktop|shop|store)|easy|hard|check|see|try|normal|my\s+(?:save|base|city|game|last)|it|this|them|a\s+(?:save|previous)|controller|keyboard|get|finish|playing\s+(?:it|this))
    )""",
    _I | re.X,
)
_LEAVE_STRONG = re.compile(
    r"\b(?:uninstalled|refunded|quit|gave\s+up|stopped\s+playing|money\s+back|lost\s+interest|called\s+it\s+quits|never\s+went\s+back|done\s+with)\b", _I
)
_RETURNED = re.compile(r"\b(?:came|come|coming|went|gone|got|am|i'm)\s+back\b(?!\s+to\s+(?:the\s+store|steam))|\breinstall|\bpicked\s+it\s+up\s+again", _I)

_RESOLVED = re.compile(
    r"\b(?:used\s+to|no\s+longer|not\s+any\s*more|(?:has|have|had|got|been|was|were|is|are|they|devs?)\s+(?:\w+\s+){0,2}?(?:fixed|patched|resolved|ironed|sorted\s+out|addressed)"
    r"|(?:fixed|patched)\s+(?:it|that|this|most|all|the|everything|now|quickly|within|in)|at\s+(?:launch|release)\s+(?:\w+\s+){0,8}?(?:but|now))\b",
    _I,
)
_HEARSAY = re.compile(
    r"\b(?:people|everyone|everybody|others|reviews?|reviewers|haters|they|some|many|folks|those)\s+(?:\w+\s+){0,3}?(?:say|says|said|saying|complain\w*|claim\w*|cry|crying|whine|whining|talk\w*|mention\w*|report\w*|call|calling|tell|are\s+on\s+about)\b"
    r"|\bdunno\s+what|\bdon'?t\s+(?:know|understand|get)\s+(?:why|what)\s+(?:\w+\s+){0,2}?(?:people|everyone|others|they|the)\b|\bignore\s+the\b|\bcontrary\s+to\b|\bdon'?t\s+listen\b|\bi'?ve\s+(?:heard|read|seen)\b|\bi\s+(?:heard|read)\b",
    _I,
)
_CONDITION = re.compile(r"^\W*(?:if|unless|in\s+case|should\s+(?:they|the|you)|once\s+they|when\s+they|until|maybe|perhaps|hopefully|imagine|suppose)\b|\bif\s+(?:they|the\s+devs?|this\s+thing|it|the\s+game)\b", _I)
_QUESTION = re.compile(r"\?\s*$")


def is_wish(text: str) -> bool:
    """Whether a clause asks for something that is not there; a call for a repair is not."""
    return bool(_WISH.search(text)) and not _WISH_NOT.search(text) and not is_repair(text)


def has_wish_cue(text: str) -> bool:
    """Whether a clause speaks in the mood of wishing, for whatever."""
    return bool(_WISH.search(text))


def is_weak_wish(text: str) -> bool:
    """A bare "... when?": a wish only if something that could be added stands before it."""
    return bool(_WISH_WEAK.search(text)) and len(text.split()) <= 6


def is_repair(text: str) -> bool:
    """Whether a wish asks to mend what is there; naming an addition as such outweighs it."""
    return bool(_REPAIR.search(text)) and not _STRONG_NEW.search(text)


def is_leaving(text: str) -> bool:
    """Whether the reviewer says to have stopped, refunded or given up; not a threat, a wish, a denial or somebody else."""
    return bool(_LEAVE.search(text)) and not _LEAVE_NOT.search(text)


def is_strong_leaving(text: str) -> bool:
    return bool(_LEAVE_STRONG.search(text))


def has_returned(text: str) -> bool:
    """Whether the reviewer says to have come back."""
    return bool(_RETURNED.search(text))


def is_resolved(text: str) -> bool:
    """Whether a flaw is told as a thing of the past."""
    return bool(_RESOLVED.search(text))


def is_hearsay(text: str) -> bool:
    """Whether a clause reports what others say."""
    return bool(_HEARSAY.search(text))


def is_conditional(text: str) -> bool:
    """Whether a clause states a condition, which is no fact."""
    return bool(_CONDITION.search(text))


def is_question(text: str) -> bool:
    return bool(_QUESTION.search(text))
