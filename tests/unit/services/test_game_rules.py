from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.models.games import Game, GameState, StoreItem, StoreMark, StorePrice
from steampulse_dagster.services.game_rules import (
    CLOCK_MARGIN,
    DETAILS_MAX_AGE,
    needs_details,
    observe_price,
    refresh_from_item,
)

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
MARK = StoreMark(
    country="us", name="Ten", type="game", is_shown=True, is_region_locked=False, is_coming_soon=False,
    is_early_access=False, is_free=False, regular_price=1999,
)  # fmt: skip
GAME = Game(
    appid=10, name="Ten", slug="ten-10", type="game", state=GameState.AVAILABLE, price_country="us",
    price_currency="USD", price_initial=1999, price_final=1999, price_discount_percent=0, details_at=NOW,
    crawled_at=NOW, store_mark=MARK,
)  # fmt: skip


def told(**changes):
    return GAME.model_copy(update=changes)


@pytest.mark.parametrize(
    ("stored", "mark", "modified_at", "now", "needed"),
    [
        (None, {}, None, NOW, True),
        (told(details_at=None), {}, None, NOW, True),
        (GAME, {}, None, NOW, False),
        (GAME, {}, None, NOW + DETAILS_MAX_AGE - timedelta(seconds=1), False),
        (GAME, {}, None, NOW + DETAILS_MAX_AGE, True),
        (GAME, {}, NOW - CLOCK_MARGIN, NOW, False),
        (GAME, {}, NOW - CLOCK_MARGIN + timedelta(seconds=1), NOW, True),
        (GAME, {"regular_price": 2499}, None, NOW, True),
        (GAME, {"regular_price": None}, None, NOW, False),
        (GAME, {"country": "de"}, None, NOW, True),
        (GAME, {"is_region_locked": True}, None, NOW, True),
    ],
)
def test_details_are_needed_when_something_changed_that_only_they_explain(stored, mark, modified_at, now, needed):
    seen = MARK.model_copy(update=mark)
    assert needs_details(stored, seen, modified_at=modified_at, now=now) is needed


@given(initial=st.integers(1, 2**31 - 1), discount=st.integers(1, 100))
def test_no_sale_whatsoever_changes_the_price_that_is_noted(initial, discount):
    regular = observe_price(told(price_initial=initial, price_final=initial))
    reduced = initial * (100 - discount) // 100
    on_sale = observe_price(told(price_initial=initial, price_final=reduced, price_discount_percent=discount))
    assert regular is not None
    assert on_sale == regular or (on_sale is None and reduced == initial)


@given(initial=st.integers(100, 100_000), discount=st.integers(1, 99), shows_full=st.booleans())
def test_every_sale_of_the_same_package_is_shown_and_its_end_too(initial, discount, shows_full):
    final = initial * (100 - discount) // 100
    sale = StorePrice(final=final, initial=initial if shows_full else None, discount_percent=discount)
    stored = told(price_initial=initial, price_final=initial)
    during = refresh(stored, sale)
    assert (during.price_final, during.price_discount_percent) == (final, discount)
    after = refresh(during, StorePrice(final=initial, initial=initial))
    assert (after.price_final, after.price_discount_percent, after.price_initial) == (initial, 0, initial)


def refresh(stored, price):
    item = StoreItem(appid=10, name="Ten", type="game", price=price)
    return refresh_from_item(stored, item, tags=(), now=NOW)


def test_a_price_that_is_not_of_this_package_is_left_alone():
    for price in (StorePrice(final=4999, initial=4999), StorePrice(final=300, discount_percent=10)):
        assert refresh(GAME, price).price_final == 1999


def test_a_game_that_getitems_is_silent_on_keeps_everything():
    assert refresh_from_item(GAME, None, tags=(), now=NOW + timedelta(hours=1)) == told(
        crawled_at=NOW + timedelta(hours=1)
    )
