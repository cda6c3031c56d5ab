"""Sentences without a fact: bare verdicts, life stories, jokes, and traps that only look like facts."""

VERDICTS_UP: tuple[str, ...] = (
    "[great|good|awesome|amazing|excellent] game",
    "[love it|loved it|love this game|i like it]",
    "[10/10|9/10|8/10|11/10], [would play again|no notes|go get it]",
    "[recommended|highly recommended|would recommend|absolutely recommended]",
    "[buy it|just buy it|get it|do it]",
    "[thumbs up|two thumbs up|big thumbs up] from me",
    "[solid|really solid|a solid] [game|8|time]",
    "[pretty|really|super|so] good",
    "[masterpiece|a masterpiece|goty|goat|peak fiction]",
    "[fun|so fun|a lot of fun|very fun]",
    "[happy|very happy] with [this one|my purchase|it]",
    "[not perfect|it has its moments] but [i like it|it gets a yes from me]",
    "[worth a try|give it a go|you should try it]",
    "[one of my favourites|a favourite of mine|new favourite]",
    "[did not expect|didn't expect] to like this [as much as I do|at all], [here we are|yet here I am]",
    "[simply|just] [good|brilliant|great]",
)
VERDICTS_DOWN: tuple[str, ...] = (
    "[bad|terrible|awful|horrible] game",
    "[not recommended|do not buy|can't recommend|avoid|stay away]",
    "[2/10|3/10|1/10|4/10], [no thanks|nope|sad]",
    "[meh|nah|nope|boo|yikes]",
    "[disappointed|so disappointed|very disappointing]",
    "[trash|garbage|hot garbage|a mess]",
    "[wanted|I wanted] to like [it|this], [I don't|but no|and yet]",
    "[waste of time|what a waste|total waste]",
    "[not for me|not my thing|just not my cup of tea]",
    "[not yet|maybe later|not in this state|check back in a year]",
    "[regret|I regret] [buying it|this purchase|it]",
    "[thumbs down|a clear no|no from me]",
    "[mediocre|below average|mid|very mid]",
    "[could have been great|so much wasted potential|had potential]",
)
STORIES: tuple[str, ...] = (
    "[bought|got] it [on a friday|in the summer sale|for my birthday|after a bad day at work]",
    "[my cat|my brother|my boss|grandma] [approves|wants a word with me now|laughed at me]",
    "[writing|typing] this [from my phone|at work|at three in the morning|on the train]",
    "[english is|sorry, english is] not my first language",
    "I [have|had] [a week off|the flu|no internet for a month] and [this|this one] was on my list",
    "[played|I played] it [for a weekend|over the holidays|with a cold|during lunch breaks]",
    "[my|our] [kid|daughter|son|nephew] [named|calls] the [main character|first boss] [Gary|Steve|Uncle Bob]",
    "[took|it took] me [a while|some time|two evenings] to [make up my mind|write this]",
    "[will|I'll] [update|edit] this [review|later|when I'm further in]",
    "[don't|do not] ask [how I know|about my backlog|my wife]",
    "[someone|a friend|a guy at work] [told me about it|gifted me a key for it|kept talking about it]",
    "[saw|I saw] it on [a stream|some list|the front page] and [thought why not|clicked]",
    "[been|I've been] gaming since the [eighties|nineties|amiga days|windows 98 era]",
    "[first|my first] review [ever|on here|in ten years]",
    "[the|that] [duck|goose|old man|vending machine] [knows|judges you|saw everything]",
    "[ate|spilled] a whole [pizza|coffee|bag of crisps] [over the keyboard|while waiting for my turn]",
    "[we|my friends and I] [talked|argued] about it [all evening|in the pub]",
    "[here|here's] is a cat: [=^.^=|(=^o^=)]",
    "[pros and cons|my two cents|short version|tl;dr] [below|follow|first]",
    "[that's|that is] [all|it] [from me|I have to say|folks]",
    "[read|as always, read] other reviews [too|as well] before [you decide|you click anything]",
    "[thanks|cheers] for [reading|coming to my ted talk]",
    "[my|this] [review|opinion] is [worth|like] [nothing|two cents|a wet sock]",
    "[what|so what] else [can I say|is there to say]",
    "[send|please send] [help|snacks|tea]",
    "[what year is it|where did my weekend go|my plants are dead]",
    "[gonna|going to] [bed|work|class] now",
    "[i am|I'm] [bad|not great] at [writing reviews|this kind of thing|words]",
    "[the|our] [power|internet] went out [twice|once] while [typing this|I wrote this], [long story|never mind]",
    "[played it|tried it] [on my tv|at my desk|in bed|at my cousin's]",
)
JOKES: tuple[str, ...] = (
    "[instructions unclear|guide unclear], [adopted a goose|married a lamp|now own a ferry]",
    "[i|I] [can't|cannot] [read|swim], [so|still] five stars",
    "[my therapist|my doctor|the voice in my head] said [no more|one more game], [I heard|so] yes",
    "[certified|officially] [hood|grandpa|potato] classic",
    "[came for|here for] the [hat|frog], stayed for the [frog|hat|soup]",
    "[is this|was that] a [jojo|bread] reference",
    "[git gud|skill issue] [they said|said my dog]",
    "[the real|maybe the real] treasure was the [snacks|dlc] we [made|ate] along the way",
    "[would|I would] [sell a kidney|trade my brother] [for this|again]",
    "[this|that] game [ate|stole] my [lunch|homework]",
    "[gaming|gamers] [rise up|is my passion]",
    "[roses are red|violets are blue], [my review is due|I have the flu]",
)
TRAPS: tuple[str, ...] = (
    "[no|not a single] [crash|bug|problem] [on my end|here so far|in all my hours]",
    "[never had|haven't had] [any|one] of the [issues|problems] [people mention|others write about]",
    "[if|should] they ever [add ads|sell out|shut it down] [I'm out|I will refund|I'd be furious]",
    "[might|may] [refund it|uninstall it|come back to it], [not sure yet|we'll see|let me sleep on it]",
    "[almost|nearly] [quit|refunded it] [once|on day one], [didn't|glad I didn't]",
    "[don't|do not] believe the [hate|negative reviews|drama]",
    "[people|some people] [complain|whine] [a lot|too much]",
    "[as|being] a [dark souls|skyrim|tetris] [veteran|player] [I have seen things|nothing scares me]",
    "[finished|I finished] [celeste|elden ring|hollow knight] last [year|week], [now this|then took a break]",
    "[ask me|we'll talk] again [after the next patch|in fifty hours|in spring]",
    "[it's|it is] [a game|software|entertainment], [relax|calm down]",
    "[some|a few] will [hate|love] it, [some|others] won't",
)
SNAPS_UP: tuple[str, ...] = (
    "good", "nice", "yes", "fun", "love", "based", "GOTY", "10/10", "great!", "W game", "ok", "peak", "banger",
    "very good game", "sick", "yep", "cool", "good game", "poggers", "amazing", "i like", "fire", "solid 8", "Yes.",
)  # fmt: skip
SNAPS_DOWN: tuple[str, ...] = (
    "bad", "no", "meh", "L", "trash", "boring", "nope", "awful", "1/10", "mid", "garbage", "why", "L game", "sad",
    "not good", "skip", "bruh", "hell no", "yikes", "no.",
)  # fmt: skip
EMOJI_UP: tuple[str, ...] = ("👍", "🔥", "❤️", "😂", "🎮", "💯", "🥰", "🦆", "👌", "✨", "🚀", "🐸", "😎", "🙌")
EMOJI_DOWN: tuple[str, ...] = ("👎", "🤡", "💀", "😡", "🗑️", "😴", "🤮", "😭", "🥱", "💩")
ART: tuple[str, ...] = (
    "  /\\_/\\\n ( o.o )\n  > ^ <",
    "████████\n█▄▄▄▄▄▄█\n█░░██░░█\n█░░░░░░█\n████████",
    "⣿⣿⣿⣿⣿⠟⠋⠙⠻⣿⣿⣿\n⣿⣿⣿⠏⠀⠀⠀⠀⠀⠹⣿⣿\n⣿⣿⡏⠀⠀⠀⠀⠀⠀⠀⢹⣿\n⣿⣿⣇⠀⠀⠀⠀⠀⠀⠀⣸⣿",
    "   __\n<(o )___\n ( ._> /\n  `---'",
    "☑ You forget what reality is\n☐ Beautiful\n☐ Good\n☐ Decent\n\n---{ Audience }---\n☑ Everyone\n☐ Nobody",
)
LINKS: tuple[str, ...] = (
    "[url=https://example.com/clips/5521]clip[/url]",
    "my guide: https://example.org/guides/first-steps",
    "https://example.net/watch?v=a1b2c3",
)
BLANKS: tuple[str, ...] = ("", " ", "\r\n", "\u200b", "   \n  ")
OFF_TOPIC: tuple[str, ...] = (
    "[fire|sack] the [ceo|boss] [not the writers|and nobody else]",
    "[for|this is for] [the Port Avel office|closing Port Avel|the Port Avel team]",
    "#[StandWithPortAvel|PortAvel]",
    "[shame|shame on you], [Grelling|Grelling Interactive]",
    "[you know|they know] what they did",
    "[120|one hundred and twenty] people [lost their jobs|were let go] [by email|over night] and the boss buys a yacht",
    "[never|not one cent more] [again|ever again] from [this company|Grelling]",
    "[boycott|boycott it|boycott Grelling]",
    "[this isn't|not] about the game, [it's about|it is about] [how they treat people|the layoffs]",
    "[bring|give] back [the Port Avel team|our devs|their jobs]",
    "[saw|read] the news, [changed my vote|thumbs down|disgusting company]",
    "[layoffs|mass layoffs] two weeks before christmas, [classy|stay classy]",
)
"""The review bomb: anger at a company, nothing about the game."""
REPLIES: tuple[str, ...] = (
    "Thank you for the kind words! The whole team read this over coffee.",
    "Hi, sorry about the trouble. Could you send the file from the logs folder to support@example.com?",
    "Hello! This is fixed in the version that is live now. Please give it another try.",
    "Thanks for playing and for taking the time to write. We put your point on our list.",
    "Hey there, we hear you. An answer to this is in the pinned post of the forum.",
)
"""What developers answer."""
