"""A player's library on its way from Steam to `imported_games`, `library_items` and `import_runs`."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from steampulse_dagster.models.base import Model
from steampulse_dagster.models.quarantine import Unparsed

LARGEST_MINUTES = 2**31 - 1


class AppKind(StrEnum):
    """What an app of a library is. Games and mods are looked up in IGDB, the others are not."""

    GAME = "game"
    DLC = "dlc"
    DEMO = "demo"
    BETA = "beta"
    """A playtest, beta or public test build of a game."""
    SOUNDTRACK = "soundtrack"
    TOOL = "tool"
    """What makers and servers of games need: SDKs, editors of one game, runtimes."""
    SOFTWARE = "software"
    """A program that is no game."""
    VIDEO = "video"
    BONUS = "bonus"
    """Art books, wallpapers and the like."""
    SERVER = "server"
    MOD = "mod"

    @property
    def is_playable(self) -> bool:
        """Whether it is something that a person plays for its own sake."""
        return self in (AppKind.GAME, AppKind.MOD)


class KindSource(StrEnum):
    """Who said what an app is, best first."""

    DETAILS = "details"
    """Steam's details of the app, in `games`."""
    STORE = "store"
    """GetItems."""
    CATALOG = "catalog"
    """Steam's list of games names it."""
    NAME = "name"
    """Nobody at Steam: rules over the name."""


class MatchStatus(StrEnum):
    """Where an app stands with IGDB."""

    MATCHED = "MATCHED"
    UNMATCHED = "UNMATCHED"
    """IGDB was asked and knows no such game."""
    IGNORED = "IGNORED"
    """Not asked, because it is no game."""
    PENDING = "PENDING"
    """IGDB could not be asked; the next import asks again."""


class Confidence(StrEnum):
    """What a match rests on."""

    MANUAL = "manual"
    STRONG = "strong"
    """IGDB names this appid for the game."""
    FOLLOWED = "followed"
    """IGDB names this appid for an edition or a part of the game."""
    WEAK = "weak"
    """Only title, platform and year agree."""


class PlayStatus(StrEnum):
    """What playtime and the last session suggest; ordered from most to least active."""

    PLAYING = "playing"
    PAUSED = "paused"
    SHELVED = "shelved"
    TRIED = "tried"
    UNPLAYED = "unplayed"


class OwnedGame(Model):
    """One entry of GetOwnedGames; playtimes in minutes. The name is empty where Steam sends none."""

    appid: int = Field(gt=0, lt=2**32)
    name: str = ""
    playtime_forever: int = Field(default=0, ge=0, le=LARGEST_MINUTES)
    playtime_2weeks: int = Field(default=0, ge=0, le=LARGEST_MINUTES)
    playtime_windows_forever: int = Field(default=0, ge=0, le=LARGEST_MINUTES)
    playtime_mac_forever: int = Field(default=0, ge=0, le=LARGEST_MINUTES)
    playtime_linux_forever: int = Field(default=0, ge=0, le=LARGEST_MINUTES)
    playtime_deck_forever: int = Field(default=0, ge=0, le=LARGEST_MINUTES)
    last_played: datetime | None = None
    icon: str = Field(default="", max_length=200)


class OwnedLibrary(Model):
    """The answer of GetOwnedGames of a profile that shows its games; it may own none."""

    steam_id: str
    games: tuple[OwnedGame, ...]
    unparsed: tuple[Unparsed, ...] = ()


class KnownApp(Model):
    """What is stored of an app: its type by Steam, who said so, and its day of release."""

    appid: int
    source: KindSource
    type: str
    name: str = ""
    genre_ids: tuple[str, ...] = ()
    release_date: date | None = None


class NamedId(Model):
    """A genre or platform of IGDB."""

    id: int = Field(ge=0, lt=2**63)
    name: str = Field(max_length=200)


class IgdbGame(Model):
    """One game of IGDB."""

    igdb_id: int = Field(gt=0, lt=2**63)
    name: str = Field(min_length=1, max_length=1_000)
    slug: str = Field(default="", max_length=1_000)
    summary: str = Field(default="", max_length=50_000)
    first_release_date: date | None = None
    cover_image_id: str = Field(default="", max_length=200)
    genres: tuple[NamedId, ...] = ()
    platforms: tuple[NamedId, ...] = ()
    game_type: int | None = None
    version_parent: int | None = None
    parent_game: int | None = None


