"""Rules of store metadata: when the expensive details are asked for, what GetItems refreshes, what a price is. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from steampulse_dagster.models.catalog import CatalogApp
from steampulse_dagster.models.games import Game, GamePrice, GameState, GameTag, StoreItem, StoreMark, StorePrice
from steampulse_dagster.utils.text import build_slug, is_blank

DETAILS_MAX_AGE = timedelta(days=14)
"""The app list tells when a store page changed; this is for games that it does not list, and without a key for all.
10,000 tracked games make 714 requests a day at this age, 18 minutes at the 1.5 s a request that the store bears."""
CLOCK_MARGIN = timedelta(hours=1)
"""Steam's clock tells when a page was modified, ours when it was fetched: they may differ."""
ROUNDING = 0.01
"""Discounts are whole per cents, prices end in .99: a reduced price is met within one per cent of the full one."""


def needs_details(stored: Game | None, mark: StoreMark, *, modified_at: datetime | None, now: datetime) -> bool:
    """Whether appdetails must be asked: about 200 requests in five minutes is all that the store bears.

    `mark` is what GetItems says now, `modified_at` when the app list says that the store page was last changed.
    """
    if stored is None or stored.store_mark is None:
        return True
    if are_details_old(stored.details_at, modified_at=modified_at, now=now):
        return True
    return stored.store_mark.differs_from(mark)


def are_details_old(details_at: datetime | None, *, modified_at: datetime | None, now: datetime) -> bool:
    """Whether appdetails must be asked whatever GetItems says: never asked, too long ago, or modified since."""
    if details_at is None or now - details_at >= DETAILS_MAX_AGE:
        return True
    return modified_at is not None and modified_at > details_at - CLOCK_MARGIN


def merge_details(stored: Game | None, fetched: Game) -> Game:
    """The game after its details came. Where the store has no page any more, what is known stays."""
    if stored is not None and not fetched.state.is_shown:
        return stored.model_copy(
            update={
                "state": fetched.state,
                "crawled_at": fetched.crawled_at,
                "details_at": fetched.details_at,
                "store_mark": fetched.store_mark,
            }
        )
    game = fetched
    if stored is not None and not game.tags:
        # No tags come from an app that GetItems is silent on, or while the list of their names is refused.
        game = game.model_copy(update={"tags": stored.tags})
    mark = game.store_mark
    if mark is not None and mark.regular_price is None and game.price_country == mark.country:
        # A sale may hide the regular price from GetItems; when it shows again it is compared with that of the details.
        game = game.model_copy(
            update={"store_mark": mark.model_copy(update={"regular_price": find_regular_price(game)})}
        )
    return game


def name_as_listed(game: Game, listed: CatalogApp | None) -> Game:
    """The game under the name of the app list where the store tells none, as for one that is locked here."""
    if listed is None or is_blank(listed.name) or game.name != f"App {game.appid}":
        return game
    return game.model_copy(update={"name": listed.name, "slug": build_slug(listed.name, appid=game.appid)})


def refresh_from_item(stored: Game, item: StoreItem | None, *, tags: Sequence[GameTag], now: datetime) -> Game:
    """The stored game with what GetItems alone tells: tags, review count, and a sale that began or ended."""
    if item is None:
        return stored.model_copy(update={"crawled_at": now})
    update: dict[str, object] = {"crawled_at": now}
    if tags:
        update["tags"] = tuple(tags)
    if item.review_count is not None:
        update["review_count"] = item.review_count
    if item.price is not None and _is_sale_of(item.price, stored.price_initial):
        update |= {"price_final": item.price.final, "price_discount_percent": item.price.discount_percent}
    return stored.model_copy(update=update)


def observe_price(game: Game) -> GamePrice | None:
    """What the game costs outside sales, as its details tell; None where they do not.

    A game that is not shown or not priced yet has no price, which is not the same as being free. A sale shows the full
    price beside its own; a free weekend or a giveaway leaves the full price standing.
    """
    if not game.state.is_shown or game.price_country is None or game.details_at is None:
        return None
    regular = find_regular_price(game)
    is_free = game.is_free and game.price_initial is None and game.state is GameState.AVAILABLE
    if regular is None and not is_free:
        return None
    return GamePrice(
        appid=game.appid,
        country=game.price_country,
        currency=None if regular is None else game.price_currency,
        initial=regular or 0,
        observed_at=game.details_at,
    )


def find_regular_price(game: Game) -> int | None:
    """The price outside sales from `price_overview`; None if there is none or its parts contradict each other."""
    initial, final = game.price_initial, game.price_final
    if game.price_currency is None or not initial or final is None or final > initial:
        return None
    return None if game.price_discount_percent and final == initial else initial


def _is_sale_of(price: StorePrice, regular: int | None) -> bool:
    """Whether a price of GetItems is that of the same package as the stored one: full, or reduced by its discount."""
    if regular is None:
        return False
    if price.initial is not None:
        return price.initial == regular
    reduced = regular * (100 - price.discount_percent) / 100
    return abs(reduced - price.final) <= regular * ROUNDING + 1
