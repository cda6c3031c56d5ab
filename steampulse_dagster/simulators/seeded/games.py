"""The invented games of the seeded world and the apps around them, as data."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from steampulse_dagster.simulators.seeded.facts import PATCH_DAY

DATA_TIME = datetime(2026, 11, 15, 12, tzinfo=UTC)
"""The newest moment of the world; nothing in it depends on the clock."""


@dataclass(frozen=True)
class Wave:
    """A rush of reviews: `share` of all of them, from `start`, thinning out over about `days`."""

    start: date
    share: float
    days: float


@dataclass(frozen=True)
class Burst:
    """A review bomb: `reviews` angry off-topic reviews within `days` from `start`."""

    start: date
    days: int
    reviews: int


@dataclass(frozen=True)
class SeededGame:
    """One game with reviews. `reviews` counts the burst; `english` is the share of English ones, rounded."""

    appid: int
    name: str
    reviews: int
    positive: float
    english: float
    languages: tuple[str, ...]
    """The other languages, most common first."""
    released: date
    waves: tuple[Wave, ...]
    minutes: int
    """Median playtime at review."""
    genres: tuple[str, ...]
    tags: tuple[str, ...]
    developer: str
    summary: str
    publisher: str = ""
    cents: int = 1999
    multiplayer: bool = False
    mac: bool = False
    linux: bool = False
    left_early_access: date | None = None
    in_early_access: bool = False
    breaks: date | None = None
    positive_after: float | None = None
    """Positive share from the day `breaks` on."""
    burst: Burst | None = None


@dataclass(frozen=True)
class SideApp:
    """An app without reviews, there because real catalogues have such."""

    appid: int
    name: str
    kind: str
    parent: int | None = None
    released: date | None = None
    listed: bool = True
    """False: the store answers `success: false`."""
    locked: bool = False
    """Not offered in the caller's country: the store answers `success: false`, GetItems says why."""
    leads_to: int | None = None
    """The store answers with the page of this app, under the appid that was asked for."""


