"""Says where a reader finds a review on Steam. Pure."""

import re
from urllib.parse import urlencode

_STEAM_ID = re.compile(r"7656119\d{10}", re.ASCII)


def build_review_url(*, appid: int, author_key: str, language: str) -> str:
    """The review's own page when the author's Steam id is stored, else the game's review page in its language.

    Steam addresses a review by its author; without the author no link to one review exists.
    """
    if _STEAM_ID.fullmatch(author_key):
        return f"https://steamcommunity.com/profiles/{author_key}/recommended/{appid}/"
    query = urlencode({"browsefilter": "mostrecent", "filterLanguage": language})
    return f"https://steamcommunity.com/app/{appid}/reviews/?{query}"
