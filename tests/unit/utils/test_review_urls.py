"""Where a reader finds a review on Steam."""

import pytest

from steampulse_dagster.utils.review_urls import build_review_url

pytestmark = pytest.mark.unit


def test_a_stored_steam_id_leads_to_the_review_itself() -> None:
    url = build_review_url(appid=4200, author_key="76561198000000001", language="english")
    assert url == "https://steamcommunity.com/profiles/76561198000000001/recommended/4200/"


@pytest.mark.parametrize("author_key", ["b94d27b9934d3e08", "96561198000000001", "76561198000000001/../x"])
def test_a_hashed_author_leads_to_the_games_reviews_in_that_language(author_key: str) -> None:
    url = build_review_url(appid=4200, author_key=author_key, language="a&b=c")
    assert url == "https://steamcommunity.com/app/4200/reviews/?browsefilter=mostrecent&filterLanguage=a%26b%3Dc"
