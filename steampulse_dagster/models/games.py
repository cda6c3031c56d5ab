"""A row of `games` with its tags, genres and categories."""

from datetime import date, datetime
from enum import StrEnum

from steampulse_dagster.models.base import Model


class GameState(StrEnum):
    """Whether the store still answers for the app. UNAVAILABLE: delisted or region-locked; Steam does not say which."""

    AVAILABLE = "available"
    COMING_SOON = "coming_soon"
    UNAVAILABLE = "unavailable"


class GameTag(Model):
    """A user tag with Steam's weight (higher = more players agree)."""

    tagid: int
    name: str
    weight: int


class GameGenre(Model):
    genre_id: str
    name: str


class GameCategory(Model):
    category_id: int
    name: str


class Game(Model):
    """Store metadata of one app. Prices are minor units of `price_currency`; `price_initial` is that outside sales."""

    appid: int
    name: str
    slug: str
    type: str
    state: GameState
    redirected_to: int | None = None
    is_free: bool = False
    is_early_access: bool = False
    required_age: int = 0
    short_description: str = ""
    about: str = ""
    website: str | None = None
    header_image: str | None = None
    developers: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    supported_languages: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    release_date_raw: str = ""
    release_date: date | None = None
    price_currency: str | None = None
    price_initial: int | None = None
    price_final: int | None = None
    metacritic_score: int | None = None
    recommendations_total: int | None = None
    achievements_total: int | None = None
    parent_appid: int | None = None
    dlc_appids: tuple[int, ...] = ()
    tags: tuple[GameTag, ...] = ()
    genres: tuple[GameGenre, ...] = ()
    categories: tuple[GameCategory, ...] = ()
    crawled_at: datetime | None = None


class StoreItemTag(Model):
    """A user tag as GetItems sends it, without its name."""

    tagid: int
    weight: int


class StoreItem(Model):
    """What GetItems says of one app: enough to decide whether to follow it. `name` is empty where Steam has none."""

    appid: int
    name: str
    type: str
    is_early_access: bool = False
    is_coming_soon: bool = False
    release_date: date | None = None
    parent_appid: int | None = None
    review_count: int | None = None
    tags: tuple[StoreItemTag, ...] = ()


class GameCrawlResult(Model):
    """What one crawl of a game's store metadata did; `fetched` is False when the stored row was recent enough."""

    game: Game
    fetched: bool
