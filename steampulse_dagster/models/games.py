"""A row of `games` with its tags, genres and categories."""

from datetime import date, datetime
from enum import StrEnum

from steampulse_dagster.models.base import Model


class GameState(StrEnum):
    """What the store shows of the app, in the country that prices are asked for. None of these is an error."""

    AVAILABLE = "available"
    COMING_SOON = "coming_soon"
    REGION_LOCKED = "region_locked"
    """Not offered in this country, says Steam itself; elsewhere it may well be."""
    DELISTED = "delisted"
    """Taken out of the store: Steam hides it everywhere or names it no more, but there are reviews or a stored row."""
    UNAVAILABLE = "unavailable"
    """The store has no page for it, and Steam does not say why."""

    @property
    def is_shown(self) -> bool:
        """Whether the store has a page of the app here, so that what it does not tell is really not there."""
        return self in (GameState.AVAILABLE, GameState.COMING_SOON)


class DatePrecision(StrEnum):
    """How much of a release date the store names; the stored date is the first day of it."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


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


class StorePrice(Model):
    """A price in minor units of a currency that GetItems does not name: the one of the country that was asked for.

    `initial` is the price outside sales, None where a sale hides it.
    """

    final: int
    initial: int | None = None
    discount_percent: int = 0


class StoreMark(Model):
    """What GetItems said of an app when its details were fetched; they are fetched again when it says otherwise."""

    country: str
    name: str
    type: str
    is_shown: bool
    is_region_locked: bool
    is_coming_soon: bool
    is_early_access: bool
    is_free: bool
    regular_price: int | None = None
    """Minor units; None: not known, which is no difference."""

    def differs_from(self, other: "StoreMark") -> bool:
        """Whether the app has changed in a way that only its details explain. A sale is no such change."""
        plain = {"regular_price": None}
        if self.model_copy(update=plain) != other.model_copy(update=plain):
            return True
        both = self.regular_price is not None and other.regular_price is not None
        return both and self.regular_price != other.regular_price


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
    release_date_precision: DatePrecision | None = None
    price_country: str | None = None
    price_currency: str | None = None
    price_initial: int | None = None
    price_final: int | None = None
    price_discount_percent: int | None = None
    review_count: int | None = None
    """Steam's own count, as GetItems tells it."""
    metacritic_score: int | None = None
    recommendations_total: int | None = None
    achievements_total: int | None = None
    parent_appid: int | None = None
    dlc_appids: tuple[int, ...] = ()
    tags: tuple[GameTag, ...] = ()
    genres: tuple[GameGenre, ...] = ()
    categories: tuple[GameCategory, ...] = ()
    crawled_at: datetime | None = None
    details_at: datetime | None = None
    """When appdetails was last asked; `crawled_at` is when anything was."""
    store_mark: StoreMark | None = None


class GamePrice(Model):
    """A row of `game_prices`: what an app costs outside sales, from the moment it was first seen to cost that.

    Minor units of `currency`; 0 is free, and has no currency.
    """

    appid: int
    country: str
    currency: str | None
    initial: int
    observed_at: datetime


class StoreItemTag(Model):
    """A user tag as GetItems sends it, without its name."""

    tagid: int
    weight: int


class StoreItem(Model):
    """What GetItems says of one app: enough to decide whether to follow it. `name` is empty where Steam has none."""

    appid: int
    name: str
    type: str
    is_shown: bool = True
    """Whether Steam shows it anywhere: `success` 1 and `visible`."""
    is_region_locked: bool = False
    is_free: bool = False
    is_early_access: bool = False
    is_coming_soon: bool = False
    release_date: date | None = None
    parent_appid: int | None = None
    review_count: int | None = None
    price: StorePrice | None = None
    tags: tuple[StoreItemTag, ...] = ()
    developers: tuple[str, ...] = ()


class GameCrawlResult(Model):
    """What one crawl of a game's store metadata did; `fetched` is False when the stored row was recent enough."""

    game: Game
    fetched: bool
    detailed: bool = False
    """Whether appdetails was asked, and not GetItems alone."""
