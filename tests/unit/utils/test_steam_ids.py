import pytest

from steampulse_dagster.errors import ValidationError
from steampulse_dagster.utils.steam_ids import FIRST_STEAM_ID, LAST_STEAM_ID, read_profile

pytestmark = pytest.mark.unit

ID = "76561197960265729"


@pytest.mark.parametrize(
    ("text", "steam_id", "name"),
    [
        (ID, ID, None),
        (f" {LAST_STEAM_ID}\n", str(LAST_STEAM_ID), None),
        (f"https://steamcommunity.com/profiles/{ID}", ID, None),
        (f"http://www.steamcommunity.com/profiles/{ID}/games?tab=all", ID, None),
        (f"steamcommunity.com/profiles/{ID}/", ID, None),
        ("https://steamcommunity.com/id/Some_One-1/", None, "Some_One-1"),
        ("HTTPS://SteamCommunity.com/id/someone#x", None, "someone"),
        ("someone", None, "someone"),
        ("76561", None, "76561"),
        ("https://steamcommunity.com/id/76561", None, "76561"),
        # A custom name may look like an id; its address says that it is a name.
        (f"https://steamcommunity.com/id/{ID}", None, ID),
    ],
)
def test_the_forms_in_which_people_name_a_profile_are_read(text, steam_id, name):
    assert read_profile(text) == (steam_id, name)


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "a", "x" * 33, "two words", "ünï", "'; drop table reviews; --", "https://example.com/id/someone",
        "https://steamcommunity.com/groups/someone", "https://steamcommunity.com/profiles/someone",
        str(FIRST_STEAM_ID - 1), str(LAST_STEAM_ID + 1), "٧٦٥٦١١٩٧٩٦٠٢٦٥٧٢٩",
    ],
)  # fmt: skip
def test_what_names_no_profile_is_refused_and_told_what_would(text):
    with pytest.raises(ValidationError, match=r"SteamID64"):
        read_profile(text)
