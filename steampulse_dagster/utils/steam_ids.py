"""Reads how people name a Steam profile: SteamID64, profile address, or custom name. No I/O."""

import re
from urllib.parse import unquote

from steampulse_dagster.errors import ValidationError

FIRST_STEAM_ID, LAST_STEAM_ID = 76561197960265729, 76561202255233023
"""Individual accounts of the public universe: base 76561197960265728 plus a 32-bit account number, which is not 0."""
_PROFILE_URL = re.compile(
    r"(?:https?://)?(?:www\.)?steamcommunity\.com/(?P<kind>profiles|id)/(?P<name>[^/?#\s]+)", re.IGNORECASE
)
_VANITY = re.compile(r"[A-Za-z0-9_-]{2,32}")
"""Steam's rule for custom addresses."""
FORMS = "a SteamID64 (17 digits), a profile address (steamcommunity.com/profiles/… or /id/…), or a custom profile name"


def is_steam_id(text: str) -> bool:
    """Whether a text is the SteamID64 of a person."""
    return len(text) == 17 and text.isascii() and text.isdigit() and FIRST_STEAM_ID <= int(text) <= LAST_STEAM_ID


def require_steam_id(text: str) -> str:
    """The text itself if it is the SteamID64 of a person. Raises ValidationError otherwise."""
    if not is_steam_id(text):
        raise ValidationError(
            f"{text[:40]!r} is not a SteamID64: those of people have 17 digits, {FIRST_STEAM_ID} to {LAST_STEAM_ID}."
        )
    return text


def read_profile(text: str) -> tuple[str | None, str | None]:
    """(SteamID64, None) or (None, custom name), whichever the text says.

    Custom names may consist of digits, so that length and range decide. Raises ValidationError naming the forms.
    """
    wanted = text.strip()
    found = _PROFILE_URL.match(wanted)
    name = unquote(found["name"]) if found else wanted
    by_number = found is not None and found["kind"].lower() == "profiles"
    if is_steam_id(name) and (found is None or by_number):
        return name, None
    if by_number or (len(name) == 17 and name.isascii() and name.isdigit() and found is None):
        return require_steam_id(name), None
    if _VANITY.fullmatch(name):
        return None, name
    raise ValidationError(f"{wanted[:80]!r} names no Steam profile: give {FORMS}.")
