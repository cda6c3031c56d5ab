"""Cue phrases of leavings: a sentence may count as one only if it speaks so. Reads and writes nothing."""

# ruff: noqa: E501  (one pattern a line reads better than one cut into pieces)

import re

from steampulse_dagster.analyzer.local.patterns import any_of

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
_LEAVE = any_of(
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
_LEAVE_NOT = any_of(
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
_LEAVE_STRONG = any_of(
    r"\b(?:uninstalled|refunded|quit|gave\s+(?:it\s+)?up|stopped\s+playing|stopped\s+(?:at|after|when|around|there)|money\s+back|lost\s+interest|called\s+it\s+quits|(?:went|gone|been)\s+back|done\s+with|lost\s+me|dropped\s+(?:it|my|the)|abandoned\s+(?:it|my|the)|shelved|moved\s+on|refund|untouched|bounced)\b",
    rf"\b(?:haven'?t|hasn'?t|not|never)\b.{{0,40}}\b{_AGAIN}\b",
    r"\bfor\s+good\b|\bfor\s+me\b|\bnever\s+(?:\w+\s+)?(?:finished|made\s+it|got\s+past|went|gone|returned|opened|touched)\b|\bwhere\s+(?:i|we)\b|\bput\s+(?:it|this)\s+(?:down|aside|away)\b",
)
_RETURNED = any_of(
    r"\b(?:i|we|and|but|then|later|now|so|finally|recently|just)\s+(?:\w+\s+)?(?:came|come|am|i'm|got|gone|went)\s+(?:right\s+|crawling\s+|running\s+)?back\b(?!\s+to\s+(?:the\s+store|steam|[A-Z]))(?!\s+(?:and|again)\s+(?:uninstall|quit))(?=\s*(?:[.,!]|after|and|again|with|for|months|years|a\s+(?:year|month)|when|now|$))",
    r"\breinstalled\b|\bpicked\s+it\s+(?:back\s+)?up\s+again\b|\bgave\s+it\s+another\s+(?:try|go|chance|shot)\b",
)
_NOT_RETURNED = re.compile(r"\b(?:never|not|haven'?t|hasn'?t|won'?t|didn'?t|if|no\s+(?:reason|desire|urge))\b", re.I)


def is_leaving(text: str) -> bool:
    """Whether the reviewer says to have stopped, refunded or given up; not a threat, a wish, a denial or somebody else."""
    return bool(_LEAVE.search(text)) and not _LEAVE_NOT.search(text)


def may_leave(text: str) -> bool:
    """Whether a sentence could be a leaving said in words that the cues do not know."""
    return bool(_LEAVE_MOOD.search(text)) and not _LEAVE_NOT.search(text)


def has_leave_mood(text: str) -> bool:
    """Whether a clause holds a word that leavings are made of."""
    return bool(_LEAVE_MOOD.search(text))


def is_strong_leaving(text: str) -> bool:
    """Whether the leaving is said in so many words, so that even a recommending review may mean it."""
    return bool(_LEAVE_STRONG.search(text))


def has_returned(text: str) -> bool:
    """Whether the reviewer says to have come back."""
    return bool(_RETURNED.search(text)) and not _NOT_RETURNED.search(text)
