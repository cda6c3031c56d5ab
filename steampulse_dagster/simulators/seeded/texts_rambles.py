"""Long-winded sentences without a fact, for people who cannot come to the point."""

RAMBLES: tuple[str, ...] = (
    "[so|okay so] I [put off|delayed] this for [months|half a year] because [my backlog|my pile of unplayed "
    "games] already looks like [a landfill|the library of a mad king], and then one [rainy|boring] evening I "
    "[clicked install|gave in]",
    "[some|a bit of] background first: I [work nights|drive a truck|teach maths] and by the time I [get home|sit "
    "down] there are maybe [two|three] hours left in me, so I am [picky|careful] about what gets them",
    "[a colleague|my sister|the neighbour's kid] and I have [a deal|an arrangement] where [one picks a game|we "
    "swap games] each month and the other has to [finish it|write about it], which is how [I ended up here|this "
    "text came to be]",
    "I [usually|normally] play [chess|old point and clicks|football manager stuff] and nothing else, so "
    "[take|please take] everything I say here with [a bucket|a truckload] of salt",
    "[before|just before] anybody [asks|comments]: yes I [know|am aware] that [half|most] of you [disagree|see it "
    "differently], that is what the [other|many other] reviews are for",
    "[there was|I remember] a time when you [bought|got] a [box|cardboard box] with a [paper map|thick manual] in "
    "it and read it [on the bus|in the bath], and I am old enough to [miss it|bore people with it]",
    "[long story short|to cut it short], my [wifi|router] died, the [technician|man from the provider] came "
    "[late|on the wrong day] and we ended up talking about [games|this game] for [an hour|most of the afternoon]",
    "[people|folks] on the [forum|discord|subreddit] keep [fighting|arguing] about this one and I have "
    "[read|seen] [all|both] sides and [made|brewed] a lot of tea in the process",
    "[what|all] I can [say|tell you] is that I [sat down|started] after dinner, looked up, and the [birds|garbage "
    "truck] outside told me that [it was morning|another day had begun]",
    "[I|i] [am|was] not [paid|sponsored] for this, nobody [sent me a key|asked me to write], I just have "
    "[opinions|a keyboard] and [too much time|a slow tuesday]",
    "[next|the next] paragraph is [for|meant for] my [brother|old clan] only: [hi|hello], [you still owe me "
    "twenty bucks|call mum]",
    "[the|my] [dog|cat|parrot] has [watched|followed] every minute of it from [the sofa|my shoulder] and seems to "
    "have [formed|reached] an opinion that [differs|is hard to read]",
    "[if|in case] you are [reading|skimming] this to decide whether to [click buy|spend your money], look at [the "
    "hours|my playtime] and [the thumb|the icon], that says [more|it better] than I do",
    "[mandatory|obligatory] sentence about how [this kind of game|the genre] is not [what it was|like in the old "
    "days], [grumble|mumble], [get off my lawn|kids these days]",
    "I [wrote|typed] a [longer|better] version of this [yesterday|last night] and the [browser|tab] ate it, so "
    "[here is|you get] the [short|grumpy] one, [sorry|my apologies]",
    "[spoiler free|without spoilers], as [promised|always], because [my friend|a certain somebody] has not "
    "[started|got to it] yet and [reads|checks] my reviews [religiously|for some reason]",
    "[on paper|from the store page] I [was|should have been] [the target audience|exactly the right person], [on "
    "paper|as they say] I am also [six feet tall|a patient man]",
    "[numbers|some numbers] for [the nerds|statistics fans]: [four|three] cups of coffee, [one|half a] pizza, "
    "[two|zero] [phone calls|text messages] answered, [one|no] regrets about the [pizza|coffee]",
    "my [girlfriend|flatmate|father] [asked|wanted to know] what I was [doing|looking at] and I [talked|went on] "
    "for [ten|fifteen] minutes, so [now|these days] [she|he] no longer [asks|dares to ask]",
    "I [should|ought to] be [doing my taxes|studying|sleeping] but [instead|here] I am [writing|typing] a review "
    "that [three|four] people will [read|skim], [hello|greetings] to all [three|four] of you",
    "[it|that] was [a gift|a birthday present] from [a friend|my aunt] who [saw|only saw] the [cover|title] and "
    "[thought|decided] that it [suits me|looks like me], and I am still [thinking|wondering] about what that "
    "[means|says]",
    "[a|one] [word|remark] on the [comments|other reviews]: be [nice|kind], the people who [make|write] these "
    "things are [human|tired] too, [probably|most likely]",
    "[edit|update] of [sorts|the above]: [came|I came] back after a [week|break], [read|reread] what I wrote, "
    "[stand|I stand] by [every word|most of it] except the bit about [the pizza|my uncle]",
    "[last|one last] thing and then I [shut up|let you go]: the [weather|moon] was [lovely|odd] on the day I "
    "[bought|installed] it, which I take as [a sign|a good omen|nothing at all]",
)