class IgdbMatch(Model):
    """What is remembered of an app: the game, or None for a miss."""

    appid: int
    igdb_id: int | None
    confidence: Confidence | None
    checked_at: datetime


class LibraryRow(Model):
    """One row of an enriched file."""

    appid: int = Field(gt=0, lt=2**32)
    name: str = Field(max_length=1_000)
    classification: AppKind
    classified_by: KindSource
    match_status: MatchStatus
    confidence: Confidence | None = None
    igdb: IgdbGame | None = None
    playtime_forever: int = Field(default=0, ge=0, le=LARGEST_MINUTES)
    playtime_2weeks: int = Field(default=0, ge=0, le=LARGEST_MINUTES)
    last_played: datetime | None = None
    icon: str = Field(default="", max_length=200)


class RawLibrary(Model):
    """What the Steam import made. `s3_key` is its output."""

    s3_key: str
    steam_id: str
    fetched_at: datetime
    games: int
    played: int
    playtime_minutes: int
    most_played: dict[str, int]
    """Hours of the ten apps that were played longest, by name."""
    unreadable: int


class EnrichedLibrary(Model):
    """What the enrichment made. `s3_key` is its output; `kinds` and `sources` count apps."""

    s3_key: str
    steam_id: str
    source_key: str
    rows: int
    unreadable: int
    kinds: dict[str, int]
    sources: dict[str, int]
    matches: dict[str, int]
    confidences: dict[str, int]
    genres: dict[str, int]
    igdb_calls: int
    steam_calls: int
    pending_reason: str | None = None
    """Why IGDB could not be asked for the pending ones."""

    @property
    def match_rate(self) -> float | None:
        """Share of the games that IGDB was asked for and knows; None without such games."""
        matched, unmatched = (self.matches.get(status, 0) for status in (MatchStatus.MATCHED, MatchStatus.UNMATCHED))
        return matched / (matched + unmatched) if matched + unmatched else None


class ImportCounts(Model):
    """What an import changed in `imported_games`."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    outdated: int = 0
    """Rows that a newer file has brought already."""
    removed: int = 0
    """Apps that Steam no longer lists; they stay, marked."""
    returned: int = 0


class LibraryImport(Model):
    """What the database import did. `imported_count` and `skipped_count` are its output."""

    steam_id: str
    source_key: str
    fetched_at: datetime
    imported_count: int
    skipped_count: int
    counts: ImportCounts
    reasons: dict[str, int]
    """Skipped rows by reason."""
    statuses: dict[str, int]
    """Games of the library by suggested status."""
    kept_unmarked: bool = False
    """A row without a readable appid came, so it cannot be told which apps are gone: none was marked."""


class ImportRun(Model):
    """A row of `import_runs`."""

    import_id: int
    steam_id: str
    source_key: str
    fetched_at: datetime | None
    finished_at: datetime
    imported_count: int
    skipped_count: int
    new_count: int
    updated_count: int
    unchanged_count: int
    removed_count: int
    returned_count: int
    reasons: dict[str, int]


class LibraryGame(Model):
    """A row of `imported_games` for people."""

    appid: int
    name: str
    classification: AppKind
    match_status: MatchStatus
    confidence: Confidence | None
    igdb_id: int | None
    status: PlayStatus
    playtime_forever: int
    last_played: datetime | None
    removed_at: datetime | None


class LibraryMiss(Model):
    """An app that IGDB does not know, or knows by its title only, with the number of libraries that have it."""

    appid: int
    name: str
    match_status: MatchStatus
    confidence: Confidence | None
    igdb_id: int | None
    libraries: int
    checked_at: datetime | None


class LibraryTracked(Model):
    """What became of the wish to follow the games of a library."""

    added: int
    followed_before: int
    left_out: int
    """Apps that are no games, or that Steam's store does not know."""


class LibraryRequest(Model):
    """A row of `library_requests`."""

    request_id: int
    steam_id: str
    track_games: bool
