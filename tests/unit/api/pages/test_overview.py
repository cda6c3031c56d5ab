"""The overview's addresses: what they ask, where its headings lead, and what is refused."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from steampulse_dagster.api.pages.overview import OverviewQuery, build_column, draw_cells, parse_query
from steampulse_dagster.errors import ValidationError
from steampulse_dagster.models.games import GameState
from steampulse_dagster.models.reading import GameFilter, GameRow, GameSort

pytestmark = pytest.mark.unit


def test_fields_that_a_form_sends_empty_ask_nothing() -> None:
    empty = {"q": " ", "genre": "", "tag": "", "sentiment": "", "min_reviews": "", "reported": "", "sort": "reviews"}
    assert parse_query(empty).build_filter() == GameFilter()


def test_an_address_says_what_is_asked_of_the_service() -> None:
    given = {
        "q": "moss",
        "sentiment": "mixed",
        "min_reviews": "50",
        "gem": "good",
        "reported": "no",
        "order": "reverse",
    }
    wanted = parse_query(given).build_filter()
    assert (wanted.q, wanted.min_sentiment, wanted.max_sentiment) == ("moss", 0.4, 0.7)
    assert wanted.min_hidden_gem == 0.3
    assert (wanted.min_reviews, wanted.reported, wanted.reverse) == (50, False, True)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"sort": "price"}, "sort"),
        ({"min_reviews": "many"}, "min_reviews"),
        ({"min_reviews": "-1"}, "min_reviews"),
        ({"sentiment": "great"}, "sentiment is one of positive"),
        ({"reported": "maybe"}, "reported is one of yes, no"),
        ({"gem": "no"}, "gem is one of some, good, rare"),
        ({"order": "up"}, "order"),
        ({"q": "x" * 101}, "q"),
    ],
)
def test_what_cannot_be_understood_is_named(given: dict[str, str], names: str) -> None:
    with pytest.raises(ValidationError, match=names):
        parse_query(given).build_filter()


def test_a_link_keeps_the_filters_and_leaves_defaults_out() -> None:
    query = parse_query({"q": "a&b", "sort": "name", "cursor": "x", "unknown": "1"})
    assert query.link(cursor="") == "/?q=a%26b&sort=name"
    assert OverviewQuery().link() == "/"


def test_a_heading_sorts_by_its_column_and_turns_the_order_when_it_is_pressed_again() -> None:
    first = build_column(OverviewQuery(), "Sentiment", GameSort.SENTIMENT)
    assert (first.href, first.sorted) == ("/?sort=sentiment", None)
    second = build_column(parse_query({"sort": "sentiment"}), "Sentiment", GameSort.SENTIMENT)
    assert (second.href, second.sorted) == ("/?sort=sentiment&order=reverse", "descending")
    third = build_column(parse_query({"sort": "sentiment", "order": "reverse"}), "Sentiment", GameSort.SENTIMENT)
    assert (third.href, third.sorted) == ("/?sort=sentiment", "ascending")
    assert build_column(parse_query({"sort": "name"}), "Game", GameSort.NAME).sorted == "ascending"


def build_game_row(**changes: object) -> GameRow:
    fields: dict[str, object] = {
        "appid": 7,
        "name": "Moss",
        "type": "game",
        "state": GameState.AVAILABLE,
        "release_date": None,
        "is_free": False,
        "genres": (),
        "tags": (),
        "is_tracked": True,
        "reviews": 0,
        "reported_by_steam": None,
        "completeness": None,
        "crawled_at": None,
        "report_id": None,
        "report_at": None,
        "confirmed_at": None,
        "data_time": None,
        "cost_usd": Decimal(0),
    }
    return GameRow.model_validate({**fields, **changes})


CRAWLED = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "Not crawled yet: “steampulse run 7” fetches it."),
        (
            {"crawl_error": "Steam refused the request (403)."},
            "The last crawl failed: Steam refused the request (403). “steampulse run 7” tries again.",
        ),
        (
            {"crawl_error": "Gone since May.", "is_given_up": True, "crawled_at": CRAWLED, "reviews": 3},
            "Given up: Gone since May. “steampulse run 7” tries once more.",
        ),
        ({"crawled_at": CRAWLED, "reviews": 3}, "Crawled, not analysed yet: “steampulse run 7” reports on it."),
        ({"crawled_at": CRAWLED}, "No reviews yet"),
    ],
)
def test_a_game_without_a_report_says_why_and_what_helps(changes: dict[str, object], told: str) -> None:
    assert told in draw_cells(build_game_row(**changes)).measured


def test_a_reason_cannot_break_out_and_does_not_fill_the_table() -> None:
    measured = draw_cells(build_game_row(crawl_error="<script>alert(1)</script> " + "long " * 100)).measured
    assert "&lt;script&gt;" in measured
    assert "<script" not in measured
    assert len(measured) < 400
