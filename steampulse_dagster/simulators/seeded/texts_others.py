"""Ways to wish, to leave and to compare. `[a|b]` is a choice; `$thing`, `$after` and `$game` are slots."""

WISHES: tuple[str, ...] = (
    "[would|I'd|i would] [love|like] [to see|to have] $thing",
    "[please|pls|plz] add $thing",
    "[devs|dear devs], [could|can] we [get|have] $thing",
    "[all|the only thing] [it needs|I want] now is $thing",
    "[hoping|really hoping|fingers crossed] for $thing [some day|in the future|one day]",
    "$thing would be [awesome|great|amazing|the cherry on top]",
    "[wish|I wish|really wish] there was $thing",
    "[needs|it needs|this needs] $thing",
    "[add|give us|bring us] $thing [and take my money|and it's perfect|and I'm yours]",
    "[would be|it'd be] [cool|nice|neat|sweet] to [have|get] $thing",
    "[suggestion|feature request|idea]: $thing",
    "[my|only] wish: $thing",
    "[imagine|just imagine] this with $thing",
    "[missing|I'm missing|what's missing is] $thing",
    "[maybe|perhaps] [add|consider] $thing [at some point|for the next update|in a dlc]",
    "[can't wait|still waiting] for [somebody to add|the day they add] $thing",
)
"""$thing: "a photo mode"."""

LEAVINGS: tuple[str, ...] = (
    "[quit|I quit|i quit] $after",
    "[gave up|I gave up|finally gave up] $after",
    "[stopped|I stopped] playing $after",
    "[uninstalled|I uninstalled it|deleted it] $after",
    "$after I [uninstalled|deleted it|was done|had enough and left]",
    "[dropped|I dropped] it $after",
    "[haven't|have not] [touched|launched|opened] it [since|again since then], [left|stopped] $after",
    "[lost|I lost] [all interest|the will to play] $after [and never came back|and moved on]",
    "$after I [closed it and never looked back|put it away for good|called it a day for good]",
    "[ended up|I ended up] uninstalling $after",
    "[that was it|that's it] for me, [deleted|uninstalled] $after",
    "[my|our] [run|time] [with this|here] ended $after, [not coming back|never again]",
    "[went back|switched back] to other games $after",
)
"""$after: "after the second region"."""

REFUNDS: tuple[str, ...] = (
    "[refunded|got a refund|got my refund] $after",
    "$after I [refunded|asked for a refund and got it|got my money back]",
    "[returned|I returned|sent back] it $after",
    "[money back|refund went through], [stopped|left] $after",
    "[refunded it|i refunded] $after, [sorry|no regrets|oh well]",
    "[hit|I hit] the refund button $after",
    "[requested|I requested] a refund $after [and it's done|and steam granted it]",
    "[refund|full refund] $after, [thanks steam|thank god]",
    "$after [it went back|this went back] [to the shop|to valve]",
    "[glad|so glad] I [could refund|got the refund for] it $after",
    "[lasted|I lasted] until I refunded it $after",
    "[steam|support] gave me the refund $after",
)
"""For reviews of copies that were refunded."""

LIKENED: tuple[str, ...] = (
    "[reminds|this reminds] me [of|a lot of] $game",
    "[if you|anyone who] [liked|enjoyed|loved] $game [will|should] [feel at home here|try this|like it]",
    "[it's|think] $game [meets|crossed with] [a fever dream|something new|my childhood]",
    "[better|way better|much better] than $game",
    "[feels|plays] like [a smaller|a modern|a cosy] $game",
    "[scratches|it scratches] the $game itch",
    "[spiritual|the spiritual] [successor|heir] to $game [if you ask me|in my book]",
    "[haven't|I have not] had [this|so] much fun since $game",
    "[takes|it takes] [the best|the good] bits [from|of] $game",
    "[right|easily] up there with $game",
    "[as|just as] good as $game [was|back in the day]",
    "[comparable to|similar to|very much like] $game, [with a twist|in a good way]",
    "[$game fans|fans of $game] [rejoice|take note]",
    "[came|I came] from $game and [prefer this|like this more]",
)

OUTDONE: tuple[str, ...] = (
    "[just|you better|do yourself a favour and] play $game instead",
    "$game [did|does] [this|all of this|everything] [better|so much better]",
    "[a poor man's|discount|wish.com] $game",
    "[worse|far worse] than $game in [every way|all the ways that count]",
    "[wants|tries] to be $game [so badly|and fails|but isn't]",
    "[should have|I should have] bought $game [again|a second time]",
    "$game [costs less|is older] and [beats|still beats] it",
    "[cheap|lazy|shameless] [copy|clone|knock off] of $game",
    "[compared|if you compare it] to $game [this is a joke|it falls flat]",
    "[hoped|I hoped] for [a new|the next] $game, [got this|no luck]",
    "[nowhere near|not even close to] $game",
    "[even|honestly even] $game [had|has] more to offer",
)
