"""The overview's addresses: what they ask, where its headings lead, and what is refused."""

import pytest

from steampulse_dagster.api.pages.overview import OverviewQuery, build_column, parse_query
from steampulse_dagster.errors import ValidationError
from steampulse_dagster.models.reading import GameFilter, GameSort

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