GAMES: tuple[SeededGame, ...] = (
    SeededGame(
        appid=9000010,
        name="Emberline Salvage",
        reviews=2000,
        positive=0.84,
        english=0.66,
        languages=("schinese", "russian", "german", "brazilian", "french", "spanish", "koreana", "polish", "tchinese"),
        released=date(2025, 3, 20),
        waves=(Wave(date(2024, 5, 16), 0.12, 40), Wave(date(2025, 3, 20), 0.3, 25), Wave(date(2026, 6, 25), 0.12, 9)),
        minutes=1500,
        genres=("Action", "Indie"),
        tags=("Co-op", "Action Roguelike", "Space", "Shooter", "Sci-fi", "Multiplayer"),
        developer="Brass Comet",
        publisher="Night Freight Publishing",
        summary="Cut derelict ships apart with up to three friends and be gone before the reactor is.",
        cents=2499,
        multiplayer=True,
        left_early_access=date(2025, 3, 20),
    ),
    SeededGame(
        appid=9000080,
        name="Gridfall Arena",
        reviews=700,
        positive=0.46,
        english=0.62,
        languages=("russian", "schinese", "turkish", "brazilian", "spanish", "latam", "polish", "german"),
        released=date(2026, 1, 14),
        waves=(Wave(date(2026, 1, 14), 0.4, 18), Wave(date(2026, 9, 3), 0.15, 14)),
        minutes=2600,
        genres=("Action", "Free To Play"),
        tags=("FPS", "Free to Play", "Competitive", "PvP", "Multiplayer", "Shooter"),
        developer="Voltage Yard",
        summary="Five against five on floors that fall away.",
        cents=0,
        multiplayer=True,
    ),
    SeededGame(
        appid=9000030,
        name="The Ninth Province",
        reviews=480,
        positive=0.89,
        english=0.7,
        languages=("german", "french", "schinese", "russian", "spanish", "polish", "japanese"),
        released=date(2025, 9, 18),
        waves=(Wave(date(2025, 9, 18), 0.28, 25), Wave(PATCH_DAY, 0.34, 40)),
        minutes=2900,
        genres=("RPG", "Adventure"),
        tags=("RPG", "Open World", "Story Rich", "Singleplayer", "Fantasy", "Atmospheric"),
        developer="Kiln & Candle",
        publisher="Kiln & Candle",
        summary="A clerk walks through a drowned empire to deliver one last tax notice.",
        cents=3999,
        breaks=PATCH_DAY,
        positive_after=0.52,
    ),
    SeededGame(
        appid=9000020,
        name="Tidewall",
        reviews=380,
        positive=0.77,
        english=0.75,
        languages=("schinese", "german", "russian", "french", "koreana"),
        released=date(2026, 2, 26),
        waves=(Wave(date(2026, 2, 26), 0.4, 20), Wave(date(2026, 7, 9), 0.15, 10)),
        minutes=980,
        genres=("Adventure", "Indie", "Simulation", "Early Access"),
        tags=("Survival", "Crafting", "Building", "Early Access", "Open World", "Singleplayer"),
        developer="Ebb Street Games",
        summary="Build above the water line. The water line moves.",
        cents=1799,
        linux=True,
        in_early_access=True,
    ),
    SeededGame(
        appid=9000050,
        name="Vesper Protocol",
        reviews=300,
        positive=0.86,
        english=0.72,
        languages=("french", "german", "schinese", "spanish", "japanese", "brazilian"),
        released=date(2025, 6, 5),
        waves=(Wave(date(2025, 6, 5), 0.4, 25),),
        minutes=840,
        genres=("Strategy", "Indie"),
        tags=("Stealth", "Tactical", "Turn-Based Tactics", "Singleplayer", "Noir"),
        developer="Port Avel Studio",
        publisher="Grelling Interactive",
        summary="Plan the perfect break-in, then watch it go wrong one second at a time.",
        cents=2999,
        burst=Burst(date(2026, 10, 8), 4, 84),
    ),
    SeededGame(
        appid=9000040,
        name="Copperline Yards",
        reviews=220,
        positive=0.8,
        english=0.64,
        languages=("german", "french", "polish", "japanese", "russian"),
        released=date(2024, 11, 7),
        waves=(Wave(date(2024, 11, 7), 0.3, 30),),
        minutes=2300,
        genres=("Simulation", "Strategy"),
        tags=("Trains", "Management", "Simulation", "Strategy", "Sandbox", "Singleplayer"),
        developer="Points & Signals",
        summary="A railway, a deadline and a junction that was a mistake from the start.",
        cents=2499,
        mac=True,
        linux=True,
    ),
    SeededGame(
        appid=9000070,
        name="Mossbound",
        reviews=160,
        positive=0.92,
        english=0.6,
        languages=("schinese", "japanese", "koreana", "german", "french"),
        released=date(2026, 4, 2),
        waves=(Wave(date(2026, 4, 2), 0.45, 20),),
        minutes=900,
        genres=("Casual", "Indie", "Simulation"),
        tags=("Cozy", "Farming Sim", "Cute", "Relaxing", "Pixel Graphics"),
        developer="Small Hours",
        summary="Keep a moss garden, a shop and the peace between two hedgehogs.",
        cents=1299,
        mac=True,
    ),
    SeededGame(
        appid=9000090,
        name="Clockwork Orchard",
        reviews=120,
        positive=0.975,
        english=0.85,
        languages=("german", "japanese", "french"),
        released=date(2025, 10, 23),
        waves=(Wave(date(2025, 10, 23), 0.3, 30),),
        minutes=620,
        genres=("Casual", "Indie"),
        tags=("Puzzle", "Logic", "Minimalist", "Singleplayer", "Atmospheric"),
        developer="Ada Quince",
        summary="Ninety gardens, one wind-up gardener, no timer.",
        cents=899,
        mac=True,
        linux=True,
    ),
    SeededGame(
        appid=9000060,
        name="Lanternfall",
        reviews=60,
        positive=0.65,
        english=0.8,
        languages=("spanish", "russian", "brazilian"),
        released=date(2026, 5, 21),
        waves=(Wave(date(2026, 5, 21), 0.5, 20),),
        minutes=560,
        genres=("Action", "Indie"),
        tags=("Metroidvania", "Platformer", "Souls-like", "2D", "Pixel Graphics"),
        developer="Third Bell",
        summary="Throw your only light to see where you will land.",
        cents=1699,
    ),
    SeededGame(
        appid=9000100,
        name="Saltmarsh Detective",
        reviews=40,
        positive=0.85,
        english=0.9,
        languages=("french", "polish"),
        released=date(2026, 3, 12),
        waves=(Wave(date(2026, 3, 12), 0.5, 25),),
        minutes=290,
        genres=("Adventure", "Indie"),
        tags=("Detective", "Story Rich", "Visual Novel", "Mystery"),
        developer="Ferry Lane",
        summary="Three cases, two tides a day, one honest witness.",
        cents=1099,
        mac=True,
    ),
    SeededGame(
        appid=9000110,
        name="Polder Kart",
        reviews=18,
        positive=0.39,
        english=0.78,
        languages=("german", "french"),
        released=date(2026, 8, 20),
        waves=(Wave(date(2026, 8, 20), 0.6, 15),),
        minutes=95,
        genres=("Racing", "Casual"),
        tags=("Racing", "Arcade", "Local Multiplayer", "Funny"),
        developer="Dijk Games",
        summary="Karts, dikes, and very flat corners.",
        cents=1499,
        multiplayer=True,
    ),
    SeededGame(
        appid=9000120,
        name="Moth & Kettle",
        reviews=5,
        positive=0.8,
        english=0.8,
        languages=("japanese",),
        released=date(2026, 10, 1),
        waves=(),
        minutes=130,
        genres=("Casual", "Indie"),
        tags=("Cozy", "Short", "Walking Simulator"),
        developer="M. Oduya",
        summary="Boil water, listen to a moth, be kind.",
        cents=499,
    ),
)

SIDE_APPS: tuple[SideApp, ...] = (
    SideApp(9000015, "Emberline Salvage - Deep Foundry", "dlc", parent=9000010, released=date(2026, 2, 12)),
    SideApp(9000035, "The Ninth Province Demo", "demo", parent=9000030, released=date(2025, 6, 9)),
    SideApp(9000045, "Copperline Yards Original Soundtrack", "music", parent=9000040, released=date(2024, 11, 7)),
    SideApp(9000130, "Sunken Choir", "game", listed=False),
    SideApp(9000140, "Aurora Tenants", "game"),
    SideApp(9000150, "Quiet Parcel", "game", released=date(2026, 10, 29)),
    SideApp(9000160, "Curfew Harbor", "game", released=date(2024, 3, 8), locked=True),
    SideApp(9000170, "Emberline Salvage: Early Edition", "game", leads_to=9000010),
)
"""A DLC, a demo, a soundtrack, a delisted game, one that is not out yet, one that nobody has reviewed, one that is not
offered in this country, and one whose page has moved to another app."""

SALES = {9000110: 30, 9000150: 50}
"""Discounts in per cent, by appid: what is on sale at the world's data time."""
