"""Store texts of the invented games, and the names of languages as the store prints them."""

ABOUT: dict[int, str] = {
    9000010: "Every wreck is a puzzle made of bulkheads, fuel and other people's mistakes. Bring a cutter, a rope and "
    "somebody who can count to ten.",
    9000015: "A new belt of furnace ships, hotter than the last one, with eleven hulls and a foreman nobody has met.",
    9000020: "Gather at low tide, build at high tide, and learn which of your neighbours can swim.",
    9000030: "The empire is under water up to the second floor. The tax office is on the third.",
    9000035: "The first two towns of the province, and the ferry between them.",
    9000040: "Lay track, write timetables and explain to the minister why the 8:14 has been late since spring.",
    9000045: "Twenty-two pieces for brass band and locomotive.",
    9000050: "Freeze time, give orders, let go. The guards have plans as well.",
    9000060: "A vertical city, a bell that must not ring, and one lantern to throw.",
    9000070: "Grow forty kinds of moss, bake, trade and settle small quarrels.",
    9000080: "The floor is a grid, the grid is falling, and the other team knows it too.",
    9000090: "Wind the gardener, place the gears, watch the orchard water itself.",
    9000100: "A body on the causeway and a tide table that does not add up.",
    9000110: "Eight karts, twelve dikes, one barrel organ.",
    9000120: "An evening, a kettle, a moth. It takes as long as the water does.",
    9000140: "A house at the edge of the northern lights and the people who rent it.",
    9000150: "Deliver one parcel without making a sound.",
}

LANGUAGE_NAMES: dict[str, str] = {
    "brazilian": "Portuguese - Brazil",
    "french": "French",
    "german": "German",
    "japanese": "Japanese",
    "koreana": "Korean",
    "latam": "Spanish - Latin America",
    "polish": "Polish",
    "russian": "Russian",
    "schinese": "Simplified Chinese",
    "spanish": "Spanish - Spain",
    "tchinese": "Traditional Chinese",
    "turkish": "Turkish",
}
